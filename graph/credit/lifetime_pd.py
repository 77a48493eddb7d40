"""PDs over the remaining life of a loan: its residual term, and the PD of the term structure over it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from supplyrisk.graph.credit.expected_loss import FirmTerms, hazard_of
from supplyrisk.graph.schema.terms import LIFETIME_DAYS, YEAR_DAYS

MONTH_DAYS = 30
"""Step of the sum that discounts expected losses."""


class LifeBasis(StrEnum):
    """What the residual term of a loan rests on; the values are stored in documents."""

    DUE_DAY = "due day"
    NO_DUE_DAY = "no due day"
    PAST_DUE_DAY = "past its due day"


@dataclass(frozen=True)
class LoanLife:
    """The residual term of a loan in days, and what it rests on."""

    days: int
    basis: LifeBasis


def residual_life(as_of: date, due_on: date | None) -> LoanLife:
    """Return the residual term of a loan on a day.

    The days until it is due. Without a due day, a lifetime of 1,800 days. After its due day a loan has no residual
    term any more, and a year is taken: the borrower still owes it.
    """
    if due_on is None:
        return LoanLife(LIFETIME_DAYS, LifeBasis.NO_DUE_DAY)
    days = (due_on - as_of).days
    return LoanLife(days, LifeBasis.DUE_DAY) if days > 0 else LoanLife(YEAR_DAYS, LifeBasis.PAST_DUE_DAY)


@dataclass(frozen=True)
class TermPd:
    """A PD over a period in days; extrapolated: whether no outcome over so many days was observed."""

    pd: float
    days: int
    extrapolated: bool


def term_pd(pd: float, days: int, terms: FirmTerms) -> TermPd:
    """Return the PD over any number of days: 1 - exp(-G(D)), see `FirmTerms`.

    Unlike `pd_over_term` it also extrapolates beyond the longest term that a request may have, and marks that: a loan
    that exists has to be staged whatever its term.

    Parameters
    ----------
    pd: PD over the model's horizon, in [0, 1].
    days: D, 1 or more.
    terms: of the firm.
    """
    return TermPd(-math.expm1(-terms.extended(hazard_of(pd), days)), days, terms.extrapolated(days))


def discounted_pd(pd: float, days: int, terms: FirmTerms, rate: float) -> float:
    """Return the PD over a term with each month's part of it discounted to today.

        sum over months j of (PD(t_j) - PD(t_{j-1})) / (1 + r)^((t_{j-1} + t_j) / 2 / 365)

    with t_j = 30 j, the last one the end of the term: a default is taken to occur in the middle of its month. LGD x EAD
    x this sum is the present value of the expected loss of an exposure that does not change.

    Parameters
    ----------
    pd, days, terms: as in `term_pd`.
    rate: annual interest rate of the loan, a share of 0 or more.
    """
    ends = [*range(MONTH_DAYS, days, MONTH_DAYS), days]
    total = 0.0
    start = 0
    reached = 0.0
    for end in ends:
        by_end = term_pd(pd, end, terms).pd
        total += (by_end - reached) * (1 + rate) ** (-(start + end) / 2 / YEAR_DAYS)
        start = end
        reached = by_end
    return total

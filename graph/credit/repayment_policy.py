"""The keys of a policy on what a loan is repaid from: the firm's margin, its orders or its receivables.

Older policy files lack these tables; the defaults here apply to them and are those of the shipped policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from supplyrisk.graph.schema.source_coverage import STATEMENT_DAYS
from supplyrisk.graph.schema.strict_toml import Share, StrictTable, expects

Margin = Annotated[float, Field(ge=-1, le=1), expects("a share of the turnover from -1 to 1")]
Days = Annotated[int, Field(ge=1), expects("a whole number of days from 1")]


class AffordabilityLimit(StrictTable):
    """What a firm can repay from its margin; for products that are not repaid from what they finance.

    Parameters
    ----------
    debt_share: share of the margin over the term that may serve debt.
    margin: profit margin of a firm without a fresh statement, a share of its turnover.
    by_industry: the same by industry as the data name it; other industries have `margin`.
    assume_margin: whether the limit may rest on these margins; otherwise such a request is referred without a limit.
    statement_days: age from which a statement no longer counts; by default as in the coverage.
    debt_days: days over which debt that the request states beside the data is repaid.
    debt_rate: interest rate of debt whose rate is unknown, a share in a year.
    """

    debt_share: Share = 0.5
    margin: Margin = 0.05
    by_industry: Mapping[str, Margin] = {}
    assume_margin: bool = False
    statement_days: Days = STATEMENT_DAYS
    debt_days: Days = 365
    debt_rate: Share = 0.12

    def margin_of(self, industry: str | None) -> float:
        """Return the margin that is assumed of a firm of an industry."""
        return self.by_industry.get(industry or "", self.margin)


class FinancedLimit(StrictTable):
    """What is lent against orders and receivables.

    Parameters
    ----------
    order_advance: share of the shipped unpaid orders that an order loan may have.
    receivable_advance: share of the confirmed receivables that a supply chain loan may have.
    debtor_pd: PD of a debtor from which nothing that it owes counts.
    debtor_share: share of all eligible receivables up to which those of one debtor count in a supply chain loan.
    payout_days: days until the platform pays out sales to consumers, which have no records of their own: the sales of
        so many days count in an order loan, if that is more than the shipped unpaid orders; 0: they do not count.
    """

    order_advance: Share = 0.7
    receivable_advance: Share = 0.8
    debtor_pd: Share = 0.15
    debtor_share: Share = 0.5
    payout_days: Annotated[int, Field(ge=0, le=180), expects("a whole number of days from 0 to 180")] = 0

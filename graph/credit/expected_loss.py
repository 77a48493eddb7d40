"""Expected loss of a loan: PD over a term, EL = PD x LGD x EAD, and concentration (HHI)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.detection import DETECTION
from supplyrisk.graph.schema.terms import LIFETIME_DAYS, TERM_OBSERVED_DAYS, TERMS, pd_column

MAX_HORIZONS = 2
"""Longest term in horizons of a model without a fitted term structure: a constant hazard is assumed, not measured."""


def horizon_of(row: Mapping[str, Any]) -> int:
    """Return the days that the PD of a row of the scores covers.

    Raises
    ------
    DataError: none are stated, since the scores detect.
    """
    if row["horizon_days"] is None:
        raise DataError(
            f"the scores are over no horizon ({DETECTION})",
            "scores by a model of defaults with days, since limits and expected losses need a PD over a term",
            "load defaults with their days, and train on them",
        )
    return int(row["horizon_days"])


@dataclass(frozen=True)
class FirmTerms:
    """How the cumulative hazard of one firm depends on the term, from its stored scores.

        G(D) = h (D / H)^k,   h = -log(1 - PD(H))

    The same as the model's term structure (gnn/term_structure.py): below a month and beyond a lifetime the mean hazard
    up to there applies.

    Parameters
    ----------
    horizon_days: H, the model's horizon.
    exponent: k; default 1, a constant hazard.
    observed_days: longest term that was observed when k was fitted; None (default): k was not fitted.
    """

    horizon_days: int
    exponent: float = 1.0
    observed_days: int | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> FirmTerms:
        """Return the terms of a row of the scores.

        The hazard is constant where the scores state no fitted terms, or where a PD is so close to 1 that none follow.

        Raises
        ------
        DataError: as in `horizon_of`.
        """
        horizon = horizon_of(row)
        observed = row.get(TERM_OBSERVED_DAYS)
        # k is the slope of log G by log t, so any second term shows it; a short one is not rounded to a PD of 1.
        days = TERMS[0] if horizon != TERMS[0] else TERMS[1]
        pds = (row.get("pd"), row.get(pd_column(str(days))))
        if observed is None or any(pd is None or not 0 < pd < 1 for pd in pds):
            return cls(horizon)
        hazard, over_days = (-math.log1p(-float(pd)) for pd in pds if pd is not None)
        return cls(horizon, math.log(over_days / hazard) / math.log(days / horizon), int(observed))

    @property
    def longest(self) -> int:
        """The longest term that a PD is stated for: a lifetime, or MAX_HORIZONS horizons where k was not fitted."""
        horizons = MAX_HORIZONS * self.horizon_days
        return horizons if self.observed_days is None else max(horizons, LIFETIME_DAYS)

    def extrapolated(self, term_days: int) -> bool:
        """Return whether a term is longer than the horizon and than every term that was observed in fitting."""
        return term_days > max(self.horizon_days, self.observed_days or 0)

    def cumulative(self, hazard: float, term_days: int) -> float:
        """Return G(D) of a hazard h over the horizon.

        Raises
        ------
        DataError: the term is below 1 day or above `longest`.
        """
        if term_days < 1:
            raise DataError(f"a term of {term_days} days", "at least 1")
        if term_days > self.longest:
            limit = f"{MAX_HORIZONS} times the model's horizon of {self.horizon_days}"
            raise DataError(
                f"a term of {term_days} days",
                f"at most {self.longest}: {limit if self.observed_days is None else 'a lifetime'}",
                "choose a shorter term",
            )
        return self.extended(hazard, term_days)

    def extended(self, hazard: float, term_days: int) -> float:
        """Return G(D) of a hazard h over the horizon, for any D of 1 day or more, also beyond `longest`."""
        clipped = min(max(term_days, min(TERMS[0], self.horizon_days)), max(LIFETIME_DAYS, self.horizon_days))
        # h (c / H)^k D / c, written so that k = 1 is h D / H to the last bit.
        excess = (clipped / self.horizon_days) ** (self.exponent - 1)
        return float(hazard * term_days / self.horizon_days * excess)


def pd_over_term(pd: float, term_days: int, terms: FirmTerms) -> float:
    """Return the PD over a term from the PD over the model's horizon: 1 - exp(-G(D)), see `FirmTerms`.

    Parameters
    ----------
    pd: probability of default over the horizon, in [0, 1].
    term_days: D, from 1 to `terms.longest`.
    terms: of the firm.

    Raises
    ------
    DataError: the term is out of range.
    """
    return -math.expm1(-terms.cumulative(hazard_of(pd), term_days))


def hazard_of(pd: float) -> float:
    """Return the cumulative hazard -log(1 - PD), infinite for a PD of 1."""
    # log1p, like expm1 on the way back, keeps the precision of small PDs.
    return math.inf if pd >= 1 else -math.log1p(-pd)


@dataclass(frozen=True)
class ExpectedLoss:
    """EL = PD x LGD x EAD over a term; pd and lgd are shares, ead and el are money."""

    pd: float
    lgd: float
    ead: float

    @property
    def el(self) -> float:
        """Expected loss, money."""
        return self.pd * self.lgd * self.ead


def hhi(amounts: list[float]) -> float | None:
    """Return the Herfindahl-Hirschman index of amounts, in (0, 1]; None where their sum is 0.

        HHI = sum over i of (amount_i / total)^2

    1 means a single amount; 1 / HHI is the number of equal amounts with the same concentration.
    """
    total = math.fsum(amounts)
    return math.fsum((a / total) ** 2 for a in amounts) if total > 0 else None

"""Expected loss of a loan: PD over a term, EL = PD x LGD x EAD, and concentration (HHI)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from supplyrisk.graph.errors import DataError

MAX_HORIZONS = 2
"""Longest term in horizons of the model: beyond it the model has no evidence for a constant hazard."""


def pd_over_term(pd: float, term_days: int, horizon_days: int) -> float:
    """Return the PD over a term from the PD over the model's horizon, with a constant hazard.

        PD(D) = 1 - exp(-h D / H),  h = -log(1 - PD(H))

    Parameters
    ----------
    pd: probability of default over the horizon, in [0, 1].
    term_days: D, at least 1 and at most MAX_HORIZONS horizons.
    horizon_days: H, the model's horizon.

    Raises
    ------
    DataError: the term is below 1 day or above MAX_HORIZONS horizons.
    """
    if term_days < 1:
        raise DataError(f"a term of {term_days} days", "at least 1")
    if term_days > MAX_HORIZONS * horizon_days:
        raise DataError(
            f"a term of {term_days} days",
            f"at most {MAX_HORIZONS * horizon_days}: {MAX_HORIZONS} times the model's horizon of {horizon_days}",
            "choose a shorter term, or train with a longer --horizon",
        )
    # The hazard of a PD of 1 is infinite.
    if pd >= 1:
        return 1.0
    # log1p and expm1 keep the precision of small PDs.
    return -math.expm1(math.log1p(-pd) * term_days / horizon_days)


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

"""What a loan would lose: PD over a term, expected loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

from supplyrisk.graph.errors import DataError

MAX_HORIZONS = 2
"""Horizons of the model that a term may have: beyond it the hazard would be a guess."""


def pd_over_term(pd: float, term_days: int, horizon_days: int) -> float:
    """PD over a term from the PD over the model's horizon, the hazard held flat.

        PD(D) = 1 - exp(-h D / H),  h = -log(1 - PD(H))

    Parameters
    ----------
    pd: probability of default over the horizon, in [0, 1].
    term_days: D, at least 1 and at most LONGEST horizons.
    horizon_days: H.

    Raises
    ------
    DataError: a term of no days or beyond LONGEST horizons.
    """
    if term_days < 1:
        raise DataError(f"a term of {term_days} days", "at least 1")
    if term_days > MAX_HORIZONS * horizon_days:
        raise DataError(
            f"a term of {term_days} days",
            f"at most {MAX_HORIZONS * horizon_days}: {MAX_HORIZONS} times the model's horizon of {horizon_days}",
            "choose a shorter term, or train with a longer --horizon",
        )
    if pd >= 1:
        return 1.0
    return -math.expm1(math.log1p(-pd) * term_days / horizon_days)


@dataclass(frozen=True)
class ExpectedLoss:
    """EL = PD x LGD x EAD over a term, money; pd, lgd shares, ead money."""

    pd: float
    lgd: float
    ead: float

    @property
    def el(self) -> float:
        """Expected loss, money."""
        return self.pd * self.lgd * self.ead


def hhi(amounts: list[float]) -> float | None:
    """Herfindahl-Hirschman index of amounts, sum of squared shares, in (0, 1]; None where there is nothing.

    1 means that one has it all; 1 / HHI is the number of equal parts that would be as concentrated.
    """
    total = math.fsum(amounts)
    return math.fsum((a / total) ** 2 for a in amounts) if total > 0 else None

"""A 90 % interval for a firm's true PD given its score, from a table of how far scores are from the truth.

A score depends on the data only; a firm's true PD depends on its hidden state as well. The difference cannot be
observed in real data, only in synthetic worlds, where true PDs are known: RATIOS holds quantiles of log(true hazard /
scored hazard) in such worlds, by the ratio of the score to the base rate. For real data it is an assumption.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

COVERED = 0.9
"""Share of the firms whose true PD lies in the interval."""
AT = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Knots of the table: log of the scored hazard over the base rate's hazard."""
RATIOS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "network": ((-9.28, -8.48, -8.45, -8.35, -7.82), (0.32, 0.26, 0.15, 1.06, 2.5)),
    "boosted-own": ((-9.48, -9.03, -8.55, -8.3, -8.02), (0.06, 0.04, 0.16, 0.79, 2.55)),
    "boosted-neighbours": ((-9.34, -9.07, -8.73, -8.26, -6.91), (0.0, 0.0, 0.1, 0.61, 1.77)),
}
"""Low and high log ratios at the knots, by candidate model.

Estimated by tests/bench/bench_interval.py on the worlds of docs/measurements/model.md.
"""


def pd_interval(candidate: str, hazard: Matrix, base: float) -> tuple[Matrix, Matrix]:
    """Return low and high hazards [firms]: h exp(ratio), with the ratio linear between the knots, constant beyond.

    low <= hazard <= high, since the table's low ratios are negative and its high ones are not.

    Parameters
    ----------
    candidate: the model that scores.
    hazard [firms]: calibrated hazards.
    base: hazard of the base rate, -log(1 - base rate).
    """
    # np.interp is constant beyond the outer knots.
    x = np.log(np.maximum(hazard, 1e-300) / base)
    low, high = (hazard * np.exp(np.interp(x, AT, part)) for part in RATIOS[candidate])
    return low, high

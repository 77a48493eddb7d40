"""A 90 % interval for a firm's true PD given its score, from a table of how far scores are from the truth.

A score depends on the data only; a firm's true PD depends on its hidden state as well. The difference cannot be
observed in real data, only in synthetic worlds, where true PDs are known: `ratios_of` gives quantiles of
log(true hazard / scored hazard) there, by the ratio of the score to the base rate. For real data it is an assumption.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_protocol import Ratios
from supplyrisk.gnn.baselines.baseline_registry import NETWORK, baseline_class

Matrix = NDArray[np.float64]

COVERED = 0.9
"""Share of the firms whose true PD lies in the interval."""
AT = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Knots of the table: log of the scored hazard over the base rate's hazard."""
NETWORK_RATIOS: Ratios = ((-9.28, -8.48, -8.45, -8.35, -7.82), (0.32, 0.26, 0.15, 1.06, 2.5))
"""Low and high log ratios of the network at the knots; those of a baseline are its `interval`.

Estimated by tests/bench/bench_interval.py on the worlds of docs/measurements/model.md.
"""


def ratios_of(candidate: str) -> Ratios | None:
    """Return the low and high log ratios of a candidate model at the knots; None where none are known."""
    return NETWORK_RATIOS if candidate == NETWORK else baseline_class(candidate).interval


def pd_interval(ratios: Ratios, hazard: Matrix, base: float) -> tuple[Matrix, Matrix]:
    """Return low and high hazards [firms]: h exp(ratio), with the ratio linear between the knots, constant beyond.

    low <= hazard <= high, since the table's low ratios are negative and its high ones are not.

    Parameters
    ----------
    ratios: of the model that scores.
    hazard [firms]: calibrated hazards.
    base: hazard of the base rate, -log(1 - base rate).
    """
    # np.interp is constant beyond the outer knots.
    x = np.log(np.maximum(hazard, 1e-300) / base)
    low, high = (hazard * np.exp(np.interp(x, AT, part)) for part in ratios)
    return low, high

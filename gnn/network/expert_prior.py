"""Expert prior: the effects of a firm's own figures that credit practice expects before any failure is observed.

A few dozen failures carry little information about a hundred columns. That firms with little cash, little equity and
no margin fail sooner is known from every scorecard since Beaver (1966), Altman (1968) and Ohlson (1980), and payment
conduct adds to it. The smooth score is shrunk towards these effects; the more failures, the further it moves away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import FEATURES, undated_name


def expert_prior(columns: Sequence[str], *, scorecard: bool = False) -> NDArray[np.float64]:
    """Return the prior effect [columns] in log-odds from the middle rank to the highest; 0 without expectation.

    Parameters
    ----------
    columns: names of columns; those of undated data have the priors of the main window, 180 days.
    scorecard: whether to include the measures that only the expert scorecard has a prior on. In training, a few dozen
        defaults decide on these; in the scorecard nothing else would.
    """
    effects: dict[str, float] = {}
    for feature in FEATURES:
        strength = feature.prior or (feature.scorecard if scorecard else 0.0)
        if strength:
            effects[undated_name(feature.name)] = feature.direction * strength
    return np.array([effects.get(undated_name(name), 0.0) for name in columns])

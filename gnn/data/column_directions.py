"""Directions in which columns move a hazard where credit practice knows them: constraints on the boosted trees.

+1: the hazard never falls as the column grows; -1: it never rises; 0: either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.graph import Snapshot

Directions = NDArray[np.int64]

RAISING = ("failed_", "score:", "count:defaulted:")
"""How the names of the neighbourhood's columns begin that never lower a hazard: failures, partners' scores, exposures.

Counts of links have no direction: to have few customers may as well be a sign of the business.
"""


@dataclass(frozen=True)
class OwnColumns:
    """The firms' own columns, as an encoder makes them.

    Parameters
    ----------
    names: one per column.
    directions [columns]: +1, -1 or 0, see the module.
    """

    names: tuple[str, ...]
    directions: Directions

    @classmethod
    def of(cls, encoder: Encoder, snapshots: Sequence[Snapshot]) -> OwnColumns:
        """Return the encoder's columns; directions are those of the features, 0 for words of categories."""
        by_feature = {f.name: f.direction for s in snapshots for f in s.features}
        directions = [0 if word else by_feature.get(feature, 0) for feature, word in encoder.columns]
        return cls(encoder.column_names, np.array(directions, dtype=np.int64))

    def with_neighbourhood(self, names: Sequence[str]) -> Directions:
        """Return the directions of the own columns and of the named columns about the neighbourhood."""
        near = np.array([int(name.startswith(RAISING)) for name in names], dtype=np.int64)
        return np.concatenate([self.directions, near])

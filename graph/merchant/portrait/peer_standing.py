"""Where a figure stands among those of a shop's peers: percentile, number of peers, and which group they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.snapshot.peers import MIN_PEERS, cell_sizes, peer_cells, percentiles, possible_peers

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class PeerStanding:
    """Percentiles of one figure among peers.

    Parameters
    ----------
    percentile [shops]: share of lower values and half of the equal ones, 0 to 1; NaN without a value, of firms in
        default, and where even the widest group has fewer than MIN_PEERS values.
    peers [shops]: firms with a value in the group, the shop included; 0 where there is no percentile.
    level [shops]: number of the group in LEVELS.
    """

    percentile: Floats
    peers: Codes
    level: Codes


@dataclass(frozen=True)
class PeerCells:
    """The peer groups of all shops: industry x region, industry, all.

    Parameters
    ----------
    cells: by level the number of each shop's group [shops], -1 where the level does not apply to it.
    alive [shops]: whether a shop can be a peer: neither in default nor unlisted.
    """

    cells: tuple[Codes, ...]
    alive: NDArray[np.bool_]

    @classmethod
    def of(cls, shops: pa.Table) -> PeerCells:
        """Return the groups; shops: columns industry, region, defaulted, unlisted (null for listed firms)."""
        return cls(peer_cells(shops), possible_peers(shops))

    def standing(self, values: Floats) -> PeerStanding:
        """Rank a figure [shops] in the narrowest group of each shop with at least MIN_PEERS values of it."""
        usable = np.where(self.alive, values, np.nan)
        ranked = np.isfinite(usable)
        percentile = np.full(len(values), np.nan)
        peers = np.zeros(len(values), dtype=np.int64)
        level = np.zeros(len(values), dtype=np.int64)
        open_ = ranked.copy()
        for number, cell in enumerate(self.cells):
            if not open_.any():
                break
            size = cell_sizes(cell, ranked)
            here = open_ & (size >= MIN_PEERS)
            if here.any():
                percentile[here] = percentiles(np.where(cell >= 0, usable, np.nan), cell)[here]
                peers[here] = size[here]
                level[here] = number
                open_ &= ~here
        return PeerStanding(np.round(percentile, 4), peers, level)

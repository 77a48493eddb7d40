"""Weighted draws of firms from pools."""

from __future__ import annotations

import numpy as np

from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints


class FirmPools:
    """Firms grouped into pools, to draw from in proportion to a weight.

    One cumulative sum of the weights over the firms sorted by pool serves all pools: any number of draws, from any
    pools, is a single binary search.

    Parameters
    ----------
    key: pool of each firm, from 0.
    weight: weight of each firm in its pool, above 0.
    pools: number of pools.
    """

    def __init__(self, key: Ints, weight: Floats, pools: int) -> None:
        self.order = np.argsort(key, kind="stable")
        self.total = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        self.first = np.searchsorted(key[self.order], np.arange(pools + 1))

    def filled(self, pool: Ints) -> Bools:
        """Return which of these pools hold a firm."""
        return np.greater(self.first[pool + 1], self.first[pool])

    def draw(self, rng: np.random.Generator, pool: Ints) -> Ints:
        """Draw one firm from each of these pools, none of which may be empty; one uniform number per draw."""
        low = self.first[pool]
        high = self.first[pool + 1]
        target = self.total[low] + rng.random(len(pool)) * (self.total[high] - self.total[low])
        position = np.searchsorted(self.total, target, side="right") - 1
        # rounding of the cumulative sum may lead just past a pool's end
        drawn: Ints = self.order[np.clip(position, low, high - 1)]
        return drawn

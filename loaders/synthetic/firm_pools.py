"""Drawing firms out of pools."""

from __future__ import annotations

import numpy as np

from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints


class FirmPools:
    """Firms in pools by a key, to draw from in proportion to a weight.

    One cumulative sum over the firms sorted by key serves all pools: any number of draws is one search.
    """

    def __init__(self, key: Ints, weight: Floats, pools: int) -> None:
        self.order = np.argsort(key, kind="stable")
        self.total = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        self.first = np.searchsorted(key[self.order], np.arange(pools + 1))

    def filled(self, pool: Ints) -> Bools:
        """Which of these pools hold a firm."""
        return np.greater(self.first[pool + 1], self.first[pool])

    def draw(self, rng: np.random.Generator, pool: Ints) -> Ints:
        """One firm from each of these pools, none of which may be empty."""
        low, high = self.first[pool], self.first[pool + 1]
        at = self.total[low] + rng.random(len(pool)) * (self.total[high] - self.total[low])
        place = np.searchsorted(self.total, at, side="right") - 1
        drawn: Ints = self.order[np.clip(place, low, high - 1)]
        return drawn

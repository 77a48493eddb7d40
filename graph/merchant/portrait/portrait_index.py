"""The four indices of a portrait: weighted means of percentiles among peers, on a scale from 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Figure
from supplyrisk.graph.merchant.portrait.indicator_register import INDICATORS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class IndexPart:
    """One part of an index: a figure of an indicator that is better in one direction, and its weight."""

    indicator: str
    weight: float
    figure: Figure = Figure.VALUE

    def points(self, percentile: Floats) -> Floats:
        """Return the points [shops], 0 (worst of the peers) to 100, from percentiles of the figure; NaN stays."""
        better = INDICATORS[self.indicator].better
        return 100 * (percentile if better is Better.HIGHER else 1 - percentile)


@dataclass(frozen=True)
class PortraitIndex:
    """An index: the weighted mean of the points of its parts, as far as they are known.

    Parameters
    ----------
    key: its name.
    parts: the parts.
    least: number of known parts below which the index is missing.
    """

    key: str
    parts: tuple[IndexPart, ...]
    least: int

    def value(self, points: Sequence[Floats]) -> tuple[Floats, NDArray[np.int64]]:
        """Return the index [shops], NaN with too few parts, and the number of its known parts [shops].

        points: of each part [shops], NaN where it is unknown.
        """
        matrix = np.stack(points)
        weights = np.array([part.weight for part in self.parts])[:, None] * np.isfinite(matrix)
        known = np.isfinite(matrix).sum(axis=0)
        enough = known >= self.least
        mean = np.nansum(matrix * weights, axis=0) / np.where(enough, weights.sum(axis=0), np.nan)
        return np.round(mean, 1), known


INDICES: Mapping[str, PortraitIndex] = {
    index.key: index
    for index in (
        PortraitIndex("stability", (
            IndexPart("sales_volatility", 2), IndexPart("largest_customer", 1), IndexPart("largest_supplier", 1),
            IndexPart("delivered_on_time", 1), IndexPart("refund_rate", 1), IndexPart("dispute_rate", 1),
            IndexPart("cash_days", 1), IndexPart("overdrawn_share", 1),
        ), least=3),
        PortraitIndex("growth", (
            IndexPart("sales", 2, Figure.YEARLY_CHANGE), IndexPart("sales", 1, Figure.CHANGE),
            IndexPart("customers", 1, Figure.YEARLY_CHANGE), IndexPart("visitors", 1, Figure.CHANGE),
            IndexPart("sold_to_firms", 1, Figure.YEARLY_CHANGE), IndexPart("sold_to_firms", 1, Figure.CHANGE),
        ), least=2),
        PortraitIndex("marketing", (
            IndexPart("conversion", 2), IndexPart("order_cost", 2), IndexPart("visitor_cost", 1),
            IndexPart("returning_share", 1),
        ), least=2),
        PortraitIndex("capital", (
            IndexPart("stock_turns", 2), IndexPart("collection_days", 1), IndexPart("receivables_overdue", 1),
            IndexPart("profit_margin", 1), IndexPart("loan_utilisation", 1),
        ), least=2),
    )
}  # fmt: skip
"""Every index by its key, in the order of the portrait."""

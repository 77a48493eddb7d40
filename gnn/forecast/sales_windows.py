"""Sums of sales over windows, as logs of their ratio to the shop's ordinary level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.forecast.series_features import ShopFeatures, features_at, year_ago
from supplyrisk.gnn.forecast.shop_series import Matrix, ShopSeries, calendar_columns
from supplyrisk.gnn.forecast.window_rows import Window

LEAST_RATIO = 0.02
"""Sales of a window below this share of the ordinary level count as such; a forecast so low is 0."""

LEAST_SHOPS = 20
"""Shops with a year of history from which on their season is a feature."""


@dataclass(frozen=True)
class SalesWindows:
    """The series of sales; see `WindowSource`."""

    series: ShopSeries

    def in_order(self) -> SalesWindows:
        """See `WindowSource`."""
        return SalesWindows(self.series.take(self.series.id_order))

    def features(self, step: int) -> ShopFeatures:
        """See `WindowSource`."""
        return features_at(self.series, step)

    def columns(self, features: ShopFeatures, step: int, window: Window, longest: int) -> Matrix:
        """See `WindowSource`.

        The season of all shops and the calendar are columns of single weeks only: over a quarter they would name the
        step, since all shops share them.
        """
        count = len(features.rows)
        past = year_ago(self.series, step, window.begin, window.end)
        parts = [
            features.columns,
            np.full((count, 1), window.end / longest),
            np.round(past[features.rows], 5)[:, None],
        ]
        if window.week:
            # One shop's week a year ago is noisy: that of all shops together shows the season.
            parts.append(np.full((count, 1), _median_of(past)))
            parts.append(calendar_columns(self.series, step, window.begin, window.end, count))
        return np.column_stack(parts)

    def targets(self, features: ShopFeatures, step: int, window: Window) -> Matrix:
        """See `WindowSource`: log of the sum over that of ordinary steps with rows."""
        sums = self.series.totals.sums(step + 1 + window.begin, step + 1 + window.end)[features.rows]
        ratios = sums / (features.level * (window.end - window.begin))
        return np.asarray(np.log(np.maximum(ratios, LEAST_RATIO)))

    def amounts(self, features: ShopFeatures, window: Window, quantiles: Matrix) -> Matrix:
        """See `WindowSource`."""
        ratios = np.exp(quantiles)
        ratios[ratios <= LEAST_RATIO * 1.05] = 0.0
        return np.asarray(ratios * features.level * (window.end - window.begin))


def _median_of(values: Matrix) -> float:
    """The median of the values there are, if enough shops have one."""
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 5) if len(known) >= LEAST_SHOPS else np.nan

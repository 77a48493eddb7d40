"""Levels such as stock and cash at the ends of weeks, as changes in the shop's own unit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from supplyrisk.gnn.forecast.series_features import YEAR_DAYS, ShopFeatures, is_thin
from supplyrisk.gnn.forecast.shop_series import Matrix, ShopSeries, calendar_columns, ratio
from supplyrisk.gnn.forecast.window_rows import Window

MEAN_DAYS = (7, 28, 60, 90, 180)
WEEKS_BACK = 12
LEAST_ROWS = 4
"""Rows in the last 60 days without which a level has no forecast."""
STALE_DAYS = 28
"""A level without a row for longer is not known any more."""
_DECIMALS = 5
_MOST_WEEKS_UNKNOWN = 3


@dataclass(frozen=True)
class LevelWindows:
    """Levels, and the sales of the same shops and steps that move them; see `WindowSource`.

    A window of a week is forecast at its end. The window of the whole horizon (week 0) is forecast at its lowest: the
    least level at the end of any of its weeks, or the present one.

    Parameters
    ----------
    series: the levels, by step; may be negative.
    sales: what the same shops sold, on the same steps; without rows where it is unknown.
    """

    series: ShopSeries
    sales: ShopSeries

    def in_order(self) -> LevelWindows:
        """See `WindowSource`."""
        order = self.series.id_order
        return LevelWindows(self.series.take(order), self.sales.take(order))

    @cached_property
    def known(self) -> Matrix:
        """The last level known in the STALE_DAYS up to each step [shops, steps]."""
        return _carried(self.series.values, self.series.in_steps(STALE_DAYS))

    @cached_property
    def week_ends(self) -> Matrix:
        """The last level known in the week up to each step [shops, steps]."""
        return _carried(self.series.values, self.series.in_steps(7))

    def features(self, step: int) -> ShopFeatures:
        """See `WindowSource`."""
        now = self.known[:, step]
        changes = self._changes(step)
        with warnings.catch_warnings():
            # Shops without a change have no mean of them; their columns are NaN, which trees take as it is.
            warnings.simplefilter("ignore", RuntimeWarning)
            unit = self._mean_size(step) + np.nan_to_num(np.nanmean(np.abs(changes), axis=0))
            recent = self.series.totals.counts(step + 1 - self.series.in_steps(60), step + 1)
            rows = np.flatnonzero((recent >= LEAST_ROWS) & ~np.isnan(now) & (unit > 0))
            table = self._table(step, np.where(unit > 0, unit, np.nan), changes)[rows]
        table[~np.isfinite(table)] = np.nan
        return ShopFeatures(rows, np.round(table, _DECIMALS), unit[rows], is_thin(self.series, step)[rows])

    def columns(self, features: ShopFeatures, step: int, window: Window, longest: int) -> Matrix:
        """See `WindowSource`."""
        count = len(features.rows)
        parts = [features.columns, np.full((count, 1), window.end / longest)]
        parts.append(self._year_ago(features, step, window)[:, None])
        if window.week:
            parts.append(calendar_columns(self.series, step, window.begin, window.end, count))
        return np.column_stack(parts)

    def targets(self, features: ShopFeatures, step: int, window: Window) -> Matrix:
        """See `WindowSource`: the change of the level, in units."""
        now = self.known[features.rows, step]
        if window.week:
            return np.asarray((self.week_ends[features.rows, step + window.end] - now) / features.level)
        week = self.series.in_steps(7)
        ends = self.week_ends[features.rows][:, step + week : step + window.end + 1 : week]
        known = np.isnan(ends).sum(axis=1) <= _MOST_WEEKS_UNKNOWN
        lowest = np.fmin(np.fmin.reduce(ends, axis=1), now)
        return np.where(known, (lowest - now) / features.level, np.nan)

    def amounts(self, features: ShopFeatures, window: Window, quantiles: Matrix) -> Matrix:
        """See `WindowSource`."""
        now = self.known[features.rows, self.series.steps - 1]
        amounts = now + quantiles * features.level
        return np.asarray(amounts if window.week else np.minimum(amounts, now))

    def _mean_size(self, step: int) -> Matrix:
        begin = max(step + 1 - self.series.in_steps(60), 0)
        return np.asarray(np.nan_to_num(np.nanmean(np.abs(self.series.values[:, begin : step + 1]), axis=1)))

    def _changes(self, step: int) -> Matrix:
        """Changes over the last weeks [weeks, shops], the latest first."""
        week = self.series.in_steps(7)
        ends = [step - number * week for number in range(WEEKS_BACK + 1)]
        levels = np.array([self._at(end) for end in ends])
        return np.asarray(levels[:-1] - levels[1:])

    def _at(self, step: int) -> Matrix:
        return self.known[:, step] if step >= 0 else np.full(len(self.series.ids), np.nan)

    def _table(self, step: int, unit: Matrix, changes: Matrix) -> Matrix:
        now = self.known[:, step]
        quarter = self.known[:, max(step + 1 - self.series.in_steps(91), 0) : step + 1]
        parts = [
            now / unit,
            *((self._mean(step, days) - now) / unit for days in MEAN_DAYS),
            (np.nanmin(quarter, axis=1) - now) / unit,
            (np.nanmax(quarter, axis=1) - now) / unit,
            *changes / unit,
            np.nanstd(changes / unit, axis=0),
            self._rows_share(step),
            *self._sales_columns(step, unit),
        ]
        return np.column_stack(parts)

    def _mean(self, step: int, days: int) -> Matrix:
        return self.series.totals.means(step + 1 - self.series.in_steps(days), step + 1)

    def _rows_share(self, step: int) -> Matrix:
        steps = self.series.in_steps(60)
        return self.series.totals.counts(step + 1 - steps, step + 1) / steps

    def _sales_columns(self, step: int, unit: Matrix) -> list[Matrix]:
        """Sales of a week in units of the level, and how they grew over a month and a quarter."""
        means = [
            self.sales.totals.means(step + 1 - self.sales.in_steps(days), step + 1) for days in (7, 28, 91)
        ]
        week = means[1] * self.sales.in_steps(7)
        return [ratio(week, unit), _log(ratio(means[0], means[1])), _log(ratio(means[1], means[2]))]

    def _year_ago(self, features: ShopFeatures, step: int, window: Window) -> Matrix:
        """The change over the same window a year ago, in units of now."""
        then = step - self.series.in_steps(YEAR_DAYS)
        if then < 0:
            return np.full(len(features.rows), np.nan)
        change = self.known[features.rows, then + window.end] - self.known[features.rows, then]
        return np.asarray(np.round(change / features.level, _DECIMALS))


def _log(values: Matrix) -> Matrix:
    return np.asarray(np.log(np.where(values > 0, values, np.nan)))


def _carried(values: Matrix, longest: int) -> Matrix:
    """Each value carried forward over steps without one, over at most `longest` - 1 of them [shops, steps]."""
    steps = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(values), -longest, steps), axis=1)
    carried = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where(steps - last < longest, carried, np.nan)

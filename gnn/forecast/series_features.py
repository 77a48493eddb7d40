"""What is known of a shop's series at the end of a step, scaled by the shop's own level: the inputs of the trees."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.forecast.shop_series import Flags, Matrix, Numbers, ShopSeries, ratio

LEVEL_DAYS = (7, 14, 28, 60)
"""Windows whose levels are averaged as the shop's own level, which everything is divided by."""
LONGER_DAYS = (90, 180)
SHARE_DAYS = (7, 14, 28, 60, 90, 180)
MEDIAN_DAYS = (14, 28, 56)
WEEKS_BACK = 12
PATTERN_DAYS = 56
LEAST_ROWS_DAYS = 7
"""A forecast needs rows for so many of the last 60 days."""
THIN_DAYS = 56
"""A shop whose first row is younger, or with rows for less than half of the last 60 days, is thin."""
YEAR_DAYS = 364
"""A year ago, on the same weekday."""
_DECIMALS = 5
_LEAST_RATIO = 1e-3


@dataclass(frozen=True)
class ShopFeatures:
    """The shops with a forecast at the end of a step.

    Parameters
    ----------
    rows [n]: their row numbers in the series.
    columns [n, features]: NaN where missing; ratios, shares and ages, so that they have no unit.
    level [n]: what an ordinary step with a row adds: the unit of the forecast.
    thin [n]: whether there is little history.
    """

    rows: Numbers
    columns: Matrix
    level: Matrix
    thin: Flags

    def take(self, rows: Numbers) -> ShopFeatures:
        """Return some of them."""
        return ShopFeatures(self.rows[rows], self.columns[rows], self.level[rows], self.thin[rows])


def features_at(series: ShopSeries, step: int) -> ShopFeatures:
    """Return the features of all shops with enough rows, from steps up to `step` alone."""
    columns = _Columns(series, step)
    level = columns.level()
    recent = series.totals.counts(step + 1 - series.in_steps(60), step + 1)
    rows = np.flatnonzero((recent >= _least_rows(series)) & (level > 0))
    # An all-missing window has no mean; its column is NaN, which trees take as it is.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        table = columns.table(np.where(level > 0, level, np.nan))[rows]
    table[~np.isfinite(table)] = np.nan
    # Rounded, so that a series and its multiple have the same features to the last digit.
    return ShopFeatures(rows, np.round(table, _DECIMALS), level[rows], is_thin(series, step)[rows])


def is_thin(series: ShopSeries, step: int) -> Flags:
    """Return whether each shop has little history at the end of a step; see THIN_DAYS."""
    recent = series.totals.counts(step + 1 - series.in_steps(60), step + 1)
    age = step + 1 - series.first_step
    return np.asarray((age < series.in_steps(THIN_DAYS)) | (recent < series.in_steps(60) / 2))


def year_ago(series: ShopSeries, step: int, begin: int, end: int) -> Matrix:
    """Return the log of sales a step in the window begin..end-1 a year ago, over those in the 28 days before [shops].

    begin, end: steps after `step` (0 is the next one). NaN where more than half of either window has no rows.
    """
    back = series.in_steps(YEAR_DAYS)
    month = series.in_steps(28)
    then = step + 1 - back
    if then < 1:
        return np.full(len(series.ids), np.nan)
    ahead = _mean_of_most(series, then + begin, then + end)
    before = _mean_of_most(series, then - month, then)
    return _log_ratio(ahead, before)


def _mean_of_most(series: ShopSeries, begin: int, end: int) -> Matrix:
    counts = series.totals.counts(begin, end)
    return np.where(counts * 2 >= end - begin, series.totals.means(begin, end), np.nan)


def _least_rows(series: ShopSeries) -> int:
    return max(4, series.in_steps(LEAST_ROWS_DAYS))


def _log_ratio(above: Matrix, below: Matrix) -> Matrix:
    return np.log(np.maximum(ratio(above, below), _LEAST_RATIO))


class _Columns:
    """The columns at one step; windows are of ordinary steps, counted back from it."""

    def __init__(self, series: ShopSeries, step: int) -> None:
        self.series = series
        self.step = step
        self.sums = series.ordinary_sums
        self.end = int(np.searchsorted(series.ordinary, step, side="right"))
        self.first = np.searchsorted(series.ordinary, series.first_step)

    def window(self, days: float) -> tuple[int, int]:
        """The last ordinary steps of so many days, as begin and end."""
        return max(self.end - self.series.in_steps(days), 0), self.end

    def level(self) -> Matrix:
        """The geometric mean of the means over LEVEL_DAYS, of those above 0.

        Windows that a shop is too young for are left out, except the shortest one: a young shop's first days say little
        about its level.
        """
        windows = [self.window(days) for days in LEVEL_DAYS]
        means = np.array([self.sums.means(*window) for window in windows])
        old_enough = np.array([self.first <= begin for begin, _ in windows])
        positive = (means > 0) & old_enough
        # A shop whose rows in all of them are 0 or that is younger than all takes what there is.
        positive = np.where(positive.any(axis=0), positive, means > 0)
        logs = np.log(means, out=np.zeros_like(means), where=positive)
        return np.where(
            positive.any(axis=0), np.exp(logs.sum(axis=0) / np.maximum(positive.sum(axis=0), 1)), np.nan
        )

    def table(self, level: Matrix) -> Matrix:
        """All columns [shops, features]."""
        weeks = self.weeks(level)
        parts = [
            *self.levels(level),
            *self.shares(),
            *self.medians(level),
            ratio(self.sums.deviations(*self.window(PATTERN_DAYS)), level),
            *weeks,
            np.nanstd(weeks[:8], axis=0),
            _slope(weeks[:8]),
            np.nanmax(weeks, axis=0),
            np.nanmin(weeks, axis=0),
            self.weekend(),
            self.days_since_row(),
            self.growth_in_a_year(level),
        ]
        return np.column_stack(parts)

    def levels(self, level: Matrix) -> list[Matrix]:
        """Means over windows, where the shop is old enough that the window is not a shorter one."""
        columns = []
        for days in (*LEVEL_DAYS, *LONGER_DAYS):
            begin, end = self.window(days)
            least = min(self.series.in_steps(days), self.series.in_steps(28) + (days > 28))
            known = np.minimum(end - self.first, end - begin) >= least
            columns.append(np.where(known, _log_ratio(self.sums.means(begin, end), level), np.nan))
        return columns

    def shares(self) -> list[Matrix]:
        """Shares of steps with a row, since the first one: gaps and closures."""
        columns = []
        for days in SHARE_DAYS:
            begin, end = self.window(days)
            steps = np.minimum(end - self.first, end - begin).astype(float)
            columns.append(ratio(self.sums.counts(begin, end), steps))
        return columns

    def medians(self, level: Matrix) -> list[Matrix]:
        """Medians of the values there are; unlike means they do not follow a few large days."""
        columns = []
        for days in MEDIAN_DAYS:
            begin, end = self.window(days)
            values = self.series.values[:, self.series.ordinary[begin:end]]
            columns.append(_log_ratio(_median(values), level))
        return columns

    def weeks(self, level: Matrix) -> Matrix:
        """Means of the last ordinary weeks [weeks, shops], the latest first; NaN before the shop's first row."""
        length = self.series.in_steps(7)
        columns = []
        for number in range(WEEKS_BACK):
            end = self.end - number * length
            known = (self.first <= end - length) & (end >= length)
            columns.append(np.where(known, _log_ratio(self.sums.means(end - length, end), level), np.nan))
        return np.array(columns)

    def weekend(self) -> Matrix:
        """Mean of weekend days over that of other days, in logs; NaN where steps are weeks."""
        if self.series.step != 1:
            return np.full(len(self.series.ids), np.nan)
        begin, end = self.window(PATTERN_DAYS)
        steps = self.series.ordinary[begin:end]
        weekday = (self.series.first_day.weekday() + steps) % 7
        values = self.series.values[:, steps]
        return _log_ratio(_mean(values[:, weekday >= 5]), _mean(values[:, weekday < 5]))

    def days_since_row(self) -> Matrix:
        """Days since the last row, at most 60: windows of a closed shop are older than they look."""
        longest = self.series.in_steps(60)
        recent = ~np.isnan(self.series.values[:, max(self.step + 1 - longest, 0) : self.step + 1])
        since = np.where(recent.any(axis=1), recent[:, ::-1].argmax(axis=1), longest)
        return (since * self.series.step).astype(float)

    def growth_in_a_year(self, level: Matrix) -> Matrix:
        """The level over that of the same 28 days a year ago, in logs."""
        end = self.step + 1 - self.series.in_steps(YEAR_DAYS)
        if end < 1:
            return np.full(len(self.series.ids), np.nan)
        return _log_ratio(level, _mean_of_most(self.series, end - self.series.in_steps(28), end))


def _slope(weeks: Matrix) -> Matrix:
    """The covariance of weekly logs with time: above 0 where sales grow."""
    time = (len(weeks) - 1) / 2 - np.arange(len(weeks))
    return np.asarray(np.nanmean((weeks - np.nanmean(weeks, axis=0)) * time[:, None], axis=0))


def _mean(values: Matrix) -> Matrix:
    present = ~np.isnan(values)
    return ratio(np.nan_to_num(values).sum(axis=1), present.sum(axis=1).astype(float))


def _median(values: Matrix) -> Matrix:
    """The median of the values there are in each row; NaN in a row without any."""
    if values.shape[1] == 0:
        return np.full(len(values), np.nan)
    ordered = np.sort(values, axis=1)  # NaN is sorted to the end
    count = (~np.isnan(values)).sum(axis=1)
    rows = np.arange(len(values))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, np.minimum(count // 2, values.shape[1] - 1)]
    return np.where(count > 0, (low + high) / 2, np.nan)

"""The forecast of sales: quantile trees over windows after the last step, with calibrated intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.forecast.conformal import conformity_scores, widened, widening
from supplyrisk.gnn.forecast.quantile_trees import LEVEL, ROUNDS, QuantileTrees, TreeSettings, fit_trees
from supplyrisk.gnn.forecast.series_features import features_at
from supplyrisk.gnn.forecast.shop_series import Flags, Matrix, Numbers, ShopSeries
from supplyrisk.gnn.forecast.window_rows import LEAST_RATIO, Window, WindowRows, past_rows, window_columns
from supplyrisk.graph import DataError

WEEKS = 13
CALIBRATION_DAYS = 28
"""Rows whose windows end within the last so many days calibrate the intervals."""
LEAST_CALIBRATION_ROWS = 50
LEAST_TRAINING_ROWS = 50
MOST_ROWS = 150_000
"""About how many rows a model is fitted on."""


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted.

    Parameters
    ----------
    seed: of everything random.
    rounds: trees per quantile.
    most_rows: about how many rows to fit on.
    """

    seed: int = 0
    rounds: int = ROUNDS
    most_rows: int = MOST_ROWS


@dataclass(frozen=True)
class Widenings:
    """By how many widths intervals are widened, by week (0: total) and thinness.

    A group with too few rows takes the widening of all rows; a thin one at least that.
    """

    by_group: dict[tuple[int, bool], float]

    def of(self, week: int, thin: Flags) -> Matrix:
        """Return the widening of each row of a week."""
        return np.where(thin, self.by_group[week, True], self.by_group[week, False])


@dataclass(frozen=True)
class WindowForecast:
    """The forecast of one window: quantiles of the sum over it [3, shops] of the shops at `rows`; thin [shops]."""

    window: Window
    rows: Numbers
    quantiles: Matrix
    thin: Flags


@dataclass(frozen=True)
class SalesModel:
    """Trees fitted up to the last step of a series, the windows that they forecast, and the widenings."""

    trees: QuantileTrees
    windows: tuple[Window, ...]
    longest: int
    widenings: Widenings
    calibration_rows: int

    def forecast(self, series: ShopSeries) -> list[WindowForecast]:
        """Return the forecast of each window after the last step of a series."""
        step = series.steps - 1
        features = features_at(series, step)
        results = []
        for window in self.windows:
            columns = window_columns(series, features, step, window, self.longest)
            logs = self.trees.predict(columns, np.full(len(features.rows), window.end))
            low, high = widened(logs[0], logs[2], self.widenings.of(window.week, features.thin))
            ratios = np.exp(np.array([low, np.clip(logs[1], low, high), high]))
            ratios[ratios <= LEAST_RATIO * 1.05] = 0.0
            sums = ratios * features.level * (window.end - window.begin)
            results.append(WindowForecast(window, features.rows, sums, features.thin))
        return results


def week_windows(series: ShopSeries) -> list[Window]:
    """Return the windows of the WEEKS weeks after a step."""
    length = series.in_steps(7)
    return [Window((week - 1) * length, week * length, week) for week in range(1, WEEKS + 1)]


def fit_total(series: ShopSeries, days: int, options: FitOptions | None = None) -> SalesModel:
    """Fit the model of the total over so many days after the last step.

    It also learns from totals over a third and two thirds of the days, which reach further towards the last step.

    Raises
    ------
    DataError: the series is too short.
    """
    horizon = series.in_steps(days)
    ends = sorted({max(1, round(horizon / 3)), max(1, round(horizon * 2 / 3)), horizon})
    return _fit(series, [Window(0, end) for end in ends], [Window(0, horizon)], options or FitOptions())


def fit_weeks(series: ShopSeries, options: FitOptions | None = None) -> SalesModel:
    """Fit the model of the single weeks; raises as `fit_total`."""
    windows = week_windows(series)
    return _fit(series, windows, windows, options or FitOptions())


def _fit(
    series: ShopSeries, learned: Sequence[Window], windows: Sequence[Window], options: FitOptions
) -> SalesModel:
    rows = past_rows(series, learned, options.most_rows, options.seed)
    longest = max(window.end for window in learned)
    count = int((rows.end == longest).sum())
    if count < LEAST_TRAINING_ROWS:
        raise DataError(
            f"{count} past windows of {longest * series.step} days to learn a forecast from, by {series.last_day}",
            f"at least {LEAST_TRAINING_ROWS}: shops times weeks with rows in the 28 days before and in the days after",
            "load more history or more shops, or name a later day",
        )
    settings = TreeSettings(tuple(w.end for w in windows), longest, options.rounds, options.seed)
    scores = _calibration_scores(series, rows, settings)
    trees = fit_trees(rows, series.steps - 1, settings)
    groups = {(window.week, thin) for window in windows for thin in (False, True)}
    return SalesModel(trees, tuple(windows), longest, _widenings(*scores, groups), len(scores[0]))


def _calibration_scores(
    series: ShopSeries, rows: WindowRows, settings: TreeSettings
) -> tuple[WindowRows, Matrix]:
    """The rows that calibrate, and their scores by trees that know nothing after an earlier step.

    Where the history is so short that too few windows of the forecast's length have ended since, shorter ones calibrate
    as well: scores are in widths. Where even so too little is left to fit on, all rows both fit and calibrate.
    """
    latest = series.steps - 1
    earlier = latest - series.in_steps(CALIBRATION_DAYS)
    forecast = np.isin(rows.end, settings.ends)
    later = rows.take((rows.known_at > earlier) & forecast)
    fitted = rows.take(rows.known_at <= earlier)
    if len(later) < LEAST_CALIBRATION_ROWS or not np.isin(fitted.end, settings.ends).any():
        later = rows.take(rows.known_at > earlier)
    if len(later) < LEAST_CALIBRATION_ROWS or len(fitted) < LEAST_TRAINING_ROWS:
        earlier = latest
        later = rows.take(forecast) if forecast.any() else rows
    trees = fit_trees(rows, earlier, settings)
    low, _, high = trees.predict(later.columns, later.end)
    return later, conformity_scores(later.target, low, high)


def _widenings(rows: WindowRows, scores: Matrix, groups: set[tuple[int, bool]]) -> Widenings:
    everyone = widening(scores, LEVEL)
    by_group = {}
    for week, thin in sorted(groups):
        of_week = rows.week == week
        base = widening(scores[of_week], LEVEL) if of_week.sum() >= LEAST_CALIBRATION_ROWS else everyone
        group = of_week & (rows.thin == thin)
        own = widening(scores[group], LEVEL) if group.sum() >= LEAST_CALIBRATION_ROWS else base
        by_group[week, thin] = max(own, base) if thin else own
    return Widenings(by_group)

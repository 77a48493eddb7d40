"""Forecasts of windows after the last step: quantile trees over past windows, with calibrated intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.forecast.conformal import conformity_scores, widened, widening
from supplyrisk.gnn.forecast.level_windows import LevelWindows
from supplyrisk.gnn.forecast.quantile_trees import (
    LEVEL,
    ROUNDS,
    QuantileTrees,
    TreeSettings,
    fit_trees,
)
from supplyrisk.gnn.forecast.sales_windows import SalesWindows
from supplyrisk.gnn.forecast.shop_series import Flags, Matrix, Numbers, ShopSeries
from supplyrisk.gnn.forecast.window_rows import Window, WindowRows, WindowSource, past_rows
from supplyrisk.graph import DataError

WEEKS = 13
CALIBRATION_DAYS = 28
"""Rows whose windows end within the last so many days calibrate the intervals."""
LEAST_CALIBRATION_ROWS = 50
LEAST_TRAINING_ROWS = 50
MOST_ROWS = 150_000
MOST_WEEK_ROWS = 60_000
"""About how many rows a model of totals, or of single weeks, is fitted on."""


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted.

    Parameters
    ----------
    seed: of everything random.
    rounds: trees per quantile.
    most_rows, week_rows: about how many rows to fit a total on, and single weeks.
    """

    seed: int = 0
    rounds: int = ROUNDS
    most_rows: int = MOST_ROWS
    week_rows: int = MOST_WEEK_ROWS


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
    """The forecast of one window: quantiles of its amount [3, shops] for the shops at `rows`; thin [shops]."""

    window: Window
    rows: Numbers
    quantiles: Matrix
    thin: Flags


@dataclass(frozen=True)
class WindowModel:
    """Trees fitted up to the last step of series, the windows that they forecast, and the widenings."""

    trees: QuantileTrees
    windows: tuple[Window, ...]
    longest: int
    widenings: Widenings
    calibration_rows: int

    def forecast(self, source: WindowSource) -> list[WindowForecast]:
        """Return the forecast of each window after the last step of the series."""
        step = source.series.steps - 1
        features = source.features(step)
        results = []
        for window in self.windows:
            columns = source.columns(features, step, window, self.longest)
            targets = self.trees.predict(columns, np.full(len(features.rows), window.end))
            low, high = widened(targets[0], targets[2], self.widenings.of(window.week, features.thin))
            ordered = np.array([low, np.clip(targets[1], low, high), high])
            amounts = source.amounts(features, window, ordered)
            results.append(WindowForecast(window, features.rows, amounts, features.thin))
        return results


def week_windows(series: ShopSeries) -> list[Window]:
    """Return the windows of the WEEKS weeks after a step."""
    length = series.in_steps(7)
    return [Window((week - 1) * length, week * length, week) for week in range(1, WEEKS + 1)]


def fit_total(sales: ShopSeries, days: int, options: FitOptions | None = None) -> WindowModel:
    """Fit the model of total sales over so many days after the last step.

    It also learns from totals over a third and two thirds of the days, which reach further towards the last step.

    Raises
    ------
    DataError: the series is too short.
    """
    horizon = sales.in_steps(days)
    ends = sorted({max(1, round(horizon / 3)), max(1, round(horizon * 2 / 3)), horizon})
    learned = [Window(0, end) for end in ends]
    options = options or FitOptions()
    settings = TreeSettings((horizon,), horizon, options.rounds, options.seed)
    return _fit(SalesWindows(sales), learned, [Window(0, horizon)], settings, options.most_rows)


def fit_weeks(source: WindowSource, options: FitOptions | None = None) -> WindowModel:
    """Fit the model of single weeks, of sales or of levels; raises as `fit_total`."""
    options = options or FitOptions()
    windows = week_windows(source.series)
    ends = tuple(window.end for window in windows)
    settings_of = TreeSettings.of_weeks if isinstance(source, SalesWindows) else TreeSettings
    settings = settings_of(ends, ends[-1], options.rounds, options.seed)
    return _fit(source, windows, windows, settings, options.week_rows)


def fit_lowest(levels: LevelWindows, options: FitOptions | None = None) -> WindowModel:
    """Fit the model of the lowest level within WEEKS weeks; raises as `fit_total`."""
    options = options or FitOptions()
    horizon = week_windows(levels.series)[-1].end
    windows = [Window(0, horizon)]
    # The lowest level lies below the present one as a rule: that is no drift.
    settings = TreeSettings((horizon,), horizon, options.rounds, options.seed, drift_prior=0.0)
    return _fit(levels, windows, windows, settings, options.most_rows)


def _fit(
    source: WindowSource,
    learned: Sequence[Window],
    windows: Sequence[Window],
    settings: TreeSettings,
    most_rows: int,
) -> WindowModel:
    series = source.series
    rows = past_rows(source, learned, most_rows, settings.seed)
    longest = settings.longest
    count = int((rows.end == longest).sum())
    if count < LEAST_TRAINING_ROWS:
        raise DataError(
            f"{count} past windows of {longest * series.step} days to learn a forecast from, by {series.last_day}",
            f"at least {LEAST_TRAINING_ROWS}: shops times weeks with rows in the 28 days before and in the days after",
            "load more history or more shops, or name a later day",
        )
    scores = _calibration_scores(series, rows, settings)
    trees = fit_trees(rows, series.steps - 1, settings)
    groups = {(window.week, thin) for window in windows for thin in (False, True)}
    return WindowModel(trees, tuple(windows), longest, _widenings(*scores, groups), len(scores[0]))


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

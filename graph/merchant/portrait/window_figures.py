"""Indicators of all shops at once: values, those of earlier windows, ages and coverage."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.merchant.portrait.indicator import Indicator, IndicatorRows
from supplyrisk.graph.merchant.portrait.indicator_register import indicators_by_rows
from supplyrisk.graph.merchant.portrait.portrait_windows import PortraitWindows, windows_of_rows
from supplyrisk.graph.merchant.portrait.window_sums import RecordedColumns, WindowQueries, WindowSums
from supplyrisk.graph.schema.source_coverage import SourceDays
from supplyrisk.graph.snapshot.arrow_columns import rounded

if TYPE_CHECKING:
    import duckdb

Floats = NDArray[np.float64]

_PERIODS = (1, 7, 28, 89)
"""Shortest mean distances in days between the rows of a series of days, weeks, months and quarters."""


@dataclass(frozen=True)
class IndicatorFigures:
    """One indicator of all shops; NaN where there is no figure.

    Parameters
    ----------
    value [shops]: over the window.
    before, year_ago [shops]: over the window before and the same weeks a year ago, comparable with the value.
    age [shops]: days since the last row that records it; NaN where no row does.
    coverage [shops]: of a series the share of the window's periods with a row that records it, elsewhere the share of
        the window's rows that do; NaN where there is nothing to cover.
    """

    value: Floats
    before: Floats
    year_ago: Floats
    age: Floats
    coverage: Floats


def fresh_days(rows: IndicatorRows, window_days: int) -> int:
    """Return the age in days from which the last row is stale.

    A series without a row in the window is stale. Events are fresh for as long as their source is by the shipped list,
    and at least over the window.
    """
    if rows.is_series:
        return window_days
    days: int = getattr(SourceDays(), rows.source)
    return days if rows.is_state else max(days, window_days)


def window_figures(
    con: duckdb.DuckDBPyConnection, tables: Collection[str], shops: int, window_days: int
) -> Iterator[tuple[Indicator, IndicatorFigures]]:
    """Yield every indicator with its figures, in the order of their rows.

    Parameters
    ----------
    con: with the as-of views, and the temp table portrait_shops (firm_id, number from 0).
    tables: those that the data set has.
    shops: number of rows of portrait_shops.
    window_days: length of a window, at most LONGEST_WINDOW.
    """
    plain = PortraitWindows.of_days(window_days)
    windows_by_table = {
        table: windows_of_rows(con, f"known_{table}", "days_ago", window_days)
        for table in ("activity", "supplies", "shipments")
        if table in tables
    }
    recorded = RecordedColumns.of(con, tables)
    queries = WindowQueries(con, recorded, shops)
    for rows, indicators in indicators_by_rows().items():
        windows = windows_by_table.get(rows.table, plain) if rows.by_own_day else plain
        known = [indicator for indicator in indicators if recorded.record(indicator)]
        sums = queries.sums(rows, known, windows) if known else None
        for indicator in indicators:
            if sums is None or indicator not in known:
                nothing = np.full(shops, np.nan)
                yield indicator, IndicatorFigures(*[nothing] * 5)
            else:
                yield indicator, _figures(indicator, sums, windows)


def _figures(indicator: Indicator, sums: WindowSums, windows: PortraitWindows) -> IndicatorFigures:
    values = sums.values[indicator.key]
    counts = sums.counts[indicator.basis]
    age = sums.ages[indicator.basis]
    fresh = age < fresh_days(indicator.rows, windows.days)
    value = np.where(fresh, values[0], np.nan)
    if indicator.zero:
        value = np.where(fresh & np.isnan(value), 0.0, value)
    before, year_ago = (_earlier(indicator, sums, windows, w) for w in (1, 2))
    return IndicatorFigures(value, before, year_ago, age, _coverage(indicator, sums, counts[0], windows))


def _earlier(indicator: Indicator, sums: WindowSums, windows: PortraitWindows, window: int) -> Floats:
    """Return the figure of an earlier window, comparable with that of the window."""
    earlier: Floats = sums.values[indicator.key][window]
    if indicator.rows.is_series:
        if not indicator.is_total:
            return earlier
        # Rows of a shop cover equal periods, and windows may have different numbers of them: four or five weeks.
        counts = sums.counts[indicator.basis]
        return rounded(earlier / np.maximum(counts[window], 1) * counts[0])
    if not (indicator.is_total or indicator.zero):
        return earlier
    # A total over a window in which the shop only began says nothing about a trend.
    began = windows.starts[window] if indicator.rows.is_state else windows.stops[window] - 1
    if indicator.zero and window == 1:
        earlier = np.where(np.isnan(earlier), 0.0, earlier)
    return np.where(sums.first >= began, earlier, np.nan)


def _coverage(indicator: Indicator, sums: WindowSums, counts: Floats, windows: PortraitWindows) -> Floats:
    if indicator.rows.is_series:
        expected = np.maximum(np.floor(windows.days / _period(sums)), 1.0)
    else:
        expected = np.where(sums.rows[0] > 0, sums.rows[0], np.nan)
    return np.asarray(np.round(np.minimum(counts / expected, 1.0), 4))


def _period(sums: WindowSums) -> Floats:
    """Return the days that one row of a series covers, from the rows of the window and the one before."""
    number = np.asarray(sums.rows[:2].sum(axis=0))
    span = np.fmax(sums.oldest[0], sums.oldest[1]) - np.fmin(sums.newest[0], sums.newest[1])
    gap = span / np.where(number > 1, number - 1, np.nan)
    # The mean distance is at least the period: it is larger where rows are missing.
    shortest = np.array(_PERIODS, dtype=np.float64)
    place = np.clip(np.searchsorted(shortest, gap, side="right") - 1, 0, len(shortest) - 1)
    return np.where(np.isnan(gap), np.nan, shortest[place])

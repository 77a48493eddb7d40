"""Indicators of all shops at once: one query per kind of rows, grouped by shop and window."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.merchant.portrait.indicator import Indicator, IndicatorRows
from supplyrisk.graph.merchant.portrait.indicator_register import indicators_by_rows
from supplyrisk.graph.merchant.portrait.portrait_windows import PortraitWindows, windows_of_rows
from supplyrisk.graph.schema.source_coverage import SourceDays
from supplyrisk.graph.snapshot.arrow_columns import as_doubles, rounded

if TYPE_CHECKING:
    import duckdb

Floats = NDArray[np.float64]

WINDOWS = 3
"""Windows that figures are of: the window, the one before, and the same weeks a year ago."""
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
    window_days: length of a window, at most 182.
    """
    windows_by_table = {
        table: windows_of_rows(con, f"known_{table}", "days_ago", window_days)
        for table in ("activity", "supplies", "shipments")
        if table in tables
    }
    plain = PortraitWindows.of_days(window_days)
    for rows, indicators in indicators_by_rows().items():
        recorded = _recorded(con, rows, indicators) if rows.table in tables else []
        windows = windows_by_table.get(rows.table, plain) if rows.by_own_day else plain
        sums = _WindowSums.of(con, rows, recorded, shops, windows) if recorded else None
        for indicator in indicators:
            if sums is None or indicator not in recorded:
                nothing = np.full(shops, np.nan)
                yield indicator, IndicatorFigures(*[nothing] * 5)
            else:
                yield indicator, sums.figures(indicator)


def _recorded(
    con: duckdb.DuckDBPyConnection, rows: IndicatorRows, indicators: Sequence[Indicator]
) -> list[Indicator]:
    """Return the indicators whose needed columns have a value in some known row."""
    needs = sorted({need for indicator in indicators for need in indicator.needs})
    if not needs:
        return list(indicators)
    counts = ", ".join(f"count({need}) > 0" for need in needs)
    [flags] = con.execute(f"SELECT {counts} FROM known_{rows.table}").fetchall()
    recorded = {need for need, flag in zip(needs, flags, strict=True) if flag}
    return [indicator for indicator in indicators if recorded.issuperset(indicator.needs)]


@dataclass(frozen=True)
class _WindowSums:
    """The aggregates of one kind of rows, by shop and window.

    Parameters
    ----------
    values: by indicator [windows, shops].
    counts: by basis, how many rows of a window record it [windows, shops].
    ages: by basis [shops].
    rows [windows, shops]: rows of any basis. first [shops]: age of the first row. period [shops]: days that a row of a
        series covers; NaN with fewer than two rows.
    """

    of_rows: IndicatorRows
    windows: PortraitWindows
    values: dict[str, Floats]
    counts: dict[str, Floats]
    ages: dict[str, Floats]
    rows: Floats
    first: Floats
    period: Floats

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        rows: IndicatorRows,
        indicators: Sequence[Indicator],
        shops: int,
        windows: PortraitWindows,
    ) -> _WindowSums:
        """Run the query of one kind of rows."""
        conditions = {indicator.basis: indicator.recorded for indicator in indicators}
        sums = con.sql(_sums_sql(rows, indicators, conditions, windows)).to_arrow_table()
        spread = _Spread.of(sums, shops)
        last = spread.by_window("last")
        first = spread.by_window("first")
        counts = spread.by_window("n")
        # Ages of a state are counted back from the end of each window: those of the window are of today.
        today = slice(1) if rows.is_state else slice(None)
        return cls(
            rows,
            windows,
            {each.key: rounded(spread.by_window(f"v{i}")[:WINDOWS]) for i, each in enumerate(indicators)},
            {basis: np.nan_to_num(spread.by_window(f"n{j}")[:WINDOWS]) for j, basis in enumerate(conditions)},
            {basis: _least(spread.by_window(f"a{j}")[today]) for j, basis in enumerate(conditions)},
            np.nan_to_num(counts[:WINDOWS]),
            -_least(-first[today]),
            _period(last[:2], first[:2], np.nan_to_num(counts[:2])),
        )

    def figures(self, indicator: Indicator) -> IndicatorFigures:
        """Return the figures of one of its indicators."""
        values = self.values[indicator.key]
        counts = self.counts[indicator.basis]
        age = self.ages[indicator.basis]
        fresh = age < fresh_days(self.of_rows, self.windows.days)
        value = np.where(fresh, values[0], np.nan)
        if indicator.zero:
            value = np.where(fresh & np.isnan(value), 0.0, value)
        before, year_ago = (self._earlier(indicator, values, counts, w) for w in (1, 2))
        return IndicatorFigures(value, before, year_ago, age, self._coverage(counts[0]))

    def _earlier(self, indicator: Indicator, values: Floats, counts: Floats, window: int) -> Floats:
        """Return the figure of an earlier window, comparable with that of the window."""
        earlier: Floats = values[window]
        if self.of_rows.is_series:
            if not indicator.is_total:
                return earlier
            # Rows of a shop cover equal periods, and windows may have different numbers of them: four or five weeks.
            return rounded(earlier / np.maximum(counts[window], 1) * counts[0])
        if not (indicator.is_total or indicator.zero):
            return earlier
        # A total over a window in which the shop only began says nothing about a trend.
        began = self.windows.starts[window] if self.of_rows.is_state else self.windows.stops[window] - 1
        known = self.first >= began
        if indicator.zero and window == 1:
            earlier = np.where(np.isnan(earlier), 0.0, earlier)
        return np.where(known, earlier, np.nan)

    def _coverage(self, counts: Floats) -> Floats:
        if self.of_rows.is_series:
            expected = np.maximum(np.floor(self.windows.days / self.period), 1.0)
        else:
            expected = np.where(self.rows[0] > 0, self.rows[0], np.nan)
        return np.asarray(np.round(np.minimum(counts / expected, 1.0), 4))


def _sums_sql(
    rows: IndicatorRows, indicators: Sequence[Indicator], conditions: dict[str, str], windows: PortraitWindows
) -> str:
    relation = rows.relation(windows)
    if rows.day:
        relation = (
            f"(SELECT *, {windows.ends} AS ended FROM (SELECT *, {rows.day} AS ago, "
            f"{windows.number_of(rows.day)} AS w FROM {relation} WHERE {rows.day} >= 0))"
        )
    sums = [f"CAST(({indicator.sql}) AS DOUBLE) AS v{i}" for i, indicator in enumerate(indicators)]
    sums += [
        f"count(*) FILTER (WHERE {condition}) AS n{j}, min(ago) FILTER (WHERE {condition}) AS a{j}"
        for j, condition in enumerate(conditions.values())
    ]
    return (
        f"SELECT number, sums.* EXCLUDE (firm_id) FROM (SELECT firm_id, w, count(*) AS n, min(ago) AS last, "
        f"max({rows.first}) AS first, {', '.join(sums)} FROM {relation} GROUP BY firm_id, w) sums "
        "JOIN portrait_shops USING (firm_id)"
    )


@dataclass(frozen=True)
class _Spread:
    """A result by shop and window as matrices; window 3 is that of all other rows."""

    table: pa.Table
    window: NDArray[np.int64]
    number: NDArray[np.int64]
    shops: int

    @classmethod
    def of(cls, table: pa.Table, shops: int) -> _Spread:
        return cls(table, table["w"].to_numpy(), table["number"].to_numpy(), shops)

    def by_window(self, name: str) -> Floats:
        """Return a column [windows + 1, shops], NaN where a shop has no row in a window."""
        matrix = np.full((WINDOWS + 1, self.shops), np.nan)
        matrix[self.window, self.number] = as_doubles(self.table[name])
        return matrix


def _least(ages: Floats) -> Floats:
    """Return the least of each column, NaN where all are."""
    return np.asarray(np.fmin.reduce(ages, axis=0))


def _period(last: Floats, first: Floats, counts: Floats) -> Floats:
    """Return the days that one row covers, from the rows of the window and the one before."""
    number = np.asarray(counts.sum(axis=0))
    gap = (-_least(-first) - _least(last)) / np.where(number > 1, number - 1, np.nan)
    # The mean distance is at least the period: it is larger where rows are missing.
    shortest = np.array(_PERIODS, dtype=np.float64)
    place = np.clip(np.searchsorted(shortest, gap, side="right") - 1, 0, None)
    return np.where(np.isnan(gap), np.nan, shortest[np.minimum(place, len(shortest) - 1)])

"""The sums that indicators are made of: for each kind of rows one query by shop and window, and one by shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.merchant.portrait.indicator import Indicator, IndicatorRows
from supplyrisk.graph.merchant.portrait.indicator_register import INDICATORS
from supplyrisk.graph.merchant.portrait.portrait_windows import PortraitWindows
from supplyrisk.graph.snapshot.arrow_columns import as_doubles, rounded
from supplyrisk.graph.workspace.tables import quoted

if TYPE_CHECKING:
    import duckdb

Floats = NDArray[np.float64]

WINDOWS = 3
"""Windows that figures are of: the window, the one before, and the same weeks a year ago."""


@dataclass(frozen=True)
class RecordedColumns:
    """Which columns the data set records, as known on the day.

    Parameters
    ----------
    some: by table the columns with a value in some row. all: those with a value in every row.
    """

    some: Mapping[str, frozenset[str]]
    all: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> RecordedColumns:
        """Look at the columns of the as-of views that indicators name."""
        names: dict[str, set[str]] = {}
        for indicator in INDICATORS.values():
            names.setdefault(indicator.rows.table, set()).update((*indicator.records, *indicator.needs))
        some: dict[str, frozenset[str]] = {}
        complete: dict[str, frozenset[str]] = {}
        for table, columns in names.items():
            if table not in tables:
                continue
            ordered = sorted(columns)
            counts = ", ".join(f"count({quoted(name)})" for name in ordered)
            [(rows, *values)] = con.execute(f"SELECT count(*), {counts} FROM known_{table}").fetchall()
            found = dict(zip(ordered, values, strict=True))
            some[table] = frozenset(name for name, count in found.items() if count)
            complete[table] = frozenset(name for name, count in found.items() if count == rows)
        return cls(some, complete)

    def record(self, indicator: Indicator) -> bool:
        """Whether an indicator can be computed of these data."""
        return self.some.get(indicator.rows.table, frozenset()).issuperset(
            (*indicator.records, *indicator.needs)
        )

    def condition(self, indicator: Indicator) -> str:
        """Return the SQL condition under which a row records an indicator; columns without gaps need none."""
        gaps = [
            name for name in indicator.records if name not in self.all.get(indicator.rows.table, frozenset())
        ]
        return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in gaps) or "true"


@dataclass(frozen=True)
class WindowSums:
    """The aggregates of one kind of rows, by shop and window; NaN where a shop has no row in a window.

    Parameters
    ----------
    values: by indicator [windows, shops].
    counts: by basis, how many rows of a window record it [windows, shops].
    ages: by basis, days since the last row that records it [shops].
    rows [windows, shops]: rows of a window, recorded or not.
    first [shops]: age of the shop's first row.
    newest, oldest [windows, shops]: ages of the last and the first row of each window.
    """

    values: Mapping[str, Floats]
    counts: Mapping[str, Floats]
    ages: Mapping[str, Floats]
    rows: Floats
    first: Floats
    newest: Floats
    oldest: Floats


class WindowQueries:
    """Runs the queries of one portrait.

    Parameters
    ----------
    con: with the as-of views, and the temp table portrait_shops (firm_id, number from 0).
    recorded: the columns that the data record.
    shops: number of rows of portrait_shops.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, recorded: RecordedColumns, shops: int) -> None:
        self._con = con
        self._recorded = recorded
        self._shops = shops
        # Different rows can have one history.
        self._histories: dict[str, _Spread] = {}

    def sums(
        self, rows: IndicatorRows, indicators: Sequence[Indicator], windows: PortraitWindows
    ) -> WindowSums:
        """Return the aggregates of one kind of rows."""
        conditions = {indicator.basis: self._recorded.condition(indicator) for indicator in indicators}
        # Most data have no gaps, and one condition then stands for many bases.
        numbers = {condition: j for j, condition in enumerate(dict.fromkeys(conditions.values()))}
        by_window = self._spread(_sums_sql(rows, indicators, numbers, windows), WINDOWS)
        by_shop = self._history(_history_sql(rows, numbers, windows))
        counts = {j: by_window(f"n{j}", missing=0.0) for j in numbers.values()}
        ages = {j: by_shop(f"a{j}")[0] for j in numbers.values()}
        return WindowSums(
            {each.key: by_window(f"v{i}") for i, each in enumerate(indicators)},
            {basis: counts[numbers[condition]] for basis, condition in conditions.items()},
            {basis: ages[numbers[condition]] for basis, condition in conditions.items()},
            by_window("n", missing=0.0),
            by_shop("first")[0],
            by_window("newest"),
            by_window("oldest"),
        )

    def _history(self, sql: str) -> _Spread:
        if sql not in self._histories:
            self._histories[sql] = self._spread(sql, 1)
        return self._histories[sql]

    def _spread(self, sql: str, windows: int) -> _Spread:
        sums = self._con.sql(
            f"SELECT number, sums.* EXCLUDE (firm_id) FROM ({sql}) sums JOIN portrait_shops USING (firm_id)"
        )
        return _Spread(sums.to_arrow_table(), windows, self._shops)


class _Spread:
    """A result by shop and window; called with a column's name, it returns a matrix [windows, shops].

    missing: value where a shop has no row in a window; NaN by default.
    """

    def __init__(self, table: pa.Table, windows: int, shops: int) -> None:
        self._table = table
        self._shape = (windows, shops)
        # Places in the flattened matrix: one index is faster than two.
        self._places = table["w"].to_numpy().astype(np.int64) * shops + table["number"].to_numpy()

    def __call__(self, name: str, missing: float = np.nan) -> Floats:
        matrix = np.full(self._shape, missing)
        values = as_doubles(self._table[name])
        # Sums depend on the order of rows in their last digits.
        matrix.reshape(-1)[self._places] = rounded(values) if name.startswith("v") else values
        return matrix


def _sums_sql(
    rows: IndicatorRows,
    indicators: Sequence[Indicator],
    conditions: Mapping[str, int],
    windows: PortraitWindows,
) -> str:
    """Return the SQL of the aggregates by shop and window; rows of other days are left out."""
    relation = rows.relation(windows)
    if rows.day:
        relation = (
            f"(SELECT *, {windows.ends} AS ended FROM (SELECT *, {rows.day} AS ago, "
            f"{windows.number_of(rows.day)} AS w FROM {relation}) WHERE w IS NOT NULL)"
        )
    sums = [f"CAST(({indicator.sql}) AS DOUBLE) AS v{i}" for i, indicator in enumerate(indicators)]
    sums += [f"count(*) {_where(condition)} AS n{j}" for condition, j in conditions.items()]
    return (
        "SELECT firm_id, w, count(*) AS n, min(ago) AS newest, max(ago) AS oldest, "
        f"{', '.join(sums)} FROM {relation} GROUP BY firm_id, w"
    )


def _history_sql(rows: IndicatorRows, conditions: Mapping[str, int], windows: PortraitWindows) -> str:
    """Return the SQL of the ages of a shop's rows, whenever they were."""
    history = rows.history or rows
    ages = [f"min({history.day}) {_where(condition)} AS a{j}" for condition, j in conditions.items()]
    return (
        f"SELECT firm_id, 0 AS w, max({history.day}) AS first, {', '.join(ages)} "
        f"FROM {history.relation(windows)} WHERE {history.day} >= 0 GROUP BY firm_id"
    )


def _where(condition: str) -> str:
    return "" if condition == "true" else f"FILTER (WHERE {condition})"

"""Series of shops as forecasts read them: sums by day or week of what was known on the as-of day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.forecast import LevelWindows, SalesCalendar, SalesWindows, ShopSeries, WindowSource
from supplyrisk.graph import DataError, RequestError, Tables
from supplyrisk.graph.snapshot.as_of_views import create_known_views

if TYPE_CHECKING:
    import duckdb

MEASURES = ("sales", "orders", "trade")
"""What turnover can be measured by, in the order in which it is chosen: columns of activity, or a firm's supplies."""
Numbers = NDArray[np.int64]
Matrix = NDArray[np.float64]

FIT_DAYS = 1_100
"""Days of history that a model learns from, at most."""
FORECAST_DAYS = 532
"""Days of history that a forecast looks at: a year, the windows before it, and the horizon."""
CHUNK = 20_000
"""Series that are in memory at a time."""
BY_CATEGORY = "trade by category"
_COARSEST_GAP = 10
_LEVEL_ROWS = (
    "SELECT firm_id, NULL AS category, days_ago, {column} AS value, sales AS flow FROM known_activity"
)
LEVELS = {"stock": "stock_value", "cash": "cash"}
"""Columns of activity that are levels, by what their forecast is called."""
_VALUES = {
    "sales": "SELECT firm_id, NULL AS category, days_ago, sales AS value FROM known_activity",
    "orders": "SELECT firm_id, NULL AS category, days_ago, orders AS value FROM known_activity",
    "trade": "SELECT supplier_id AS firm_id, NULL AS category, days_ago, amount AS value FROM known_supplies",
    BY_CATEGORY: "SELECT supplier_id AS firm_id, category, days_ago, amount AS value FROM known_supplies "
    "WHERE category IS NOT NULL",
}


@dataclass(frozen=True)
class SeriesKeys:
    """The series, in order of firm and category: firm_id, category (None: all), days since the last row."""

    firm_ids: tuple[str, ...]
    categories: tuple[str | None, ...]
    days_ago: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.firm_ids)


class SeriesReader(AbstractContextManager["SeriesReader"]):
    """The series of one measure as of a day; used in a `with` block.

    Parameters
    ----------
    tables: the data. as_of: the day. measure: of MEASURES or LEVELS, or BY_CATEGORY. calendar: of the series.

    Raises
    ------
    DataError: rows are further apart than weeks.
    """

    def __init__(self, tables: Tables, as_of: date, measure: str, calendar: SalesCalendar) -> None:
        self.as_of = as_of
        self.measure = measure
        self.calendar = calendar
        self._con: duckdb.DuckDBPyConnection = tables.connect()
        create_known_views(self._con, tables, as_of)
        self._con.execute(
            f"CREATE TEMP VIEW measured AS FROM ({_rows_of(measure)}) "
            f"WHERE value IS NOT NULL AND days_ago BETWEEN 0 AND {FIT_DAYS - 1}"
        )
        self.step = self._step()
        self.keys = self._store()

    @property
    def basis(self) -> str:
        """What the values are: of MEASURES, or a column of activity."""
        return "trade" if self.measure == BY_CATEGORY else LEVELS.get(self.measure, self.measure)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def sample(self, most: int, seed: int) -> WindowSource:
        """Return the series of at most so many keys, drawn at random, over all of their history."""
        chosen = np.arange(len(self.keys))
        if len(chosen) > most:
            chosen = np.sort(np.random.default_rng(seed).choice(len(chosen), most, replace=False))
        return self._source(chosen, FIT_DAYS)

    def chunks(self) -> Iterator[tuple[int, WindowSource]]:
        """Yield all series in blocks, each with the number of its first key, over the days that a forecast looks at."""
        for begin in range(0, len(self.keys), CHUNK):
            numbers = np.arange(begin, min(begin + CHUNK, len(self.keys)))
            yield begin, self._source(numbers, FORECAST_DAYS)

    def _step(self) -> int:
        """Days between rows: trades are summed by week, shops report by day or by week."""
        if self.measure.startswith("trade"):
            return 7
        rows = self._con.execute(
            "SELECT median(gap) FROM (SELECT days_ago - lead(days_ago) OVER (PARTITION BY firm_id ORDER BY "
            "days_ago DESC) AS gap FROM (SELECT DISTINCT firm_id, days_ago FROM measured)) WHERE gap IS NOT NULL"
        ).fetchall()
        gap = rows[0][0] or 1
        if gap > _COARSEST_GAP:
            raise DataError(
                f"rows of activity are {gap:g} days apart",
                "days or weeks",
                "load rows by week, or use --measure trade",
            )
        return 7 if gap >= 4 else 1

    def _store(self) -> SeriesKeys:
        """Number the keys and add up their values by step, ordered so that a block is read without the others."""
        self._con.execute(
            "CREATE TEMP TABLE series_keys AS SELECT row_number() OVER (ORDER BY firm_id, category) - 1 AS number, "
            "firm_id, category, least_ago FROM (SELECT firm_id, category, min(days_ago) AS least_ago FROM measured "
            "GROUP BY ALL)"
        )
        self._con.execute(
            f"CREATE TEMP TABLE series_values AS SELECT number, days_ago // {self.step} AS back, {_sums(self.measure)} "
            "FROM measured AS m JOIN series_keys AS k ON m.firm_id = k.firm_id AND m.category IS NOT DISTINCT FROM "
            "k.category GROUP BY ALL ORDER BY number, back"
        )
        rows = self._con.execute(
            "SELECT firm_id, category, least_ago FROM series_keys ORDER BY number"
        ).fetchall()
        firms, categories, ago = zip(*rows, strict=True) if rows else ((), (), ())
        return SeriesKeys(firms, categories, ago)

    def _source(self, numbers: Numbers, days: int) -> WindowSource:
        values, flows = self._cells(numbers, days)
        if self.measure in LEVELS:
            return LevelWindows(self._series(numbers, values), self._series(numbers, flows))
        return SalesWindows(self._series(numbers, values))

    def _series(self, numbers: Numbers, values: Matrix) -> ShopSeries:
        ids = [f"{self.keys.firm_ids[n]}\n{self.keys.categories[n] or ''}" for n in numbers]
        return ShopSeries(ids, values, self.as_of, self.step, self.calendar)

    def _cells(self, numbers: Numbers, days: int) -> tuple[Matrix, Matrix]:
        """Values and flows by step [keys, steps], NaN where there are none."""
        longest = "SELECT max(back) FROM series_values WHERE back < ?"
        [(back,)] = self._con.execute(longest, [days // self.step]).fetchall()
        steps = (back or 0) + 1
        self._con.register("chosen", pa.table({"number": numbers, "place": np.arange(len(numbers))}))
        cells = self._con.execute(
            "SELECT place, back, value, flow FROM series_values JOIN chosen USING (number) "
            "WHERE number BETWEEN ? AND ? AND back < ?",
            [int(numbers[0]), int(numbers[-1]), steps],
        ).fetchnumpy()
        column = steps - 1 - np.asarray(cells["back"], dtype=np.int64)
        tables = []
        for name in ("value", "flow"):
            table = np.full((len(numbers), steps), np.nan)
            table[cells["place"], column] = np.ma.filled(np.ma.asarray(cells[name], dtype=float), np.nan)
            tables.append(table)
        return tables[0], tables[1]


def _rows_of(measure: str) -> str:
    """SQL of the rows of a measure, with the sales beside a level."""
    if measure in LEVELS:
        return _LEVEL_ROWS.format(column=LEVELS[measure])
    return f"SELECT *, NULL AS flow FROM ({_VALUES[measure]})"


def _sums(measure: str) -> str:
    """SQL of what a step of a key has: the sum of what was added, or the last level."""
    value = "arg_min(value, days_ago)" if measure in LEVELS else "sum(value)"
    return f"{value} AS value, sum(flow) AS flow"


def level_measures(tables: Tables, as_of: date) -> list[str]:
    """Return those of LEVELS that are known in the year before a day."""
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        return [
            name
            for name, column in LEVELS.items()
            if con.execute(
                f"SELECT 1 FROM known_activity WHERE {column} IS NOT NULL AND days_ago BETWEEN 0 AND 365 LIMIT 1"
            ).fetchall()
        ]


def chosen_measure(tables: Tables, as_of: date, measure: str | None) -> str:
    """Return what turnover is measured by: the named measure, or the first that has values in the year before.

    Raises
    ------
    RequestError: no such measure. DataError: the data have none.
    """
    if measure is not None and measure not in MEASURES:
        raise RequestError(f"--measure {measure}", f"one of {', '.join(MEASURES)}")
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        for name in MEASURES if measure is None else (measure,):
            sql = f"SELECT 1 FROM ({_VALUES[name]}) WHERE value IS NOT NULL AND days_ago BETWEEN 0 AND 365 LIMIT 1"
            if con.execute(sql).fetchall():
                return name
    raise DataError(
        f"no {measure or 'turnover'} is known in the year before {as_of}",
        "sales or orders in activity, or amounts in supplies",
        "load one of them, or name another day",
    )


def has_categories(tables: Tables, as_of: date) -> bool:
    """Whether trades have categories, at least two of them."""
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        [(count,)] = con.execute(
            "SELECT count(DISTINCT category) FROM known_supplies WHERE days_ago BETWEEN 0 AND 365"
        ).fetchall()
    return int(count) >= 2

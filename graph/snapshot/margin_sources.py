"""Sources whose absence or age costs a firm a margin on its grade: how old each is, and data in which it is hidden.

Both sides of a firm's trade are sources of their own: whoever hides its sales still shows its purchases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.schema.source_coverage import SHIPPED_SOURCES
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.workspace.tables import Tables, quoted

if TYPE_CHECKING:
    import duckdb

ABSENT = "absent"
STALE = "stale"
AGEING = "ageing"
"""States of a source that is not current: without rows, too old to count, and half as old as that."""


@dataclass(frozen=True)
class MarginSource:
    """A source of evidence about firms.

    Parameters
    ----------
    name: of the source.
    table: that its rows are in.
    firm_columns: columns that name the firms that a row is about.
    age_column: column of the firm frame with the days since its last row.
    days: for which a row is fresh.
    ages: whether it is ageing after half of these days. A yearly source is not: it is that old most of the time.
    day_column: of the table.
    """

    name: str
    table: str
    firm_columns: tuple[str, ...]
    age_column: str
    days: int
    ages: bool = False
    day_column: str = "on"

    @property
    def states(self) -> Mapping[str, int | None]:
        """The states in which it can be hidden, each with the days of rows that are missing, None: all rows."""
        shifts = {STALE: round(self.days * 4 / 3), AGEING: round(self.days * 2 / 3)}
        return {ABSENT: None, STALE: shifts[STALE]} | ({AGEING: shifts[AGEING]} if self.ages else {})

    def states_of(self, snapshot: Snapshot) -> NDArray[np.object_]:
        """Return the state of the source of each firm [firms]: "" where it is current."""
        age = np.full(snapshot.firms.num_rows, np.nan)
        if self.age_column in snapshot.firms.column_names:
            age = snapshot.firms[self.age_column].to_numpy().astype(np.float64)
        ageing = self.ages & (age >= self.days / 2)
        return np.select(
            [np.isnan(age), age >= self.days, ageing], np.array([ABSENT, STALE, AGEING], dtype=object), ""
        )


_DAYS = SHIPPED_SOURCES.days
MARGIN_SOURCES = (
    MarginSource("activity", "activity", ("firm_id",), "activity_ago", _DAYS.activity, ages=True),
    MarginSource("sales", "supplies", ("supplier_id",), "delivery_age_days", _DAYS.trades, ages=True),
    MarginSource("purchases", "supplies", ("customer_id",), "purchase_age_days", _DAYS.trades, ages=True),
    MarginSource(
        "shipments",
        "shipments",
        ("carrier_id", "shipper_id", "receiver_id"),
        "shipments_ago",
        _DAYS.shipments,
        day_column="shipped_on",
    ),
    MarginSource("statements", "financials", ("firm_id",), "statements_ago", _DAYS.statements),
    MarginSource("loans", "loans", ("firm_id",), "loans_ago", _DAYS.loans),
)
"""Sales and purchases are those to and from firms."""


@dataclass(frozen=True)
class HiddenSource:
    """Firms of which a source is hidden. state: ABSENT, STALE or AGEING."""

    source: MarginSource
    state: str
    firm_ids: tuple[str, ...]

    def since(self, as_of: date) -> date | None:
        """Return the day after which its rows are hidden; None: all are."""
        days = self.source.states[self.state]
        return None if days is None else as_of - timedelta(days=days)


def hide_sources(tables: Tables, as_of: date, hidden: Iterable[HiddenSource], folder: Path) -> Tables:
    """Return tables without the hidden rows; the changed ones are written to a folder as Parquet.

    Parameters
    ----------
    as_of: the day on which the firms are looked at.
    folder: an existing one.
    """
    by_table: dict[str, list[HiddenSource]] = defaultdict(list)
    for item in hidden:
        if item.firm_ids and tables.present(item.source.table):
            by_table[item.source.table].append(item)
    sources = dict(tables.sources)
    with tables.connect() as con:
        for table, items in by_table.items():
            sources[table] = _written(con, sources[table], items, as_of, folder / f"{table}.parquet")
    return replace(tables, sources=sources)


def _written(
    con: duckdb.DuckDBPyConnection,
    source: Path | pa.Table,
    items: Iterable[HiddenSource],
    as_of: date,
    path: Path,
) -> Path:
    """Write a table without the hidden rows. DuckDB does it, so that it need not fit into memory."""
    origin = "source_rows"
    if isinstance(source, pa.Table):
        con.register(origin, source)
    else:
        con.execute(f"CREATE OR REPLACE VIEW {origin} AS SELECT * FROM read_parquet({_text(source)})")
    conditions = []
    for number, item in enumerate(items):
        firms = f"hidden_{number}"
        con.register(firms, pa.table({"firm_id": pa.array(item.firm_ids, pa.string())}))
        names = [f"{quoted(c)} IN (SELECT firm_id FROM {firms})" for c in item.source.firm_columns]
        since = item.since(as_of)
        late = "" if since is None else f" AND {quoted(item.source.day_column)} > DATE '{since}'"
        # Unknown parties and days are null: such rows stay.
        conditions.append(f"coalesce(({' OR '.join(names)}){late}, false)")
    con.execute(f"COPY (SELECT * FROM {origin} WHERE NOT ({' OR '.join(conditions)})) TO {_text(path)}")
    return path


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

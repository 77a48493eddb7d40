"""A world with the rows before or after a day removed.

    python tests/bench/world_cuts.py WORLD OUT [--since 2023-07-03] [--until 2025-06-29]

--until: as the data were at the end of that day; what was known only later is missing. The truth keeps only that day.
--since: rows before that day are removed, and so are firms that had defaulted by then.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DAY = {
    "firms": "joined_on",
    "supplies": "on",
    "shipments": "shipped_on",
    "activity": "on",
    "financials": "published_on",
    "loans": "on",
    "events": "on",
    "relations": "since",
}
"""Column of the day from which a table's row is known."""
LATER = {
    "supplies": {
        "delivered_on": (),
        "paid_on": (),
        "returned_on": ("returned_amount",),
        "disputed_on": (),
        "confirmed_on": (),
    },
    "shipments": {"delivered_on": ("damaged",)},
    "relations": {"until": ()},
}
"""Columns of a later day, and the values that are known from that day."""
FIRM_COLUMNS = (
    "firm_id",
    "supplier_id",
    "customer_id",
    "shipper_id",
    "receiver_id",
    "carrier_id",
    "from_id",
    "to_id",
)
LASTING = ("firms", "relations", "persons")
"""Tables whose rows hold on: `since` a later day they are still true."""


def main() -> None:
    """Cut a world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("world", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--since", type=date.fromisoformat)
    parser.add_argument("--until", type=date.fromisoformat)
    options = parser.parse_args()
    cut(options.world, options.out, since=options.since, until=options.until)


def judged_day(world: Path) -> date:
    """The last date of the truth."""
    day: date = pc.max(pq.read_table(world / "truth" / "firms.parquet")["as_of"]).as_py()
    return day


def cut(world: Path, out: Path, *, since: date | None = None, until: date | None = None) -> None:
    """Write the tables of a world from one day to another, both included, into a new folder."""
    out.mkdir(parents=True)
    tables = {path.stem: pq.read_table(path) for path in sorted(world.glob("*.parquet"))}
    firms = pc.unique(tables["firms"]["firm_id"])
    removed = _removed(tables, since, until)
    for name, table in tables.items():
        rows = _within(name, table, since, until)
        for column in set(FIRM_COLUMNS) & set(rows.column_names):
            rows = rows.filter(pc.invert(pc.is_in(rows[column], removed)))
        pq.write_table(rows, out / f"{name}.parquet")
    if len(removed) == len(firms):
        raise ValueError(f"{world} has no firm between {since} and {until}, expected some")
    shutil.copy(world / "synthetic.toml", out)
    (out / "truth").mkdir()
    for path in (world / "truth" / "firms.parquet", world / "truth" / "reliability.parquet"):
        truth = pq.read_table(path)
        day = pa.scalar(until or judged_day(world), pa.date32())
        pq.write_table(truth.filter(pc.equal(truth["as_of"], day)), out / "truth" / path.name)


def _removed(tables: dict[str, pa.Table], since: date | None, until: date | None) -> pa.Array:
    """Ids of the firms that joined after `until`, or had defaulted before `since`."""
    firms = tables["firms"]
    ids = pa.array([], pa.string())
    if until is not None:
        late = pc.greater(firms["joined_on"], pa.scalar(until, pa.date32()))
        ids = pa.concat_arrays([ids, *firms.filter(late)["firm_id"].cast(pa.string()).chunks])
    if since is not None:
        events = tables["events"]
        early = pc.less(events["on"], pa.scalar(since, pa.date32()))
        defaults = events.filter(
            pc.and_(early, pc.is_in(events["kind"], pa.array(["default", "bankruptcy"])))
        )
        ids = pa.concat_arrays([ids, *defaults["firm_id"].cast(pa.string()).chunks])
    return ids


def _within(name: str, table: pa.Table, since: date | None, until: date | None) -> pa.Table:
    """The rows of a table that were known by `until`, and lie in the period that begins `since` a day."""
    column = DAY.get(name)
    if column is None:
        return table
    if until is not None:
        last = pa.scalar(until, pa.date32())
        table = table.filter(pc.fill_null(pc.less_equal(table[column], last), True))
        for later, values in LATER.get(name, {}).items():
            for hidden in (*values, later):
                table = _hide(table, hidden, later, last)
    if since is not None and name not in LASTING:
        table = table.filter(pc.greater_equal(table[column], pa.scalar(since, pa.date32())))
    return table


def _hide(table: pa.Table, column: str, day: str, last: pa.Scalar) -> pa.Table:
    """The table without the values of a column that are known only from a day after the last one."""
    if column not in table.column_names:
        return table
    after = pc.fill_null(pc.greater(table[day], last), False)
    shown = pc.if_else(after, pa.scalar(None, table.schema.field(column).type), table[column])
    return table.set_column(table.column_names.index(column), column, shown)


if __name__ == "__main__":
    main()

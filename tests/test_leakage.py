"""Nothing after as_of moves a snapshot: every table and column of the contract, as the schema lists them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph.schema import PRODUCTS, SHOP_TYPES, STATEMENT_LAG_DAYS, TABLES, Column, Kind
from supplyrisk.graph.snapshot import Snapshot, snapshot
from supplyrisk.graph.tables import DatasetInfo, Tables

AS_OF = date(2024, 7, 1)
AFTER = AS_OF + timedelta(days=1)
FIRMS = ("A", "B", "C")
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
Row = dict[str, Any]
World = dict[str, list[Row]]

DATED = [name for name, table in TABLES.items() if table.day is not None]
LATE = [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.known_on is not None]


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def value(table: str, column: Column, day: date) -> Any:
    """A value that any reader would notice; ids name firms that exist."""
    fixed = {
        "firm_id": "NEW" if table == "firms" else "A",
        "supplier_id": "A", "customer_id": "B", "carrier_id": "C", "shipper_id": "A", "receiver_id": "B",
        "from_id": "A", "to_id": "B", "kind": "default" if table == "events" else "owns",
        "loan_id": "L", "row_id": f"{table}-new", "product": PRODUCTS[0], "shop_type": SHOP_TYPES[0],
        "roles": "merchant", "detail": "court|tax", "lgd": 0.9, "until": None,
    }  # fmt: skip
    if column.name in fixed:
        return fixed[column.name]
    by_kind: dict[Kind, Any] = {Kind.DAY: day, Kind.TEXT: "word", Kind.ID: "id", Kind.FLAG: True}
    return by_kind.get(column.kind, 77_777)


def full_row(table: str, day: date) -> Row:
    return {c.name: value(table, c, day) for c in TABLES[table].columns}


def world() -> World:
    """Three firms, and for each table a row in which every column is given and long known."""
    rows: World = {name: [full_row(name, ago(40))] for name in TABLES if name != "labels"}
    rows["firms"] = [full_row("firms", ago(500)) | {"firm_id": firm} for firm in FIRMS]
    rows["events"][0]["kind"] = "lawsuit"
    rows["loans"][0]["row_id"] = "loans-old"
    for table in ("supplies", "shipments", "events"):
        rows[table][0]["row_id"] = f"{table}-old"
    return rows


def tables_of(rows: World) -> Tables:
    sources = {
        name: pa.Table.from_pylist(
            [{c.name: row.get(c.name) for c in TABLES[name].columns} for row in found],
            schema=pa.schema([(c.name, ARROW[c.sql_type]) for c in TABLES[name].columns]),
        )
        for name, found in rows.items()
    }
    return Tables(DatasetInfo(), sources)


def visible(rows: World) -> dict[str, Any]:
    """Everything in a snapshot that does not look ahead."""
    snap: Snapshot = snapshot(tables_of(rows), AS_OF, 90)
    return {
        "firms": snap.firms.drop_columns(["outcome", "outcome_state"]).to_pylist(),
        "edges": {kind: table.to_pylist() for kind, table in snap.edges.items()},
        "features": snap.features,
        **{n: getattr(snap, n).to_pylist() for n in ("persons", "trades", "loans", "events")},
    }


def planted(rows: World, table: str, row: Row) -> World:
    return rows | {table: [*rows[table], row]}


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    return visible(world())


@pytest.mark.parametrize("table", DATED)
def test_a_row_of_the_day_after_moves_nothing(table: str, before: dict[str, Any]) -> None:
    assert visible(planted(world(), table, full_row(table, AFTER))) == before


@pytest.mark.parametrize("table", DATED)
def test_the_same_row_on_the_day_itself_is_seen(table: str, before: dict[str, Any]) -> None:
    assert visible(planted(world(), table, full_row(table, AS_OF))) != before


def past_row(table: str, column: str, day: date | None) -> Row:
    """A row of 20 days ago whose field becomes known on a day, or never."""
    row = full_row(table, ago(20)) | {"row_id": f"{table}-past", "loan_id": "L2"}
    known_on = TABLES[table].column(column).known_on
    assert known_on is not None
    row[column] = None if day is None else value(table, TABLES[table].column(column), day)
    row[known_on] = day
    return row


@cache
def with_value_of(table: str, column: str, day: date | None) -> dict[str, Any]:
    return visible(planted(world(), table, past_row(table, column, day)))


@pytest.mark.parametrize(("table", "column"), LATE)
def test_a_value_known_the_day_after_moves_nothing(table: str, column: str) -> None:
    assert with_value_of(table, column, AFTER) == with_value_of(table, column, None)


@pytest.mark.parametrize(("table", "column"), LATE)
def test_the_same_value_known_on_the_day_itself_is_seen(table: str, column: str) -> None:
    assert with_value_of(table, column, AS_OF) != with_value_of(table, column, None)


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, c in LATE if TABLES[t].column(c).known_on != c])
def test_a_value_without_its_day_of_knowledge_is_never_known(table: str, column: str) -> None:
    given = past_row(table, column, None) | {column: 55.0}
    assert visible(planted(world(), table, given)) == with_value_of(table, column, None)


def test_a_statement_without_a_day_of_publication_is_known_after_the_lag(before: dict[str, Any]) -> None:
    bare = full_row("financials", AS_OF) | {"firm_id": "B", "published_on": None}
    late = planted(world(), "financials", bare | {"on": ago(STATEMENT_LAG_DAYS - 1)})
    known = planted(world(), "financials", bare | {"on": ago(STATEMENT_LAG_DAYS)})
    assert visible(late) == before
    assert visible(known) != before


def random_row(table: str, chance: random.Random) -> Row:
    """A row with days from a year before as_of to half a year after; what may be missing sometimes is."""
    row = full_row(table, AS_OF)
    for column in TABLES[table].columns:
        if column.kind is Kind.DAY:
            row[column.name] = ago(chance.randint(-180, 365))
        elif column.name in TABLES[table].refs:
            row[column.name] = chance.choice(FIRMS)
        elif column.kind in (Kind.MONEY, Kind.NUMBER, Kind.COUNT):
            row[column.name] = chance.randint(0, 1000)
        if not column.required and chance.random() < 0.15:
            row[column.name] = None
    return row


def random_world(seed: int) -> World:
    chance = random.Random(seed)
    rows = {name: [random_row(name, chance) for _ in range(25)] for name in TABLES if name != "labels"}
    rows["firms"] = [
        row | {"firm_id": firm, "joined_on": ago(200 - 101 * i)}
        for i, (firm, row) in enumerate(zip(FIRMS, rows["firms"], strict=False))
    ]
    for i in range(25):
        rows["persons"][i]["person_id"] = f"P{i}"
        rows["loans"][i] |= {"loan_id": f"L{i % 5}", "on": ago(100 - 7 * i)}
        rows["relations"][i]["until"] = chance.choice([None, ago(chance.randint(-100, 100))])
        rows["events"][i]["kind"] = chance.choice(["default", "lawsuit", "closure"])
    return rows


def cut(rows: World) -> World:
    """The world as written down on as_of: the slow and readable version of the known views."""
    kept: World = {}
    for name, found in rows.items():
        table = TABLES[name]
        kept[name] = []
        for row in found:
            day = row.get(table.day) if table.day else None
            if name == "financials" and day is None:
                day = row["on"] + timedelta(days=STATEMENT_LAG_DAYS)
            if day is not None and day > AS_OF:
                continue
            seen = dict(row)
            for column in table.columns:
                if column.known_on and (row[column.known_on] is None or row[column.known_on] > AS_OF):
                    seen[column.name] = None
            kept[name].append(seen)
    return kept


@pytest.mark.parametrize("seed", range(2))
def test_a_snapshot_equals_that_of_the_data_cut_off_at_as_of(seed: int) -> None:
    rows = random_world(seed)
    assert visible(cut(rows)) == visible(rows)


def test_the_outcome_is_what_looks_ahead() -> None:
    default = full_row("events", AFTER)
    later = planted(world(), "activity", full_row("activity", ago(-200)))
    failed = snapshot(tables_of(planted(later, "events", default)), AS_OF, 90).firms
    assert failed["outcome_state"].to_pylist() == ["failed", "sound", "sound"]

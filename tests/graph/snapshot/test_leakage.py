"""Nothing after as_of moves a snapshot: every table and column of the contract, as the schema lists them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from handmade import AFTER, AS_OF, DATED, LATE, Row, ago, full_row, past_row, tables_of
from supplyrisk.graph.schema.contract import STATEMENT_LAG_DAYS, TABLES, ColumnKind
from supplyrisk.graph.snapshot.snapshot import Snapshot, build_snapshot
from supplyrisk.graph.store.graph_tables import OUTCOME_COLUMNS

FIRMS = ("A", "B", "C")
World = dict[str, list[Row]]


def world() -> World:
    """Three firms, and for each table a row in which every column is given and long known."""
    rows: World = {name: [full_row(name, ago(40))] for name in TABLES if name != "labels"}
    rows["firms"] = [full_row("firms", ago(500)) | {"firm_id": firm} for firm in FIRMS]
    rows["events"][0]["kind"] = "lawsuit"
    rows["loans"][0] |= {"row_id": "loans-old", "days_past_due": 30, "written_off": 0.0}
    for table in ("supplies", "shipments", "events"):
        rows[table][0]["row_id"] = f"{table}-old"
    return rows


def visible(rows: World) -> dict[str, Any]:
    """Everything in a snapshot that does not look ahead."""
    snap: Snapshot = build_snapshot(tables_of(**rows), AS_OF, 90)
    return {
        "firms": snap.firms.drop_columns(list(OUTCOME_COLUMNS)).to_pylist(),
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


# Memos read these themselves: test_collateral.py, test_item_matching.py, test_item_claims.py, test_crop_figures.py.
OF_MEMOS = ("collateral", "documents", "harvests", "pledges")


@pytest.mark.parametrize("table", [name for name in DATED if name not in OF_MEMOS])
def test_the_same_row_on_the_day_itself_is_seen(table: str, before: dict[str, Any]) -> None:
    assert visible(planted(world(), table, full_row(table, AS_OF))) != before


@cache
def with_value_of(table: str, column: str, day: date | None) -> dict[str, Any]:
    return visible(planted(world(), table, past_row(table, column, day)))


@pytest.mark.parametrize(("table", "column"), LATE)
def test_a_value_known_the_day_after_moves_nothing(table: str, column: str) -> None:
    assert with_value_of(table, column, AFTER) == with_value_of(table, column, None)


@pytest.mark.parametrize(("table", "column"), [late for late in LATE if late[0] not in OF_MEMOS])
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
        if column.kind is ColumnKind.DAY:
            row[column.name] = ago(chance.randint(-180, 365))
        elif column.name in TABLES[table].refs:
            row[column.name] = chance.choice(FIRMS)
        elif column.kind in (ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT):
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
        rows["loans"][i] |= {
            "days_past_due": chance.choice([None, 0, 30, 89, 90, 200]),
            "written_off": chance.choice([None, 0.0, 0.0, 50.0]),
        }
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


def test_a_loan_in_default_the_day_after_moves_nothing_but_the_outcome(before: dict[str, Any]) -> None:
    state = full_row("loans", AFTER) | {"loan_id": "L", "days_past_due": 90, "written_off": 50.0}
    rows = planted(world(), "loans", state)
    assert visible(rows) == before
    far = planted(rows, "activity", full_row("activity", ago(-200)))
    assert build_snapshot(tables_of(**far), AS_OF, 90).firms["outcome_state"].to_pylist() == [
        "failed",
        "sound",
        "sound",
    ]


def test_the_outcome_is_what_looks_ahead() -> None:
    default = full_row("events", AFTER)
    later = planted(world(), "activity", full_row("activity", ago(-200)))
    failed = build_snapshot(tables_of(**planted(later, "events", default)), AS_OF, 90).firms
    assert failed["outcome_state"].to_pylist() == ["failed", "sound", "sound"]

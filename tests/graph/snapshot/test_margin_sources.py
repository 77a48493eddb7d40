"""The sources behind margins: how old each is, and data in which it is hidden."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from handmade import AS_OF, Row, ago, firms, shipment, tables_of, trade
from supplyrisk.graph import Tables, build_snapshot
from supplyrisk.graph.snapshot.margin_sources import (
    ABSENT,
    AGEING,
    MARGIN_SOURCES,
    STALE,
    HiddenSource,
    hide_sources,
)

BY_NAME = {source.name: source for source in MARGIN_SOURCES}


def statement(firm: str, days: int) -> Row:
    return {"firm_id": firm, "on": ago(days), "published_on": ago(days), "revenue": 9.0}


def data() -> Tables:
    return tables_of(
        firms=firms("a", "b", "c"),
        supplies=[trade("a", "b", 10, 1), trade("b", "a", 50, 2), trade("b", "c", 130, 3)],
        shipments=[shipment("c", "a", "b", 89, 1), shipment("c", "b", "a", 200, 1)],
        financials=[statement("a", 549), statement("b", 550), statement("b", 900)],
        activity=[{"firm_id": "a", "on": ago(days), "sales": 1.0} for days in (44, 45, 300)],
    )


def states(tables: Tables) -> dict[str, list[str]]:
    snapshot = build_snapshot(tables, AS_OF)
    return {source.name: source.states_of(snapshot).tolist() for source in MARGIN_SOURCES}


def test_a_source_is_current_ageing_stale_or_absent() -> None:
    assert states(data()) == {
        # Half of 90 days is 45: the last activity of a is 44 days old. A side of trade is a source of its own.
        "activity": ["", ABSENT, ABSENT],
        "sales": ["", AGEING, ABSENT],
        "purchases": [AGEING, "", STALE],
        # Shipments, statements and loans do not age before they are stale.
        "shipments": ["", "", ""],
        "statements": ["", STALE, ABSENT],
        "loans": [ABSENT, ABSENT, ABSENT],
    }


@pytest.mark.parametrize("as_file", [False, True])
def test_hidden_rows_are_left_out_and_all_others_stay(tmp_path: Path, as_file: bool) -> None:
    tables = data()
    if as_file:
        path = tmp_path / "supplies of a day.parquet"
        pq.write_table(tables.sources["supplies"], path)
        tables = Tables(tables.info, {**tables.sources, "supplies": path})
    hidden = [
        HiddenSource(BY_NAME["sales"], ABSENT, ("a",)),
        # 60 days: the purchase of c 130 days ago stays. 120 days: the last sale of b was 50 days ago.
        HiddenSource(BY_NAME["purchases"], AGEING, ("c",)),
        HiddenSource(BY_NAME["sales"], STALE, ("b",)),
        HiddenSource(BY_NAME["shipments"], STALE, ("a",)),
        HiddenSource(BY_NAME["activity"], ABSENT, ()),
        # Sources that the data lack are hidden already.
        HiddenSource(BY_NAME["loans"], ABSENT, ("a",)),
    ]
    changed = hide_sources(tables, AS_OF, hidden, tmp_path)
    kept = {name: rows_of(changed, name) for name in ("supplies", "shipments")}
    assert [(row["supplier_id"], row["customer_id"]) for row in kept["supplies"]] == [("b", "c")]
    # Row by row: the other shipment is older than 120 days.
    assert [row["shipped_on"] for row in kept["shipments"]] == [ago(200)]
    for name in ("firms", "financials", "activity"):
        assert changed.sources[name] is tables.sources[name]
    assert states(changed)["sales"] == [ABSENT, STALE, ABSENT]


def test_hiding_a_source_puts_it_into_that_state(tmp_path: Path) -> None:
    for source in MARGIN_SOURCES:
        for state in source.states:
            if not data().present(source.table):
                continue
            folder = tmp_path / f"{source.name}-{state}"
            folder.mkdir()
            changed = hide_sources(data(), AS_OF, [HiddenSource(source, state, ("a", "b", "c"))], folder)
            order = ["", AGEING, STALE, ABSENT]
            assert all(order.index(after) >= order.index(state) for after in states(changed)[source.name])


def rows_of(tables: Tables, name: str) -> list[Row]:
    source = tables.sources[name]
    table = source if isinstance(source, pa.Table) else pq.read_table(source)
    return list(table.to_pylist())

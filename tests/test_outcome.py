"""What became of each firm: half-open windows, censoring, defaults as a setting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from supplyrisk.graph.outcome import last_day_of
from supplyrisk.graph.schema import TABLES
from supplyrisk.graph.snapshot import EdgeType, Snapshot, snapshot
from supplyrisk.graph.tables import DatasetInfo, Tables

AS_OF = date(2024, 7, 1)
SUPPLIES: EdgeType = ("firm", "supplies", "firm")
CARRIES: EdgeType = ("firm", "carries_for", "firm")
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
Row = dict[str, Any]


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def tables_of(info: DatasetInfo | None = None, /, **rows: list[Row]) -> Tables:
    sources = {}
    for name, found in rows.items():
        types = {c.name: c.sql_type for c in TABLES[name].columns}
        schema = pa.schema([(column, ARROW[sql]) for column, sql in types.items()])
        sources[name] = pa.Table.from_pylist([{c: row.get(c) for c in types} for row in found], schema=schema)
    return Tables(info or DatasetInfo(), sources)


def firms(*ids: str, **fields: Any) -> list[Row]:
    return [{"firm_id": firm} | fields for firm in ids]


def event(firm: str, days: int, kind: str) -> Row:
    return {"firm_id": firm, "on": ago(days), "kind": kind}


def trade(supplier: str, customer: str, days: int, amount: float, **fields: Any) -> Row:
    return {
        "supplier_id": supplier,
        "customer_id": customer,
        "on": ago(days),
        "amount": float(amount),
    } | fields


def column(snap: Snapshot, name: str) -> Row:
    return dict(zip(snap.firms["firm_id"].to_pylist(), snap.firms[name].to_pylist(), strict=True))


OUTCOMES = [
    event("failed", -1, "default"),
    event("failed", -2, "bankruptcy"),
    event("failed last day", -90, "bankruptcy"),
    event("too late", -91, "default"),
    event("in default", 0, "default"),
    event("in default", 30, "bankruptcy"),
    event("in default", -5, "default"),
    event("closing", -30, "closure"),
    event("closed", 30, "closure"),
    event("closing, then failed", -10, "closure"),
    event("closing, then failed", -20, "default"),
    event("closing later", -91, "closure"),
    event("sued", -1, "lawsuit"),
]
STATES = {
    "closed": "censored",
    "closing": "censored",
    "closing later": "sound",
    "closing, then failed": "failed",
    "failed": "failed",
    "failed last day": "failed",
    "in default": "defaulted",
    "quiet": "sound",
    "sued": "sound",
    "too late": "sound",
}


def test_outcomes_come_from_the_half_open_window() -> None:
    snap = snapshot(tables_of(firms=firms(*STATES), events=OUTCOMES), AS_OF, 90)
    assert column(snap, "outcome_state") == STATES
    expected = {name: {"failed": True, "sound": False}.get(state) for name, state in STATES.items()}
    assert column(snap, "outcome") == expected
    assert [name for name, value in column(snap, "defaulted").items() if value] == ["in default"]
    assert column(snap, "defaulted_on")["in default"] == ago(30)
    assert column(snap, "defaulted_on")["failed"] is None


def test_a_window_that_leaves_the_data_is_censored_for_all_but_those_in_default() -> None:
    data = tables_of(firms=firms(*STATES), events=OUTCOMES)
    assert last_day_of(data) == ago(-91)
    assert set(column(snapshot(data, AS_OF, 91), "outcome_state").values()) == {
        "failed",
        "sound",
        "censored",
        "defaulted",
    }
    beyond = column(snapshot(data, AS_OF, 92), "outcome_state")
    assert {name: "defaulted" if name == "in default" else "censored" for name in STATES} == beyond


def test_which_events_are_defaults_is_a_setting() -> None:
    data = tables_of(firms=firms("A", "B"), events=[event("A", -1, "closure"), event("B", -9, "default")])
    snap = snapshot(data, AS_OF, 9, default_kinds=("closure",))
    assert column(snap, "outcome_state") == {"A": "failed", "B": "sound"}
    past = snapshot(data, ago(-9), 9, default_kinds=("closure",))
    assert "events_default" in past.firms.column_names
    assert "events_closure" not in past.firms.column_names


def test_without_events_nobody_is_sound() -> None:
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", -300, 1)])
    assert set(column(snapshot(data, AS_OF), "outcome_state").values()) == {"unlabelled"}
    assert set(column(snapshot(data, AS_OF), "outcome").values()) == {None}


def test_a_planned_date_does_not_end_the_data_later() -> None:
    planned = {"from_id": "A", "to_id": "B", "kind": "owns", "since": ago(-400)}
    data = tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", 0, 1)], events=[], relations=[planned])
    assert last_day_of(data) == AS_OF
    assert last_day_of(tables_of(firms=firms("A", "B"), relations=[planned])) == ago(-400)


def test_undated_firms_in_default_are_not_learned_from() -> None:
    data = tables_of(
        DatasetInfo(undated=True),
        firms=firms("A", "B"),
        events=[event("A", 30, "bankruptcy")],
        labels=[{"firm_id": "A", "defaulted": True}, {"firm_id": "B", "defaulted": True}],
    )
    snap = snapshot(data)
    assert column(snap, "outcome_state") == {"A": "defaulted", "B": "failed"}
    assert column(snap, "outcome") == {"A": None, "B": True}

"""What links firms: trades for the store, and the network's edges, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from handmade import AS_OF, CARRIES, SUPPLIES, Row, ago, edges, firms, shipment, tables_of, trade
from supplyrisk.graph.schema.relations import EdgeType
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo


def assert_close(found: Row, expected: Row) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        close = pytest.approx(value, rel=1e-9) if isinstance(value, (int, float)) else value
        assert found[name] == close, name


def test_supplies_edges_and_trades() -> None:
    rows = [
        trade("S", "C", 0, 60, category="x", orders=3, due_on=ago(-9)),
        trade("S", "C", 100, 40, category="x", due_on=ago(70), paid_on=ago(60))
        | {"delivered_on": ago(90), "promised_on": ago(95)},
        trade("S", "C", 40, 100, category="y", due_on=ago(10), disputed_on=ago(5)),
        trade("T", "C", 30, 50),
        trade("S", "D", 179, 50),
        trade("T", "D", 180, 70),
        trade("C", "C", 5, 30),
    ]  # fmt: skip
    snap = build_snapshot(tables_of(firms=firms("C", "D", "S", "T"), supplies=rows), AS_OF)
    found = edges(snap, SUPPLIES)
    assert list(found) == [("S", "C"), ("S", "D"), ("T", "C"), ("T", "D")]
    assert_close(found["S", "C"], {
        "amount_30": 60, "amount_60": 160, "amount_180": 200, "amount": 200, "orders": 5,
        "share_of_purchases": 200 / 250, "share_of_sales": 200 / 250,
        "recency_days": 0, "delay_days": 5, "dispute_rate": 0.5, "days_to_pay": 40,
        "overdue_share": 100 / 140,  # fell due: 40, paid, and 100, not
    })  # fmt: skip
    assert_close(found["T", "D"], {
        "amount_30": 0, "amount_60": 0, "amount_180": 0, "amount": 70, "orders": 1,
        "share_of_purchases": 0, "share_of_sales": 0, "recency_days": 180,
        "delay_days": None, "dispute_rate": None, "days_to_pay": None, "overdue_share": None,
    })  # fmt: skip
    trades = {(r["supplier_id"], r["customer_id"], r["category"]): r for r in snap.trades.to_pylist()}
    assert list(trades) == sorted(trades, key=lambda key: (key[0], key[1], key[2] or ""))
    assert_close(trades["S", "C", "x"], {
        "supplier_id": "S", "customer_id": "C", "category": "x", "amount": 100, "orders": 4,
        "first_on": ago(100), "last_on": ago(0), "amount_30": 60, "amount_60": 60, "amount_180": 100,
        "unpaid": 60, "overdue": 0, "shipped_share": 0.4, "delay_days": 5, "disputed": 0,
        # The unpaid trade is not delivered; no trade of the data was ever confirmed, so that is unknown.
        "shipped_unpaid": 0, "confirmed_unpaid": None,
    })  # fmt: skip
    assert trades["S", "C", "y"]["overdue"] == 100
    # a trade of C with itself
    assert ("C", "C", None) not in trades


def test_carriers_carry_for_shippers_and_receivers() -> None:
    rows = [
        shipment("L", "S", "R", 10, 30),
        shipment("M", "S", None, 20, 10),
        shipment("L", "S", "S", 30, 60),  # between its own stores: once
        shipment("S", "S", "R", 40, 15),  # its own van
        shipment("M", "S", "R", 180, 500),
    ]
    found = edges(build_snapshot(tables_of(firms=firms("L", "M", "R", "S"), shipments=rows), AS_OF), CARRIES)
    assert list(found) == [("L", "R"), ("L", "S"), ("M", "R"), ("M", "S"), ("S", "R")]
    assert_close(found["L", "S"], {"units": 90, "share": 0.9, "delay_days": 1, "recency_days": 10})
    assert_close(found["L", "R"], {"units": 30, "share": 30 / 45, "delay_days": 1, "recency_days": 10})
    # Dispatched 180 days ago and delivered within 180: no units in the window, but a delay.
    assert_close(found["M", "R"], {"units": 0, "share": 0, "delay_days": 1, "recency_days": 180})


def test_without_units_every_shipment_counts_as_one() -> None:
    rows = [
        shipment("L", "S", None, 1, None),
        shipment("L", "S", None, 2, None),
        shipment("M", "S", None, 3, None),
    ]
    found = edges(build_snapshot(tables_of(firms=firms("L", "M", "S"), shipments=rows), AS_OF), CARRIES)
    assert found["L", "S"]["share"] == pytest.approx(2 / 3)
    assert found["L", "S"]["units"] is None


def relation(source: str, target: str, kind: str, since: int | None, **fields: Any) -> Row:
    return {
        "from_id": source,
        "to_id": target,
        "kind": kind,
        "since": None if since is None else ago(since),
    } | fields


RELATIONS = [
    relation("A", "B", "guarantees", 10, amount=5.0),
    relation("A", "B", "guarantees", 0, amount=7.0, weight=0.5),
    relation("A", "B", "guarantees", -1, amount=100.0),
    relation("P", "A", "owns", None, weight=0.6),
    relation("B", "A", "owns", None),
    relation("P", "Q", "family", 9, until=ago(-1)),
    relation("Q", "P", "family", 9, until=ago(0)),
    relation("A", "A", "guarantees", 9),
    relation("B", "A", "supplies", 9),
]


@pytest.mark.parametrize("standing", [("owns",), ("*",), ()])
def test_relations_in_force_by_kind_and_ends(standing: tuple[str, ...]) -> None:
    data = tables_of(
        DatasetInfo(standing=standing),
        firms=firms("A", "B"),
        persons=[{"person_id": "Q"}, {"person_id": "P"}],
        relations=RELATIONS,
    )
    snap = build_snapshot(data, AS_OF)
    kinds = [
        ("firm", "guarantees", "firm"),
        ("firm", "supplies_relation", "firm"),
        ("person", "family", "person"),
    ]
    owned: list[EdgeType] = [("firm", "owns", "firm"), ("person", "owns", "firm")] if standing else []
    assert sorted(snap.edges) == sorted(kinds + owned)
    merged = edges(snap, ("firm", "guarantees", "firm"))
    assert merged == {("A", "B"): {"weight": 0.5, "amount": 12.0, "count": 2.0}}
    assert list(edges(snap, ("person", "family", "person"))) == [("P", "Q")]
    if standing:
        assert edges(snap, ("person", "owns", "firm"))["P", "A"] == {
            "weight": 0.6,
            "amount": None,
            "count": 1.0,
        }

"""The documents of order items: hand-worked states, and a slow reference over random documents."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import AS_OF, Row, ago, tables_of
from slow_matching import state_of
from supplyrisk.graph.merchant.documents import ItemState, MatchRules, matched_items, state_words
from supplyrisk.graph.schema.contract import DOCUMENT_KINDS

ITEM = {"seller_id": "S", "buyer_id": "B", "order_id": "1", "item_id": "10"}


def doc(kind: str, days: int, amount: float | None = None, **fields: Any) -> Row:
    """A document of the item so many days before AS_OF."""
    return {**ITEM, "kind": kind, "on": ago(days), "amount": amount, **fields}


def match_one(*documents: Row, as_of: date | None = AS_OF, raw: bool = False) -> Row:
    (row,) = matched_items(tables_of(documents=list(documents)), as_of, raw=raw).to_pylist()
    return row


ORDER = doc("order", 90, 100.0)
RECEIPT = doc("receipt", 60, 100.0)
INVOICE = doc("invoice", 50, 100.0)
PAYMENT = doc("payment", 20, 100.0)

CASES = {
    "open": [ORDER],
    "cancelled": [ORDER, doc("cancel_order", 80)],
    "complete": [ORDER, RECEIPT, INVOICE, PAYMENT],
    "invoiced_not_cleared": [ORDER, RECEIPT, INVOICE],
    "received_not_invoiced": [ORDER, RECEIPT],
    "invoiced_without_receipt": [ORDER, INVOICE],
    "paid_without_invoice": [ORDER, RECEIPT, PAYMENT],
    "partly_received": [ORDER, doc("receipt", 60, 40.0), doc("invoice", 50, 40.0)],
    "over_invoiced": [ORDER, RECEIPT, doc("invoice", 50, 102.0), PAYMENT],
}


def test_every_state_has_a_case() -> None:
    assert {state.value for state in ItemState} == set(CASES)


@pytest.mark.parametrize("state", CASES)
def test_state(state: str) -> None:
    assert match_one(*CASES[state])["state"] == state
    assert all(state_words(state))


def test_shipments_count_where_nothing_was_received() -> None:
    shipped = match_one(ORDER, doc("shipment", 60, 100.0), INVOICE)
    assert (shipped["state"], shipped["evidence"], shipped["delivered"]) == (
        "invoiced_not_cleared", "shipment+invoice", 100,
    )  # fmt: skip
    # the buyer received less than the seller says that it sent
    received = match_one(ORDER, doc("shipment", 60, 100.0), doc("receipt", 55, 30.0), INVOICE)
    assert (received["state"], received["evidence"], received["delivered"]) == (
        "over_invoiced",
        "receipt+invoice",
        30,
    )


def test_a_cancellation_takes_back_the_latest_open_document() -> None:
    row = match_one(
        ORDER,
        doc("receipt", 60, 40.0),
        doc("receipt", 59, 60.0),
        doc("cancel_receipt", 58),
        doc("receipt", 57, 55.0),
        doc("cancel_receipt", 56),
        doc("cancel_receipt", 55),
        doc("cancel_receipt", 54),
        doc("receipt", 53, 70.0),
    )
    assert (row["receipts"], row["received"], row["taken_back"], row["orphans"]) == (1, 70, 3, 1)
    assert row["state"] == "partly_received"


def test_a_cancellation_takes_back_the_document_that_it_names() -> None:
    receipts = [doc("receipt", 60, 40.0, reference="R1"), doc("receipt", 59, 60.0, reference="R2")]
    assert match_one(ORDER, *receipts, doc("cancel_receipt", 58, reference="R1"))["received"] == 60
    # a number of its own names nothing
    assert match_one(ORDER, *receipts, doc("cancel_receipt", 58, reference="X"))["received"] == 40
    # each of the two takes back one
    both = [doc("cancel_receipt", 58), doc("cancel_receipt", 57, reference="R2")]
    row = match_one(ORDER, *receipts, *both)
    assert (row["receipts"], row["taken_back"], row["orphans"]) == (0, 2, 0)


def test_times_order_the_documents_of_a_day() -> None:
    times = [doc("receipt", 60, 1.0, time="08:00"), doc("cancel_receipt", 60, time="09:00")]
    assert match_one(*times, doc("receipt", 60, 2.0, time="10:00"))["received"] == 2
    # without times, cancellations come last
    assert match_one(doc("cancel_receipt", 60), doc("receipt", 60, 1.0))["receipts"] == 0


def test_the_last_amount_of_an_order_counts() -> None:
    changed = match_one(ORDER, doc("change", 80, 130.0), doc("change", 70), RECEIPT)
    assert (changed["ordered"], changed["state"]) == (130, "partly_received")
    assert match_one(ORDER, doc("change", 80, 130.0), doc("cancel_order", 79), RECEIPT)["ordered"] is None


def test_an_order_that_is_cancelled_after_its_receipt() -> None:
    row = match_one(ORDER, RECEIPT, doc("cancel_order", 10))
    assert (row["state"], row["order_cancelled"]) == ("received_not_invoiced", True)
    again = match_one(ORDER, RECEIPT, doc("cancel_order", 10), doc("order", 9, 100.0))
    assert (again["orders"], again["order_cancelled"]) == (1, False)


def test_an_unknown_amount_is_not_zero() -> None:
    row = match_one(
        ORDER, doc("receipt", 60, 40.0), doc("receipt", 59), doc("invoice", 58, 500.0), doc("payment", 5)
    )
    assert (row["received"], row["paid"]) == (None, None)
    # the invoice is compared with the order then, and without any amount documents alone decide
    assert row["state"] == "over_invoiced"
    assert match_one(doc("receipt", 60), doc("invoice", 58, 500.0), doc("payment", 5))["state"] == "complete"


def test_amounts_within_the_tolerance_are_the_same() -> None:
    rows = [ORDER, RECEIPT, doc("invoice", 50, 100.9), PAYMENT]
    assert match_one(*rows)["state"] == "complete"
    exact = matched_items(tables_of(documents=rows), AS_OF, MatchRules(0.0))
    assert exact["state"].to_pylist() == ["over_invoiced"]
    with pytest.raises(ValueError, match=r"expected at least 0 and below 1"):
        MatchRules(1.0)


def test_raw_states_are_by_which_documents_occur() -> None:
    rows = [ORDER, doc("receipt", 60, 10.0), doc("cancel_receipt", 59), doc("invoice", 50, 900.0), PAYMENT]
    assert match_one(*rows)["state"] == "invoiced_without_receipt"
    raw = match_one(*rows, raw=True)
    assert (raw["state"], raw["evidence"], raw["taken_back"]) == ("complete", "receipt+invoice+payment", 0)


def test_the_order_of_rows_is_of_no_effect() -> None:
    rows = [RECEIPT, doc("receipt", 60, 60.0), doc("cancel_receipt", 60), doc("invoice", 60, 60.0)]
    results = [
        matched_items(tables_of(documents=list(order)), AS_OF) for order in list(permutations(rows))[::5]
    ]
    assert all(result.equals(results[0]) for result in results)


def test_documents_of_the_day_after_move_nothing() -> None:
    later = [doc(kind, -1, 7.0) for kind in DOCUMENT_KINDS]
    assert match_one(*CASES["complete"], *later) == match_one(*CASES["complete"])
    assert match_one(*CASES["complete"], *later, as_of=None) != match_one(*CASES["complete"])
    # the documents of the day itself count
    assert match_one(ORDER, doc("receipt", 0, 100.0))["received"] == 100


def test_items_are_told_apart_by_all_four_ids() -> None:
    others = [ORDER | {key: "other"} for key in ITEM] + [ORDER | {"item_id": None}]
    rows = matched_items(tables_of(documents=[*CASES["complete"], *others]), AS_OF).to_pylist()
    assert [row["state"] for row in rows].count("open") == 5
    assert len(rows) == 6


random_documents = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(DOCUMENT_KINDS),
            "on": st.integers(0, 5).map(lambda days: date(2024, 1, 1) + timedelta(days=days)),
            "time": st.none() | st.sampled_from(["08:00", "09:00"]),
            "amount": st.none() | st.sampled_from([10.0, 20.0, 25.0]),
            "reference": st.none() | st.sampled_from(["a", "b"]),
            "item_id": st.sampled_from(["1", "2"]),
        }
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(random_documents, st.none() | st.integers(0, 5))
def test_matches_the_slow_reference(documents: list[Row], last: int | None) -> None:
    as_of = None if last is None else date(2024, 1, 1) + timedelta(days=last)
    table = matched_items(tables_of(documents=[ITEM | row for row in documents]), as_of)
    items = {row["item_id"]: row for row in table.to_pylist()}
    known = [row for row in documents if as_of is None or row["on"] <= as_of]
    assert set(items) == {row["item_id"] for row in known}
    for item, row in items.items():
        own = [document for document in documents if document["item_id"] == item]
        state, delivered, taken_back, orphans = state_of(own, as_of)
        assert (row["state"], row["delivered"], row["taken_back"], row["orphans"]) == (
            state, delivered, taken_back, orphans,
        )  # fmt: skip

"""What can be financed of order items: each rule by hand, pledges, and the day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import AS_OF, Row, ago, tables_of
from item_documents import doc, pledge, sold
from supplyrisk.graph.merchant.documents import CLAIM_RULES, item_claims, rule_words
from supplyrisk.graph.schema.contract import DOCUMENT_KINDS


def claim(
    *documents: Row, pledges: list[Row] | None = None, as_of: date | None = AS_OF, **options: object
) -> Row:
    (row,) = item_claims(
        tables_of(documents=list(documents), pledges=pledges or []), as_of, **options
    ).to_pylist()  # type: ignore[arg-type]
    return row


ORDER = doc("1", "order", 40, 100.0)
RECEIPT = doc("1", "receipt", 30, 100.0)
INVOICE = doc("1", "invoice", 20, 100.0, due_on=ago(-30))
BOTH = {
    "cancelled": [ORDER, RECEIPT, INVOICE, doc("1", "cancel_order", 5)],
    "paid_without_invoice": [ORDER, RECEIPT, doc("1", "payment", 5, 20.0)],
    "invoiced_without_receipt": [ORDER, INVOICE],
    "over_invoiced": [ORDER, RECEIPT, INVOICE, doc("1", "invoice", 19, 100.0)],
    "not_delivered": [ORDER],
    "paid": [ORDER, RECEIPT, INVOICE, doc("1", "payment", 5)],
    "no_amount": [ORDER, doc("1", "receipt", 30), doc("1", "invoice", 20)],
    "overdue": [ORDER, RECEIPT, doc("1", "invoice", 20, 100.0, due_on=AS_OF)],
    "stale": [ORDER, doc("1", "receipt", 200, 100.0), doc("1", "invoice", 180, 100.0)],
}
"""By rule, documents of an item of which neither orders nor receivables count."""


def test_every_rule_has_a_case() -> None:
    assert {*BOTH, "not_invoiced", "not_confirmed", "pledged"} == set(CLAIM_RULES)
    assert all(all(rule_words(rule)) for rule in CLAIM_RULES)


@pytest.mark.parametrize("rule", BOTH)
def test_rule(rule: str) -> None:
    row = claim(*BOTH[rule])
    assert (row["order_rule"], row["receivable_rule"]) == (rule, rule)


def test_a_received_and_invoiced_item_counts_for_both_products() -> None:
    row = claim(ORDER, RECEIPT, INVOICE)
    assert (row["order_claim"], row["order_rule"]) == (100, None)
    assert (row["receivable_claim"], row["receivable_rule"]) == (100, None)


def test_a_receivable_needs_an_invoice_and_the_receipt_of_the_buyer() -> None:
    received = claim(ORDER, RECEIPT)
    assert (received["order_rule"], received["receivable_rule"]) == (None, "not_invoiced")
    assert received["receivable_claim"] is None
    shipped = claim(ORDER, doc("1", "shipment", 30, 100.0), INVOICE)
    assert (shipped["order_rule"], shipped["receivable_rule"]) == (None, "not_confirmed")


def test_what_counts_is_delivered_unpaid_and_ordered() -> None:
    partly = claim(
        ORDER, doc("1", "receipt", 30, 60.0), doc("1", "invoice", 20, 50.0), doc("1", "payment", 5, 15.0)
    )
    assert (partly["order_claim"], partly["receivable_claim"]) == (45, 35)
    more = claim(ORDER, doc("1", "receipt", 30, 300.0), doc("1", "invoice", 20, 300.0, due_on=ago(-9)))
    assert (more["order_claim"], more["receivable_claim"]) == (100, 100)
    # the second receipt was taken back
    netted = claim(
        ORDER, doc("1", "receipt", 31, 60.0), doc("1", "receipt", 30, 40.0), doc("1", "cancel_receipt", 29)
    )
    assert netted["order_claim"] == 60


def test_nothing_is_overdue_or_stale_in_undated_data() -> None:
    for rule in ("overdue", "stale"):
        assert claim(*BOTH[rule], as_of=None)["order_rule"] is None


PLEDGED = {
    "the item": {"order_id": "1", "item_id": "10"},
    "the order": {"order_id": "1"},
    "the invoice": {"reference": "I1"},
}
NOT_PLEDGED = {
    "another item": {"order_id": "1", "item_id": "20"},
    "another order": {"order_id": "2"},
    "another invoice": {"reference": "I2"},
    "a trade": {"financed_row_id": "1"},
    "released": {"order_id": "1", "released_on": AS_OF},
}


@pytest.mark.parametrize("name", PLEDGED)
def test_a_pledged_item_backs_no_other_loan(name: str) -> None:
    documents = sold("1", 100.0, item_id="10")
    row = claim(*documents, pledges=[pledge("L1", **PLEDGED[name]), pledge("L2", **PLEDGED[name])])
    assert (row["order_rule"], row["receivable_rule"], row["pledged_to"]) == ("pledged", "pledged", "L1|L2")
    # loans that are repaid give it back
    assert claim(*documents, pledges=[pledge("L1", **PLEDGED[name])], repays=["L1"])["order_rule"] is None
    # a pledge of the day after is not known
    assert claim(*documents, pledges=[pledge("L1", -1, **PLEDGED[name])])["order_rule"] is None


@pytest.mark.parametrize("name", NOT_PLEDGED)
def test_a_pledge_of_something_else(name: str) -> None:
    row = claim(*sold("1", 100.0, item_id="10"), pledges=[pledge("L1", **NOT_PLEDGED[name])])
    assert (row["order_rule"], row["pledged_to"]) == (None, None)


def test_only_items_of_the_seller() -> None:
    other = [row | {"seller_id": "T"} for row in sold("2", 50.0)]
    tables = tables_of(documents=[*sold("1", 100.0), *other], pledges=[])
    assert item_claims(tables, AS_OF, seller="T")["order_id"].to_pylist() == ["2"]
    assert item_claims(tables, AS_OF).num_rows == 2


documents = st.lists(
    st.builds(
        lambda kind, days, amount: doc("1", kind, days, amount),
        st.sampled_from(DOCUMENT_KINDS),
        st.integers(0, 30),
        st.none() | st.sampled_from([10.0, 30.0]),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=12, deadline=None)
@given(documents)
def test_nothing_counts_beyond_what_is_delivered_and_unpaid(rows: list[Row]) -> None:
    row = claim(*rows)
    for kind in ("order", "receivable"):
        if row[f"{kind}_rule"] is None:
            assert 0 < row[f"{kind}_claim"] <= row["delivered"] - (row["paid"] or 0)
    if row["receivable_rule"] is None:
        assert row["order_rule"] is None
        assert row["receivable_claim"] <= min(row["order_claim"], row["invoiced"])

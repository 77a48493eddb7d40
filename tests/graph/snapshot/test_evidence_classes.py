"""Classes of evidence: what counts as trade, as a fresh statement and as known payments."""

from __future__ import annotations

from itertools import product

import pytest

from handmade import AS_OF, Row, ago, column, firms, shipment, tables_of, trade
from supplyrisk.graph import EVIDENCE_CLASSES, EVIDENCE_LABELS, FULL_EVIDENCE, EvidenceClass, evidence_of
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo


def activity(firm: str, days: int, **more: object) -> Row:
    return {"firm_id": firm, "on": ago(days), **more}


def statement(firm: str, days: int) -> Row:
    return {"firm_id": firm, "on": ago(days), "published_on": ago(days - 40), "revenue": 9.0}


def paid(supplier: str, customer: str, days: int) -> Row:
    return trade(supplier, customer, days, 1) | {"due_on": ago(days - 30), "paid_on": ago(days - 31)}


def test_trade_begins_with_the_first_sale_purchase_or_transport() -> None:
    data = tables_of(
        firms=firms("seller", "buyer", "carrier", "shop", "idle"),
        supplies=[trade("seller", "buyer", 400, 1), trade("seller", "buyer", 3, 1)],
        shipments=[shipment("carrier", "seller", "buyer", 77, 1)],
        # a row without any sale is no trade, and one that states neither sales nor orders is
        activity=[activity("shop", 90, sales=0.0), activity("shop", 20, sales=5.0), activity("seller", 500)],
    )
    expected = {"seller": 500, "buyer": 400, "carrier": 77, "shop": 20, "idle": None}
    assert column(build_snapshot(data, AS_OF), "trade_days") == expected


def test_trade_after_the_day_is_unknown_and_undated_data_have_no_days() -> None:
    rows = [trade("A", "B", 30, 1)]
    data = tables_of(firms=firms("A", "B"), supplies=rows)
    assert column(build_snapshot(data, ago(31)), "trade_days") == {"A": None, "B": None}
    undated = build_snapshot(tables_of(DatasetInfo(undated=True), firms=firms("A", "B"), supplies=rows))
    assert column(undated, "trade_days") == {"A": None, "B": None}
    assert evidence_of(undated).to_pylist() == [None, None]


def test_each_fact_has_its_bound() -> None:
    data = tables_of(
        firms=firms("a", "b", "c", "d", "e", "f", "z"),
        supplies=[
            *(trade("a", firm, days, 1) for firm, days in (("b", 364), ("c", 180), ("d", 179), ("e", 9))),
            trade("a", "f", 365, 1),
            # paid 180 days ago is too long ago, paid 179 days ago is known
            paid("a", "b", 211),
            paid("a", "c", 170),
        ],
        financials=[statement("d", 549), statement("e", 550)],
    )
    labels = dict(zip("abcdefz", evidence_of(build_snapshot(data, AS_OF)).to_pylist(), strict=True))
    assert labels["a"] == "year"
    assert labels["f"] == "year"
    assert labels["b"] == "half_year"
    assert labels["c"] == "half_year-payments"
    assert labels["d"] == "months-statement"
    assert labels["e"] == "months"
    assert labels["z"] is None


def test_labels_name_their_class_and_no_other_text_does() -> None:
    assert len(set(EVIDENCE_LABELS)) == len(EVIDENCE_CLASSES) == 12
    assert FULL_EVIDENCE == "year-statement-payments"
    for evidence in EVIDENCE_CLASSES:
        assert EvidenceClass.of_label(evidence.label) == evidence
    for label in ("", "decade", "year-payments-statement", "year-"):
        with pytest.raises(ValueError, match="no class of evidence"):
            EvidenceClass.of_label(label)


def test_a_class_includes_those_with_less_of_everything() -> None:
    full, least = EVIDENCE_CLASSES[0], EVIDENCE_CLASSES[-1]
    assert all(full.includes(other) and other.includes(least) for other in EVIDENCE_CLASSES)
    assert not EvidenceClass("year", False, True).includes(EvidenceClass("months", True, False))
    for one, other in product(EVIDENCE_CLASSES, repeat=2):
        assert not (one.includes(other) and other.includes(one) and one != other)

"""Features of a firm's whole history of trade, which data have whose outcomes are known by a day."""

from __future__ import annotations

from datetime import date

import pytest

from handmade import column, firms, tables_of, trade
from supplyrisk.graph import FEATURES
from supplyrisk.graph.snapshot.features.history import HISTORY
from supplyrisk.graph.snapshot.features.register import registered
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo

INFO = DatasetInfo(labels_as_of="2024-07-01")
NAMES = [feature.name for family in HISTORY for feature in family.features]


def sold(customer: str, day: date, amount: float, **more: object) -> dict[str, object]:
    return trade("A", customer, 0, amount, **more) | {"on": day}


TRADES = [
    sold("B", date(2023, 1, 15), 100),
    sold("B", date(2023, 1, 20), 100, orders=3),
    sold("C", date(2024, 5, 2), 200),
    sold("C", date(2024, 6, 30), 0, orders=0, returned_amount=50, returned_on=date(2024, 6, 30)),
    sold("A", date(2024, 6, 30), 9999),
    sold("B", date(2024, 7, 2), 7777),
]


def test_hand_worked_totals_and_months() -> None:
    firm_rows = firms("A", "B", "C", "D")
    snap = build_snapshot(tables_of(INFO, firms=firm_rows, supplies=TRADES))
    seller = {name: column(snap, name)["A"] for name in NAMES}
    assert seller["deliveries_ever"] == 400
    assert seller["delivery_orders_ever"] == 5
    assert seller["customers_ever"] == 2
    assert seller["customer_hhi_ever"] == pytest.approx(0.5)
    # January 2023 and May 2024, of the 19 months from January 2023 to July 2024; 200 in each.
    assert seller["delivery_months"] == 2
    assert seller["delivery_silent_months"] == 17
    assert seller["delivery_volatility"] == 0
    assert seller["purchases_ever"] == 0
    assert seller["purchase_silent_months"] is None
    buyer = {name: column(snap, name)["C"] for name in NAMES}
    assert buyer["purchases_ever"] == 200
    assert buyer["purchase_orders_ever"] == 1
    assert buyer["suppliers_ever"] == 1
    assert buyer["supplier_hhi_ever"] == 1
    assert buyer["purchase_months"] == 1
    assert buyer["purchase_silent_months"] == 2
    nobody = {name: column(snap, name)["D"] for name in NAMES}
    zero = {"deliveries_ever", "delivery_orders_ever", "customers_ever", "delivery_months"}
    zero |= {"purchases_ever", "purchase_orders_ever", "suppliers_ever", "purchase_months"}
    assert nobody == {name: 0 if name in zero else None for name in NAMES}


def test_volatility_is_of_monthly_sums() -> None:
    trades = [sold("B", date(2024, month, 3), amount) for month, amount in ((3, 100), (4, 50), (4, 250))]
    snap = build_snapshot(tables_of(INFO, firms=firms("A", "B"), supplies=trades))
    # Sums 100 and 300: mean 200, standard deviation 100.
    assert column(snap, "delivery_volatility")["A"] == pytest.approx(0.5)


def test_other_data_do_not_have_them() -> None:
    for undated in (False, True):
        assert not set(NAMES) & set(registered({"firms", "supplies"}, undated))
    assert set(NAMES) <= set(registered({"firms", "supplies"}, undated=False, labelled=True))
    assert set(NAMES) <= {feature.name for feature in FEATURES}

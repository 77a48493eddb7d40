"""The features, each on a case worked out by hand; then trades again, slowly, on random rows."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import AS_OF, Row, activity, ago, check, features_of, firms, shipment, tables_of, trade
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.snapshot.arrow_columns import rounded
from supplyrisk.graph.snapshot.features.feature import Feature, at_windows
from supplyrisk.graph.snapshot.features.register import FEATURES, registered
from supplyrisk.graph.snapshot.firm_frame import BASE_COLUMNS
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.workspace.tables import DatasetInfo


def test_every_record_is_complete() -> None:
    assert len({f.name for f in FEATURES}) == len(FEATURES)
    for feature in FEATURES:
        assert feature.direction in (-1, 0, 1) and {feature.source, feature.also_needs} <= {*TABLES, None}
        assert feature.meaning and re.search("[一-鿿]", feature.zh), feature.name
        assert feature.sql or feature.name in BASE_COLUMNS
        assert (feature.kind == "category") == (not feature.unit)
        # An effect needs a direction, and is either of both models or of the scorecard alone.
        assert feature.direction or not feature.prior + feature.scorecard
        assert not feature.prior * feature.scorecard
        assert feature.window is None or f"_{feature.window}" in feature.name or "{window}" not in feature.sql


@pytest.mark.parametrize("undated", [False, True])
def test_the_sql_of_every_feature_runs(undated: bool) -> None:
    rows = {
        "firms": firms("A", "B"),
        "activity": ACTIVITY,
        "supplies": [trade("A", "B", 3, 10)],
        "shipments": [shipment("A", "B", None, 3, 2.0)],
        "financials": [{"firm_id": "A", "on": ago(200), "revenue": 3.0}],
        "loans": [loan("1", 10, 100, 60, 50)],
    }
    tables = tables_of(DatasetInfo(undated=undated), **rows)
    snap = build_snapshot(tables, None if undated else AS_OF)
    expected = list(registered(rows, undated).values())
    assert list(snap.features[: len(expected)]) == expected
    assert {feature.name for feature in expected} <= set(snap.firms.column_names)


def test_only_the_main_window_has_a_prior_and_peers() -> None:
    measure = Feature("a", "b", "c", 1, "loans", None, sql="f({window})", prior=0.3, has_peers=True, zh="d")
    short, main = at_windows(measure, (30, 180))
    assert [(f.name, f.window, f.sql, f.prior, f.has_peers) for f in (short, main)] == [
        ("a_30", 30, "f(30)", 0.0, False),
        ("a_180", 180, "f(180)", 0.3, True),
    ]
    assert short.base_name == main.base_name == "a"


def test_what_is_stored_of_a_feature_restores_an_equal_one() -> None:
    for feature in FEATURES:
        assert Feature(**feature.to_json()) == feature  # type: ignore[arg-type]
        assert list(feature.to_json()) == [
            "name", "meaning", "unit", "direction", "source", "window", "kind", "zero_filled"
        ]  # fmt: skip


def test_firms() -> None:
    given = {"founded_on": ago(1000), "joined_on": ago(400), "registered_capital": 200.0, "employees": 7}
    rows = firms("A", paid_in_capital=50.0, **given) + firms("B", registered_capital=0.0, paid_in_capital=0.0)
    snap = build_snapshot(tables_of(firms=rows), AS_OF)
    check(
        features_of(snap, "A"),
        age_days=1000,
        tenure_days=400,
        registered_capital=200,
        paid_in_ratio=0.25,
        employees=7,
    )
    check(features_of(snap, "B"), age_days=None, tenure_days=None, registered_capital=0, paid_in_ratio=None)


ACTIVITY = [
    activity(0, 100, orders=10, refunds=10, disputes=1, customers=8, returning_customers=2, visitors=100)
    | {"stock_value": 900, "ad_spend": 5, "cash": 700},
    activity(29, 200, orders=20, refunds=20, disputes=2, customers=12, returning_customers=3, visitors=100)
    | {"stock_value": 1, "cash": 1},
    activity(30, 50, orders=5, refunds=10, ad_spend=10),
    activity(179, 250, orders=25),
    activity(180, 1000, orders=100),
    activity(389, 350, orders=35),
    activity(390, 9999, orders=999),
]  # fmt: skip


def test_activity() -> None:
    snap = build_snapshot(tables_of(firms=firms("A", "B"), activity=ACTIVITY), AS_OF)
    check(
        features_of(snap, "A"),
        sales_30=300, sales_60=350, sales_180=600, orders_30=30, orders_60=35, orders_180=60,
        # a row of the last 30 days: 300 / 2 = 150; of the 150 before: (50 + 250) / 2 = 150
        sales_trend=1.0,
        # orders: (30 / 2) / (30 / 2)
        orders_trend=1.0,
        # of 360 days before: (50 + 250 + 1000 + 350) / 4 = 412.5
        sales_own_past=150 / 412.5,
        # mean 150, squares 2500 + 2500 + 10000 + 10000 over 4 rows
        sales_volatility=round(6250**0.5 / 150, 9),
        # from the rows that give both: 30 / 300; then 40 / 350
        refund_rate_30=0.1, refund_rate_180=40 / 350,
        # before: 10 refunded of 50
        refund_rate_own_past=0.5,
        dispute_rate_30=0.1, dispute_rate_180=0.1, returning_share_180=0.25, conversion_180=0.15,
        ad_share_180=0.1,
        # 4 rows cover 4 gaps of 179 / 3 days: 600 / (4 * 179 / 3) a day
        stock_days=900 * 179 / 450, cash=700, cash_weeks=700 * 179 / 450 / 7,
        activity_age_days=0,
    )  # fmt: skip
    assert {v for k, v in features_of(snap, "B").items() if k not in ("peer_level",)} == {None}


def test_one_row_says_nothing_about_sales_per_day() -> None:
    one = build_snapshot(tables_of(firms=firms("A"), activity=[activity(3, 10, cash=5, orders=0)]), AS_OF)
    check(
        features_of(one, "A"),
        sales_30=10,
        orders_30=0,
        cash=5,
        cash_weeks=None,
        sales_trend=None,
        dispute_rate_30=None,
    )


TRADES = [
    trade("S", "C", 0, 60, orders=2, due_on=ago(-30), promised_on=ago(0)),
    trade("S", "C", 29, 30, due_on=ago(1), delivered_on=ago(20), promised_on=ago(24), confirmed_on=ago(19)),
    trade("T", "C", 30, 30, due_on=ago(0), delivered_on=ago(10), promised_on=ago(10), disputed_on=ago(3)),
    trade("S", "C", 179, 120, due_on=ago(149), paid_on=ago(139), returned_on=ago(90), returned_amount=21),
    trade("S", "C", 180, 400, due_on=ago(179), paid_on=ago(168), delivered_on=ago(180), promised_on=ago(170)),
    trade("T", "C", 389, 250, due_on=ago(180), paid_on=ago(385)),
    trade("T", "C", 390, 1000, due_on=ago(389)),
]


def test_a_customer() -> None:
    found = features_of(build_snapshot(tables_of(firms=firms("C", "S", "T"), supplies=TRADES), AS_OF), "C")
    check(
        found,
        purchases_30=90, purchases_60=120, purchases_180=240, purchase_orders_180=5,
        # 90 / 30 a day, against (30 + 120) / 150 a day
        purchases_trend=3.0,
        # against (30 + 120 + 400 + 250) / 360 a day
        purchases_own_past=3 / (800 / 360),
        # S 210, T 30 of 240
        suppliers_180=2, supplier_hhi=(210**2 + 30**2) / 240**2,
        # paid within 180 days: 10 and 11 days late; the payment of 385 days ago is none of them
        pay_late_days=10.5,
        # fell due within 180 days: 30 + 30 + 120 + 400 (179 days ago), of which 30 + 30 unpaid
        pay_overdue_share=60 / 580,
        purchase_age_days=0, deliveries_180=0, customers_180=0, customer_hhi=None,
    )  # fmt: skip


def test_a_supplier() -> None:
    snap = build_snapshot(tables_of(firms=firms("C", "S", "T"), supplies=TRADES), AS_OF)
    check(
        features_of(snap, "S"),
        deliveries_30=90, deliveries_60=90, deliveries_180=210,
        # S is known for 180 days: 90 / 30 against 120 / 150; and against (120 + 400) / 151
        deliveries_trend=3 / 0.8, deliveries_own_past=3 / (520 / 151),
        customers_180=1, customer_hhi=1,
        # delivered within 180 days: 4 days late only (the other one was delivered 180 days ago)
        delivery_delay_days=4, delivery_dispute_rate=0, delivery_return_rate=0.1,
        # 30 delivered in 180 days, all of it confirmed
        delivery_confirmed_share=1,
        # owed: 60 + 30, of which 30 is due
        receivables_overdue_share=30 / 90, delivery_age_days=0,
    )  # fmt: skip
    check(
        features_of(snap, "T"),
        delivery_dispute_rate=1, delivery_delay_days=0, receivables_overdue_share=1,
        # T is known for 390 days: nothing in 30 days, (30 + 250) / 360 a day before
        deliveries_30=0, deliveries_own_past=0, purchases_180=0, pay_late_days=None,
    )  # fmt: skip


def test_a_trend_needs_thirty_days_before_the_window() -> None:
    def trend(first: int) -> float | None:
        rows = [trade("S", "C", 0, 30), trade("S", "C", first, 30)]
        found: float | None = features_of(
            build_snapshot(tables_of(firms=firms("C", "S"), supplies=rows), AS_OF), "C"
        )["purchases_trend"]
        return found

    # from the first trade to the window there are 59 - 29 = 30 days: 1 a day against 1 a day
    assert trend(59) == 1.0
    assert trend(58) is None


def test_what_is_never_recorded_is_missing_and_not_zero() -> None:
    bare = [trade("S", "C", 5, 10, due_on=ago(1))]
    snap = build_snapshot(tables_of(firms=firms("C", "S"), supplies=bare), AS_OF)
    check(features_of(snap, "C"), purchases_180=10, pay_overdue_share=None, pay_late_days=None)
    check(
        features_of(snap, "S"),
        delivery_dispute_rate=None,
        delivery_return_rate=None,
        receivables_overdue_share=None,
    )
    trades = snap.trades.to_pylist()[0]
    assert [trades[k] for k in ("unpaid", "overdue", "shipped_share", "disputed")] == [None] * 4


def test_shipments() -> None:
    def shipment(days: int, late: int | None, units: float, damaged: float | None) -> Row:
        done = None if late is None else ago(days - 2 - late)
        return {
            "carrier_id": "L", "shipper_id": "S", "receiver_id": "R", "shipped_on": ago(days),
            "promised_on": ago(days - 2), "delivered_on": done, "units": units, "damaged": damaged,
        }  # fmt: skip

    rows = [
        shipment(1, None, 15, None),
        shipment(40, 1, 10, 1),
        shipment(179, 3, 30, 0),
        shipment(185, 3, 10, 4),
    ]
    snap = build_snapshot(tables_of(firms=firms("L", "R", "S"), shipments=rows), AS_OF)
    # delivered within 180 days: the three done, the last of them 180 days ago and so outside
    check(
        features_of(snap, "L"),
        carried_units_30=15, carried_units_180=55, carried_trend=(15 / 30) / (40 / 150),
        carried_delay_days=2, carried_damage_rate=1 / 40, sent_delay_days=None,
    )  # fmt: skip
    check(features_of(snap, "S"), sent_delay_days=2, sent_damage_rate=1 / 40, carried_units_180=None)
    check(features_of(snap, "R"), received_delay_days=2, received_damage_rate=1 / 40, sent_damage_rate=None)


def test_financials() -> None:
    def statement(firm: str, days: int, published: int | None = None, **fields: float) -> Row:
        return {"firm_id": firm, "on": ago(days), "published_on": published and ago(published)} | fields

    rows = [
        statement("A", 150, None, revenue=120, costs=90, equity=-50, short_term_debt=40, liquid_assets=10),
        statement("A", 150 + 366, None, revenue=100, costs=1),
        statement("A", 100, None, revenue=999, costs=999),  # known in 20 days
        statement("B", 200, 190, revenue=50, costs=60, equity=60, short_term_debt=20),
    ]
    snap = build_snapshot(tables_of(firms=firms("A", "B"), financials=rows), AS_OF)
    check(
        features_of(snap, "A"),
        revenue=120, margin=0.25, equity_ratio=-1.25, liquidity=0.25,
        revenue_growth=0.2, statement_age_days=150,
    )  # fmt: skip
    check(features_of(snap, "B"), margin=-0.2, equity_ratio=0.75, liquidity=None, revenue_growth=None)


def loan(loan_id: str, days: int, limit: float, drawn: float, due: int) -> Row:
    return {
        "loan_id": loan_id, "lender_id": "bank", "firm_id": "A", "on": ago(days),
        "limit": limit, "drawn": drawn, "due_on": ago(due),
    }  # fmt: skip


def test_loans() -> None:
    rows = [
        loan("1", 90, 100, 100, 50),
        loan("1", 10, 100, 60, 50),
        loan("2", 5, 300, 40, -20),
        loan("3", 60, 50, 50, 30),
    ]
    weekly = [activity(days, 70) for days in range(0, 70, 7)]
    snap = build_snapshot(tables_of(firms=firms("A"), loans=rows, activity=weekly), AS_OF)
    check(
        features_of(snap, "A"),
        loan_drawn=150, loan_utilisation=150 / 450, loan_days_to_due=20,
        # still drawn on a day after it was due: line 1; line 3 was last seen before
        loan_overdue_share=60 / 150,
        # 10 a day, 300 in 30 days
        loan_to_sales=0.5,
    )  # fmt: skip
    alone = build_snapshot(tables_of(firms=firms("A"), loans=rows), AS_OF)
    assert "loan_to_sales" not in features_of(alone, "A")


def test_the_conduct_of_loans_is_weighted_by_what_is_drawn() -> None:
    rows = [
        loan("1", 40, 100, 100, -20) | {"days_past_due": 80, "rate": 0.2, "restructured": True},
        loan("1", 10, 100, 60, -20)
        | {"days_past_due": 5, "rate": 0.04, "restructured": True, "collateral_value": 30.0},
        loan("2", 5, 300, 20, -20)
        | {"days_past_due": 31, "rate": 0.08, "restructured": False, "collateral_value": 50.0},
        loan("3", 5, 300, 0, -20) | {"days_past_due": 0, "rate": 0.9, "collateral_value": 1e6},
        loan("4", 5, 300, 500, -20),
    ]
    snap = build_snapshot(tables_of(firms=firms("A"), loans=rows), AS_OF)
    check(
        features_of(snap, "A"),
        # the last state of line 1 has 5, line 2 has 31; line 4 states none
        loan_days_past_due=31,
        loan_restructured_share=60 / 80, loan_rate=(60 * 0.04 + 20 * 0.08) / 80,
        # line 3 has nothing drawn, line 4 no known collateral
        loan_collateral_share=1,
    )  # fmt: skip
    bare = build_snapshot(tables_of(firms=firms("A"), loans=[loan("1", 10, 100, 60, 50)]), AS_OF)
    check(
        features_of(bare, "A"),
        loan_days_past_due=None, loan_restructured_share=None, loan_rate=None, loan_collateral_share=None,
    )  # fmt: skip


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_rounding_keeps_twelve_digits(value: float) -> None:
    found = float(rounded(np.array([value]))[0])
    assert isclose(found, value, rel_tol=1e-11, abs_tol=1e-288)
    assert rounded(np.array([found]))[0] == pytest.approx(found, rel=1e-14)


def test_registered_follows_the_tables() -> None:
    assert {f.source for f in registered({"firms", "loans"}, undated=False).values()} == {"firms", "loans"}
    undated = registered(TABLES, undated=True)
    assert undated["sales_180"].name == "sales" and undated["sales_180"].window is None
    assert "sales_30" not in undated and "age_days" not in undated


def slow_customer(rows: list[Row], firm: str) -> Row:
    """A customer's features once more, row by row."""
    mine = [r | {"ago": (AS_OF - r["on"]).days} for r in rows if r["customer_id"] == firm]
    by_supplier: dict[str, float] = defaultdict(float)
    for row in mine:
        if row["ago"] < 180:
            by_supplier[row["supplier_id"]] += row["amount"]
    total = sum(by_supplier.values())
    paid = [r for r in mine if r["paid_on"] and r["paid_on"] <= AS_OF and (AS_OF - r["paid_on"]).days < 180]
    late = [(r["paid_on"] - r["due_on"]).days for r in paid]
    return {
        "purchases_30": sum(r["amount"] for r in mine if r["ago"] < 30),
        "purchases_60": sum(r["amount"] for r in mine if r["ago"] < 60),
        "purchases_180": total,
        "suppliers_180": len(by_supplier),
        "supplier_hhi": sum((v / total) ** 2 for v in by_supplier.values()) if total else None,
        "pay_late_days": sum(late) / len(late) if late else None,
        "purchase_age_days": min((r["ago"] for r in mine), default=None),
    }


def random_trades(seed: int) -> list[Row]:
    chance = random.Random(seed)
    rows = []
    for _ in range(300):
        supplier, customer = chance.sample("ABCDEF", 2)
        days = chance.randint(0, 500)
        due = days - 30
        paid = due - chance.randint(-10, 40)
        amount = chance.randint(1, 10**7) / 100
        rows.append(
            trade(
                supplier,
                customer,
                days,
                amount,
                due_on=ago(due),
                paid_on=ago(paid),
                category=chance.choice("xy"),
            )
        )
    return rows


def test_trades_equal_the_slow_version() -> None:
    rows = random_trades(1)
    snap = build_snapshot(tables_of(firms=firms(*"ABCDEFG"), supplies=rows), AS_OF)
    for firm in "ABCDEFG":
        check(features_of(snap, firm), **slow_customer(rows, firm))

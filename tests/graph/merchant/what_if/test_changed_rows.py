"""Changes of a shop's rows by hand: what each kind does to which rows, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from small_shop import AS_OF, JUNE, LONG_AGO, MAY, ROWS, small_tables
from supplyrisk.graph import DataError, Tables
from supplyrisk.graph.merchant.what_if import ShopRows, parse_change_plan, row_stages


def changed(text: str, tables: Tables | None = None, *, alone: bool = False) -> ShopRows:
    """The rows after all changes of a file."""
    rows = ShopRows.of(tables or small_tables(), "S", AS_OF, alone=alone)
    plan = parse_change_plan(text)
    return row_stages(rows, plan.change, AS_OF)[-1].rows


def column(rows: ShopRows, table: str, name: str, by: str = "row_id") -> dict[Any, Any]:
    return {row[by]: row[name] for row in rows.own[table]}


def test_without_a_change_the_tables_are_those_of_the_data() -> None:
    tables = small_tables()
    assert ShopRows.of(tables, "S", AS_OF).to_tables() == tables


def test_sales_of_the_window_are_scaled_with_refunds_and_supplies() -> None:
    rows = changed('[[change]]\ndo = "sell_more"\nshare = 0.5')
    assert column(rows, "activity", "sales", "on") == {LONG_AGO: 900.0, MAY: 900.0, JUNE: 600.0}
    assert column(rows, "activity", "refunds", "on") == {LONG_AGO: 9.0, MAY: 45.0, JUNE: None}
    amounts = column(rows, "supplies", "amount")
    assert amounts == {"r1": 100, "r2": 60, "r3": 40, "r4": 10, "r5": 300, "r6": 450, "r7": 500}


def test_an_amount_is_spread_over_the_sales_of_the_window() -> None:
    rows = changed('[[change]]\ndo = "sell_more"\namount = 100\ndays = 31')
    # The window of 31 days holds both months, 1,000 in all: 10 % more.
    sales = column(rows, "activity", "sales", "on")
    assert sales == pytest.approx({LONG_AGO: 900.0, MAY: 660.0, JUNE: 440.0})
    assert column(rows, "supplies", "amount")["r5"] == pytest.approx(220.0)
    # The window of 30 days holds June alone.
    rows = changed('[[change]]\ndo = "sell_more"\namount = 100\ndays = 30')
    assert column(rows, "activity", "sales", "on") == pytest.approx(
        {LONG_AGO: 900.0, MAY: 600.0, JUNE: 500.0}
    )


def test_one_customer_buys_more_and_sales_rise_by_the_same_money() -> None:
    rows = changed('[[change]]\ndo = "sell_more"\nshare = 0.5\ncustomer = "C"')
    amounts = column(rows, "supplies", "amount")
    assert (amounts["r5"], amounts["r6"], amounts["r7"]) == (300.0, 300.0, 500.0)
    sales = column(rows, "activity", "sales", "on")
    assert sales[MAY] + sales[JUNE] == pytest.approx(1100.0)


def test_late_and_unpaid_purchases_are_paid_on_the_due_day() -> None:
    rows = changed('[[change]]\ndo = "pay_on_time"')
    paid = column(rows, "supplies", "paid_on")
    # r4 is not due yet, and r3 was paid in time.
    assert paid == {
        "r1": date(2025, 6, 10), "r2": date(2025, 6, 15), "r3": date(2025, 6, 15), "r4": None, "r5": None, "r6": None,
        "r7": None,
    }  # fmt: skip
    paid = column(changed('[[change]]\ndo = "pay_on_time"\ndays = 16'), "supplies", "paid_on")
    assert paid["r1"] == date(2025, 6, 20) and paid["r2"] == date(2025, 6, 15)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('do = "pay_on_time"', 2),
        ('do = "sell_more"\nshare = 0.1', 4),
        ('do = "hold_more_stock"\nshare = 0.1', 2),
        ('do = "add_supplier"\nsupplier = "X"\nshare = 0.1', 8),
        ('do = "lose_customer"\ncustomer = "C"', 4),
        ('do = "borrow"\nlender = "L1"\namount = 1\nterm_days = 1', 2),
        ('do = "repay"\nloan = "N1"\nfrom_cash = false', 1),
    ],
)
def test_the_rows_that_a_change_touches_are_counted(text: str, count: int) -> None:
    rows = ShopRows.of(small_tables(), "S", AS_OF)
    [stage] = row_stages(rows, parse_change_plan(f"[[change]]\n{text}").change, AS_OF)
    assert stage.count == count


def test_stock_is_raised_and_paid_from_cash_where_that_is_known() -> None:
    rows = changed('[[change]]\ndo = "hold_more_stock"\nshare = 0.1')
    assert column(rows, "activity", "stock_value", "on") == pytest.approx({LONG_AGO: 50, MAY: 220, JUNE: 110})
    assert column(rows, "activity", "cash", "on") == {LONG_AGO: 10.0, MAY: 60.0, JUNE: None}
    rows = changed('[[change]]\ndo = "hold_more_stock"\namount = 5\nfrom_cash = false')
    assert column(rows, "activity", "stock_value", "on") == {LONG_AGO: 50.0, MAY: 205.0, JUNE: 105.0}
    assert column(rows, "activity", "cash", "on")[MAY] == 80.0


def test_an_added_supplier_takes_a_share_of_each_purchase() -> None:
    rows = changed('[[change]]\ndo = "add_supplier"\nsupplier = "X"\nshare = 0.25')
    bought = [row for row in rows.own["supplies"] if row["customer_id"] == "S"]
    old = {row["row_id"]: row["amount"] for row in bought if row["supplier_id"] != "X"}
    assert old == {"r1": 75.0, "r2": 45.0, "r3": 30.0, "r4": 7.5}
    new = [row for row in bought if row["supplier_id"] == "X"]
    assert [row["amount"] for row in new] == [25.0, 15.0, 10.0, 2.5]
    assert {row["row_id"] for row in new} == {None}
    assert [row["paid_on"] for row in new] == [date(2025, 6, 20), None, date(2025, 6, 15), None]


def test_a_new_supplier_becomes_a_firm_of_which_nothing_is_known() -> None:
    rows = changed('[[change]]\ndo = "add_supplier"\nsupplier = "NEW"\nshare = 0.5\nnew = true')
    with rows.to_tables().connect() as con:
        firms = con.sql(
            "SELECT firm_id, unlisted, name FROM firms WHERE firm_id IN ('NEW', 'A') ORDER BY 1"
        ).fetchall()
    assert firms == [("A", None, None), ("NEW", True, None)]


def test_a_lost_customer_has_bought_nothing_in_the_window() -> None:
    rows = changed('[[change]]\ndo = "lose_customer"\ncustomer = "C"')
    assert [row["row_id"] for row in rows.own["supplies"]] == ["r1", "r2", "r3", "r4", "r6", "r7"]
    assert [row["receiver_id"] for row in rows.own["shipments"]] == ["D"]
    # 200 of sales of 1,000.
    assert column(rows, "activity", "sales", "on") == pytest.approx(
        {LONG_AGO: 900.0, MAY: 480.0, JUNE: 320.0}
    )


def test_a_loan_is_drawn_in_full_and_its_money_is_cash() -> None:
    rows = changed('[[change]]\ndo = "borrow"\nlender = "L2"\namount = 50\nterm_days = 30\nrate = 0.06')
    [line] = [row for row in rows.own["loans"] if row["loan_id"] == "what-if-1"]
    names = ("lender_id", "firm_id", "on", "limit", "drawn", "rate", "due_on", "days_past_due")
    assert [line[name] for name in names] == ["L2", "S", AS_OF, 50, 50, 0.06, date(2025, 7, 30), 0]
    # The last row that states any cash is that of May.
    assert column(rows, "activity", "cash", "on") == {LONG_AGO: 10.0, MAY: 130.0, JUNE: None}
    twice = changed(
        '[[change]]\ndo = "borrow"\nlender = "L2"\namount = 50\nterm_days = 30\nto_cash = false\n' * 2
    )
    assert {row["loan_id"] for row in twice.own["loans"]} == {"N1", "what-if-1", "what-if-2"}
    assert column(twice, "activity", "cash", "on")[MAY] == 80.0


def test_a_repaid_loan_has_a_new_state_with_nothing_past_due() -> None:
    rows = changed('[[change]]\ndo = "repay"\nloan = "N1"')
    states = {row["on"]: (row["drawn"], row["days_past_due"], row["limit"]) for row in rows.own["loans"]}
    assert states == {LONG_AGO: (20.0, 0, 100.0), MAY: (80.0, 12, 100.0), AS_OF: (0.0, 0, 100.0)}
    assert column(rows, "activity", "cash", "on")[MAY] == 0.0
    rows = changed('[[change]]\ndo = "repay"\nloan = "N1"\namount = 30\nfrom_cash = false\n' * 2)
    states = {row["on"]: (row["drawn"], row["days_past_due"], row["limit"]) for row in rows.own["loans"]}
    assert states[AS_OF] == (20.0, 12, 100.0)


def test_a_statement_is_added_or_corrected() -> None:
    rows = changed('[[change]]\ndo = "publish_statement"\non = 2025-03-31\nrevenue = 100')
    assert [(r["on"], r["published_on"], r["revenue"], r["equity"]) for r in rows.own["financials"]] == [
        (date(2024, 12, 31), date(2025, 3, 1), 9000.0, 5.0),
        (date(2025, 3, 31), AS_OF, 100.0, None),
    ]
    rows = changed('[[change]]\ndo = "publish_statement"\non = 2024-12-31\nequity = 7')
    assert [(r["published_on"], r["revenue"], r["equity"]) for r in rows.own["financials"]] == [
        (AS_OF, 9000.0, 7.0)
    ]


def test_rows_of_other_firms_stay_as_they_are() -> None:
    tables = small_tables()
    text = '[[change]]\ndo = "sell_more"\nshare = 1\n[[change]]\ndo = "pay_on_time"'
    after = changed(text, tables).to_tables("changed")
    for name, ids in (("activity", "firm_id = 'X'"), ("supplies", "customer_id = 'X'")):
        query = f"SELECT * FROM {name} WHERE {ids}"
        with tables.connect() as con, after.connect() as other:
            assert con.sql(query).fetchall() == other.sql(query).fetchall()
    assert after.info.content_hash != tables.info.content_hash
    assert tables == small_tables()


def test_disjoint_changes_give_the_same_rows_in_any_order() -> None:
    parts = [
        '[[change]]\ndo = "pay_on_time"\n',
        '[[change]]\ndo = "sell_more"\nshare = 0.5\n',
        '[[change]]\ndo = "publish_statement"\non = 2025-03-31\nequity = 3\n',
    ]
    results = [changed("".join(order)).own for order in permutations(parts)]
    assert all(result == results[0] for result in results)


def test_the_order_of_rows_changes_nothing() -> None:
    reversed_rows = {name: rows[::-1] for name, rows in ROWS.items()}
    text = '[[change]]\ndo = "sell_more"\namount = 77\n[[change]]\ndo = "repay"\nloan = "N1"'
    one = changed(text)
    other = changed(text, small_tables(**reversed_rows))
    for name, rows in one.own.items():
        assert sorted(map(str, rows)) == sorted(map(str, other.own[name]))


def test_all_changes_without_rows_or_with_unknown_partners_are_reported_at_once() -> None:
    text = """
    [[change]]
    do = "sell_more"
    share = 0.1
    customer = "X"
    [[change]]
    do = "pay_on_time"
    days = 5
    [[change]]
    do = "add_supplier"
    supplier = "Q"
    share = 0.5
    [[change]]
    do = "lose_customer"
    customer = "A"
    [[change]]
    do = "borrow"
    lender = "L9"
    amount = 5
    term_days = 5
    [[change]]
    do = "repay"
    loan = "N2"
    [[change]]
    do = "repay"
    loan = "N1"
    amount = 100
    [[change]]
    do = "publish_statement"
    on = 2025-07-31
    equity = 1
    [[change]]
    do = "add_supplier"
    supplier = "A"
    share = 0.5
    new = true
    [[change]]
    do = "add_supplier"
    supplier = "S"
    share = 0.5
    """
    with pytest.raises(DataError) as caught:
        changed(text)
    message = str(caught.value)
    for part in (
        "change 1 (sell_more): no sales to X in the 60 days up to 2025-06-30",
        "change 2 (pay_on_time): no purchase that fell due in the 5 days",
        "change 3 (add_supplier): unknown supplier Q, expected a firm_id of the data, or new = true",
        "change 4 (lose_customer): no supplies to A",
        "change 5 (borrow): unknown lender L9, expected a lender_id of loans",
        "change 6 (repay): unknown loan N2, expected one of N1",
        "change 7 (repay): 100 to repay of N1, expected an amount up to what is drawn, 80",
        "change 8 (publish_statement): a statement for 2025-07-31 published on 2025-06-30",
        "change 9 (add_supplier): A is in the data already, expected new = false",
        "change 10 (add_supplier): the supplier is the shop itself",
    ):
        assert part in message, message


def test_what_the_data_do_not_record_cannot_be_changed() -> None:
    unpaid = [{**row, "paid_on": None} for row in ROWS["supplies"]]
    stockless = [{**row, "stock_value": None} for row in ROWS["activity"]]
    for text, tables, fault in (
        ('do = "pay_on_time"', small_tables(supplies=unpaid), "no payment in the data has a day"),
        ('do = "hold_more_stock"\nshare = 1', small_tables(activity=stockless), "no stock in the 60 days"),
        (
            'do = "borrow"\nlender = "L1"\namount = 1\nterm_days = 1',
            small_tables(loans=[]),
            "the data have no loans",
        ),
        (
            'do = "publish_statement"\non = 2025-01-31\nequity = 1',
            small_tables(financials=[]),
            "no financials",
        ),
    ):
        with pytest.raises(DataError, match=fault):
            changed(f"[[change]]\n{text}", tables)


def test_alone_nothing_of_other_firms_is_left_but_their_ids() -> None:
    tables = ShopRows.of(small_tables(), "S", AS_OF, alone=True).to_tables()
    with tables.connect() as con:
        firms = con.sql("SELECT firm_id, unlisted, joined_on FROM firms ORDER BY 1").fetchall()
        assert firms == [*((f, True, None) for f in "ABCD"), ("S", None, date(2020, 1, 1)), ("X", True, None)]
        assert con.sql("SELECT DISTINCT firm_id FROM activity").fetchall() == [("S",)]
        assert con.sql(
            "SELECT count(*) FROM supplies WHERE 'S' NOT IN (supplier_id, customer_id)"
        ).fetchall() == [(0,)]
        assert con.sql("SELECT DISTINCT loan_id FROM loans").fetchall() == [("N1",)]
    other = small_tables(activity=[*ROWS["activity"][:3], {**ROWS["activity"][3], "sales": 1.0}])
    assert ShopRows.of(other, "S", AS_OF, alone=True).to_tables().info == tables.info
    with pytest.raises(DataError, match="unknown lender L2, expected the lender of a loan of the shop"):
        changed('[[change]]\ndo = "borrow"\nlender = "L2"\namount = 1\nterm_days = 1', alone=True)


def test_of_rows_with_corrections_the_version_that_was_known_changes() -> None:
    later = date(2025, 7, 9)
    supplies = [{**row, "known_on": None, "void": None, "known_until": None} for row in ROWS["supplies"]]
    [r5] = [row for row in supplies if row["row_id"] == "r5"]
    r5["known_until"] = date(2025, 6, 30)
    supplies.append({**r5, "amount": 250.0, "known_on": date(2025, 6, 30), "known_until": later})
    supplies.append({**r5, "amount": 999.0, "known_on": later, "known_until": None})
    supplies.append({**r5, "row_id": "r9", "void": True, "known_on": JUNE, "known_until": None})
    tables = small_tables(supplies=supplies)
    tables = replace(tables, info=replace(tables.info, versioned=("supplies",)))
    rows = changed('[[change]]\ndo = "sell_more"\nshare = 0.5\ncustomer = "C"', tables)
    assert {row["row_id"]: row["amount"] for row in rows.own["supplies"]} == {
        "r1": 100, "r2": 60, "r3": 40, "r4": 10, "r5": 375, "r6": 300, "r7": 500,
    }  # fmt: skip
    assert rows.to_tables().has_versions("supplies")

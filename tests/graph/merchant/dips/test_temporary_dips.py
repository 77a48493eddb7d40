"""Dips on weeks of sales computed by hand: what is temporary, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import tables_of
from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.merchant.dips import DIP_VERDICTS, DipRules, sales_dips, temporary_dips
from supplyrisk.graph.workspace.tables import DatasetInfo

DAY = date(2025, 8, 31)
"""A Sunday far from festivals of three days and more."""
SPRING = date(2025, 2, 23)
"""Spring Festival 2025: 28 January to 4 February."""
Row = dict[str, Any]


def weeks_of(sales: Sequence[float | None], day: date = DAY, firm: str = "A", **fields: Any) -> list[Row]:
    """A row of activity a week, the last of which ends on the day; None: no row."""
    last = len(sales) - 1
    return [
        {"firm_id": firm, "on": day - timedelta(days=7 * (last - week)), "sales": amount} | fields
        for week, amount in enumerate(sales)
        if amount is not None
    ]


def verdicts(
    rows: list[Row], day: date = DAY, rules: DipRules | None = None, **tables: list[Row]
) -> list[Row]:
    ids = sorted({row["firm_id"] for row in rows} | {"A", "B"})
    data = tables_of(firms=[{"firm_id": firm} for firm in ids], activity=rows, **tables)
    return sales_dips(data, day, rules).to_pylist()


def verdict(rows: list[Row], day: date = DAY, rules: DipRules | None = None, **tables: list[Row]) -> str:
    [dip] = verdicts(rows, day, rules, **tables)
    return str(dip["verdict"])


SOUND = [100.0] * 30


def test_a_dip_of_two_weeks_is_temporary() -> None:
    [dip] = verdicts(weeks_of([*SOUND, 20.0, 40.0, 100.0]))
    assert dip == {
        "firm_id": "A",
        "began_on": DAY - timedelta(days=20),
        "ended_on": DAY - timedelta(days=7),
        "depth": pytest.approx(0.7),
        "weeks": pytest.approx(1.4 / 0.8),
        "cause": "short_dip",
        "festival": None,
        "sound_weeks": 26,
        "verdict": "temporary",
    }


def test_a_dip_that_goes_on_has_no_end() -> None:
    [dip] = verdicts(weeks_of([*SOUND, 0.0]))
    assert (dip["ended_on"], dip["verdict"]) == (None, "temporary")


def test_a_dip_of_three_weeks_is_too_long() -> None:
    assert verdict(weeks_of([*SOUND, 20.0, 20.0, 20.0, 100.0])) == "too_long"
    assert verdict(weeks_of([*SOUND, 20.0, 20.0, 20.0])) == "too_long"
    assert verdict(weeks_of([*SOUND, 59.0, 59.0, 59.0])) == "too_long"


def test_fourteen_days_are_two_weeks_wherever_the_weeks_begin() -> None:
    for shift in range(7):
        rows = [
            {
                "firm_id": "A",
                "on": DAY - timedelta(days=ago),
                "sales": 0.0 if shift <= ago - 10 < shift + 14 else 10.0,
            }
            for ago in range(7 * 40)
        ]
        [dip] = verdicts(rows)
        assert dip["verdict"] == "temporary", shift


def test_no_dip_where_sales_are_not_below_the_bound() -> None:
    assert verdicts(weeks_of([*SOUND, 60.0, 60.0, 100.0])) == []
    assert verdict(weeks_of([*SOUND, 59.9, 100.0])) == "temporary"


def test_four_weeks_over_the_spring_festival_are_temporary_and_elsewhere_they_are_not() -> None:
    shut = [*SOUND, 50.0, 0.0, 0.0, 30.0, 100.0]
    # the low weeks end on 26 January, 2, 9 and 16 February
    [dip] = verdicts(weeks_of(shut, SPRING), SPRING)
    assert (dip["cause"], dip["festival"], dip["verdict"]) == ("festival", "spring_festival", "temporary")
    assert verdict(weeks_of(shut)) == "too_long"


def test_five_weeks_over_the_spring_festival_are_too_long() -> None:
    assert verdict(weeks_of([*SOUND, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0], SPRING), SPRING) == "too_long"


def test_shops_elsewhere_have_no_spring_festival() -> None:
    data = tables_of(
        firms=[{"firm_id": "A"}], activity=weeks_of([*SOUND, 50.0, 0.0, 0.0, 30.0, 100.0], SPRING)
    )
    [dip] = sales_dips(data, SPRING, DipRules(calendar=())).to_pylist()
    assert (dip["cause"], dip["verdict"]) == ("short_dip", "too_long")


def test_a_short_or_unsteady_history_is_unsound() -> None:
    assert verdict(weeks_of([*[100.0] * 20, 20.0, 100.0])) == "unsound_history"
    unsteady = [100.0, 100.0, 100.0, 100.0, 100.0, 30.0] * 5
    last = verdicts(weeks_of([*unsteady, 100.0, 20.0, 100.0]))[-1]
    assert (last["sound_weeks"], last["verdict"]) == (21, "unsound_history")


def test_the_calendar_stands_in_for_part_of_the_history() -> None:
    # the low weeks end on 2 and 9 February
    [dip] = verdicts(weeks_of([*SOUND[:16], 0.0, 0.0, 100.0, 100.0], SPRING), SPRING)
    assert (dip["sound_weeks"], dip["verdict"]) == (16, "temporary")
    assert verdict(weeks_of([*SOUND[:14], 0.0, 0.0, 100.0, 100.0], SPRING), SPRING) == "unsound_history"
    assert verdict(weeks_of([*SOUND[:16], 0.0, 0.0, 100.0, 100.0])) == "unsound_history"


def test_a_week_without_rows_is_unknown_and_not_zero() -> None:
    assert verdicts(weeks_of([*SOUND, None, None, 100.0])) == []
    assert verdict(weeks_of([*SOUND, None, None, 100.0]), rules=DipRules(absent_is_zero=True)) == "temporary"
    assert verdict(weeks_of([*SOUND, 0.0, 0.0, 100.0])) == "temporary"


def test_unknown_weeks_within_a_dip_count_for_its_length() -> None:
    assert verdict(weeks_of([*SOUND, 20.0, None, 20.0, 100.0])) == "temporary"
    assert verdict(weeks_of([*SOUND, 20.0, None, None, 20.0, 100.0])) == "too_long"


def test_missing_weeks_are_not_steady() -> None:
    gaps = [*SOUND[:10], None, None, None, *SOUND[:20], 20.0, 100.0]
    [dip] = verdicts(weeks_of(gaps))
    assert (dip["sound_weeks"], dip["verdict"]) == (23, "unsound_history")


def test_a_dip_after_which_nothing_is_known_is_stale() -> None:
    assert verdict(weeks_of([*SOUND, 20.0, None])) == "temporary"
    assert verdict(weeks_of([*SOUND, 20.0, None, None])) == "stale"


def test_absent_weeks_as_zero_reach_the_last_row_of_the_data() -> None:
    rows = [*weeks_of([*SOUND, None, None]), *weeks_of([*SOUND, 100.0, 100.0], firm="B")]
    [dip] = verdicts(rows, rules=DipRules(absent_is_zero=True))
    assert (dip["firm_id"], dip["weeks"], dip["ended_on"]) == ("A", pytest.approx(2.0), None)


def test_orders_stand_in_where_a_shop_states_no_sales() -> None:
    rows = [row | {"orders": int(row["sales"]), "sales": None} for row in weeks_of([*SOUND, 20.0, 100.0])]
    assert verdict(rows) == "temporary"


def trades(sales: Sequence[float], customer: str = "B", supplier: str = "A", **fields: Any) -> list[Row]:
    return [
        {"supplier_id": supplier, "customer_id": customer, "on": row["on"], "amount": row["sales"]} | fields
        for row in weeks_of(sales)
        if row["sales"]
    ]


def test_a_supplier_without_activity_is_judged_by_its_supplies() -> None:
    [dip] = verdicts([], supplies=[*trades([*SOUND, 0.0, 100.0]), *trades([10.0], "A", "B")])
    assert (dip["firm_id"], dip["depth"], dip["verdict"]) == ("A", 1.0, "temporary")


DIP = weeks_of([*SOUND, 20.0, 20.0, 100.0])


@pytest.mark.parametrize(
    ("kind", "on", "expected"),
    [
        ("default", DAY, "default"),
        ("closure", DAY, "default"),
        ("lawsuit", DAY, "temporary"),
        ("default", DAY + timedelta(days=1), "temporary"),
    ],
)
def test_a_default_known_by_then_is_no_dip(kind: str, on: date, expected: str) -> None:
    assert verdict(DIP, events=[{"firm_id": "A", "on": on, "kind": kind}]) == expected


def purchase(due_ago: int, paid_ago: int | None, amount: float = 100.0) -> Row:
    return {
        "supplier_id": "B",
        "customer_id": "A",
        "on": DAY - timedelta(days=due_ago + 30),
        "amount": amount,
        "due_on": DAY - timedelta(days=due_ago),
        "paid_on": None if paid_ago is None else DAY - timedelta(days=paid_ago),
    }


def test_an_overdue_purchase_is_another_sign() -> None:
    paid = purchase(60, 60)
    assert verdict(DIP, supplies=[paid, purchase(10, None)]) == "overdue"
    assert verdict(DIP, supplies=[paid, purchase(10, 5)]) == "temporary"
    assert verdict(DIP, supplies=[paid, purchase(0, None)]) == "temporary"
    assert verdict(DIP, supplies=[paid, purchase(10, None, 5.0)]) == "temporary"
    # without any payment in the data, an unpaid purchase shows nothing
    assert verdict(DIP, supplies=[purchase(10, None)]) == "temporary"


def test_a_loan_past_due_is_another_sign() -> None:
    loan = {"loan_id": "L", "lender_id": "X", "firm_id": "A", "on": DAY}
    assert verdict(DIP, loans=[loan | {"days_past_due": 3}]) == "overdue"
    assert verdict(DIP, loans=[loan | {"days_past_due": 0}]) == "temporary"


def test_a_jump_of_disputes_is_another_sign() -> None:
    def with_disputes(before: int, since: int) -> list[Row]:
        return [row | {"disputes": since if number >= 30 else before} for number, row in enumerate(DIP)]

    assert verdict(with_disputes(0, 1)) == "disputes"
    # 26 a half-year on sales of 2,600, then 3 on 140: 2.14 times as many per sales
    assert verdict(with_disputes(1, 1)) == "disputes"
    assert verdict(with_disputes(2, 1)) == "temporary"
    quiet = [row | {"disputes": 1 if number in (30, 31) else 0} for number, row in enumerate(DIP)]
    assert verdict(quiet) == "temporary"


def test_a_main_partner_that_stopped_trading_is_another_sign() -> None:
    assert verdict(DIP, supplies=trades([*SOUND, 0.0, 0.0, 0.0])) == "partner_lost"
    assert verdict(DIP, supplies=trades([*SOUND, 0.0, 0.0, 10.0])) == "temporary"
    assert verdict(DIP, supplies=trades([*SOUND, 0.0, 0.0, 0.0], "A", "B")) == "partner_lost"
    # a partner that trades every fifth week would not have traded twice
    assert verdict(DIP, supplies=trades([*[0.0, 0.0, 0.0, 0.0, 100.0] * 6, 0.0, 0.0, 0.0])) == "temporary"


def test_a_main_partner_in_default_is_another_sign() -> None:
    failed = [{"firm_id": "B", "on": DAY, "kind": "default"}]
    assert verdict(DIP, supplies=trades([*SOUND, 0.0, 0.0, 10.0]), events=failed) == "partner_lost"


def test_partners_that_are_shut_for_the_festival_are_not_lost() -> None:
    day = date(2025, 2, 9)
    rows = weeks_of([*SOUND, 0.0, 0.0], day)
    silent = [
        {"supplier_id": "A", "customer_id": "B", "on": row["on"], "amount": 100.0}
        for row in rows
        if row["sales"]
    ]
    assert verdict(rows, day, supplies=silent) == "temporary"


def test_undated_data_have_no_dips() -> None:
    with pytest.raises(RequestError, match="undated"):
        sales_dips(tables_of(DatasetInfo(undated=True), firms=[{"firm_id": "A"}]), DAY)


def test_temporary_dips_are_those_with_that_verdict() -> None:
    rows = [*DIP, *weeks_of([*SOUND, 20.0, 20.0, 20.0, 20.0], firm="B")]
    data = tables_of(firms=[{"firm_id": "A"}, {"firm_id": "B"}], activity=rows)
    assert sales_dips(data, DAY)["verdict"].to_pylist() == ["temporary", "too_long"]
    table = temporary_dips(data, DAY)
    assert table["firm_id"].to_pylist() == ["A"]
    assert table.column_names == [
        "firm_id", "began_on", "ended_on", "depth", "weeks", "cause", "festival", "sound_weeks",
    ]  # fmt: skip


def test_some_shops_alone_are_judged_as_among_all() -> None:
    rows = [*DIP, *weeks_of([*SOUND, 20.0, 20.0, 20.0, 20.0], firm="B")]
    data = tables_of(
        firms=[{"firm_id": firm} for firm in "ABC"],
        activity=rows,
        supplies=trades([*SOUND, 0.0, 100.0], "A", supplier="C"),
    )
    dips = sales_dips(data, DAY).to_pylist()
    assert [dip["firm_id"] for dip in dips] == ["A", "B", "C"]
    for dip in dips:
        assert sales_dips(data, DAY, firms=[dip["firm_id"]]).to_pylist() == [dip]
    assert sales_dips(data, DAY, firms=[]).num_rows == 0


amounts = st.lists(st.none() | st.sampled_from([0.0, 20.0, 50.0, 80.0, 100.0, 130.0]), min_size=1, max_size=8)


@settings(max_examples=8, deadline=None)
@given(recent=amounts, later=amounts, order=st.randoms())
def test_later_rows_and_the_order_of_rows_move_nothing(
    recent: list[float | None], later: list[float | None], order: Any
) -> None:
    rows = weeks_of([*SOUND, *recent])
    before = verdicts(rows)
    future = weeks_of(later, DAY + timedelta(days=7 * len(later)))
    shuffled = [*rows, *future]
    order.shuffle(shuffled)
    fails = [{"firm_id": "A", "on": DAY + timedelta(days=1), "kind": "default"}]
    assert verdicts(shuffled, events=fails) == before
    assert all(row["verdict"] in DIP_VERDICTS for row in before)

"""Every indicator on a shop computed by hand; missing, zero, empty and stale; what must not move a portrait."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa
import pytest

from handmade import (
    AFTER,
    AS_OF,
    DATED,
    LATE,
    Row,
    activity,
    ago,
    firms,
    full_row,
    past_row,
    tables_of,
    trade,
)
from portrait_shop import EXPECTED, shop_rows
from supplyrisk.graph import DataError
from supplyrisk.graph.merchant.portrait import (
    INDICATORS,
    FigureState,
    PortraitTable,
    ShopIndicator,
    ShopPortrait,
    portrait_table,
    shop_portrait,
)
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.snapshot.features.register import FEATURES
from supplyrisk.graph.snapshot.snapshot import build_snapshot
from supplyrisk.graph.texts.text_files import LANGUAGES, read_texts
from supplyrisk.graph.workspace.tables import DatasetInfo

World = dict[str, list[Row]]


def portraits_of(rows: World, window_days: int = 60) -> PortraitTable:
    return portrait_table(tables_of(**rows), AS_OF, window_days=window_days)


def portrait_of(rows: World, firm: str = "A", window_days: int = 60) -> ShopPortrait:
    table = portraits_of(rows, window_days)
    return shop_portrait(table, table.shops["firm_id"].to_pylist().index(firm))


@pytest.fixture(scope="module")
def by_hand() -> ShopPortrait:
    return portrait_of(shop_rows())


def test_every_indicator_is_worked_out_by_hand_and_has_texts() -> None:
    assert EXPECTED.keys() == INDICATORS.keys()
    for lang in LANGUAGES:
        texts = read_texts("supplyrisk.graph.texts", "portrait", lang)
        for part in ("name", "meaning"):
            written = {key.removeprefix(f"{part}.") for key in texts if key.startswith(f"{part}.")}
            assert written == INDICATORS.keys()


@pytest.mark.parametrize("key", EXPECTED)
def test_an_indicator_by_hand(by_hand: ShopPortrait, key: str) -> None:
    figure = by_hand.indicator(key)
    for value, expected in zip((figure.value, figure.before, figure.year_ago), EXPECTED[key], strict=True):
        assert value == (None if expected is None else pytest.approx(expected, rel=1e-8, abs=1e-12))
    assert figure.state is FigureState.KNOWN


def test_changes_are_relative_for_amounts_and_differences_for_shares(by_hand: ShopPortrait) -> None:
    sales, disputed, cash = (by_hand.indicator(key) for key in ("sales", "sold_disputed", "cash"))
    assert (sales.change, sales.yearly_change) == (1.0, -0.5)
    assert disputed.change == pytest.approx(-0.7)
    assert disputed.yearly_change == pytest.approx(0.3)
    assert cash.change == 39.0
    overdrawn = shop_rows()
    overdrawn["activity"][3]["cash"] = -10.0
    assert portrait_of(overdrawn).indicator("cash").change is None, (
        "no change relative to an overdrawn account"
    )


def test_coverage_and_age() -> None:
    rows = shop_rows()
    rows["activity"][0]["refunds"] = None
    rows["supplies"][1]["confirmed_on"] = None
    portrait = portrait_of(rows)
    # Rows every 25 days on average are a series of weeks with gaps: 3 of the 8 weeks of 60 days have one.
    assert portrait.indicator("sales").coverage == 3 / 8
    assert (portrait.indicator("refund_rate").coverage, portrait.indicator("refund_rate").age_days) == (
        2 / 8,
        10,
    )
    assert portrait.indicator("units_sent").coverage == 1.0
    rows["shipments"][1]["units"] = None
    assert portrait_of(rows).indicator("units_sent").coverage == 0.5
    assert portrait.indicator("profit_margin").age_days == 100


@pytest.mark.parametrize("name", ["refund_rate_180", "dispute_rate_180", "conversion_180", "stock_days"])
def test_over_180_days_an_indicator_is_the_feature(name: str) -> None:
    rows = {"firms": firms("A"), "activity": [row for row in shop_rows()["activity"] if row["on"] > ago(180)]}
    feature = build_snapshot(tables_of(**rows), AS_OF).firms[name][0].as_py()
    assert portrait_of(rows, window_days=180).indicator(name.removesuffix("_180")).value == feature


def test_the_features_of_trades_are_the_indicators_over_180_days() -> None:
    snapshot = build_snapshot(tables_of(**shop_rows()), AS_OF).firms
    portrait = portrait_of(shop_rows(), window_days=180)
    names = {
        "sold_to_firms": "deliveries_180", "buying_firms": "customers_180", "delivery_delay": "delivery_delay_days",
        "sold_disputed": "delivery_dispute_rate", "sold_returned": "delivery_return_rate",
        "confirmed_share": "delivery_confirmed_share", "receivables_overdue": "receivables_overdue_share",
        "purchases": "purchases_180", "suppliers": "suppliers_180", "pay_delay": "pay_late_days",
        "unpaid_share": "pay_overdue_share", "loan_drawn": "loan_drawn", "equity_ratio": "equity_ratio",
    }  # fmt: skip
    assert set(names.values()) <= {feature.name for feature in FEATURES}
    row = snapshot["firm_id"].to_pylist().index("A")
    for key, name in names.items():
        assert portrait.indicator(key).value == pytest.approx(snapshot[name][row].as_py()), key


def test_missing_zero_empty_and_stale_are_told_apart() -> None:
    rows: World = {
        "firms": firms("A", "B", "C", "D"),
        # A sold a week before the window, C so long ago that nothing is known of it today, D never.
        "supplies": [
            trade("A", "B", 67, 10),
            trade("C", "B", 200, 10),
            trade("B", "C", 3, 5, disputed_on=ago(2)),
        ],
        "activity": [activity(61, 5.0), activity(3, 0.0, orders=0) | {"firm_id": "B"}],
    }
    table = portraits_of(rows)
    portraits = {firm: shop_portrait(table, row) for row, firm in enumerate("ABCD")}
    states = {
        (firm, key): (figure.state, figure.value)
        for firm, portrait in portraits.items()
        for key in ("sold_to_firms", "sold_disputed", "sold_returned", "sales", "order_value", "visitors")
        for figure in [portrait.indicator(key)]
    }
    missing = (FigureState.MISSING, None)
    stale = (FigureState.STALE, None)
    empty = (FigureState.EMPTY, None)
    assert states["A", "sold_to_firms"] == (FigureState.KNOWN, 0.0)
    assert states["A", "sold_disputed"] == empty, "nothing sold of which a part could be in dispute"
    assert states["B", "sold_disputed"] == (FigureState.KNOWN, 1.0)
    assert states["B", "sold_returned"] == missing, "the data record no return of anyone"
    assert states["C", "sold_to_firms"] == states["C", "sold_disputed"] == stale
    assert states["D", "sold_to_firms"] == states["D", "sales"] == missing
    assert states["A", "sales"] == stale, "a series without a row in the window"
    assert states["B", "sales"] == (FigureState.KNOWN, 0.0)
    assert states["B", "order_value"] == empty, "no order to divide by"
    assert states["A", "visitors"] == states["B", "visitors"] == missing
    assert [portrait.has_data for portrait in portraits.values()] == [True, True, True, False]


def test_what_is_due_on_the_day_is_overdue_at_its_end() -> None:
    claim = {"due_on": AS_OF, "paid_on": None}
    other = {"due_on": ago(40), "paid_on": ago(30)}
    rows: World = {
        "firms": firms("A", "B"),
        "supplies": [trade("A", "B", 30, 10, **claim), trade("A", "B", 70, 10, **other)],
    }
    assert portrait_of(rows).indicator("receivables_overdue").value == 1.0
    rows["supplies"][0]["due_on"] = AFTER
    assert portrait_of(rows).indicator("receivables_overdue").value == 0.0


def test_trade_is_stale_from_ninety_days_on() -> None:
    rows: World = {"firms": firms("A", "B"), "supplies": [trade("A", "B", 89, 10)]}
    assert portrait_of(rows).indicator("sold_to_firms").value == 0.0
    rows["supplies"] = [trade("A", "B", 90, 10)]
    assert portrait_of(rows).indicator("sold_to_firms").state is FigureState.STALE


def test_a_total_has_no_earlier_one_where_the_shop_began_within_that_window() -> None:
    rows: World = {"firms": firms("A", "B"), "supplies": [trade("A", "B", 3, 10), trade("A", "B", 118, 10)]}
    assert portrait_of(rows).indicator("sold_to_firms").before is None
    rows["supplies"].append(trade("A", "B", 119, 10))
    assert portrait_of(rows).indicator("sold_to_firms").before == 20
    rows["supplies"][1:] = [trade("A", "B", 500, 10)]
    portrait = portrait_of(rows)
    assert portrait.indicator("sold_to_firms").before == 0
    assert portrait.indicator("sold_to_firms").change is None
    assert portrait.indicator("sold_to_firms").year_ago is None, "none of the same weeks a year ago"


def month_ends(as_of: date) -> list[Row]:
    firsts = [date(year, month, 1) for year in (2021, 2022, 2023, 2024) for month in range(1, 13)]
    ends = [first - timedelta(days=1) for first in firsts]
    return [trade("A", "B", 0, 100) | {"on": day} for day in ends if day <= as_of]


def sold_on(as_of: date, rows: list[Row]) -> ShopIndicator:
    tables = tables_of(firms=firms("A", "B"), supplies=rows)
    return shop_portrait(portrait_table(tables, as_of), 0).indicator("sold_to_firms")


# 60 days up to 28 February hold three ends of months, and the 60 days before one; up to 30 December one and two.
@pytest.mark.parametrize(
    ("as_of", "value"),
    [(date(2023, 2, 28), 300), (date(2024, 3, 31), 200), (date(2024, 5, 15), 200), (date(2024, 12, 30), 100)],
)
def test_rows_by_the_month_are_compared_with_as_many_months(as_of: date, value: float) -> None:
    months = sold_on(as_of, month_ends(as_of))
    assert (months.value, months.change, months.yearly_change) == (value, 0, 0)


def test_one_row_within_a_month_shows_that_rows_do_not_come_by_the_month() -> None:
    as_of = date(2023, 2, 28)
    within = trade("A", "B", 0, 1) | {"on": as_of - timedelta(days=40)}
    assert sold_on(as_of, [*month_ends(as_of), within]).before == 100
    # The last month may be a part of one.
    partly = as_of + timedelta(days=10)
    last = trade("A", "B", 0, 50) | {"on": partly}
    assert sold_on(partly, [*month_ends(as_of), last]).before == 300


def test_neither_the_order_of_rows_nor_that_of_firms_matters() -> None:
    rows = shop_rows()
    rows["activity"] += [row | {"firm_id": "B", "sales": 3 * row["sales"]} for row in rows["activity"]]
    shuffled = {name: random.Random(7).sample(table, len(table)) for name, table in rows.items()}
    assert portraits_of(shuffled).shops.equals(portraits_of(rows).shops)


@pytest.fixture(scope="module")
def before() -> pa.Table:
    return portraits_of(shop_rows()).shops


@pytest.mark.parametrize("table", [name for name in DATED if name in shop_rows()])
def test_a_row_of_the_day_after_moves_nothing(table: str, before: pa.Table) -> None:
    rows = shop_rows()
    rows[table].append(full_row(table, AFTER))
    assert portraits_of(rows).shops.equals(before)


@pytest.mark.parametrize("table", ["supplies", "shipments"])
def test_values_known_the_day_after_move_nothing(table: str) -> None:
    with_late, without, known = shop_rows(), shop_rows(), shop_rows()
    for column in [column for name, column in LATE if name == table]:
        with_late[table].append(past_row(table, column, AFTER))
        without[table].append(past_row(table, column, None))
        known[table].append(past_row(table, column, AS_OF))
    unmoved = portraits_of(without).shops
    assert portraits_of(with_late).shops.equals(unmoved)
    assert not portraits_of(known).shops.equals(unmoved), "the same values known on the day itself"


def test_undated_data_have_no_portrait() -> None:
    with pytest.raises(DataError, match="undated"):
        portrait_table(tables_of(DatasetInfo(undated=True), **shop_rows()))


def test_no_firm_on_the_day() -> None:
    rows: World = {"firms": firms("A", joined_on=AFTER), "activity": [activity(3, 1.0)]}
    with pytest.raises(DataError, match="no listed firm"):
        portraits_of(rows)


def test_the_tables_of_the_contract_are_named_rightly() -> None:
    for indicator in INDICATORS.values():
        names = TABLES[indicator.rows.table].names
        assert set(indicator.needs) <= set(names)
        assert set(indicator.records) <= {*names, "days_ago"}

"""Trade that looks fabricated: each rule by hand on a small market, and what must not be named."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handmade import AFTER, AS_OF, Row, ago, tables_of, trade
from supplyrisk.graph import DataError, DatasetInfo
from supplyrisk.graph.merchant.fabricated import (
    ExaminedVolume,
    VolumeCase,
    VolumeKind,
    VolumeRules,
    case_words,
    fabricated_volume,
    kind_words,
    read_volume,
    write_volume,
)

CUSTOMERS = ("C1", "C2", "C3")


def market() -> tuple[list[Row], list[Row]]:
    """Trades and shipments of four sellers: a trade a week with each of three customers, two of three shipped."""
    trades = []
    shipments = []
    for seller in ("S1", "S2", "S3", "S4"):
        for week in range(25):
            for place, customer in enumerate(CUSTOMERS):
                days = 7 * week + place
                amount = 1000.0 + 37.31 * week + 211.17 * place + 0.13 * len(seller)
                trades.append(trade(seller, customer, days, amount, paid_on=ago(days - 30)))
                if (week + place) % 3:
                    shipments.append(
                        {
                            "carrier_id": "CAR", "shipper_id": seller, "receiver_id": customer,
                            "shipped_on": ago(days - 1),
                        }
                    )  # fmt: skip
    return trades, shipments


# One pair of a small market is more than a twentieth.
RULES = VolumeRules(common_round=0.1)


def named(*added: Row, shipments: bool = True, rules: VolumeRules = RULES) -> list[VolumeCase]:
    """The cases of the market with further trades."""
    trades, moved = market()
    extra = {"shipments": moved} if shipments else {}
    return list(fabricated_volume(tables_of(supplies=[*trades, *added], **extra), AS_OF, rules).cases)


def one(kind: str, *added: Row, **options: Any) -> VolumeCase:
    (case,) = named(*added, **options)
    assert case.kind == kind
    assert all(case_words(case)) and all(kind_words(kind))
    return case


def fakes(seller: str, customer: str, count: int, **fields: Any) -> list[Row]:
    """Trades of a pair, one every five days, of amounts that nobody else has."""
    return [
        trade(seller, customer, 30 + 5 * number, 2000.77 + 113.07 * number, row_id=f"X{number}", **fields)
        for number in range(count)
    ]


def test_plain_trade_is_not_named() -> None:
    assert named() == []


def test_trade_without_shipments() -> None:
    case = one("no_shipment", *fakes("S1", "NEW", 20))
    assert case.firms == ("S1",)
    assert {row.row for row in case.trades} == {f"X{number}" for number in range(20)}
    assert case.chance is not None and case.chance < 1e-4
    # few trades may be without a shipment by chance
    assert named(*fakes("S1", "NEW", 6)) == []
    # where the data have no shipments, nothing is missing
    assert named(*fakes("S1", "NEW", 20), shipments=False) == []


def test_young_trade_may_still_be_shipped() -> None:
    young = [trade("S1", "NEW", number, 2000.77 + 113.07 * number) for number in range(20)]
    assert named(*young) == []
    case = one("no_shipment", *young, rules=replace(RULES, shipping_days=0))
    assert len(case.trades) == 20


def ring(amounts: list[float], days: list[int]) -> list[Row]:
    firms = ["S1", "R1", "R2"]
    ends = zip(firms, [*firms[1:], firms[0]], amounts, days, strict=True)
    return [trade(a, b, day, amount, row_id=f"X{a}") for a, b, amount, day in ends]


def test_goods_that_return_to_their_seller() -> None:
    case = one("ring", *ring([5000.0, 5050.0, 4950.0], [60, 58, 55]))
    assert case.firms == ("S1", "R1", "R2")
    assert [row.row for row in case.trades] == ["XS1", "XR1", "XR2"]
    assert case.amount == 15_000
    # too late, of another amount, in another order of days, or not closed
    assert named(*ring([5000.0, 5050.0, 4950.0], [60, 58, 49])) == []
    assert named(*ring([5000.0, 5050.0, 4800.0], [60, 58, 55])) == []
    assert named(*ring([5000.0, 5050.0, 4950.0], [60, 55, 58])) == []
    assert named(*ring([5000.0, 5050.0, 4950.0], [60, 58, 55])[:2]) == []


def test_rounds_of_one_ring_are_one_case() -> None:
    twice = [*ring([5000.0, 5050.0, 4950.0], [60, 58, 55]), *ring([7000.0, 7000.0, 7000.0], [40, 40, 40])]
    case = one("ring", *twice)
    assert len(case.trades) == 6


def test_goods_sold_back_and_forth_are_a_ring_of_two() -> None:
    case = one("ring", trade("S1", "B", 60, 5000.0), trade("B", "S1", 58, 5000.0))
    assert case.firms == ("S1", "B")
    assert [row.row for row in case.trades] == [f"S1 B {ago(60)} 5000.00", f"B S1 {ago(58)} 5000.00"]


def test_round_amounts() -> None:
    amounts = (2000.0, 5000.0, 12000.0, 2500.0, 3000.0, 40000.0)
    rows = [trade("S1", "NEW", 30 + 9 * n, amount, row_id=f"X{n}") for n, amount in enumerate(amounts)]
    case = one("round_amounts", *rows)
    assert {row.row for row in case.trades} == {f"X{n}" for n in range(6)}
    assert named(*rows[:2]) == []
    # below 1,000 a round amount is a price
    assert named(*(row | {"amount": row["amount"] / 100} for row in rows)) == []
    # half of the trade with the customer is in other amounts
    others = [trade("S1", "NEW", 31 + 9 * n, 1234.56 + n) for n in range(7)]
    assert named(*rows, *others, shipments=False) == []
    assert len(one("round_amounts", *rows, *others[:6], shipments=False).trades) == 6


def test_where_all_prices_are_round_none_is_named() -> None:
    trades, _ = market()
    rounded = [row | {"amount": round(row["amount"], -2)} for row in trades]
    rows = [trade("S1", "NEW", 30 + 9 * n, 2000.0) for n in range(8)]
    volume = fabricated_volume(tables_of(supplies=[*rounded, *rows]), AS_OF)
    assert volume == ExaminedVolume((), (VolumeKind.NO_SHIPMENT, VolumeKind.ROUND_AMOUNTS))
    assert fabricated_volume(tables_of(supplies=trades, shipments=[]), AS_OF) == ExaminedVolume(())
    # one pair in thirteen has round amounts
    assert named(*rows, shipments=False, rules=VolumeRules(common_round=0.07)) == []
    assert len(named(*rows, shipments=False, rules=VolumeRules(common_round=0.08))) == 1


def burst(count: int, amount: float, day: int = 50) -> list[Row]:
    return [trade("S1", "C1", day, amount + 13.37 * number, row_id=f"X{number}") for number in range(count)]


def test_a_burst_of_one_day() -> None:
    case = one("one_day_burst", *burst(6, 12_345.0))
    assert {f"X{number}" for number in range(6)} <= {row.row for row in case.trades}
    assert {row.on for row in case.trades} == {ago(50)}
    # too few trades, or too little of the sales
    assert named(*burst(3, 25_000.0)) == []
    assert named(*burst(6, 1_234.0)) == []


def test_a_day_on_which_everybody_sells_more_is_no_burst() -> None:
    others = [row | {"supplier_id": seller} for seller in ("S2", "S3", "S4") for row in burst(6, 12_345.0)]
    assert named(*burst(6, 12_345.0), *others) == []


def paid(supplier: str, customer: str, days: int, paid_days: int, amount: float) -> Row:
    return trade(supplier, customer, days, amount, paid_on=ago(paid_days), row_id=f"X{supplier}{days}")


def test_payments_that_return() -> None:
    # booked months apart, so that no goods go round
    rows = [
        paid("S1", "P", 90, 60, 5000.0), paid("P", "S1", 130, 55, 4950.0),
        paid("S1", "P", 88, 40, 7000.0), paid("P", "S1", 128, 38, 7000.0),
    ]  # fmt: skip
    case = one("returned_payment", *rows)
    assert set(case.firms) == {"S1", "P"}
    assert len(case.trades) == 4
    # once may be chance; a payment that is not known yet has not returned
    assert named(*rows[:2]) == []
    assert named(*rows[:3], rows[3] | {"paid_on": AFTER}) == []
    assert named(*rows[:3], rows[3] | {"paid_on": ago(20)}) == []


def test_the_order_of_rows_and_later_rows_are_of_no_effect() -> None:
    trades, shipments = market()
    trades += [*fakes("S1", "NEW", 20), *ring([5000.0, 5050.0, 4950.0], [60, 58, 55]), *burst(6, 12_345.0)]
    cases = fabricated_volume(tables_of(supplies=trades, shipments=shipments), AS_OF).cases
    assert {case.kind for case in cases} == {"no_shipment", "ring", "one_day_burst"}
    random.Random(1).shuffle(trades)
    later = [trade("S2", "NEW", -1, 1000.0 * number) for number in range(1, 30)]
    moved = [{"carrier_id": "CAR", "shipper_id": "S1", "receiver_id": "NEW", "shipped_on": AFTER}] * 20
    tables = tables_of(supplies=[*trades, *later], shipments=[*shipments, *moved])
    assert fabricated_volume(tables, AS_OF).cases == cases
    assert fabricated_volume(tables, AFTER).cases != cases


def test_data_that_cannot_be_examined() -> None:
    with pytest.raises(DataError, match="undated"):
        fabricated_volume(tables_of(DatasetInfo(undated=True), supplies=[]), AS_OF)
    with pytest.raises(DataError, match="no supplies"):
        fabricated_volume(tables_of(firms=[]), AS_OF)


def test_stored_cases_are_read_back(tmp_path: Path) -> None:
    cases = named(*ring([5000.0, 5050.0, 4950.0], [60, 58, 55]), *fakes("S1", "NEW", 20))
    path = tmp_path / "fabricated" / "day.json"
    assert read_volume(path) is None
    write_volume(path, AS_OF, "hash", cases)
    stored = read_volume(path)
    assert stored is not None
    assert (stored.as_of, stored.data, list(stored.cases)) == (AS_OF, "hash", cases)
    # the largest amount first
    assert [case.kind for case in stored.of_firm("S1")] == ["no_shipment", "ring"]
    assert [case.kind for case in stored.of_firm("R1")] == ["ring"]
    assert stored.of_firm("NEW") == ()
    path.write_text("{}")
    with pytest.raises(DataError, match="cannot be read"):
        read_volume(path)

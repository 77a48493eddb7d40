"""Flags computed by hand: first day, strength, expiry, and what is no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from handmade import tables_of
from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.merchant.flags import FLAG_KINDS, flag_words, shop_flags
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.score_runs import SCORE_COLUMNS, ScoreRun, ScoreRuns
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

DAY = date(2025, 8, 31)
Row = dict[str, Any]


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def data(**tables: list[Row]) -> Tables:
    return tables_of(firms=[{"firm_id": firm} for firm in "ABC"], **tables)


def flags(day: date = DAY, **tables: list[Row]) -> dict[tuple[str, str], Row]:
    rows = shop_flags(data(**tables), day).to_pylist()
    return {(row.pop("firm_id"), row.pop("kind")): row for row in rows}


def purchase(due: int, paid: int | None, amount: float = 100.0) -> Row:
    return {
        "supplier_id": "B",
        "customer_id": "A",
        "on": ago(due + 30),
        "amount": amount,
        "due_on": ago(due),
        "paid_on": None if paid is None else ago(paid),
    }


ON_TIME = purchase(300, 300)


def test_a_late_payment_decays_from_the_day_on_which_it_was_paid() -> None:
    row = flags(supplies=[ON_TIME, purchase(100, 60)])["A", "overdue"]
    assert row == {
        "first_on": ago(92),  # due 100 days ago, late from the eighth day on
        "last_on": ago(60),
        "strength": 0.25,
        "expires_on": ago(60) + timedelta(days=120),
    }


def test_an_unpaid_purchase_is_evidence_every_day() -> None:
    row = flags(supplies=[ON_TIME, purchase(8, None)])["A", "overdue"]
    assert (row["first_on"], row["last_on"], row["strength"]) == (DAY, DAY, 1.0)
    assert flags(supplies=[ON_TIME, purchase(7, None)]) == {}
    # without any payment in the data, an unpaid purchase shows nothing
    assert flags(supplies=[purchase(8, None)]) == {}


def test_payment_within_the_grace_or_of_little_is_no_evidence() -> None:
    assert flags(supplies=[ON_TIME, purchase(100, 93)]) == {}
    assert ("A", "overdue") in flags(supplies=[ON_TIME, purchase(100, 92)])
    assert flags(supplies=[purchase(300, 300, 2_000.0), purchase(100, 60)]) == {}


def test_a_flag_is_gone_from_its_expiry_on() -> None:
    supplies = [ON_TIME, purchase(100, 60)]
    expiry = ago(60) + timedelta(days=FLAG_KINDS["overdue"].expiry_days)
    assert flags(expiry - timedelta(days=1), supplies=supplies)["A", "overdue"]["strength"] == pytest.approx(
        0.5 ** (119 / 30)
    )
    assert flags(expiry, supplies=supplies) == {}


def test_evidence_before_the_expiry_continues_a_flag_and_later_evidence_begins_a_new_one() -> None:
    near = flags(supplies=[ON_TIME, purchase(200, 180), purchase(100, 60)])["A", "overdue"]
    assert (near["first_on"], near["last_on"]) == (ago(192), ago(60))
    # paid 300 days ago: that flag had expired 180 days ago, before the next one began
    far = flags(supplies=[ON_TIME, purchase(320, 300), purchase(100, 60)])["A", "overdue"]
    assert (far["first_on"], far["last_on"]) == (ago(92), ago(60))


def test_all_states_of_a_loan_count() -> None:
    loan = {"loan_id": "L", "lender_id": "X", "firm_id": "A"}
    rows = [loan | {"on": ago(30), "days_past_due": 12}, loan | {"on": DAY, "days_past_due": 0}]
    row = flags(loans=rows)["A", "overdue"]
    assert (row["first_on"], row["last_on"], row["strength"]) == (ago(42), ago(30), 0.5)
    assert flags(loans=rows[1:]) == {}


def weeks_of(sales: Sequence[float], disputes: Sequence[int] | None = None) -> list[Row]:
    last = len(sales) - 1
    return [
        {
            "firm_id": "A",
            "on": ago(7 * (last - week)),
            "sales": amount,
            "disputes": disputes and disputes[week],
        }
        for week, amount in enumerate(sales)
    ]


def test_a_jump_of_disputes_is_told_from_a_steady_number() -> None:
    quiet = [0] * 30
    row = flags(activity=weeks_of([100.0] * 34, [*quiet, 3, 0, 0, 0]))["A", "disputes"]
    # the last four weeks that hold the three disputes end today; the first ones ended on their week
    assert (row["first_on"], row["last_on"]) == (ago(7 * 6 + 6), DAY)
    assert flags(activity=weeks_of([100.0] * 34, [*quiet, 2, 0, 0, 0])) == {}
    assert flags(activity=weeks_of([100.0] * 34, [1] * 34)) == {}


def test_disputes_that_stopped_decay() -> None:
    row = flags(activity=weeks_of([100.0] * 38, [*[0] * 30, 3, *[0] * 7]))["A", "disputes"]
    assert row["last_on"] == ago(28)
    assert row["strength"] == pytest.approx(0.5 ** (28 / 30))


def test_a_temporary_dip_is_no_flag_and_a_longer_one_is() -> None:
    sound = [100.0] * 30
    assert flags(activity=weeks_of([*sound, 20.0, 20.0])) == {}
    row = flags(activity=weeks_of([*sound, 20.0, 20.0, 20.0]))["A", "sales_drop"]
    assert (row["first_on"], row["last_on"]) == (ago(20), DAY)
    ended = flags(activity=weeks_of([*sound, 20.0, 20.0, 20.0, 100.0, 100.0]))["A", "sales_drop"]
    assert ended["last_on"] == ago(14)


def trades(days: Sequence[int], supplier: str = "A", customer: str = "B", amount: float = 100.0) -> list[Row]:
    return [
        {"supplier_id": supplier, "customer_id": customer, "on": ago(day), "amount": amount} for day in days
    ]


EVERY_WEEK = range(70, 300, 7)


def test_a_main_partner_is_lost_after_two_missed_trades() -> None:
    found = flags(supplies=trades(EVERY_WEEK))
    # last trade 70 days ago; two weeks later two trades were missed
    assert found["A", "customer_lost"]["first_on"] == ago(56)
    assert found["B", "supplier_lost"]["first_on"] == ago(56)
    assert found["A", "customer_lost"]["strength"] == pytest.approx(0.5 ** (56 / 60))
    assert flags(supplies=trades(range(8, 300, 7))) == {}


def test_small_and_rare_partners_are_not_lost() -> None:
    others = trades(range(0, 300, 7), customer="C", amount=101.0)
    assert ("A", "customer_lost") not in flags(supplies=[*trades(EVERY_WEEK), *others])
    assert flags(supplies=trades([70, 110, 150, 190, 230])) == {}


def test_a_partner_that_is_back_is_not_lost() -> None:
    kinds = {kind for _, kind in flags(supplies=[*trades(EVERY_WEEK), *trades([0])])}
    assert not kinds & {"customer_lost", "supplier_lost"}


def run_of(runs: ScoreRuns, days: int, digest: str, **pds: float | None) -> None:
    rows = [
        dict.fromkeys(SCORE_COLUMNS) | {"firm_id": firm, "pd": pd, "state": "scored" if pd else "defaulted"}
        for firm, pd in pds.items()
    ]
    types = {"pd": pa.float64(), "firm_id": pa.string(), "state": pa.string()}
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in SCORE_COLUMNS])
    runs.add(
        ScoreRun(0, ago(days).isoformat(), "m/network", digest, str(days)),
        pa.Table.from_pylist(rows, schema=schema),
    )


def test_a_fall_of_the_score_counts_between_scores_of_one_model(tmp_path: Path) -> None:
    runs = ScoreRuns(Layout(tmp_path))
    run_of(runs, 40, "old", A=0.01, B=0.01, C=0.004)
    run_of(runs, 30, "old", A=0.02, B=0.019, C=0.009)
    run_of(runs, 20, "new", A=0.1, B=0.1, C=None)
    rows = shop_flags(data(), DAY, score_runs=runs).to_pylist()
    # below a PD of 1 % a rise is no fall of the score
    assert [(row["firm_id"], row["kind"], row["last_on"], row["strength"]) for row in rows] == [
        ("A", "score_drop", ago(30), 0.5)
    ]
    assert shop_flags(data(), DAY, score_runs=runs, firms=["B"]).num_rows == 0
    assert shop_flags(data(), ago(31), score_runs=runs).num_rows == 0


def test_some_shops_alone_have_the_same_flags() -> None:
    supplies = [*trades(EVERY_WEEK), ON_TIME, purchase(100, 60)]
    tables = data(supplies=supplies, activity=weeks_of([*[100.0] * 30, 20.0, 20.0, 20.0]))
    rows = shop_flags(tables, DAY).to_pylist()
    assert {row["kind"] for row in rows if row["firm_id"] == "A"} == {
        "overdue",
        "customer_lost",
        "sales_drop",
    }
    for firm in "ABC":
        assert shop_flags(tables, DAY, firms=[firm]).to_pylist() == [r for r in rows if r["firm_id"] == firm]


def test_later_rows_and_the_order_of_rows_move_nothing() -> None:
    supplies = [*trades(EVERY_WEEK), ON_TIME, purchase(100, 60), purchase(20, None)]
    activity = weeks_of([*[100.0] * 30, 20.0, 20.0, 20.0], [*[0] * 30, 2, 2, 2])
    before = flags(supplies=supplies, activity=activity)
    assert len(before) >= 4
    paid_later = supplies[-1] | {"paid_on": DAY + timedelta(days=1)}
    later = [*trades([-1], amount=10_000.0), paid_later, *reversed(supplies[:-1])]
    more = [{"firm_id": "A", "on": DAY + timedelta(days=1), "sales": 1e6, "disputes": 50}]
    assert flags(supplies=later, activity=[*more, *reversed(activity)]) == before


def test_every_kind_is_in_words_and_undated_data_have_no_flags() -> None:
    for kind in FLAG_KINDS:
        assert all(flag_words(kind, part).zh for part in ("name", "shop"))
    with pytest.raises(RequestError, match="undated"):
        shop_flags(tables_of(DatasetInfo(undated=True), firms=[{"firm_id": "A"}]), DAY)

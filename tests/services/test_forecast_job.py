"""Forecasts of a small folder of shops: measures, steps, states, categories, the stored file and bad requests."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from supplyrisk import services
from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.workspace.forecast_file import read_forecast

LAST_DAY = date(2025, 9, 14)
SHOPS = 12
DAYS = 200
ROUNDS = 3


def write_shops(folder: Path, *, measure: str = "sales", step: int = 1) -> Path:
    """Shops with constant or noisy values, a new one (NEW) and one that stopped long ago (GONE)."""
    folder.mkdir()
    draw = np.random.default_rng(3)
    lines = [f"firm_id,on,{measure}"]
    for back in range(0, DAYS, step):
        day = LAST_DAY - timedelta(days=back)
        for shop in range(SHOPS):
            value = int(100 * (shop + 1) * step * (1 if shop == 0 else draw.uniform(0.7, 1.3)))
            lines.append(f"S{shop:02},{day},{value}")
        if back < 3:
            lines.append(f"NEW,{day},5")
        if back > 100:
            lines.append(f"GONE,{day},5")
    (folder / "activity.csv").write_text("\n".join(lines) + "\n")
    firms = [
        *(f"S{shop:02},Shop {shop},merchant" for shop in range(SHOPS)),
        "NEW,New,merchant",
        "GONE,Gone,merchant",
    ]
    (folder / "firms.csv").write_text("firm_id,name,roles\n" + "\n".join(firms) + "\n")
    return folder


def loaded(folder: Path) -> Workspace:
    workspace = Workspace(folder.parent / f"{folder.name}-workspace")
    services.load(workspace, folder, graph=False)
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return loaded(write_shops(tmp_path_factory.mktemp("forecast") / "daily"))


@pytest.fixture(scope="module")
def result(workspace: Workspace) -> services.ForecastResult:
    return services.forecast(workspace, rounds=ROUNDS)


def test_each_shop_has_a_total_and_thirteen_weeks(result: services.ForecastResult) -> None:
    frame = result.to_frame()
    assert result.basis == "sales"
    assert result.states == {"ok": SHOPS, "thin": 0, "none": 2}
    shop = frame[frame.firm_id == "S03"]
    assert shop.week.tolist() == list(range(14))
    assert shop.first_day.tolist()[:3] == [date(2025, 9, 15), date(2025, 9, 15), date(2025, 9, 22)]
    assert shop.last_day.tolist()[:3] == [date(2025, 12, 14), date(2025, 9, 21), date(2025, 9, 28)]
    assert ((shop.p10 <= shop.p50) & (shop.p50 <= shop.p90)).all()


def test_forecasts_are_of_the_size_of_the_shop(result: services.ForecastResult) -> None:
    frame = result.to_frame()
    totals = frame[(frame.week == 0) & frame.p50.notna()].set_index("firm_id").p50
    assert totals["S00"] == pytest.approx(91 * 100, rel=0.05)
    assert totals["S09"] == pytest.approx(91 * 1000, rel=0.1)


def test_shops_without_a_forecast_say_why(result: services.ForecastResult) -> None:
    frame = result.to_frame()
    without = frame[frame.state == "none"].set_index("firm_id")
    assert without.reason.to_dict() == {"NEW": "new", "GONE": "silent"}
    assert without[["p10", "p50", "p90"]].isna().all(axis=None)


def test_the_forecast_is_stored_with_the_hash_of_the_data(
    workspace: Workspace, result: services.ForecastResult
) -> None:
    stored = read_forecast(workspace.layout, LAST_DAY)
    assert stored.rows == result.rows
    assert stored.head["data"] == workspace.info().content_hash
    assert (stored.head["as_of"], stored.head["total_days"]) == ("2025-09-14", 91)


def test_one_shop_is_the_same_as_in_all(workspace: Workspace, result: services.ForecastResult) -> None:
    one = services.forecast(workspace, "Shop 4", rounds=ROUNDS)
    assert one.shop == "S04"
    assert one.rows.to_pylist() == [row for row in result.rows.to_pylist() if row["firm_id"] == "S04"]
    assert one.to_json()["schema"] == "scgraph.forecast/1"


def test_rows_after_the_day_move_nothing(tmp_path: Path) -> None:
    day = LAST_DAY - timedelta(days=40)
    folder = write_shops(tmp_path / "later")
    plain = services.forecast(loaded(folder), as_of=day, rounds=ROUNDS)
    lines = (folder / "activity.csv").read_text().splitlines()
    # Every row after the day is a thousand times larger.
    later = [f"{line}000" if line.split(",")[1] > str(day) else line for line in lines[1:]]
    (folder / "activity.csv").write_text("\n".join([lines[0], *later]) + "\n")
    assert services.forecast(loaded(folder), as_of=day, rounds=ROUNDS).rows == plain.rows


def test_orders_are_the_measure_where_there_are_no_sales(tmp_path: Path) -> None:
    result = services.forecast(loaded(write_shops(tmp_path / "orders", measure="orders")), rounds=ROUNDS)
    assert (result.basis, result.currency) == ("orders", None)
    with pytest.raises(DataError, match="no sales is known in the year before 2025-09-14"):
        services.forecast(loaded(tmp_path / "orders"), measure="sales")


def test_rows_by_week_are_forecast_by_week(tmp_path: Path) -> None:
    result = services.forecast(loaded(write_shops(tmp_path / "weekly", step=7)), rounds=ROUNDS)
    frame = result.to_frame()
    weeks = frame[(frame.firm_id == "S00") & (frame.week > 0)]
    assert weeks.p50.tolist() == pytest.approx([700] * 13, rel=0.05)


def test_trade_is_forecast_by_category(tmp_path: Path) -> None:
    folder = tmp_path / "trade"
    folder.mkdir()
    lines = ["supplier_id,customer_id,on,amount,category"]
    for back in range(0, 300, 7):
        day = LAST_DAY - timedelta(days=back)
        for number in range(8):
            lines += [f"F{number},B,{day},{100 + number},tea", f"F{number},B,{day},{300 + number},rice"]
    (folder / "supplies.csv").write_text("\n".join(lines) + "\n")
    firms = "".join(f"F{number},merchant\n" for number in range(8))
    (folder / "firms.csv").write_text(f"firm_id,roles\n{firms}B,buyer\n")
    result = services.forecast(loaded(folder), "F2", rounds=ROUNDS)
    frame = result.to_frame()
    totals = frame[frame.week == 0].set_index(frame.category.fillna("all")[frame.week == 0]).p50
    assert totals.to_dict() == pytest.approx({"all": 13 * 404, "rice": 13 * 302, "tea": 13 * 102}, rel=0.02)
    assert result.basis == "trade"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"total_days": 27}, "--days 27"),
        ({"measure": "profit"}, "--measure profit"),
        ({"shop": "nobody"}, "no firm 'nobody'"),
        ({"as_of": date(2024, 12, 1)}, "no turnover is known in the year before 2024-12-01"),
        ({"as_of": date(2025, 3, 1)}, "past windows of 91 days"),
    ],
)
def test_bad_requests_say_what_was_expected(
    workspace: Workspace, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises((RequestError, DataError), match=message):
        services.forecast(workspace, rounds=ROUNDS, **arguments)  # type: ignore[arg-type]


def test_rows_by_month_are_too_far_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rows of activity are 30 days apart"):
        services.forecast(loaded(write_shops(tmp_path / "monthly", step=30)))


def write_cash(folder: Path) -> Path:
    """Shops with steady cash; POOR loses 100 a week of the 900 that it has."""
    folder.mkdir()
    lines = ["firm_id,on,sales,stock_value,cash"]
    draw = np.random.default_rng(4)
    for back in range(80):
        day = LAST_DAY - timedelta(days=7 * back)
        lines += [
            f"S{shop:02},{day},{100 * (shop + 1)},{500 + draw.integers(50)},{1000 * (shop + 1)}"
            for shop in range(SHOPS)
        ]
        lines.append(f"POOR,{day},100,50,{900 + 100 * back}")
        lines.append(f"BLIND,{day},100,,")
    (folder / "activity.csv").write_text("\n".join(lines) + "\n")
    firms = "".join(f"S{shop:02},merchant\n" for shop in range(SHOPS))
    (folder / "firms.csv").write_text(f"firm_id,roles\n{firms}POOR,merchant\nBLIND,merchant\nL1,\n")
    (folder / "loans.csv").write_text(
        "loan_id,lender_id,firm_id,on,drawn,due_on\n"
        f"C1,L1,S00,{LAST_DAY - timedelta(days=30)},1500,{LAST_DAY + timedelta(days=20)}\n"
        f"C2,L1,S01,{LAST_DAY - timedelta(days=30)},1500,{LAST_DAY + timedelta(days=200)}\n"
    )
    return folder


@pytest.fixture(scope="module")
def cash_result(tmp_path_factory: pytest.TempPathFactory) -> services.ForecastResult:
    return services.forecast(loaded(write_cash(tmp_path_factory.mktemp("cash") / "cash")), rounds=20)


def test_stock_and_cash_have_a_row_per_week(cash_result: services.ForecastResult) -> None:
    frame = cash_result.to_frame()
    shop = frame[frame.firm_id == "S03"]
    assert shop.measure.tolist() == ["turnover"] * 14 + ["stock"] * 13 + ["cash"] * 13
    assert shop[shop.measure == "cash"].p50.tolist() == pytest.approx([4000] * 13, rel=0.01)


def test_a_loan_that_is_due_makes_a_need_on_its_week(cash_result: services.ForecastResult) -> None:
    needs = cash_result.needs_frame().set_index("firm_id")
    # 1,000 in cash, and 1,500 due on the 20th day, which is in the third week.
    assert needs.loc["S00", "need"] == pytest.approx(500, rel=0.05)
    assert needs.loc["S00", "under_on"] == LAST_DAY + timedelta(days=15)
    assert needs.loc["S00", "loans_due"] == 1500
    assert needs.loc["S01", "need"] == 0
    assert needs.loc["S01", "loans_due"] == 0


def test_without_cash_no_need_is_stated(cash_result: services.ForecastResult) -> None:
    needs = cash_result.needs_frame().set_index("firm_id")
    assert (needs.loc["BLIND", "state"], needs.loc["BLIND", "reason"]) == ("none", "no_cash")
    assert needs.need.isna()["BLIND"]


def test_a_floor_raises_the_need(tmp_path: Path) -> None:
    result = services.forecast(loaded(write_cash(tmp_path / "floor")), "S02", floor=3_500, rounds=3)
    [need] = result.needs.to_pylist()
    assert need["need"] == pytest.approx(500, rel=0.05)
    assert result.to_json()["floor"] == 3_500

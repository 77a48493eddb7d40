"""Advice to a small folder of shops: kinds and reasons, thin shops, later rows, partners, stored forecasts."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from commands import run
from supplyrisk import services
from supplyrisk.graph import Workspace

LAST_DAY = date(2025, 9, 28)
WEEKS = 90
SHOPS = 24
ROUNDS = 3
FLOOR = 1500.0
PARTNER = "SECRETPARTNER"


def write_shops(folder: Path, later: int = 0) -> Path:
    """Shops by week with a season 7 weeks after LAST_DAY in each year; cash of odd shops falls; NEW is thin.

    later: weeks after LAST_DAY that are written, with other values.
    """
    folder.mkdir()
    draw = np.random.default_rng(3)
    lines = ["firm_id,on,sales,stock_value,ad_spend,cash"]
    for week in [*range(WEEKS), *range(-later, 0)]:
        day = LAST_DAY - timedelta(weeks=week)
        for shop in range(SHOPS):
            season = 2.5 if week == 52 - 7 else 1.0
            sales = 7000 * season * draw.uniform(0.97, 1.03) * (50 if week < 0 else 1)
            cash = 1000 + 400 * week if shop % 2 else 60_000 + draw.uniform(-50, 50)
            lines.append(f"S{shop:02},{day},{sales:.0f},{2000},{sales * 0.05:.0f},{cash:.0f}")
        if 0 <= week < 3:
            lines.append(f"NEW,{day},500,10,5,100")
    (folder / "activity.csv").write_text("\n".join(lines) + "\n")
    trades = ["supplier_id,customer_id,on,amount,delivered_on"]
    for shop in range(SHOPS):
        for week in range(1, 52, 4):
            day = LAST_DAY - timedelta(weeks=week)
            trades.append(f"{PARTNER},S{shop:02},{day},15000,{day + timedelta(days=5)}")
    (folder / "supplies.csv").write_text("\n".join(trades) + "\n")
    firms = [f"S{shop:02},Shop {shop},merchant" for shop in range(SHOPS)]
    firms += ["NEW,New,merchant", f"{PARTNER},{PARTNER},supplier"]
    (folder / "firms.csv").write_text("firm_id,name,roles\n" + "\n".join(firms) + "\n")
    return folder


def loaded(folder: Path) -> Workspace:
    workspace = Workspace(folder.parent / f"{folder.name}-workspace")
    services.load(workspace, folder, graph=False)
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return loaded(write_shops(tmp_path_factory.mktemp("advice") / "shops"))


@pytest.fixture(scope="module")
def result(workspace: Workspace) -> services.AdviceResult:
    return services.advice(workspace, floor=FLOOR, rounds=ROUNDS)


def test_each_shop_has_a_row_of_each_kind(result: services.AdviceResult) -> None:
    frame = result.to_frame()
    assert frame.groupby("firm_id").kind.apply(list).map(tuple).unique().tolist() == [
        ("finance", "stock_up", "marketing")
    ]
    counted = sum(sum(reasons.values()) for reasons in result.no_advice.values())
    assert counted + len(result.advice) == len(frame) == 3 * result.counts["shops"]


def test_only_shops_whose_cash_falls_are_advised_to_borrow(result: services.AdviceResult) -> None:
    frame = result.to_frame()
    finance = frame[(frame.kind == "finance") & frame.reason.isna()]
    assert set(finance.firm_id) == {f"S{shop:02}" for shop in range(1, SHOPS, 2)}


def test_shops_with_cash_are_advised_to_stock_up_for_their_season(result: services.AdviceResult) -> None:
    frame = result.to_frame()
    stock = frame[(frame.kind == "stock_up")].set_index("firm_id")
    assert stock.amount["S00"] > 0
    assert stock.act_by["S00"] == LAST_DAY + timedelta(days=7 * 7 - 6 - 5)
    assert stock.reason["S01"] == "cash_first"
    assert "marketing" not in {entry.kind for entry in result.advice}


def test_a_thin_shop_has_no_advice(result: services.AdviceResult) -> None:
    frame = result.to_frame()
    assert frame[frame.firm_id == "NEW"].reason.tolist() == ["thin_data"] * 3


def test_no_partner_is_named(result: services.AdviceResult) -> None:
    text = json.dumps(result.to_json(), default=str)
    # The supplier is a firm of the data, and has a line of its own if its trade has a forecast.
    lines = [entry for entry in result.to_json()["rows"] if entry["firm_id"] != PARTNER]  # type: ignore[attr-defined]
    assert lines
    assert PARTNER not in json.dumps(lines, default=str)
    assert "scgraph.advice/1" in text


def test_rows_after_the_day_move_nothing(tmp_path: Path, result: services.AdviceResult) -> None:
    later = loaded(write_shops(tmp_path / "later", later=6))
    again = services.advice(later, as_of=LAST_DAY, floor=FLOOR, rounds=ROUNDS)
    assert again.advice == result.advice
    assert again.without == result.without


def test_one_shop_is_the_same_as_in_all_and_uses_the_stored_forecast(
    workspace: Workspace, result: services.AdviceResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["supplyrisk.services.advice"], "forecast", None)
    one = services.advice(workspace, "Shop 0", floor=FLOOR)
    assert one.advice == tuple(entry for entry in result.advice if entry.firm_id == "S00")
    assert one.firm_id == "S00"


def test_the_command_prints_a_shop_and_asks_for_one(
    workspace: Workspace, result: services.AdviceResult, tmp_path: Path
) -> None:
    place = ("--workspace", workspace.path, "--floor", FLOOR)
    code, out, _ = run("advice", "S01", *place, "--lang", "zh")
    assert code == 0
    assert "提前安排融资" in out
    code, _, err = run("advice", *place)
    assert code != 0
    assert "--all" in err
    table = tmp_path / "advice.csv"
    assert run("advice", "--all", "-o", table, *place)[0] == 0
    assert len(table.read_text().splitlines()) == 1 + 3 * result.counts["shops"]

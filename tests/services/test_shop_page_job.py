"""Pages of shops: what is on them, and that nothing of other firms is or can be read out of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commands import run
from supplyrisk import services, web
from supplyrisk.graph import Words, Workspace, last_day_of, to_json
from supplyrisk.graph.merchant.advice import FINANCE, Advice, AdviceTexts
from supplyrisk.graph.workspace.forecast_file import StoredForecast, read_forecast
from supplyrisk.services import ShopLimitDay, ShopNeed, ShopPage
from supplyrisk.services.forecast_rows import FORECAST_SCHEMA, NEED_SCHEMA
from supplyrisk.services.shop_page_document import shop_forecast

WRITTEN = date(2026, 1, 5)


@pytest.fixture(scope="module")
def workspace(
    expert_world: Path, quick_forecasts: None, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """A small world, scored by the expert scorecard on two days a week apart."""
    workspace = Workspace(shutil.copytree(expert_world / "ws", tmp_path_factory.mktemp("pages") / "ws"))
    last = last_day_of(workspace.tables())
    assert last is not None
    code, _, err = run("score", "--as-of", last - timedelta(days=7), "--no-write-back", "-w", workspace.path)
    assert code == 0, err
    return workspace


def rows(workspace: Workspace, sql: str) -> list[tuple[str, ...]]:
    with workspace.tables().connect() as con:
        return con.sql(sql).fetchall()


def shop_with_sales(workspace: Workspace) -> str:
    """The scored shop with the most sales."""
    sales = "SELECT firm_id FROM activity GROUP BY ALL ORDER BY sum(sales) DESC, firm_id"
    ranked = [firm for (firm,) in rows(workspace, sales)]
    day = max(day for day in workspace.scored_days() if day is not None)
    scores = pq.read_table(workspace.layout.scores_file(day), columns=["firm_id", "points"])
    scored = set(scores.filter(pc.is_valid(scores["points"]))["firm_id"].to_pylist())
    return next(firm for firm in ranked if firm in scored)


@pytest.fixture(scope="module")
def shop(workspace: Workspace) -> str:
    return shop_with_sales(workspace)


@pytest.fixture(scope="module")
def page(workspace: Workspace, shop: str) -> ShopPage:
    return services.shop_page(workspace, shop, written_on=WRITTEN).page


def test_a_page_has_every_part_and_each_says_what_its_own_command_says(
    workspace: Workspace, shop: str, page: ShopPage
) -> None:
    assert page.letter == services.letter(workspace, shop, written_on=WRITTEN).letter
    assert page.portrait == services.portrait(workspace, shop).portrait
    assert page.weeks[-1].points is not None
    assert page.weeks[-1].change == pytest.approx(page.weeks[-1].points - (page.weeks[-2].points or 0))
    assert page.forecast is not None
    assert page.letter.as_of is not None
    stored = read_forecast(workspace.layout, page.letter.as_of).rows
    own = stored.filter(pc.and_(pc.equal(stored["firm_id"], shop), pc.equal(stored["week"], 0)))
    turnover = own.filter(pc.and_(pc.equal(own["measure"], "turnover"), pc.is_null(own["category"])))
    assert turnover["p50"].to_pylist() == [page.forecast.total.middle]
    assert len(page.forecast.weeks) == 13
    assert len(page.letter.reasons) <= 4
    document = json.loads(to_json(page.to_json()))
    assert document["schema"] == "scgraph.shop_page/1"
    assert document["rows"][0]["letter"]["firm"] == shop


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_other_firm_is_on_the_page(workspace: Workspace, shop: str, page: ShopPage, language: str) -> None:
    text = web.render_shop_page(page, language)
    assert shop in text
    for firm, name in rows(workspace, "SELECT firm_id, name FROM firms"):
        if firm != shop:
            assert firm not in text
            assert not name or name not in text


def test_the_pds_of_other_firms_change_no_byte_of_it(workspace: Workspace, shop: str, page: ShopPage) -> None:
    files = sorted(workspace.layout.scores.glob("*.parquet"))
    assert len(files) >= 4
    before = {path: path.read_bytes() for path in files}
    try:
        for path in files:
            pq.write_table(with_other_pds(pq.read_table(path), shop), path)
        again = services.shop_page(workspace, shop, written_on=WRITTEN).page
    finally:
        for path, content in before.items():
            path.write_bytes(content)
    assert to_json(again.to_json()) == to_json(page.to_json())
    assert web.render_shop_page(again) == web.render_shop_page(page)


def with_other_pds(table: pa.Table, shop: str) -> pa.Table:
    """The table with all numbers of the rows of other firms changed."""
    others = pc.not_equal(table["firm_id"], shop)
    for name in table.column_names:
        column = table[name]
        if pa.types.is_floating(column.type):
            changed = pc.if_else(others, pc.multiply(column, 0.5), column)
            table = table.set_column(table.column_names.index(name), table.schema.field(name), changed)
    assert others.to_pylist().count(True) > 0
    return table


def test_pages_have_both_languages_and_no_script(page: ShopPage) -> None:
    text = web.render_shop_page(page, "zh")
    assert 'id="zh" checked' in text
    assert 'id="zh" checked' not in web.render_shop_page(page, "en")
    for word in ("Your score by week", "每周评分", "Four indices", "四项指数"):
        assert word in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_the_forecast_of_a_shop_is_the_one_of_its_whole_turnover() -> None:
    days = {"first_day": WRITTEN, "last_day": date(2026, 1, 11)}
    base = {"firm_id": "A", "measure": "turnover", "basis": "sales", "state": "ok", **days}
    forecasts = [
        {**base, "week": 2, "p10": 2.0, "p50": 3.0, "p90": 5.0},
        {**base, "week": 1, "p10": 1.0, "p50": 2.0, "p90": 4.0},
        {**base, "week": 0, "p10": 4.0, "p50": 6.0, "p90": 9.0},
        {**base, "week": 0, "category": "toys", "p10": 1.0, "p50": 1.0, "p90": 1.0},
        {**base, "week": 0, "measure": "cash", "p10": 7.0, "p50": 7.0, "p90": 7.0},
        {**base, "firm_id": "B", "week": 0, "p10": 8.0, "p50": 8.0, "p90": 8.0},
        {**base, "firm_id": "C", "week": 0, "state": "none"},
    ]
    table = pa.Table.from_pylist(forecasts, schema=FORECAST_SCHEMA)
    need = {"firm_id": "A", "under_on": None, "cautious_under_on": WRITTEN, "need": 0.0, "cautious_need": 7.0}
    needs = pa.Table.from_pylist([need, {"firm_id": "B"}], schema=NEED_SCHEMA)
    stored = StoredForecast(table, needs, {"basis": "sales", "currency": "CNY"})
    own = shop_forecast("A", stored)
    assert own is not None
    assert (own.total.low, own.total.middle, own.total.high) == (4, 6, 9)
    assert [week.middle for week in own.weeks] == [2, 3]
    assert own.need == ShopNeed(None, WRITTEN, 0.0, 7.0)
    other = shop_forecast("B", stored)
    assert other is not None
    assert (other.total.middle, other.weeks, other.need) == (8, (), None)
    assert shop_forecast("C", stored) is None
    assert shop_forecast("D", stored) is None


def test_limits_are_told_without_rule_and_target(page: ShopPage) -> None:
    limits = tuple(
        ShopLimitDay(WRITTEN + timedelta(days=7 * week), WRITTEN + timedelta(days=7 * week + 28), limit, why)
        for week, (limit, why) in enumerate(
            [
                (50_000.0, Words("first", "首次")),
                (50_000.0, Words("unaltered", "不变")),
                (55_000.0, Words("up", "上调")),
            ]
        )
    )
    text = web.render_shop_page(replace(page, limits=limits))
    for word in (
        "Your limit",
        "授信额度",
        "2026-02-16",
        "CNY 55,000",
        "<b>2026-01-19: CNY 55,000</b><br>up",
        "上调",
    ):
        assert word in text
    # A limit that has lapsed, or is 0, is not in force.
    assert page.letter.as_of is not None
    for last in (
        replace(limits[-1], limit=0.0),
        replace(limits[-1], expires_on=page.letter.as_of - timedelta(days=1)),
    ):
        ended = web.render_shop_page(replace(page, limits=(limits[0], last)))
        assert "No limit is in force." in ended
        assert "in force until" not in ended
    # A week in which the limit stayed is no change.
    assert "unaltered" not in text
    assert "Your limit" not in web.render_shop_page(page)


def test_advice_on_financing_replaces_the_line_on_the_need(page: ShopPage) -> None:
    assert page.forecast is not None
    need = ShopNeed(WRITTEN, WRITTEN, 10_000.0, 20_000.0)
    short = replace(page, forecast=replace(page.forecast, need=need), advice=())
    assert "about CNY 10,000 would cover it" in web.render_shop_page(short)
    words = AdviceTexts(
        *(Words(f"{name}-en", f"{name}-zh") for name in ("title", "text", "effect", "refuted"))
    )
    finance = Advice(
        "A", FINANCE, 10_000.0, 5_000.0, 20_000.0, (), (), WRITTEN, WRITTEN, WRITTEN, ("receivables",), words
    )
    text = web.render_shop_page(replace(short, advice=(finance,)))
    assert "would cover it" not in text.replace("What could cover it", "")
    for word in ("title-en", "text-zh", "effect-en", "refuted-zh"):
        assert word in text

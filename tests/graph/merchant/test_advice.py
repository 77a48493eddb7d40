"""Advice by hand: financing from a need, stock from a season a year ago, advertising from own weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from supplyrisk.graph.merchant.advice import (
    HISTORY_WEEKS,
    NO_ADVICE_REASONS,
    Advice,
    AdviceRules,
    NoAdvice,
    ShopHistory,
    advice_words,
    chance_under,
    coming_season,
    finance_advice,
    marketing_advice,
    spend_elasticity,
    stock_up_advice,
)

DAY = date(2025, 6, 1)
RULES = AdviceRules()
NEED = {
    "firm_id": "S",
    "state": "ok",
    "reason": None,
    "cash": 500.0,
    "floor": 0.0,
    "lowest_p10": -300.0,
    "lowest_p50": -100.0,
    "lowest_p90": 200.0,
    "lowest_week": 8,
    "under_on": DAY + timedelta(days=50),
    "cautious_under_on": DAY + timedelta(days=20),
    "need": 100.0,
    "cautious_need": 300.0,
    "loans_due": 80.0,
    "receivables_due": 90.0,
}


def advised(entry: Advice | NoAdvice) -> Advice:
    assert isinstance(entry, Advice), entry
    return entry


def reason(entry: Advice | NoAdvice) -> str:
    assert isinstance(entry, NoAdvice), entry
    return entry.reason


def history(**changes: object) -> ShopHistory:
    """A shop that sells 700 a week, and 1,400 in weeks 8 and 9 after this week a year ago; stock of 100 at cost."""
    sales = np.full(HISTORY_WEEKS, 700.0)
    # Small changes from week to week, without which nothing would be uncertain.
    sales[::2] *= 1.02
    sales[52 - 8] = sales[52 - 9] = 1400.0
    shop = ShopHistory("S", DAY, sales, np.full(HISTORY_WEEKS, np.nan), 100.0, 0.4, 12.5)
    return replace(shop, **changes)  # type: ignore[arg-type]


def advertiser(elasticity: float, seed: int = 1) -> ShopHistory:
    """A shop whose sales follow the advertising of the week before; spend is 50 a week, sales about 1,000."""
    draw = np.random.default_rng(seed)
    spend = 50 * np.exp(0.4 * draw.standard_normal(HISTORY_WEEKS))
    noise = 0.03 * draw.standard_normal(HISTORY_WEEKS)
    before = np.append(spend[1:], 50.0)
    sales = 1000 * (before / 50) ** elasticity * np.exp(noise)
    return history(sales=sales, spend=spend)


def test_the_chance_agrees_with_the_quantiles() -> None:
    assert chance_under(-300, -300, -100, 200) == pytest.approx(0.1)
    assert chance_under(-100, -300, -100, 200) == pytest.approx(0.5)
    assert chance_under(200, -300, -100, 200) == pytest.approx(0.9)
    assert chance_under(1, 0, 0, 0) == 1
    assert chance_under(-1, 0, 0, 0) == 0


def test_financing_is_advised_a_month_before_cash_is_short() -> None:
    advice = advised(finance_advice(NEED, DAY, RULES, "CNY"))
    assert (advice.amount, advice.low, advice.high) == (100, 0, 300)
    assert advice.act_by == DAY + timedelta(days=20)
    assert advice.valid_until == DAY + timedelta(days=28)
    # The receivables of 90 do not cover 100.
    assert advice.products == ("credit_line",)
    chance = next(figure for figure in advice.evidence if figure.name == "chance")
    assert 0.5 < chance.value < 0.9
    assert "CNY 100" in advice.texts.text.en
    assert "CNY 100" in advice.texts.text.zh
    assert str(DAY + timedelta(days=50)) in advice.texts.text.en


def test_a_shop_without_cash_is_told_so() -> None:
    advice = advised(finance_advice({**NEED, "cash": -5.0}, DAY, RULES, "CNY"))
    assert advice.texts.text.en.startswith("Your cash is under CNY 0 now.")


def test_receivables_that_cover_the_need_are_a_product() -> None:
    assert advised(finance_advice({**NEED, "receivables_due": 100.0}, DAY, RULES)).products == (
        "receivables",
        "credit_line",
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "thin"}, "thin_data"),
        ({"state": "none", "lowest_p50": None}, "no_cash"),
        ({"lowest_p50": 50.0, "under_on": None, "need": 0.0}, "enough_cash"),
    ],
)
def test_no_financing_is_advised_without_a_probable_need(changes: dict[str, object], expected: str) -> None:
    assert reason(finance_advice({**NEED, **changes}, DAY, RULES)) == expected


def test_advice_expires() -> None:
    advice = advised(finance_advice(NEED, DAY, RULES))
    assert advice.holds_on(DAY)
    assert advice.holds_on(advice.valid_until)
    assert not advice.holds_on(advice.valid_until + timedelta(days=1))
    assert not advice.holds_on(DAY - timedelta(days=1))
    soon = advised(finance_advice({**NEED, "under_on": DAY + timedelta(days=5)}, DAY, RULES))
    assert (soon.act_by, soon.valid_until) == (DAY, DAY + timedelta(days=7))


def test_stock_is_advised_for_the_season_of_a_year_ago() -> None:
    advice = advised(stock_up_advice(history(), RULES, None, "CNY"))
    usual = (700 + 714) / 2
    factor = 1400 / usual
    season = coming_season(history(), RULES)
    assert season is not None
    assert (season.first, season.last) == (8, 9)
    assert season.factor == pytest.approx(factor)
    assert 1 < season.low < factor < season.high
    # Two weeks above the usual level at 60 % of sales, less half of the stock.
    assert advice.amount == pytest.approx(2 * (1400 - usual) * 0.6 - 50)
    assert advice.low < advice.amount < advice.high
    # Week 8 begins 50 days ahead, and deliveries take 13 days.
    assert advice.act_by == DAY + timedelta(days=50 - 13)
    assert [effect.basis for effect in advice.effects] == ["untested", "simulated"]
    assert "untested" in advice.texts.effect.en


@pytest.mark.parametrize(
    ("changes", "spare", "expected"),
    [
        ({"stock": None}, None, "no_stock"),
        ({"margin": None}, None, "no_margin"),
        ({"lead_days": None}, None, "no_lead_time"),
        ({"stock": 2000.0}, None, "stock_lasts"),
        ({}, 500.0, "cash_first"),
        ({"sales": np.full(HISTORY_WEEKS, 700.0)}, None, "no_season"),
        ({"sales": np.where(np.arange(HISTORY_WEEKS) < 50, 700.0, np.nan)}, None, "short_history"),
    ],
)
def test_no_stock_is_advised_without_a_reason(
    changes: dict[str, object], spare: float | None, expected: str
) -> None:
    assert reason(stock_up_advice(history(**changes), RULES, spare)) == expected


def test_a_season_within_the_month_is_no_season_to_stock_up_for() -> None:
    sales = np.full(HISTORY_WEEKS, 700.0)
    sales[52 - 3] = 1400.0
    assert coming_season(history(sales=sales), RULES) is None


def test_a_noisy_shop_has_no_season() -> None:
    sales = 700 * np.exp(0.8 * np.random.default_rng(2).standard_normal(HISTORY_WEEKS))
    sales[52 - 8] = 1400.0
    assert coming_season(history(sales=sales), RULES) is None


def test_the_new_year_moves_the_weeks_of_a_year_ago() -> None:
    # Spring Festival of 2024: 10 February; of 2025: 28 January (its eve), two weeks earlier.
    day = date(2024, 12, 1)
    sales = np.full(HISTORY_WEEKS, 700.0)
    sales[::2] *= 1.02
    back = (day - (date(2024, 2, 10) - timedelta(days=14))).days // 7
    sales[back] = 1400.0
    season = coming_season(replace(history(sales=sales), as_of=day), RULES)
    assert season is not None
    middle = day + timedelta(days=7 * season.first - 3)
    assert abs((date(2025, 1, 28) - timedelta(days=14)) - middle) <= timedelta(days=7)


def test_advertising_is_advised_where_own_weeks_show_that_it_pays() -> None:
    shop = advertiser(0.3)
    elasticity = spend_elasticity(shop.sales, shop.spend)
    assert elasticity is not None
    assert elasticity.low < 0.3 < elasticity.high
    advice = advised(marketing_advice(shop, RULES, currency="CNY"))
    spend = np.mean(shop.spend[:8])
    assert advice.amount == pytest.approx(0.2 * spend)
    own, risk = advice.effects
    assert own.basis == "own_weeks"
    assert own.low is not None
    assert own.estimate is not None
    assert 0 < own.low < own.estimate
    assert (risk.of, risk.basis, risk.estimate) == ("default", "untested", None)
    assert advice.valid_until == DAY + timedelta(days=28)


def test_the_elasticity_is_that_of_a_regression_with_controls() -> None:
    shop = advertiser(0.3)
    now, before, spent = shop.sales[:-1], shop.sales[1:], shop.spend[1:]
    week = np.arange(len(now))
    angle = 2 * np.pi * week / 52.18
    columns = [np.ones(len(now)), week, np.sin(angle), np.cos(angle), np.log(before), np.log(spent)]
    expected = np.linalg.lstsq(np.column_stack(columns), np.log(now), rcond=None)[0][-1]
    elasticity = spend_elasticity(shop.sales, shop.spend)
    assert elasticity is not None
    assert elasticity.estimate == pytest.approx(expected)


def test_a_budget_that_follows_sales_is_no_effect() -> None:
    draw = np.random.default_rng(4)
    sales = 1000 * np.exp(0.3 * draw.standard_normal(HISTORY_WEEKS))
    spend = 0.06 * sales * np.exp(0.2 * draw.standard_normal(HISTORY_WEEKS))
    assert reason(marketing_advice(history(sales=sales, spend=spend), RULES)) == "no_clear_return"


@pytest.mark.parametrize(
    ("changes", "in_dip", "expected"),
    [
        ({}, True, "temporary_dip"),
        ({"margin": None}, False, "no_margin"),
        ({"spend": np.full(HISTORY_WEEKS, np.nan)}, False, "no_spend"),
        ({"spend": np.full(HISTORY_WEEKS, 50.0)}, False, "little_variation"),
        ({"margin": 0.01}, False, "no_clear_return"),
    ],
)
def test_no_advertising_is_advised_without_support(
    changes: dict[str, object], in_dip: bool, expected: str
) -> None:
    assert reason(marketing_advice(replace(advertiser(0.3), **changes), RULES, in_dip=in_dip)) == expected  # type: ignore[arg-type]


def test_few_weeks_of_advertising_support_nothing() -> None:
    shop = advertiser(0.3)
    few = np.where(np.arange(HISTORY_WEEKS) < 40, shop.spend, np.nan)
    assert reason(marketing_advice(replace(shop, spend=few), RULES)) == "short_history"


def test_each_reason_has_words() -> None:
    assert all(advice_words(f"reason.{name}").zh for name in NO_ADVICE_REASONS)

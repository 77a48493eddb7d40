"""What shops are told of their own figures: a text per feature, both directions and languages, and cases by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from supplyrisk.graph import FEATURES, LANGUAGES, PEER_LEVEL, Feature, read_texts
from supplyrisk.graph.merchant import (
    FEATURES_BY_REASON,
    REASON_CODES,
    ShopFigure,
    reason_of_feature,
    reason_words,
    shop_feature,
    shop_sentence,
)

CHINESE = re.compile(r"[一-鿿]")
TEXTS = {lang: read_texts("supplyrisk.graph.texts", "shop_reasons", lang) for lang in LANGUAGES}
EVENTS = ("events_lawsuit", "events_sanction", "events_suspension")
SHIPPED = {shop_feature(feature.name): feature for feature in (*FEATURES, PEER_LEVEL)}
"""Every shipped feature by its name without the window; of several windows, the longest."""
TOLD = sorted(name for name in SHIPPED if f"feature.{name}.raises" in TEXTS["en"])
BY_NAME = {feature.name: feature for feature in FEATURES}


def sentences(
    name: str, value: float, peers: float | None = None, *, raises: bool = True, level: str = "industry"
) -> tuple[str, str] | None:
    figure = ShopFigure(BY_NAME[name], value, peers, level, "CNY")
    words = shop_sentence(figure, raises=raises)
    return None if words is None else (words.en, words.zh)


def test_every_shipped_feature_is_told_in_both_directions_or_is_listed_with_a_reason() -> None:
    keys = TEXTS["en"]
    for name in SHIPPED:
        texts = {side for side in ("raises", "lowers") if f"feature.{name}.{side}" in keys}
        assert (texts == {"raises", "lowers"}) != (f"not_told.{name}" in keys), name
    known = {key.split(".")[1] for key in keys if key.startswith(("feature.", "not_told."))}
    assert known == {*SHIPPED, *EVENTS}


def test_every_told_feature_has_one_reason_and_every_reason_words() -> None:
    listed = [name for names in FEATURES_BY_REASON.values() for name in names]
    assert len(listed) == len(set(listed))
    assert {*listed} == {*TOLD, *EVENTS, "industry", "region"}
    for code in REASON_CODES:
        assert CHINESE.search(reason_words(code).zh) and not CHINESE.search(reason_words(code).en)


@pytest.mark.parametrize("name", TOLD)
def test_a_feature_is_told_with_its_figure_and_that_of_the_peers(name: str) -> None:
    """Whatever the unit: each direction names both figures, in both languages, with the same digits."""
    feature = SHIPPED[name]
    # Ratios on either side of 1, so that a change has the direction that is told; the peers stand between.
    low, middle, high = (0.5, 0.8, 0.9) if feature.unit == "index" else (0.4, 1.0, 1.6)
    if feature.name == "revenue_growth":
        low, middle, high = -0.4, 0.05, 0.6
    if feature.unit not in ("share", "ratio", "index"):
        low, middle, high = 10 * low, 10 * middle, 10 * high
    direction = feature.direction or 1
    for raises in (True, False):
        value = high if (direction > 0) == raises else low
        words = shop_sentence(ShopFigure(feature, value, middle, "industry x region", "CNY"), raises=raises)
        assert words is not None, raises
        assert "others in your trade and region: " in words.en
        assert "同地区同行业企业：" in words.zh
        assert words.en[0].isupper() or words.en[0].isdigit()
        assert words.en.endswith(".") and words.zh.endswith("。")
        assert CHINESE.search(words.zh) and not CHINESE.search(words.en)
        for text in words:
            assert "{" not in text and "  " not in text
        for internal in ("percentile", "z-score", "peer", "hazard", "PD", "百分位", "违约概率"):
            assert internal not in words.en and internal not in words.zh


@pytest.mark.parametrize("name", [name for name in TOLD if SHIPPED[name].unit not in ("ratio",)])
@pytest.mark.parametrize("value", [0.0, math.nan])
def test_nothing_is_told_of_a_figure_that_is_zero_or_unknown(name: str, value: float) -> None:
    for raises in (True, False):
        assert shop_sentence(ShopFigure(SHIPPED[name], value, currency="CNY"), raises=raises) is None


def test_sentences_by_hand() -> None:
    assert sentences("pay_overdue_share", 0.44, 0.12) == (
        "You have not paid 44% of what fell due in the last 180 days; others in your trade: 12%.",
        "近 180 天到期应付款中未付的占 44%；同行业企业：12%。",
    )
    assert sentences("pay_overdue_share", 0.003) == (
        "You have not paid 0.30% of what fell due in the last 180 days.",
        "近 180 天到期应付款中未付的占 0.30%。",
    )
    assert sentences("sales_trend", 0.6, 0.97, level="all") == (
        "Your sales of the last 30 days were 40% below those of the 150 days before; other firms: -3.0%.",
        "近 30 天销售额较此前 150 天下降 40%；其他企业：-3.0%。",
    )
    assert sentences("customer_hhi", 0.5, 0.125) == (
        "Your sales depend on few customers: they are as concentrated as sales to 2.0 equal customers; others in your "
        "trade: 8.0.",
        "销售集中于少数客户：集中程度相当于 2.0 家等额客户；同行业企业：8.0。",
    )
    assert sentences("refund_rate_180", 0.08, 0.0) == (
        "You refunded 8.0% of your sales in the last 180 days; others in your trade: most have none.",
        "近 180 天退款占销售额的 8.0%；同行业企业：多数没有。",
    )
    assert sentences("sales_180", 12_345.6) == (
        "Your sales in the last 180 days were CNY 12,346.",
        "近 180 天贵企业销售额为 CNY 12,346。",
    )
    assert sentences("age_days", 1461.0, raises=False) == (
        "Your firm was founded 4.0 years ago.",
        "贵企业成立至今 4.0 年。",
    )
    assert sentences("suppliers_180", 1.0)[0] == "You bought from 1 firm in the last 180 days."  # type: ignore[index]


def test_early_and_late_payment() -> None:
    assert sentences("pay_late_days", 2.2, -1.9) == (
        "You paid 2.2 days late on average; others in your trade: 1.9 days early.",
        "付款平均逾期 2.2 天；同行业企业：提前 1.9 天。",
    )
    assert sentences("pay_late_days", -3.0, 1.0, raises=False) == (
        "You paid 3 days before the due day on average; others in your trade: 1 day late.",
        "付款平均比到期日提前 3 天；同行业企业：逾期 1 天。",
    )
    # Early payment is not held against a shop, even if others pay earlier.
    assert sentences("pay_late_days", -1.0, -5.0) is None


def test_a_figure_that_points_the_other_way_is_not_told() -> None:
    assert sentences("sales_180", 500.0, 200.0) is None
    assert sentences("sales_180", 500.0, 900.0, raises=False) is None
    assert sentences("sales_trend", 1.4) is None
    assert sentences("sales_trend", 0.6, raises=False) is None
    # The same figure as the peers' is told without them.
    assert sentences("refund_rate_30", 0.0801, 0.0799) == (
        "You refunded 8.0% of your sales in the last 30 days.",
        "近 30 天退款占销售额的 8.0%。",
    )


def test_undated_data_have_no_window() -> None:
    figure = ShopFigure(replace(BY_NAME["sales_180"], name="sales", window=None), 5.0, currency=None)
    words = shop_sentence(figure, raises=True)
    assert words == ("Your sales were 5.", "贵企业销售额为 5。")


def test_events_on_record() -> None:
    lawsuit = Feature("events_lawsuit_180", "", "events", 1, "events", 180)
    words = shop_sentence(ShopFigure(lawsuit, 2.0, 0.0, "industry"), raises=True)
    assert words == (
        "2 events on record in the last 180 days: lawsuits; others in your trade: most have none.",
        "近 180 天涉诉记录 2 次；同行业企业：多数没有。",
    )
    assert shop_sentence(ShopFigure(lawsuit, 2.0), raises=False) is None


@pytest.mark.parametrize(
    ("feature", "name", "code"),
    [
        ("refund_rate_180_peers", "refund_rate", "QUALITY"),
        ("events_lawsuit:tax", "events_lawsuit", "LEGAL"),
        ("events_lawsuit_180", "events_lawsuit", "LEGAL"),
        ("customers_180", "customers", "CUSTOMERS"),
        ("pay_late_days_peers", "pay_late_days", "PAYMENT"),
        ("margin_2023", "margin", None),
        ("refund_rate", "refund_rate", "QUALITY"),
        ("internal_rating", "internal_rating", None),
        ("roles", "roles", None),
        ("events_audit", "events_audit", None),
    ],
)
def test_variants_of_a_feature_have_its_reason(feature: str, name: str, code: str | None) -> None:
    assert shop_feature(feature) == name
    assert reason_of_feature(feature) == code

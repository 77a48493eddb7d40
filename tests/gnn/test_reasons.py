"""Reasons in two languages: the same codes and shares, other words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from supplyrisk import gnn
from supplyrisk.gnn.data.panel import panel_graph_of
from supplyrisk.gnn.explain.reason_texts import meaning_of
from supplyrisk.gnn.explain.reasons import Wording, caught_reason, neighbourhood_reason, own_code, own_reason
from supplyrisk.graph import FEATURES, LANGUAGES, Feature, ModelError, Snapshot, read_texts
from supplyrisk.graph.schema.aliases import SUMMARY

CHINESE = re.compile(r"[一-鿿]")
TEXTS = {lang: read_texts("supplyrisk.graph.texts", "reasons", lang) for lang in LANGUAGES}
CASH = {"cash": Feature("cash", "cash by the last row that gives it", "money", -1, "activity", 180)}


def test_every_phrase_is_in_both_languages() -> None:
    fields = {lang: {n: set(re.findall(r"{(\w+)", p)) for n, p in TEXTS[lang].items()} for lang in LANGUAGES}
    assert fields["en"] == fields["zh"]


def test_reasons_by_hand() -> None:
    reasons = [own_reason(("cash", ""), 1234.5, 0.5, Wording(CASH, "CNY", lang)) for lang in LANGUAGES]
    assert [r.text for r in reasons] == [
        "cash as last recorded: 1,234 CNY",
        "最近一次记录的现金：1,234 CNY",
    ]
    assert {(r.code, r.share) for r in reasons} == {("OWN_CASH", 0.5)}
    near = {"id": "F1", "link": "supplier", "share": 0.25}
    assert caught_reason(near).text == "25% of its hazard is contagion from F1 (supplier)"
    assert caught_reason(near, "zh").text == "25% 的违约强度由 F1（供应商）传染而来"
    reason = neighbourhood_reason("count:defaulted:upstream", 2.0, "zh")
    assert (reason.code, reason.text) == ("NET_DEFAULTED_UPSTREAM", "其供应商中有 2 家已违约")


@pytest.mark.parametrize(
    ("column", "value", "code", "english", "chinese"),
    [
        ("failed_90:upstream", 0.6, "NET_FAILED_UPSTREAM", "defaults among its suppliers", "其供应商中发生过违约"),
        ("failed_share_360:carriers", 0.0, "NET_FAILED_CARRIERS", "no default among", "中未发生违约"),
        ("failed_share_360:second_upstream", 1.0, "NET_FAILED_SECOND_UPSTREAM", "of its suppliers", "供应商的供应商"),
        ("score:exposure:second_downstream", 0.1, "NET_RISK_SECOND_DOWNSTREAM", "customers of its", "客户的客户"),
    ],
)  # fmt: skip
def test_reasons_by_partners(column: str, value: float, code: str, english: str, chinese: str) -> None:
    reasons = [neighbourhood_reason(column, value, lang) for lang in LANGUAGES]
    assert [r.code for r in reasons] == [code, code]
    assert english in reasons[0].text
    assert chinese in reasons[1].text


@pytest.mark.parametrize(
    ("unit", "value", "english", "chinese"),
    [
        ("share", 1.0, "100%", "100%"),
        ("share", 0.04745, "4.745%", "4.745%"),
        ("ratio", 1.25, "1.25", "1.25"),
        ("index", 1.0, "1", "1"),
        ("percentile", 0.935, "93.5 of 100", "93.5 （最高 100）"),
        ("days", 1.0, "1 day", "1 天"),
        ("days", 0.0, "0 days", "0 天"),
        ("days", 1.5, "1.5 days", "1.5 天"),
        ("weeks", 1.0, "1 week", "1 周"),
        ("people", 1.0, "1 person", "1 人"),
        ("firms", 12_345.0, "12,345 firms", "12,345 家"),
    ],
)
def test_a_number_is_said_in_words_of_its_unit(unit: str, value: float, english: str, chinese: str) -> None:
    features = {"margin": Feature("margin", "what it is", unit, 1, "activity", None)}
    texts = [own_reason(("margin", ""), value, None, Wording(features, lang=lang)).text for lang in LANGUAGES]
    assert texts == [f"profit margin: {english}", f"利润率：{chinese}"]


def test_one_of_what_is_counted_is_singular() -> None:
    texts = [neighbourhood_reason("count:upstream", value).text for value in (1.0, 2.0)]
    assert texts == ["1 link to its suppliers", "2 links to its suppliers"]
    roles = {"roles": Feature("roles", "what it does", "", 0, "firms", None, "category")}
    texts = [own_reason(("roles", "#words"), value, None, Wording(roles)).text for value in (1.0, 2.0)]
    assert texts == ["what it does: 1 entry", "what it does: 2 entries"]


def test_columns_of_users_are_named_and_never_taken_for_shipped_ones() -> None:
    rating = Feature("internal_rating", "internal rating", "", 0, "firms", None)
    margin = Feature("margin_2023", "margin 2023", "", 0, "firms", None)
    clicks = Feature("clicks_30", "clicks, mean of the last 30 days", "", 0, "activity", 30)
    for feature, english, chinese in (
        (rating, "internal rating: 3", "internal rating：3"),
        (margin, "margin 2023: 3", "margin 2023：3"),
        (clicks, "clicks, mean of the last 30 days: 3", "近 30 天clicks：3"),
    ):
        named = {feature.name: feature}
        texts = [
            own_reason((feature.name, ""), 3.0, None, Wording(named, lang=lang)).text for lang in LANGUAGES
        ]
        assert texts == [english, chinese]
    nothing = own_reason(("cash", ""), np.nan, None, Wording(CASH)).text
    assert nothing == "cash as last recorded: no figure can be computed"


@pytest.mark.parametrize("use", gnn.CANDIDATES)
def test_reasons_stand_in_the_row_of_their_firm(model: gnn.RiskModel, now: Snapshot, use: str) -> None:
    """What they say of a number is the firm's own, and whom it catches from is one of its neighbours."""
    features, currency = {f.name: f for f in now.features}, now.info.currency
    numbers = {own_code(n): n for n in model.encoder.numbers if n in now.firms.column_names}
    frame = {row["firm_id"]: row for row in now.firms.to_pylist()}
    own = caught = 0
    for row in gnn.score(model, now, use=use).firms.to_pylist():
        for reason in row["reasons"] or ():
            if name := numbers.get(reason["code"]):
                value = frame[row["firm_id"]][name]
                value = np.nan if value is None else float(value)
                assert reason["text"] == own_reason((name, ""), value, None, Wording(features, currency)).text
                own += 1
            if reason["code"].startswith("CAUGHT_"):
                assert any(f"from {near['id']} (" in reason["text"] for near in row["neighbours"])
                caught += 1
    assert own > 100
    assert (caught > 0) == (use == "network")


def test_every_unit_of_the_register_has_words(now: Snapshot) -> None:
    for unit in {feature.unit for feature in (*FEATURES, *now.features)} - {"money", ""}:
        assert all(f"unit.{unit}" in TEXTS[lang] for lang in LANGUAGES), unit


def test_every_feature_of_the_register_has_a_chinese_meaning(now: Snapshot) -> None:
    for feature in now.features:
        assert CHINESE.search(meaning_of(feature.name, feature, "zh")), feature.name
    assert meaning_of("sales_30", None, "zh") == "近 30 天销售额"
    assert meaning_of("events_lawsuit:tax_180", None, "zh") == "近 180 天诉讼事件数（含“tax”）"
    assert meaning_of("cash_weeks_peers", None, "zh") == "在同类中的百分位（现金可支撑的销售周数）"


@pytest.mark.parametrize("use", gnn.CANDIDATES)
def test_scores_differ_in_words_alone(model: gnn.RiskModel, now: Snapshot, use: str) -> None:
    english, chinese = (gnn.score(model, now, use=use, lang=lang).firms for lang in LANGUAGES)
    assert english.drop_columns(["reasons"]).equals(chinese.drop_columns(["reasons"]))
    for one, other in zip(english["reasons"].to_pylist(), chinese["reasons"].to_pylist(), strict=True):
        assert [(r["code"], r["share"]) for r in one or []] == [(r["code"], r["share"]) for r in other or []]
        assert all(CHINESE.search(r["text"]) for r in other or [])


def test_no_other_language(model: gnn.RiskModel, now: Snapshot) -> None:
    with pytest.raises(ModelError, match="en or zh"):
        gnn.score(model, now, lang="fr")


@pytest.mark.parametrize("use", gnn.CANDIDATES)
def test_candidates_that_are_left_out_change_no_score(model: gnn.RiskModel, now: Snapshot, use: str) -> None:
    whole, part = (
        gnn.score(model, now, use=use, computed=model.parts(now, c)) for c in (gnn.CANDIDATES, (use,))
    )
    assert whole.firms.equals(part.firms)
    assert whole.spreaders.equals(part.spreaders)


def test_a_summary_context_gets_its_columns_without_the_rest(model: gnn.RiskModel, now: Snapshot) -> None:
    graph, columns = panel_graph_of(now, model.encoder), model.encoder.column_names
    whole = model.boosters[0].predict([graph], columns)
    summary = model.boosters[0].predict([graph], columns, frozenset({SUMMARY}))
    assert (summary.summary == whole.summary).all()
    assert (summary.own == whole.own).all()
    assert np.isnan(summary.full).all()
    assert not np.isnan(whole.full).any()

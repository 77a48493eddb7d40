"""The sentence on the margin for missing data, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supplyrisk.graph.credit import ScoreFigures, margin_words
from supplyrisk.graph.snapshot.margin_sources import MARGIN_SOURCES

SCORE = ScoreFigures(
    pd=0.008, pd_low=None, pd_high=None, grade="D", worst_grade="F", evidence="year-payments", points=605.0, own=None,
    context=None, caught=None, state="scored", model="m/network", pd_grade="C", margin=2.0,
    margin_for="statements_absent",
)  # fmt: skip


def texts(score: ScoreFigures) -> tuple[str, str]:
    words = margin_words(score)
    assert words is not None
    return words.en, words.zh


def test_how_much_lower_the_grade_is_and_for_what() -> None:
    assert texts(SCORE) == (
        "one grade lower than by the PD alone (C): no statement",
        "比仅按违约概率评定的等级（C）低一级：无财务报表",
    )
    assert texts(replace(SCORE, grade="F", margin_for="statements_stale|sales_absent")) == (
        "3 grades lower than by the PD alone (C): outdated statement, no sales to firms",
        "比仅按违约概率评定的等级（C）低 3 级：财务报表已过时、无对企业的销售记录",
    )


def test_a_margin_within_the_grade_lowers_the_points_only() -> None:
    assert texts(replace(SCORE, grade="C", margin_for="activity_ageing")) == (
        "fewer points, but the same grade as by the PD alone: no recent activity",
        "分数降低，等级与仅按违约概率评定的相同：近期无经营数据",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"margin_for": None, "margin": 1.0},
        {"grade": None, "pd_grade": None},
        # Scores of earlier versions state none of it.
        {"pd_grade": None, "margin": None, "margin_for": None},
    ],
)
def test_nothing_is_said_without_a_margin(changed: dict[str, object]) -> None:
    assert margin_words(replace(SCORE, **changed)) is None  # type: ignore[arg-type]


def test_every_source_and_state_has_words() -> None:
    for source in MARGIN_SOURCES:
        for state in source.states:
            en, zh = texts(replace(SCORE, margin_for=f"{source.name}_{state}"))
            assert "{" not in en + zh

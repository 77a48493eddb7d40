"""The sentence with the grade, the evidence and the worst grade, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supplyrisk.graph import EVIDENCE_LABELS
from supplyrisk.graph.credit import ScoreFigures, worst_grade_words

SCORE = ScoreFigures(
    pd=0.008, pd_low=None, pd_high=None, grade="C", worst_grade="E", evidence="year-payments", points=625.0,
    own=None, context=None, caught=None, state="scored", model="m/network",
)  # fmt: skip
STATED_EN = (
    "C; with a year of trade or more, no recent statement and known payments not worse than E nine times in ten "
    "(measured on synthetic data)"
)
STATED_ZH = (
    "C 级；在交易记录满一年、无近期财务报表、付款情况已知的情况下，"
    "真实等级十次中有九次不差于 E 级（在合成数据上测得）"
)


def test_a_stated_worst_grade() -> None:
    words = worst_grade_words(SCORE)
    assert words is not None
    assert words.en == STATED_EN
    assert words.zh == STATED_ZH


def test_no_statement_says_with_what_evidence() -> None:
    words = worst_grade_words(replace(SCORE, worst_grade=None, evidence="months-statement"))
    assert words is not None
    assert words.en == (
        "C; with less than six months of trade, a recent statement and unknown payments no worst grade can be stated"
    )
    assert words.zh == "C 级；在交易记录不足半年、有近期财务报表、付款情况未知的情况下，无法给出最差等级"


def test_a_firm_without_dated_trade_and_one_without_a_grade() -> None:
    words = worst_grade_words(replace(SCORE, worst_grade=None, evidence=None))
    assert words is not None
    assert words.en == "C; without dated trade no worst grade can be stated"
    assert words.zh == "C 级；无带日期的交易记录，无法给出最差等级"
    assert worst_grade_words(replace(SCORE, grade=None)) is None


@pytest.mark.parametrize("label", EVIDENCE_LABELS)
def test_every_class_has_words(label: str) -> None:
    words = worst_grade_words(replace(SCORE, evidence=label))
    assert words is not None
    for text in words:
        assert "{" not in text

"""The words of memos: every code in both languages, with the same figures in the same form."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from supplyrisk.graph.credit import LANGUAGES, PHRASES, RULES, Sentence, Words
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.services import BREACH_CODES
from supplyrisk.web import LABELS, label

CHINESE = re.compile(r"[一-鿿]")
ALL: dict[str, Words] = {f"phrase {code}": words for code, words in PHRASES.items()}
ALL |= {f"label {name}": words for name, words in LABELS.items()}


def fields(text: str) -> list[tuple[str, str]]:
    """Names and forms of the figures in a phrase."""
    return sorted((name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("code", ALL)
def test_every_phrase_is_in_both_languages_with_the_same_figures(code: str) -> None:
    english, chinese = ALL[code]
    assert english and not CHINESE.search(english)
    assert CHINESE.search(chinese), code
    assert fields(english) == fields(chinese)


def test_no_two_rules_are_said_alike() -> None:
    for lang in range(len(LANGUAGES)):
        assert len({words[lang] for words in RULES.values()}) == len(RULES)


def test_what_may_be_lifted_has_words_for_every_rule() -> None:
    assert {f"LIFT_{code}" for code in RULES if code != "LEAST"} <= set(PHRASES)


def test_what_memo_and_book_measure_differently_has_two_names() -> None:
    assert set(RULES) & set(BREACH_CODES) == {"SINGLE_NAME"}


def test_every_product_and_link_has_a_label() -> None:
    assert set(PRODUCTS) <= set(LABELS)
    assert label("served", "en") == "transport customer"
    assert label("of_a_new_kind", "zh") == "of a new kind"


def test_a_sentence_within_a_sentence_is_said_in_its_language() -> None:
    inner = Sentence("at_pd", {"pd": 0.2})
    outer = Sentence("SOLE", {"share": 0.7, "side": Sentence("purchases"), "firm": "F1", "state": inner})
    assert outer.both("text") == {
        "text": "70% of its purchases depend on F1, which has a PD of 20.00%",
        "text_zh": "70% 的采购依赖 F1，该企业违约概率为 20.00%",
    }

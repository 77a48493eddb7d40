"""The texts of memos: every code of the rules in both languages, with the same figures in the same form."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from supplyrisk.graph import LANGUAGES, read_texts
from supplyrisk.graph.credit import (
    affordability,
    conclusion,
    limit_rules,
    loan_backing,
    memo,
    memo_label,
    memo_words,
)
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.services import BREACH_CODES

CHINESE = re.compile(r"[一-鿿]")
TEXTS = {lang: read_texts("supplyrisk.graph.texts", "memo", lang) for lang in LANGUAGES}
RULE_CALLS = ("_rule", "_of_total", "rule_of")
RULES = {key.split(".")[1] for key in TEXTS["en"] if key.startswith("rule.")}


def fields(text: str) -> list[tuple[str, str]]:
    """Names and forms of the figures in a text."""
    return sorted((name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("key", [key for key in TEXTS["en"] if not key.startswith("mark.")])
def test_every_text_is_in_both_languages_with_the_same_figures(key: str) -> None:
    english, chinese = (TEXTS[lang][key] for lang in LANGUAGES)
    assert english and not CHINESE.search(english)
    assert CHINESE.search(chinese)
    assert fields(english) == fields(chinese)


def calls(name: str) -> list[ast.Call]:
    """The calls of a function, with a constant as its first argument, in the modules that write texts of a memo."""
    modules = (affordability, conclusion, limit_rules, loan_backing, memo)
    trees = [ast.parse(Path(module.__file__).read_text(encoding="utf-8")) for module in modules]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [node for node in nodes if isinstance(node.func, ast.Name) and node.func.id == name]
    return [node for node in named if isinstance(node.args[0], ast.Constant)]


def constants(call: ast.Call) -> list[str]:
    """The texts among the arguments of a call."""
    return [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]


def rule_reason(call: ast.Call) -> str:
    """The key of the reason that a rule gives."""
    code, *why = constants(call)
    return f"rule.{code}.{why[0] if why else 'why'}"


def test_every_text_that_the_rules_write_has_its_figures() -> None:
    written = [(constants(call)[0], call) for call in calls("memo_words")]
    written += [(rule_reason(call), call) for name in RULE_CALLS for call in calls(name)]
    assert len(written) > 30
    for key, call in written:
        assert sorted(word.arg or "" for word in call.keywords) == [n for n, _ in fields(TEXTS["en"][key])], (
            key
        )


def test_every_code_of_a_rule_has_a_name_and_what_would_lift_a_limit_of_zero() -> None:
    codes = {constants(call)[0] for name in RULE_CALLS for call in calls(name)}
    assert len(codes) == 12
    assert codes == RULES
    assert {f"rule.{code}.name" for code in codes} <= set(TEXTS["en"])
    # LEAST never sets the amount: it lists why the amount of another rule is not lent.
    assert {f"rule.{code}.lift" for code in codes - {"LEAST"}} <= set(TEXTS["en"])


def test_every_finding_says_what_would_change_it() -> None:
    without_change = {constants(call)[0] for call in calls("_finding") if len(call.args) == 3}
    assert without_change == {
        "DEFAULTED",
        "THIN",
        "RING",
        "TURNOVER_UNKNOWN",
        "TRADE_UNKNOWN",
        "NO_ROOM",
        "THIN_FILE",
        "DOUBLE_FINANCED",
        "FABRICATED",
    }
    for code in without_change:
        assert not fields(TEXTS["en"][f"finding.{code}.change"])


def test_no_two_rules_are_said_alike() -> None:
    for texts in TEXTS.values():
        assert len({texts[f"rule.{code}.name"] for code in RULES}) == len(RULES)


def test_what_memo_and_book_measure_differently_has_two_names() -> None:
    assert set(RULES) & set(BREACH_CODES) == {"SINGLE_NAME"}


def test_every_product_and_link_has_a_label() -> None:
    assert {f"label.{product}" for product in PRODUCTS} <= set(TEXTS["en"])
    assert memo_label("served").en == "transport customer"
    assert memo_label("of_a_new_kind").zh == "of a new kind"


def test_a_text_within_a_text_is_written_in_its_language() -> None:
    state = memo_words("finding.SOLE.at_pd", days=180, pd=0.2)
    side = memo_words("finding.SOLE.supplier")
    assert memo_words("finding.SOLE.text", share=0.7, side=side, firm="F1", state=state) == (
        "70% of its purchases depend on F1, which has a 180-day PD of 20.00%",
        "70% 的采购依赖 F1，该企业180 天违约概率为 20.00%",
    )

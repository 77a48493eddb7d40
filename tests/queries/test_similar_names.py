"""Hints for unknown names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.queries import did_you_mean, first_names, name_hint, similar_names

KEYS = ("firm_id", "firms", "region", "carrier")
names = st.text("abc_- AB", min_size=1, max_size=6)


def test_hint_lists_similar_names_the_closest_first() -> None:
    assert did_you_mean("firmz", KEYS) == "did you mean firms or firm_id?"
    assert did_you_mean("aaab", ["aaaa", "aaac", "aaad", "zzz"]) == "did you mean aaad, aaac or aaaa?"
    assert did_you_mean("wholly else", KEYS) is None
    assert name_hint("wholly else", KEYS) == "expected one of firm_id, firms, region, carrier"
    assert name_hint("any", ()) == "expected one of none"


def test_similarity_of_one_finds_differences_of_case_and_separators_only() -> None:
    assert similar_names("\ufeffFirm ID", KEYS, similarity=1) == ["firm_id"]
    assert similar_names("firmz", KEYS, similarity=1) == []


def test_first_names_counts_the_rest() -> None:
    assert first_names(["a", "b", "c"], 2) == "a, b and 1 more"
    assert first_names(["a", "b"], 2) == "a, b"


@given(names, st.lists(names))
def test_suggestions_are_known_names(name: str, known: list[str]) -> None:
    suggestions = similar_names(name, known)
    assert len(suggestions) <= 3
    assert set(suggestions) <= set(known)
    if name in known:
        assert suggestions[0].casefold().translate(
            {ord(c): None for c in " -_"}
        ) == name.casefold().translate({ord(c): None for c in " -_"})

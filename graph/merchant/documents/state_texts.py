"""Names of the states of order items, and of the rules by which an item cannot be financed, in both languages."""

from __future__ import annotations

from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts


def state_words(state: str) -> Words:
    """Return the name of a state, such as "invoiced without receipt".

    Raises
    ------
    KeyError: it is no `ItemState`.
    """
    return _words(f"state.{state}")


def rule_words(rule: str) -> Words:
    """Return why an item cannot be financed, such as "overdue".

    Raises
    ------
    KeyError: it is none of CLAIM_RULES.
    """
    return _words(f"rule.{rule}")


def _words(key: str) -> Words:
    return Words(
        *(read_texts("supplyrisk.graph.texts", "documents", language)[key] for language in LANGUAGES)
    )

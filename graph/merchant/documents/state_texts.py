"""The names of states of order items, in both languages."""

from __future__ import annotations

from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts


def state_words(state: str) -> Words:
    """Return the name of a state, such as "invoiced without receipt".

    Raises
    ------
    KeyError: it is no `ItemState`.
    """
    return Words(
        *(read_texts("supplyrisk.graph.texts", "documents", lang)[f"state.{state}"] for lang in LANGUAGES)
    )

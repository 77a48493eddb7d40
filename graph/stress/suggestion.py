"""The nearest of the words that would have been known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from supplyrisk.graph.contagion.network import first_names


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean X`, or what was expected where nothing is alike."""
    words = sorted(known)
    close = get_close_matches(word, words, 1)
    if close:
        return f"did you mean {close[0]}"
    return f"expected one of {first_names(words)}" if words else "the data have none"

"""Hints for a name that is not known: the known names that are most similar, or the known names themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MAX_SUGGESTIONS = 3
SIMILARITY = 0.6
"""Least similarity of a suggestion, as difflib's ratio."""
# Written by some editors at the start of a file, where it becomes part of the first column's name.
_BYTE_ORDER_MARK = "\ufeff"


def similar_names(
    name: str, known: Iterable[str], similarity: float = SIMILARITY, limit: int = MAX_SUGGESTIONS
) -> list[str]:
    """Return the known names that are similar to an unknown one, the most similar first.

    Case, white space, hyphens, underscores and a byte order mark do not count: with a similarity of 1, names that
    differ in nothing else are returned.
    """
    by_folded_name = {_folded(candidate): candidate for candidate in sorted(known, reverse=True)}
    close = get_close_matches(_folded(name), by_folded_name, limit, similarity)
    return [by_folded_name[folded] for folded in close]


def _folded(name: str) -> str:
    plain = "".join(name.split()).casefold()
    return plain.replace("-", "").replace("_", "").strip(_BYTE_ORDER_MARK)


def did_you_mean(name: str, known: Iterable[str], similarity: float = SIMILARITY) -> str | None:
    """Return "did you mean a, b or c?" with the names similar to an unknown one; None where no name is similar."""
    return suggestion(similar_names(name, known, similarity))


def suggestion(names: Sequence[str]) -> str | None:
    """Return "did you mean a, b or c?", or None without names."""
    if not names:
        return None
    first = f"{', '.join(names[:-1])} or " if len(names) > 1 else ""
    return f"did you mean {first}{names[-1]}?"


def name_hint(name: str, known: Iterable[str]) -> str:
    """Return "did you mean a, b or c?", or "expected one of ..." where no known name is similar."""
    names = list(known)
    return did_you_mean(name, names) or f"expected one of {first_names(names, 25) or 'none'}"


def first_names(names: Sequence[str], limit: int = 10) -> str:
    """Return the first names joined by commas, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more

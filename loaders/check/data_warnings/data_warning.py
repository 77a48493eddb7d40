"""One warning: a pattern in the data that is likely to be a mistake, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

EXAMPLES = 3
"""Examples of a warning at most."""
_MAX_CHARACTERS = 60
"""Characters of an example that are kept."""


@dataclass(frozen=True)
class ColumnCount:
    """How often a column of a table shows a pattern; column is "" where rows show it."""

    table: str
    column: str
    count: int

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        return f"{place} {self.count:,}"


@dataclass(frozen=True)
class DataWarning:
    """A pattern in the data; there is one warning per pattern, however many files and columns show it.

    Parameters
    ----------
    code: name of the pattern, for programs.
    problem: what was seen.
    remedy: what to do; it names the mapping's key where there is one.
    places: where it was seen, and how often.
    examples: up to EXAMPLES different values.
    """

    code: str
    problem: str
    remedy: str
    places: tuple[ColumnCount, ...]
    examples: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How often all columns together show the pattern."""
        return sum(place.count for place in self.places)

    def __str__(self) -> str:
        places = ", ".join(map(str, self.places))
        examples = f" (such as {'; '.join(self.examples)})" if self.examples else ""
        return f"{self.problem}: {places}{examples}; {self.remedy}"

    def to_json(self) -> dict[str, object]:
        """Return the warning for JSON."""
        return {
            "code": self.code,
            "count": self.count,
            "problem": self.problem,
            "remedy": self.remedy,
            "places": [asdict(place) for place in self.places],
            "examples": list(self.examples),
        }


def first_examples(examples: Iterable[str]) -> tuple[str, ...]:
    """Return the first EXAMPLES different texts, each shortened."""
    unique: Sequence[str] = list(dict.fromkeys(examples))[:EXAMPLES]
    return tuple(e if len(e) <= _MAX_CHARACTERS else f"{e[: _MAX_CHARACTERS - 1]}…" for e in unique)

"""Rows that do not count: a column of states says that they are void."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from supplyrisk.loaders.drafting.draft_keys import DraftKey, counts_text
from supplyrisk.loaders.drafting.header_dictionary import folded_header, header_words

_MAX_STATES = 12
"""Different cells that a column of states has at most."""
Row = TypeVar("Row", bound=Sequence[object])


@dataclass(frozen=True)
class StateColumn:
    """A column of states: its name, its place, and the states of rows that are dropped with their numbers."""

    name: str
    place: int
    void: Counter[str]

    @property
    def key(self) -> DraftKey:
        """The key that drops these rows."""
        evidence = f"void rows are dropped, and counted as such: {counts_text(self.void)}"
        return DraftKey("where_not", {self.name: sorted(self.void)}, evidence)


def state_column(names: Sequence[str], rows: Sequence[Sequence[object]]) -> StateColumn | None:
    """Return the column that says which rows are void; None where none does."""
    for place, name in enumerate(names):
        if not _is_of_states(name):
            continue
        cells = Counter(str(row[place]).strip() for row in rows if row[place] is not None)
        void = Counter({text: count for text, count in cells.items() if folded_header(text) in _void_words()})
        if void and len(cells) <= _MAX_STATES:
            return StateColumn(name, place, void)
    return None


def without_void(rows: Sequence[Row], state: StateColumn | None) -> list[Row]:
    """Return the rows that are not void."""
    if state is None:
        return list(rows)
    return [row for row in rows if str(row[state.place]).strip() not in state.void]


def _is_of_states(name: str) -> bool:
    folded = folded_header(name)
    return any(folded_header(word) in folded for word in header_words().states)


@cache
def _void_words() -> frozenset[str]:
    return frozenset(map(folded_header, header_words().void))

"""A graph that somebody else made, as far as it is read here: whole patterns of it, row by row, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

RowConsumer = Callable[[Iterable[Sequence[Any]]], None]
"""Given all rows of a pattern, once; from the start again where the connection broke half-way."""


@dataclass(frozen=True)
class Pattern:
    """Nodes of a label; or links of a type, from nodes of one label to nodes of another ("": of any).

    own, start and end name properties: of the node or the link itself, and of the link's two ends.
    """

    label: str = ""
    type: str = ""
    start_label: str = ""
    end_label: str = ""
    own: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()


class ExternalGraph(Protocol):
    """Somebody else's graph. All methods raise StoreError where it cannot be reached."""

    def labels(self) -> set[str]:
        """The labels that it has."""

    def types(self) -> set[str]:
        """The relationship types that it has."""

    def keys(self, pattern: Pattern) -> list[str]:
        """The properties that any node or link of a pattern has, sorted."""

    def missing_properties(self, pattern: Pattern) -> tuple[list[str], list[str]]:
        """Which of the properties in start and end no node at that end has."""

    def read(self, pattern: Pattern, consume: RowConsumer) -> None:
        """Hand over the rows of a pattern: values of own, then start, then end; None for what is missing.

        Values are text, numbers, truth values, `date` and `datetime`, lists of these, or others as text.
        """

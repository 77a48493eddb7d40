"""Read access to a graph that another system keeps: whole patterns, row by row; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

RowConsumer = Callable[[Iterable[Sequence[Any]]], None]
"""Receives all rows of a pattern in one call; it is called again from the start if the connection broke midway."""


@dataclass(frozen=True)
class Pattern:
    """A pattern to read: the nodes of a label, or the links of a type between nodes of two labels.

    Parameters
    ----------
    label: the nodes' label, for a pattern of nodes.
    type: the links' type, for a pattern of links.
    start_label, end_label: labels at the links' ends; "" for any.
    own, start, end: properties to read, of the node or link itself and of the link's two ends.
    """

    label: str = ""
    type: str = ""
    start_label: str = ""
    end_label: str = ""
    own: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()


class ExternalGraph(Protocol):
    """A graph that another system keeps. All methods raise StoreError if it cannot be reached."""

    def labels(self) -> set[str]:
        """Return its node labels."""

    def types(self) -> set[str]:
        """Return its relationship types."""

    def keys(self, pattern: Pattern) -> list[str]:
        """Return the properties that at least one node or link of a pattern has, sorted."""

    def missing_properties(self, pattern: Pattern) -> tuple[list[str], list[str]]:
        """Return the properties in `start` and in `end` that no node at that end has."""

    def read(self, pattern: Pattern, consume: RowConsumer) -> None:
        """Pass the rows of a pattern to `consume`: values of own, then start, then end; None where missing.

        Values are text, numbers, booleans, `date` and `datetime`, lists of these; values of other types become text.
        """

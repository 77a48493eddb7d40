"""Queries on exposure against plain Python, on both stores."""

from __future__ import annotations

from library_graph import answers
from supplyrisk.graph.store import Store


def test_neighbours(library: Store) -> None:
    found = answers(library, "neighbours", firm="ex-shop")
    assert [row[:2] for row in found] == []

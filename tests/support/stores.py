"""Both graph stores behind one door, for tests that have one body for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.graph.store.graph_tables import GraphTables
from supplyrisk.graph.store.protocol import Store

ENGINES = ("embedded", "neo4j")
Reopen = Callable[[], Store]


@contextmanager
def holding(
    request: pytest.FixtureRequest, kind: str, graph_tables: GraphTables, *, fresh: bool = False
) -> Iterator[tuple[Store, Reopen]]:
    """A store with graph tables, and a function that opens it again; fresh: no other test uses it."""
    if kind == "embedded":
        folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("graph")
        with EmbeddedStore(folder, create=True) as store:
            store.rebuild(graph_tables)
            yield store, lambda: EmbeddedStore(folder)
        return
    server = request.getfixturevalue("neo4j_session")
    if fresh:
        server.content = None
    server.holding(repr(graph_tables.stamp), lambda store: store.rebuild(graph_tables))
    with server.store() as store:
        yield store, server.store
    if fresh:
        server.content = None

"""Graphs for the tests of the Neo4j store: a small ring of firms, a digest of a database, a load that is stopped."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.neo4j import marker as neo4j_marker
from supplyrisk.graph.store.neo4j.connection import Connection

TEXT, NUMBER = pa.string(), pa.float64()


def ring_graph_tables(
    firms: int = 60, *, data: str = "one", least: int = 0, column: str = "size"
) -> GraphTables:
    """Firms in a ring, each selling two categories to the next one, and every tenth a loan."""
    ids = [f"f{i:03d}" for i in range(least, least + firms)]
    buyer = pa.chunked_array([[i % 2 == 0 for i in range(firms)]])
    nodes = pa.table(
        {"firm_id": ids, "name": [f"Firm {i}" for i in ids], column: [float(i) for i in range(firms)]}
    )
    ends = {"source": ids + ids, "target": [*ids[1:], ids[0]] * 2}
    supplies = pa.table(
        {
            **ends,
            "category": pa.array(["wood"] * firms + [None] * firms, TEXT),
            "amount": pa.array([float(i) for i in range(2 * firms)], NUMBER),
        }
    )
    loans = pa.table(
        {"source": ["bank"] * len(ids[::10]), "target": ids[::10], "loan_id": [f"L{i}" for i in ids[::10]]}
    )
    return GraphTables(
        (NodeTable("Firm", nodes, {"Buyer": buyer}), NodeTable("Lender", pa.table({"lender_id": ["bank"]}))),
        (EdgeTable("SUPPLIES", "Firm", "Firm", supplies), EdgeTable("LENDS_TO", "Lender", "Firm", loans)),
        {"data": data},
    )


def content(link: Connection) -> tuple[int, int, str]:
    """Nodes, links, and a hash of all that is in the database; of the marker, what it says at rest."""
    nodes = link.rows("MATCH (n) WHERE NOT n:ScgraphLoad RETURN labels(n), properties(n)")
    links = link.rows(
        "MATCH (a)-[r]->(b) RETURN coalesce(a.firm_id, a.lender_id), type(r), b.firm_id, properties(r)"
    )
    rest = link.rows(
        "MATCH (m:ScgraphLoad) RETURN m.state, m.picture, m.stamp, m.names, m.links, coalesce(m.scores, [])"
    )
    rows = sorted(repr([sorted(labels), sorted(p.items())]) for labels, p in nodes)
    rows += sorted(repr([a, t, b, sorted(p.items())]) for a, t, b, p in links)
    return len(nodes), len(links), hashlib.sha256("\n".join([*rows, repr(rest)]).encode()).hexdigest()


def stop_at(monkeypatch: pytest.MonkeyPatch, number: int | None, then: Any) -> None:
    """Have something happen before a load's batch of that number; None: before any batch that has none."""
    batch = neo4j_marker.BatchWriter.batch

    def watched(self: neo4j_marker.BatchWriter, cypher: str, rows: Any, at: int | None = None) -> int:
        if at == number:
            then()
        return batch(self, cypher, rows, at)

    monkeypatch.setattr(neo4j_marker.BatchWriter, "batch", watched)

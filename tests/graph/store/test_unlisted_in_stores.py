"""Unlisted firms in both stores: a property of their nodes, links like those of any firm, and back again."""

from __future__ import annotations

import pytest

from handmade import AS_OF, firms, tables_of, trade
from stores import ENGINES, holding
from supplyrisk.graph import build_snapshot
from supplyrisk.graph.store.graph_tables import graph_tables_of
from supplyrisk.graph.store.read_back import read_back


@pytest.mark.parametrize("kind", ENGINES)
def test_the_graph_says_which_firms_are_unlisted(request: pytest.FixtureRequest, kind: str) -> None:
    listed = firms("A", "B", industry="steel")
    tables = tables_of(
        firms=listed + firms("X", unlisted=True), supplies=[trade("X", "A", 9, 5), trade("A", "B", 9, 5)]
    )
    snapshot = build_snapshot(tables, AS_OF)
    with holding(request, kind, graph_tables_of(snapshot), fresh=True) as (store, _):
        query = "MATCH (f:Firm) RETURN f.firm_id AS firm, f.unlisted AS unlisted, f.f_suppliers_180 AS n ORDER BY firm"
        rows = store.run(query).to_pylist()
        linked = store.run(
            "MATCH (:Firm {unlisted: true})-[:SUPPLIES]->(b:Firm) RETURN b.firm_id AS firm"
        ).to_pylist()
        back = read_back(store)
    assert [(row["firm"], row["unlisted"]) for row in rows] == [("A", None), ("B", None), ("X", True)]
    assert [row["n"] for row in rows] == [1, 1, None]
    assert linked == [{"firm": "A"}]
    assert back.unlisted.tolist() == [False, False, True]


@pytest.mark.parametrize("kind", ENGINES)
def test_without_unlisted_firms_the_graph_has_no_such_property(
    request: pytest.FixtureRequest, kind: str
) -> None:
    snapshot = build_snapshot(tables_of(firms=firms("A", "B"), supplies=[trade("A", "B", 9, 5)]), AS_OF)
    with holding(request, kind, graph_tables_of(snapshot), fresh=True) as (store, _):
        assert store.run("MATCH (f:Firm) WHERE f.unlisted RETURN f.firm_id AS firm").num_rows == 0
        keys = store.run("MATCH (f:Firm) RETURN keys(f) AS names").to_pylist()
        assert not read_back(store).unlisted.any()
    assert all("unlisted" not in row["names"] for row in keys)

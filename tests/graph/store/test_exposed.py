"""Contagion in the graph, on both stores: what is written, what it leaves alone, and when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from neo4j_graphs import content, stop_at
from neo4j_server import TestServer
from stores import ENGINES, holding
from supplyrisk.graph.errors import CypherError, DataError, StoreError
from supplyrisk.graph.store.contagion_records import ContagionRecords, contagion_records_of
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable, relationship_type
from supplyrisk.graph.store.neo4j import connection as neo4j_link
from supplyrisk.graph.store.neo4j import marker as neo4j_marker
from supplyrisk.graph.store.neo4j.cleanup import count_stored, remove_everything
from supplyrisk.graph.store.property_names import CONTAGION_NAMES, EXPOSED_TO
from supplyrisk.graph.store.protocol import Store

TEXT, NUMBER = pa.string(), pa.float64()
SOURCE = pa.struct([("firm_id", TEXT), ("exposure", NUMBER), ("share", NUMBER)])
LINKS = "MATCH (a:Firm)-[r:EXPOSED_TO]->(b:Firm) RETURN a.firm_id, b.firm_id, r.share, r.exposure, r.loss, r.base_pd"
DAY = date(2024, 3, 31)


def example_graph_tables(data: str = "one") -> GraphTables:
    """a sells to b, and b to c."""
    firms = pa.table({"firm_id": ["a", "b", "c"], "name": ["A", "B", "C"]})
    ends = {"source": ["a", "b"], "target": ["b", "c"], "amount": [1.0, 2.0]}
    lenders = NodeTable("Lender", pa.table({"lender_id": ["bank"]}))
    return GraphTables(
        (NodeTable("Firm", firms), lenders),
        (EdgeTable("SUPPLIES", "Firm", "Firm", pa.table(ends)),),
        {"data": data},
    )


def contagion(pds: bool = True, **sources: list[tuple[str, float, float]]) -> pa.Table:
    """Firms c, a, b with base PDs .5, .2, .1; sources are (firm, part of the exposure, share)."""
    found = [
        [dict(zip(("firm_id", "exposure", "share"), row, strict=True)) for row in sources.get(firm, [])]
        for firm in ("c", "a", "b")
    ]
    known = {"exposure": [0.16, 0.0, 0.1], "by_supply": [0.12, 0.0, 0.1], "by_demand": [0.0, 0.0, 0.0]}
    known |= {"by_credit": [0.04, 0.0, None]}
    known |= {"base_pd": [0.5, 0.2, 0.1]}
    return pa.table(
        {
            "firm_id": ["c", "a", "b"],
            "esri": [0.25, 0.75, 0.5],
            "down": [0.0, 0.75, 0.5],
            "up": [0.25, 0.0, 0.0],
            **{name: pa.array(values if pds else [None] * 3, NUMBER) for name, values in known.items()},
            "sources": pa.array(found if pds else [None] * 3, pa.list_(SOURCE)),
        }
    )


FULL = {"c": [("a", 0.1, 0.625), ("b", 0.06, 0.375)], "b": [("a", 0.1, 1.0)]}


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with holding(request, request.param, example_graph_tables(), fresh=True) as (made, _):
        yield made


def links(store: Store) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.run(f"{LINKS} ORDER BY a.firm_id, b.firm_id").to_pylist()]


def firms(store: Store, *names: str) -> list[tuple[Any, ...]]:
    items = ", ".join(f"f.{name}" for name in names)
    found = store.run(f"MATCH (f:Firm) RETURN {items} ORDER BY f.firm_id")
    return [tuple(row.values()) for row in found.to_pylist()]


def test_each_firm_is_linked_to_the_sources_that_it_suffers_from(store: Store) -> None:
    store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
    # A part of an exposure is the source's base PD times the loss: .1 = .2 x .5, .06 = .1 x .6.
    assert links(store) == [
        ("b", "a", 1.0, 0.1, pytest.approx(0.5), 0.2),
        ("c", "a", 0.625, 0.1, pytest.approx(0.5), 0.2),
        ("c", "b", 0.375, 0.06, pytest.approx(0.6), 0.1),
    ]
    assert firms(store, "risk_esri", "risk_esri_up", "risk_exposure", "risk_contagion_as_of") == [
        (0.75, 0.0, 0.0, "2024-03-31"),
        (0.5, 0.0, 0.1, "2024-03-31"),
        (0.25, 0.25, 0.16, "2024-03-31"),
    ]
    # Of b nobody knows the equity: what it loses by credit is missing, not 0.
    assert firms(store, "risk_exposure_by_supply", "risk_exposure_by_credit") == [
        (0.0, 0.0),
        (0.1, None),
        (0.12, 0.04),
    ]
    info = store.info()
    assert {*info.contagion} == CONTAGION_NAMES
    assert (info.edges[EXPOSED_TO], info.edges["SUPPLIES"], info.scores) == (3, 2, ())


def test_scores_and_contagion_leave_each_other_alone(store: Store) -> None:
    store.write_scores(pa.table({"firm_id": ["a", "b", "c"], "pd": [0.1, 0.2, 0.3]}))
    store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
    assert firms(store, "risk_pd", "risk_esri") == [(0.1, 0.75), (0.2, 0.5), (0.3, 0.25)]
    store.write_scores(pa.table({"firm_id": ["a"], "pd": [0.4]}))
    assert firms(store, "risk_pd", "risk_esri") == [(0.4, 0.75), (None, 0.5), (None, 0.25)]
    assert len(links(store)) == 3
    assert store.info().scores == ("risk_pd",)


def test_contagion_written_again_replaces_what_was_there(store: Store) -> None:
    store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
    store.write_contagion(contagion_records_of(contagion(c=[("b", 0.05, 1.0)]), DAY))
    assert links(store) == [("c", "b", 1.0, 0.05, pytest.approx(0.5), 0.1)]
    store.write_contagion(contagion_records_of(contagion(pds=False), None))
    assert links(store) == []
    names = ("risk_esri", "risk_exposure", "risk_contagion_as_of")
    assert firms(store, *names) == [(0.75, None, None), (0.5, None, None), (0.25, None, None)]


def test_newer_graph_tables_drops_what_is_stale(store: Store) -> None:
    for data in ("one", "two"):
        store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
        store.rebuild(example_graph_tables(data))
        assert store.info().contagion == ()
        assert store.info().edges == {"SUPPLIES": 2}
        with pytest.raises(
            CypherError, match=r"no links EXPOSED_TO: .* run scgraph contagion, then scgraph store"
        ):
            links(store)
        with pytest.raises(
            CypherError, match="no firm has risk_esri: the store holds no contagion; run scgraph"
        ):
            firms(store, "risk_esri")


def test_each_set_is_asked_for_by_its_own_command(store: Store) -> None:
    store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
    with pytest.raises(CypherError, match="no scores; run scgraph score first, or scgraph store scores"):
        firms(store, "risk_pd")
    store.rebuild(example_graph_tables())
    store.write_scores(pa.table({"firm_id": ["a"], "pd": [0.4]}))
    with pytest.raises(CypherError, match="holds no contagion"):
        firms(store, "risk_exposure")


def test_firms_that_the_store_lacks_are_named_and_nothing_changes(store: Store) -> None:
    good = contagion_records_of(contagion(**FULL), DAY)
    store.write_contagion(good)
    strays = pa.table({"firm_id": ["z"], "risk_esri": [1.0]})
    with pytest.raises(StoreError, match="1 scored firms are not in the store, z first"):
        store.write_contagion(ContagionRecords(strays, good.links))
    assert len(links(store)) == 3


def test_faulty_tables_of_contagion() -> None:
    with pytest.raises(
        DataError,
        match="contagion results without the columns up, sources; expected the table of scgraph contagion",
    ):
        contagion_records_of(contagion().drop_columns(["up", "sources"]), DAY)
    with pytest.raises(DataError, match="1 sources of contagion are not among its firms"):
        contagion_records_of(contagion(c=[("nobody", 0.1, 1.0)]), DAY)
    none = contagion_records_of(
        contagion(c=[("a", 0.1, 1.0)]).set_column(8, "base_pd", pa.array([0.5, 0.0, 0.1])), DAY
    )
    assert none.links.rows["loss"].to_pylist() == [None]


def test_a_model_cannot_write_under_the_names_of_contagion(store: Store) -> None:
    with pytest.raises(DataError, match="scores with the columns risk_esri; expected other names"):
        store.write_scores(pa.table({"firm_id": ["a"], "esri": [0.4]}))


def test_a_relation_kind_never_takes_the_name_of_these_links() -> None:
    assert relationship_type("exposed to") == "REL_EXPOSED_TO"


# Neo4j, which is shared with others


def test_links_of_theirs_stay_and_cleaning_leaves_a_database_as_it_was(neo4j_server: TestServer) -> None:
    theirs = """
        CREATE (:Firm {firm_id: 'a', risk_mine: 1})-[:EXPOSED_TO {share: 9.0}]->(:Firm {firm_id: 'b', risk_esri: 7.0})
    """
    with neo4j_server.store() as store:
        store.connection.write(lambda tx: tx.run(theirs).consume())
        before = content(store.connection)
        store.rebuild(example_graph_tables())
        store.write_contagion(contagion_records_of(contagion(**FULL), DAY))
        assert len(links(store)) == 4
        held = count_stored(store.connection)
        assert held.links == {"EXPOSED_TO": 3, "SUPPLIES": 2}
        assert {*held.scores} == CONTAGION_NAMES
        remove_everything(store.connection)
        # A value of theirs under one of our names was replaced, and ours stays in its place: docs/neo4j.md.
        store.connection.write(
            lambda tx: tx.run("MATCH (b:Firm {firm_id: 'b'}) SET b.risk_esri = 7.0").consume()
        )
        store.connection.write(lambda tx: tx.run("MATCH (f:Firm) REMOVE f.name").consume())
        assert content(store.connection) == before


def test_contagion_that_was_cut_off_is_refused_until_it_is_written(
    neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = contagion_records_of(contagion(**FULL), DAY)
    with neo4j_server.store() as store:
        store.rebuild(example_graph_tables())
        store.write_contagion(found)
        whole = content(store.connection)
        with monkeypatch.context() as patched:
            patched.setattr(
                neo4j_marker.BatchWriter, "batch", lambda *_: (_ for _ in ()).throw(StoreError("gone"))
            )
            with pytest.raises(StoreError, match="gone"):
                store.write_contagion(found)
        with pytest.raises(
            StoreError, match=r"contagion is in progress or was interrupted; .* scgraph store contagion again"
        ):
            store.run("MATCH (f:Firm) RETURN count(f)")
        store.write_contagion(found)
        assert content(store.connection) == whole


@pytest.mark.long
def test_a_server_killed_while_contagion_is_written(
    neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = contagion_records_of(contagion(**FULL), DAY)
    with neo4j_server.store() as store:
        store.rebuild(example_graph_tables())
        store.write_contagion(found)
        whole = content(store.connection)
        store.rebuild(example_graph_tables())
    monkeypatch.setattr(neo4j_link, "RETRY_TIMEOUT", 2.0)
    with monkeypatch.context() as patched, neo4j_server.store() as store:
        stop_at(patched, None, neo4j_server.kill)
        with pytest.raises(StoreError, match="does not answer; expected a running server; start it"):
            store.write_contagion(found)
    neo4j_server.start()
    with neo4j_server.store() as store:
        store.write_contagion(found)
        assert content(store.connection) == whole

"""Loading into a real Neo4j: what is ours and what is not, loads that die, and what is taken away again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from neo4j_graphs import content, ring_graph_tables, stop_at
from neo4j_server import TestServer
from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables
from supplyrisk.graph.store.neo4j import connection as neo4j_link
from supplyrisk.graph.store.neo4j import load_parts as neo4j_plan
from supplyrisk.graph.store.neo4j import marker as neo4j_marker
from supplyrisk.graph.store.neo4j import write_risk as neo4j_risk
from supplyrisk.graph.store.neo4j.cleanup import count_stored, remove_everything
from supplyrisk.graph.store.neo4j.connection import Connection
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore

HERE = Path(__file__).resolve().parent
FOLDERS = (str(HERE), str(HERE.parents[1] / "support"))
TEXT, NUMBER = pa.string(), pa.float64()


@pytest.fixture
def link(neo4j_server: TestServer) -> Any:
    made = neo4j_server.link()
    yield made
    made.close()


@pytest.fixture
def store(neo4j_server: TestServer) -> Any:
    with neo4j_server.store() as made:
        yield made


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_plan, "BATCH", 25)


# Loading once, twice, and something newer


def test_loading_twice_changes_nothing(store: Neo4jStore, link: Connection) -> None:
    store.rebuild(ring_graph_tables())
    once = content(link)
    assert once[:2] == (61, 126)
    store.rebuild(ring_graph_tables())
    assert content(link) == once


def test_newer_graph_tables_leaves_what_it_alone_would_have_made(
    store: Neo4jStore, link: Connection, neo4j_server: TestServer
) -> None:
    store.rebuild(ring_graph_tables(50, data="two", least=20, column="weight"))
    expected = content(link)
    neo4j_server.empty()
    store.rebuild(ring_graph_tables())
    store.write_scores(pa.table({"firm_id": ["f030"], "pd": [0.5]}))
    store.rebuild(ring_graph_tables(50, data="two", least=20, column="weight"))
    assert content(link) == expected
    assert store.info().scores == ()
    assert link.rows("MATCH (n:Firm) WHERE n.size IS NOT NULL RETURN count(n)") == [[0]]


def test_equal_links_are_kept_and_the_order_of_rows_does_not_matter(
    store: Neo4jStore, link: Connection
) -> None:
    rows = {"source": ["f000"] * 3, "target": ["f001"] * 3, "amount": [2.0, 1.0, 2.0]}

    def made(order: list[int]) -> GraphTables:
        table = EdgeTable("SUPPLIES", "Firm", "Firm", pa.table(rows).take(order))
        return GraphTables(ring_graph_tables(2).nodes, (table,), {"data": "three"})

    store.rebuild(made([0, 1, 2]))
    once = content(link)
    assert link.rows("MATCH ()-[r]->() RETURN r.amount ORDER BY r.amount") == [[1.0], [2.0], [2.0]]
    store.rebuild(made([2, 0, 1]))
    assert content(link) == once


def test_what_is_not_ours_stays(store: Neo4jStore, link: Connection) -> None:
    theirs = """
        CREATE (:Firm {firm_id: 'mine', name: 'kept'})-[:KNOWS]->(old:Firm {firm_id: 'f003', name: 'Old', owner: 'me'}),
               (:Note {text: 'x'})-[:ABOUT]->(old)
    """
    link.write(lambda tx: tx.run(theirs).consume())
    before = content(link)
    store.rebuild(ring_graph_tables())
    link.write(
        lambda tx: tx.run(
            "MATCH (n:Note), (f:Firm {firm_id: 'f005'}), (w:Firm {firm_id: 'f006'}) "
            "CREATE (n)-[:ABOUT]->(f) SET w.watched = true"
        ).consume()
    )
    held = link.rows("MATCH (f:Firm {firm_id: 'f003'}) RETURN f.name, f.owner, f.size")
    assert held == [["Firm f003", "me", 3.0]]
    store.rebuild(ring_graph_tables(10, data="two", least=40))
    # f003 was theirs; f005 has a link of theirs; f006 a property: they stay, without what was ours.
    kept = link.rows(
        "MATCH (f:Firm) WHERE f._scgraph IS NULL RETURN f.firm_id, f.owner, f.watched, f.size ORDER BY f.firm_id"
    )
    assert kept == [
        ["f003", "me", None, None],
        ["f005", None, None, None],
        ["f006", None, True, None],
        ["mine", None, None, None],
    ]
    remove_everything(link)
    assert link.rows("MATCH (n) RETURN count(n)") == [[6 - 1]]
    assert content(link)[1] == before[1] + 1


def test_cleaning_leaves_a_database_as_it_was(store: Neo4jStore, link: Connection) -> None:
    link.write(lambda tx: tx.run("CREATE (:Note {text: 'x'})-[:ABOUT]->(:Firm {firm_id: 'mine'})").consume())
    before = content(link)
    assert count_stored(link).empty
    store.rebuild(ring_graph_tables())
    store.write_scores(pa.table({"firm_id": ["f030"], "pd": [0.5]}))
    held = count_stored(link)
    assert (held.nodes, held.links) == ({"Firm": 60, "Lender": 1}, {"LENDS_TO": 6, "SUPPLIES": 120})
    assert held.scores == ("risk_pd",)
    assert len(held.constraints) == 5
    remove_everything(link)
    assert content(link) == before
    assert link.rows("SHOW CONSTRAINTS") == []
    remove_everything(link)
    with pytest.raises(StoreError, match="holds no graph of scgraph's; run scgraph load"):
        store.run("RETURN 1 AS x")


def test_a_link_without_an_end_stops_a_load_before_it_begins(store: Neo4jStore, link: Connection) -> None:
    good = ring_graph_tables()
    ends = pa.table({"source": ["f000"], "target": ["nobody"]})
    with pytest.raises(StoreError, match="1 endpoints of SUPPLIES are no nodes"):
        store.rebuild(GraphTables(good.nodes, (EdgeTable("SUPPLIES", "Firm", "Firm", ends),), {}))
    assert link.rows("MATCH (n) RETURN count(n)") == [[0]]


def test_firms_of_theirs_that_share_a_key_are_reported(store: Neo4jStore, link: Connection) -> None:
    link.write(lambda tx: tx.run("CREATE (:Firm {firm_id: 'x'}), (:Firm {firm_id: 'x'})").consume())
    with pytest.raises(StoreError, match=r"Firm\.firm_id cannot be made unique .*one Firm per firm_id"):
        store.rebuild(ring_graph_tables())
    assert link.rows("MATCH (n) RETURN count(n)") == [[2]]


# Deaths


@pytest.mark.parametrize(
    "number", [4, pytest.param(1, marks=pytest.mark.long), pytest.param(8, marks=pytest.mark.long)]
)
def test_a_server_killed_in_the_middle_of_a_load(
    neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with neo4j_server.store() as store:
        store.rebuild(ring_graph_tables())
        undisturbed = content(store.connection)
    neo4j_server.empty()
    monkeypatch.setattr(neo4j_link, "RETRY_TIMEOUT", 2.0)
    with monkeypatch.context() as patched, neo4j_server.store() as store:
        stop_at(patched, number, neo4j_server.kill)
        with pytest.raises(StoreError, match="does not answer; expected a running server; start it"):
            store.rebuild(ring_graph_tables())
    neo4j_server.start()
    with neo4j_server.store() as store:
        with pytest.raises(
            StoreError, match=r"unfinished: loading is in progress or was interrupted; .* load again"
        ):
            store.run("MATCH (f:Firm) RETURN count(f)")
        seen: list[int] = []
        monkeypatch.setattr(store, "_progress", lambda _what, done, of: seen.append(done) if of else None)
        store.rebuild(ring_graph_tables())
        # Resumed, not repeated: 3 batches of firms (two parts), 1 of lenders, 5 of supplies, 1 of loans.
        assert seen == list(range(number, 11))
        assert content(store.connection) == undisturbed


@pytest.mark.long
def test_a_server_killed_while_what_is_no_longer_there_is_retired(
    neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ring_graph_tables(50, data="two", least=20, column="weight")
    with neo4j_server.store() as store:
        store.rebuild(newer)
        undisturbed = content(store.connection)
        neo4j_server.empty()
        store.rebuild(ring_graph_tables())
    monkeypatch.setattr(neo4j_link, "RETRY_TIMEOUT", 2.0)
    with monkeypatch.context() as patched, neo4j_server.store() as store:
        stop_at(patched, None, neo4j_server.kill)
        with pytest.raises(StoreError, match="does not answer; expected a running server; start it"):
            store.rebuild(newer)
    neo4j_server.start()
    with neo4j_server.store() as store:
        with pytest.raises(StoreError, match="unfinished: loading is in progress or was interrupted"):
            store.run("MATCH (f:Firm) RETURN count(f)")
        store.rebuild(newer)
        assert content(store.connection) == undisturbed


CLIENT = """
import os, signal, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
import neo4j_graphs as t
from supplyrisk.graph.store.neo4j import load_parts as neo4j_plan
from supplyrisk.graph.store.neo4j.login import read_login
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore

neo4j_plan.BATCH = 25
left = [int(sys.argv[2])]
def progress(what, done, of):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
Neo4jStore(read_login(), progress=progress).rebuild(t.ring_graph_tables())
"""


@pytest.mark.parametrize(
    "number", [6, pytest.param(1, marks=pytest.mark.long), pytest.param(10, marks=pytest.mark.long)]
)
def test_a_client_killed_in_the_middle_of_a_load(neo4j_server: TestServer, number: int) -> None:
    with neo4j_server.store() as store:
        store.rebuild(ring_graph_tables())
        undisturbed = content(store.connection)
        neo4j_server.empty()
        environment = {**os.environ, "NEO4J_CREDENTIALS_FILE": str(neo4j_server.folder / "credentials")}
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, os.pathsep.join(FOLDERS), str(number)],
            env=environment, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert content(store.connection) != undisturbed
        store.rebuild(ring_graph_tables())
        assert content(store.connection) == undisturbed


def test_a_batch_whose_answer_was_lost_is_not_written_twice(store: Neo4jStore, link: Connection) -> None:
    store.rebuild(ring_graph_tables())
    run = link.rows("MATCH (m:ScgraphLoad) RETURN m.run, m.done")[0]
    writer = neo4j_marker.BatchWriter(link, run[0])
    create = "UNWIND $rows AS row CREATE (n:Twice {k: row[0]}) RETURN count(n) AS n"
    at = run[1]
    assert [writer.batch(create, [["a"], ["b"]], at) for _ in range(2)] == [2, 2]
    assert link.rows("MATCH (n:Twice) RETURN count(n)") == [[2]]


def test_a_newcomer_takes_over_and_the_other_stops(
    store: Neo4jStore, link: Connection, neo4j_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ring_graph_tables(data="two", firms=30)

    def newcomer() -> None:
        monkeypatch.undo()
        with neo4j_server.store() as other:
            other.rebuild(newer)

    stop_at(monkeypatch, 5, newcomer)
    with pytest.raises(StoreError, match="another scgraph has taken over this graph"):
        store.rebuild(ring_graph_tables())
    assert store.info().stamp == {"data": "two"}
    taken = content(link)
    neo4j_server.empty()
    store.rebuild(newer)
    assert content(link)[:2] == taken[:2]
    assert store.info().stamp == {"data": "two"}


def test_scores_that_were_cut_off_are_refused_until_they_are_written(
    store: Neo4jStore, link: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rebuild(ring_graph_tables())
    frame = pa.table({"firm_id": [f"f{i:03d}" for i in range(60)], "pd": [i / 60 for i in range(60)]})
    with monkeypatch.context() as patched:
        patched.setattr(
            neo4j_marker.BatchWriter, "batch", lambda *_: (_ for _ in ()).throw(StoreError("gone"))
        )
        with pytest.raises(StoreError, match="gone"):
            store.write_scores(frame)
    with pytest.raises(
        StoreError, match=r"scoring is in progress or was interrupted; .* run scgraph score again"
    ):
        store.run("MATCH (f:Firm) RETURN count(f)")
    store.write_scores(frame)
    assert link.rows("MATCH (f:Firm) RETURN sum(f.risk_pd)") == [[pytest.approx(29.5)]]


def test_scores_go_in_small_batches_that_a_small_server_can_hold(
    store: Neo4jStore, link: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rebuild(ring_graph_tables())
    sizes: list[int] = []
    write = neo4j_marker.BatchWriter.batch

    def counted(writer: neo4j_marker.BatchWriter, cypher: str, rows: list[Any], at: int | None = None) -> int:
        sizes.append(len(rows))
        return write(writer, cypher, rows, at)

    monkeypatch.setattr(neo4j_risk, "MAX_FIRMS", 25)
    monkeypatch.setattr(neo4j_marker.BatchWriter, "batch", counted)
    store.write_scores(pa.table({"firm_id": [f"f{i:03d}" for i in range(60)], "pd": [0.5] * 60}))
    assert sizes == [25, 25, 10]
    assert link.rows("MATCH (f:Firm) RETURN sum(f.risk_pd)") == [[pytest.approx(30.0)]]
    # Never more than what any batch may hold.
    monkeypatch.setattr(neo4j_plan, "BATCH", 20)
    sizes.clear()
    store.write_scores(
        pa.table({"firm_id": ["f000"] + [f"f{i:03d}" for i in range(10, 60)], "pd": [0.1] * 51})
    )
    assert sizes == [9, 20, 20, 11]

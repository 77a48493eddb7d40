"""How the stores live: writes that last, scores; of the embedded one, killed workers and writers, several processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stores import ENGINES, Reopen, holding
from supplyrisk.graph.errors import CypherError, DataError, StoreError
from supplyrisk.graph.store.embedded.embedded_store import EmbeddedStore
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.protocol import Store
from supplyrisk.graph.store.result_rows import score_rows

TEXT = pa.string()


def _graph_tables() -> GraphTables:
    """Six firms, two of them suppliers, and seven supplies, three of them from a."""
    names = pa.array(["Seven", None, "B", "丙公司", "D", "E"], TEXT)
    firms = pa.table({"firm_id": ["07", "a", "b", "c", "d", "e"], "name": names})
    marks = {"Supplier": pa.chunked_array([[True, True, False, False, False, False]])}
    ends = {"source": ["07", "a", "a", "a", "b", "c", "c"], "target": ["a", "b", "b", "c", "c", "b", "d"]}
    supplies = EdgeTable(
        "SUPPLIES", "Firm", "Firm", pa.table({**ends, "amount": [float(i) for i in range(7)]})
    )
    return GraphTables((NodeTable("Firm", firms, marks),), (supplies,), {"data": "tiny"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    with EmbeddedStore(folder, create=True) as store:
        store.rebuild(_graph_tables())
    return folder


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A store that one test may change: a copy of the other's files."""
    shutil.copytree(made, tmp_path / "graph")
    with EmbeddedStore(tmp_path / "graph") as store:
        yield store


@pytest.fixture(params=ENGINES)
def either(request: pytest.FixtureRequest) -> Iterator[tuple[Store, Reopen]]:
    """A store of each kind that one test may change, and what opens it once more."""
    with holding(request, request.param, _graph_tables(), fresh=True) as made:
        yield made


def _rows(store: Store, cypher: str, **params: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.run(cypher, params).to_pylist()]


# Writing


def test_writes_last_and_their_new_names_are_known(either: tuple[Store, Reopen]) -> None:
    own, again = either
    own.run("MATCH (f:Firm {firm_id: $id}) SET f.watched = true, f:Watched", {"id": "b"}, write=True)
    own.run("MATCH (:Firm {firm_id: 'a'})-[r:SUPPLIES]->() SET r.note = 'see'", write=True)
    assert _rows(own, "MATCH (f:Watched) RETURN f.firm_id, f.watched") == [("b", True)]
    assert _rows(own, "MATCH ()-[r:SUPPLIES]->() WHERE r.note = 'see' RETURN count(r)") == [(3,)]
    with again() as other:
        assert _rows(other, "MATCH (f:Firm) WHERE f.watched RETURN f.firm_id") == [("b",)]


def test_a_failed_write_changes_nothing(either: tuple[Store, Reopen]) -> None:
    own, _ = either
    with pytest.raises(CypherError):
        own.run("MATCH (f:Firm) SET f.name = 'x' WITH f RETURN 1 / 0 AS y", write=True)
    assert _rows(own, "MATCH (f:Firm) WHERE f.name = 'x' RETURN count(f)") == [(0,)]


@pytest.mark.parametrize(
    ("cypher", "said"),
    [
        ("CREATE (:Firm {name: 'x'})", "leaves 1 of Firm without a text as firm_id"),
        ("CREATE (:Firm {firm_id: 7}), (:Firm {firm_id: '7'})", "leaves 1 of Firm without a text as firm_id"),
        ("CREATE (:Note {x: 1})-[:OF]->(:Firm), (:Firm {firm_id: true})", "leaves 2 of Firm without a text"),
        ("CREATE (:Person {name: 'x'})", "leaves 1 of Person without a text as person_id"),
        ("MATCH (f:Firm {firm_id: 'a'}) SET f:Lender", "leaves 1 of Lender without a text as lender_id"),
        ("CREATE (:Firm {firm_id: 'a'})", "creates a second Firm with firm_id a"),
    ],
)
def test_a_write_that_leaves_a_node_without_its_key_changes_nothing(
    own: EmbeddedStore, cypher: str, said: str
) -> None:
    # The embedded store alone: Neo4j's Community edition has no constraint that asks for a property or its type.
    before = own.info()
    with pytest.raises(CypherError, match=said):
        own.run(cypher, write=True)
    ids = [(firm,) for firm in ("07", "a", "b", "c", "d", "e")]
    query = "MATCH (f:Firm) RETURN f.firm_id ORDER BY f.firm_id"
    assert _rows(own, query) == ids
    with EmbeddedStore(own._folder) as again:
        assert (_rows(again, query), again.info()) == (ids, before)


def test_scores_are_written_in_bulk_and_replace_the_old_ones(either: tuple[Store, Reopen]) -> None:
    own, again = either
    reasons = pa.array([["late", "due"], None], pa.list_(TEXT))
    own.write_scores(pa.table({"firm_id": ["a", "07"], "pd": [0.25, None], "risk_reasons": reasons}))
    query = "MATCH (f:Firm) RETURN f.firm_id, f.name, f.risk_pd, f.risk_reasons ORDER BY f.firm_id LIMIT 2"
    assert _rows(own, query) == [("07", "Seven", None, None), ("a", None, 0.25, ["late", "due"])]
    assert own.info().scores == ("risk_pd", "risk_reasons")
    own.write_scores(pa.table({"firm_id": ["b"], "pd": [0.5], "day": [date(2024, 3, 31)]}))
    scored = "MATCH (f:Firm) WHERE f.risk_pd IS NOT NULL RETURN f.firm_id, f.risk_pd, f.risk_day"
    with again() as other:
        assert _rows(other, scored) == [("b", 0.5, "2024-03-31")]
        assert _rows(other, "MATCH (f:Supplier) RETURN count(f)") == [(2,)]
    assert own.info().nodes["Firm"] == 6
    own.rebuild(_graph_tables())
    assert own.info().scores == ()


def test_scores_that_do_not_fit(either: tuple[Store, Reopen]) -> None:
    own, _ = either
    with pytest.raises(StoreError, match="2 scored firms are not in the store, y first"):
        own.write_scores(pa.table({"firm_id": ["a", "y", "z"], "pd": [0.1, 0.2, 0.3]}))
    assert own.info().nodes["Firm"] == 6
    for frame, message in (
        ({"firm_id": ["a", "a"], "pd": [0.1, 0.2]}, "Firm a occurs twice"),
        ({"firm_id": ["a"], "pd": [float("nan")]}, "column pd has a NaN or an infinity; expected null"),
        ({"firm_id": ["a"], "parts": [{"x": 1}]}, "parts is of type struct"),
        ({"firm_id": pa.array([None], TEXT), "pd": [0.1]}, "1 rows without firm_id"),
        ({"pd": [0.1]}, "a column firm_id"),
    ):
        with pytest.raises(DataError, match=message):
            score_rows(pa.table(frame))


# Life and death


def test_a_folder_without_a_graph_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no graph; run scgraph load"):
        EmbeddedStore(tmp_path)
    with EmbeddedStore(tmp_path, create=True) as store, pytest.raises(StoreError, match="holds no graph"):
        store.run("RETURN 1 AS x")


def test_a_pointer_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text('{"schema": "scgraph.graph/0"}')
    with pytest.raises(StoreError, match=r"not of schema scgraph\.graph/1"):
        EmbeddedStore(tmp_path)
    (tmp_path / "graph.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        EmbeddedStore(tmp_path)


def test_an_interrupted_question_ends_the_worker(own: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    own.run("RETURN 1 AS x")
    worker = own._worker
    assert worker is not None

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("supplyrisk.graph.store.embedded.worker_process.read_frame", interrupt)
        own.run("MATCH (f:Firm) RETURN count(f)")
    # Its answer would have been taken for that of the next question.
    assert not worker.alive
    assert _rows(own, "RETURN 2 AS x") == [(2,)]


def test_a_missing_graph_file_is_an_error(own: EmbeddedStore, tmp_path: Path) -> None:
    for path in (tmp_path / "graph").glob("*.kgl"):
        path.unlink()
    with (
        EmbeddedStore(tmp_path / "graph") as other,
        pytest.raises(StoreError, match="is missing; load"),
    ):
        other.run("RETURN 1 AS x")


def test_a_killed_worker_is_reported_and_replaced(own: EmbeddedStore) -> None:
    own.run("RETURN 1 AS x")
    worker = own._worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGSTOP)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(StoreError, match=r"worker process ended \(killed by signal 9"):
        worker.ask("cypher", timeout=5.0, cypher="RETURN 1 AS x", params={}, write=False)
    assert _rows(own, "MATCH (f:Firm) RETURN count(f)") == [(6,)]


def test_a_worker_that_overlooks_its_deadline_is_ended(
    own: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supplyrisk.graph.store.embedded.worker_process.GRACE", 0.2)
    own.run("RETURN 1 AS x")
    worker = own._worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGSTOP)
    with pytest.raises(CypherError, match=r"stopped after 0\.1 s; start from fewer nodes"):
        worker.ask("cypher", timeout=0.1, cypher="RETURN 1 AS x", params={}, write=False)
    assert _rows(own, "MATCH (f:Firm) RETURN count(f)") == [(6,)]


def test_close_leaves_no_process_and_may_be_repeated(own: EmbeddedStore) -> None:
    own.run("RETURN 1 AS x")
    worker = own._worker
    assert worker is not None
    own.close()
    own.close()
    assert worker._process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


def test_a_rebuild_that_fails_half_way_leaves_the_old_graph(own: EmbeddedStore, tmp_path: Path) -> None:
    graph_tables = _graph_tables()
    bad = graph_tables.edges[0].rows.set_column(1, "target", pa.array(["nobody"] * 7, TEXT))
    broken = GraphTables(graph_tables.nodes, (EdgeTable("SUPPLIES", "Firm", "Firm", bad),), {"data": "new"})
    before = own.info()
    with pytest.raises(StoreError, match="1 endpoints of SUPPLIES are no nodes"):
        own.rebuild(broken)
    assert own.info() == before
    assert _rows(own, "MATCH ()-[r:SUPPLIES]->() RETURN count(r)") == [(7,)]
    own.rebuild(graph_tables)
    assert sorted(p.name for p in (tmp_path / "graph").glob("*") if "lock" not in p.name) == [
        "graph-000002.kgl", "graph.json", "writer.kgl",
    ]  # fmt: skip


KILLED = """
import os, signal, sys
from pathlib import Path
from supplyrisk.graph.store.embedded import embedded_store as embedded
from supplyrisk.graph.store.graph_tables import GraphTables, NodeTable
import pyarrow as pa

embedded.write_json_atomically = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store = embedded.EmbeddedStore(Path(sys.argv[1]))
store.rebuild(GraphTables((NodeTable("Firm", pa.table({"firm_id": ["new"]})),), (), {"data": "new"}))
"""


def test_a_process_killed_before_the_commit_leaves_the_old_graph(own: EmbeddedStore, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (folder / "graph-000002.kgl").is_file()
    assert _rows(own, "MATCH (f:Firm) RETURN count(f)") == [(6,)]
    own.write_scores(pa.table({"firm_id": ["a"], "pd": [0.5]}))
    assert _rows(own, "MATCH (f:Firm) WHERE f.risk_pd = 0.5 RETURN f.firm_id") == [("a",)]


def test_readers_follow_a_writer_and_two_writers_exclude_each_other(
    own: EmbeddedStore, tmp_path: Path
) -> None:
    with EmbeddedStore(tmp_path / "graph") as reader:
        count = "MATCH (f:Firm) RETURN count(f)"
        assert _rows(reader, count) == [(6,)]
        with own._writing():
            assert _rows(reader, count) == [(6,)]
            with pytest.raises(StoreError, match=r"another process \(pid \d+\) is writing this store"):
                reader.write_scores(pa.table({"firm_id": ["a"], "pd": [0.5]}))
        own.run("CREATE (:Firm {firm_id: 'new'})", write=True)
        assert _rows(reader, count) == [(7,)]

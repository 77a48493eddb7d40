"""Files for neo4j-admin: what the real tool makes of them is what a load makes, to the last value."""

from __future__ import annotations

import shlex
from pathlib import Path

import pyarrow as pa
import pytest

from neo4j_graphs import content
from neo4j_server import TestServer
from supplyrisk.graph.errors import StoreError
from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.admin_files import COMMAND_FILE, CONSTRAINTS_FILE, export_graph_tables
from supplyrisk.graph.store.neo4j.jars import default_cache, fetch_jars
from supplyrisk.graph.workspace.output_files import PRIVATE, write_text

TEXT = pa.string()


def example_graph_tables() -> GraphTables:
    odd = ['say "x"', "", "a,b;c\x1e", "first\nsecond", "\\", None, " x ", "丙公司", "null", "'"]
    ids = [f"0{i}" for i in range(len(odd))]
    n = len(odd)
    firms = pa.table(
        {
            "firm_id": ids,
            "name": pa.array(odd, TEXT),
            "f_销售 'q`x\"": pa.array([-0.0, 1e300, 0.1, None, 5e-324, 1 / 3, 1.0, 2.0, -7.25, 1e-7]),
            "f_lawsuit:goods": pa.array([1.0] * n),
            "n": pa.array([None, 2**53 + 1, *range(n - 2)], pa.int64()),
            "known": pa.array([True, False, None, *[True] * (n - 3)]),
            "tags": pa.array([["a", "b,c"], None, *[["x"]] * (n - 2)], pa.list_(TEXT)),
        }
    )
    marks = {
        name: pa.chunked_array([[i % k == 0 for i in range(n)]])
        for name, k in (("Buyer", 2), ("Supplier", 3))
    }
    supplies = pa.table(
        {
            "source": ids,
            "target": [*ids[1:], ids[0]],
            "category": pa.array(odd, TEXT),
            "amount": pa.array([float(i) for i in range(n)]),
        }
    )
    events = pa.table({"event_id": ["E|1", "E,2"], "kind": ["lawsuit", "default"]})
    had = pa.table({"source": ids[:2], "target": ["E|1", "E,2"]})
    return GraphTables(
        (NodeTable("Firm", firms, marks), NodeTable("Event", events)),
        (EdgeTable("SUPPLIES", "Firm", "Firm", supplies), EdgeTable("HAD", "Firm", "Event", had)),
        {"data": "odd", "content_hash": "h", "as_of": "2024-03-31"},
    )


@pytest.mark.long
def test_the_real_tool_makes_of_the_files_what_a_load_makes(neo4j_server: TestServer, tmp_path: Path) -> None:
    made = export_graph_tables(example_graph_tables(), tmp_path / "bulk")
    assert made.rows == {
        "firm": 10, "event": 2, "marker": 1, "supplies-firm-firm": 10, "had-firm-event": 2
    }  # fmt: skip
    with neo4j_server.store() as store:
        store.rebuild(example_graph_tables())
        expected = content(store.connection)
    neo4j_server.kill()
    _import(neo4j_server.folder, made.command, tmp_path / "import.args")
    neo4j_server.start()
    with neo4j_server.store() as store:
        assert content(store.connection) == expected
        # What was imported is brought up to date like anything that was loaded.
        store.rebuild(example_graph_tables())
        assert content(store.connection) == expected
    assert made.command in (tmp_path / "bulk" / COMMAND_FILE).read_text(encoding="utf-8")
    constraints = (tmp_path / "bulk" / CONSTRAINTS_FILE).read_text(encoding="utf-8").splitlines()
    assert constraints[0] == (
        "CREATE CONSTRAINT scgraph_firm IF NOT EXISTS FOR (n:Firm) REQUIRE n.firm_id IS UNIQUE;"
    )


def _import(home: Path, command: str, arguments: Path) -> None:
    words = shlex.split(command)
    assert words[0] == "neo4j-admin"
    jars = ":".join(map(str, fetch_jars(default_cache())))
    java = ["-Xmx256m", "-cp", jars, "org.neo4j.cli.AdminTool", *words[1:]]
    write_text(
        arguments, "".join('"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for w in java), PRIVATE
    )
    neo4j_server.run_java(home, arguments)


def test_what_files_cannot_hold_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(StoreError, match="exists already; expected a new folder"):
        export_graph_tables(example_graph_tables(), tmp_path / "there")
    firms = NodeTable("Firm", pa.table({"firm_id": ["a"], "a{b": ["x"]}))
    with pytest.raises(StoreError, match=r"'a\{b' cannot be written in a header"):
        export_graph_tables(GraphTables((firms,), (), {}), tmp_path / "bulk")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there"]

"""Loading into Neo4j, and reading it back, against a hand-tuned script of the driver; neo4j-admin beside it.

    python tests/bench/bench_neo4j.py [--firms 200000] [--supplies 1000000] [--rounds 3] [--heap 2g]

The same rows and properties every time, into an emptied database with constraints. By hand: UNWIND of list rows in
batches of 10,000, MERGE of nodes and of links, one session. Ours: `Neo4jStore.rebuild`, with its own marks and its
counting of batches. Back: every supply's ends and amount into Arrow arrays, by the bare driver and by `Neo4jStore.run`.
Figures are medians over the rounds, the ways taking turns; CPU of the client and of the server.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import neo4j
import numpy as np
import psutil
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from supplyrisk.graph.store.graph_tables import EdgeTable, GraphTables, NodeTable
from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.admin_files import export_graph_tables
from supplyrisk.graph.store.neo4j.jars import default_cache, fetch_jars
from supplyrisk.graph.store.neo4j.login import Login
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore
from supplyrisk.graph.workspace.output_files import PRIVATE, write_text

BATCH = 10_000
BACK = "MATCH (a:Firm)-[r:SUPPLIES]->(b:Firm) RETURN a.firm_id AS a, b.firm_id AS b, r.amount AS amount"
Taken = tuple[float, float, float]
"""Seconds by the clock, CPU seconds of the client, CPU seconds of the server."""


def example_graph_tables(firms: int, supplies: int) -> GraphTables:
    """Seeded firms with ten properties, and supplies with six; pairs and categories are unique."""
    rng = np.random.default_rng(7)
    ids = np.array([f"F{i:07d}" for i in range(firms)])
    nodes = {
        "firm_id": ids,
        "name": [f"Firm {i}" for i in range(firms)],
        "region": rng.choice(["N", "S"], firms),
    }
    nodes |= {f"f_{i}": rng.random(firms) for i in range(7)}
    code = np.unique(rng.integers(0, firms * firms, int(supplies * 1.01), dtype=np.int64))[:supplies]
    count = len(code)
    links = {
        "source": ids[code // firms],
        "target": ids[code % firms],
        "category": rng.choice(["wood", "steel", "parts"], count),
        "amount": rng.random(count),
        "orders": rng.integers(1, 99, count),
        "first_on": np.full(count, "2024-01-01"),
        "last_on": np.full(count, "2024-06-30"),
        "amount_180": rng.random(count),
    }
    edges = EdgeTable("SUPPLIES", "Firm", "Firm", pa.table(links))
    return GraphTables((NodeTable("Firm", pa.table(nodes)),), (edges,), {"data": "bench"})


def by_hand(login: Login, made: GraphTables) -> None:
    """What a careful script would do."""
    nodes, links = made.nodes[0].rows, made.edges[0].rows
    sets = ", ".join(f"n.{name} = row[{i}]" for i, name in enumerate(nodes.column_names) if i)
    node = f"UNWIND $rows AS row MERGE (n:Firm {{firm_id: row[0]}}) SET {sets}"
    sets = ", ".join(f"r.{name} = row[{i}]" for i, name in enumerate(links.column_names) if i > 2)
    link = (
        "UNWIND $rows AS row MATCH (a:Firm {firm_id: row[0]}) MATCH (b:Firm {firm_id: row[1]}) "
        f"MERGE (a)-[r:SUPPLIES {{category: row[2]}}]->(b) SET {sets}"
    )
    with _driver(login) as driver, driver.session() as session:
        session.run("CREATE CONSTRAINT scgraph_firm FOR (n:Firm) REQUIRE n.firm_id IS UNIQUE").consume()
        for cypher, table in ((node, nodes), (link, links)):
            for start in range(0, table.num_rows, BATCH):
                columns = [c.to_pylist() for c in table.slice(start, BATCH).columns]
                rows = [list(row) for row in zip(*columns, strict=True)]
                session.execute_write(lambda tx, c=cypher, r=rows: tx.run(c, rows=r).consume())


def ours(login: Login, made: GraphTables) -> None:
    """Our load of the same."""
    with Neo4jStore(login) as store:
        store.rebuild(made)


def back_by_hand(login: Login, _: GraphTables) -> None:
    """Read back by the bare driver."""
    with _driver(login) as driver, driver.session(fetch_size=BATCH) as session:
        rows = session.execute_read(lambda tx: tx.run(BACK).values())
        a, b, amount = zip(*rows, strict=True)
        pa.table({"a": pa.array(a), "b": pa.array(b), "amount": pa.array(amount)})


def back_ours(login: Login, _: GraphTables) -> None:
    """Read back by the store."""
    with Neo4jStore(login) as store:
        store.run(BACK)


def taken(pid: int, act: Callable[[], None]) -> Taken:
    """What an act costs."""
    server = psutil.Process(pid)
    clock, client, held = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
    act()
    return (time.perf_counter() - clock, time.process_time() - client, sum(server.cpu_times()[:2]) - held)


def empty(login: Login) -> None:
    """Nothing in the database, by batches."""
    with _driver(login) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        for record in session.run("SHOW CONSTRAINTS YIELD name").data():
            session.run(f"DROP CONSTRAINT `{record['name']}`").consume()


def by_tool(folder: Path, made: GraphTables) -> float:
    """Seconds of neo4j-admin for the same, its server stopped; the files' writing included."""
    start = time.perf_counter()
    words = shlex.split(export_graph_tables(made, folder / "bulk").command)[1:]
    jars = os.pathsep.join(map(str, fetch_jars(default_cache())))
    java = ["-Xmx1g", "-cp", jars, "org.neo4j.cli.AdminTool", *words]
    write_text(folder / "bulk.args", "".join(f'"{word}"\n' for word in java), PRIVATE)
    neo4j_server.run_java(folder, folder / "bulk.args")
    return time.perf_counter() - start


def _driver(login: Login) -> neo4j.Driver:
    return neo4j.GraphDatabase.driver(login.uri, auth=(login.username, login.password))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("firms", 200_000), ("supplies", 1_000_000), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--heap", default="2g")
    given = parser.parse_args()
    made = example_graph_tables(given.firms, given.supplies)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "server"
        running = neo4j_server.start(folder, memory=neo4j_server.ServerMemory(given.heap, "512m"))
        try:
            found = measured(folder, running.pid, made, given.rounds)
        finally:
            neo4j_server.stop(folder)
        report(found, by_tool(folder, made), given)


def measured(folder: Path, pid: int, made: GraphTables, rounds: int) -> dict[str, list[Taken]]:
    """Every way in turn, round by round, each said as it goes; the first, in which Java compiles, is not counted."""
    login = neo4j_server.login_of(folder)
    found: dict[str, list[Taken]] = {}
    for number in range(rounds + 1):
        for load, back in ((by_hand, back_by_hand), (ours, back_ours)):
            empty(login)
            for act in (load, back):
                cost = taken(pid, lambda act=act: act(login, made))
                told = ", ".join(f"{seconds:.1f}" for seconds in cost)
                print(f"round {number}: {act.__name__} {told} s (clock, client, server)", file=sys.stderr)
                if number:
                    found.setdefault(act.__name__, []).append(cost)
    return found


def report(found: dict[str, list[Taken]], tool: float, given: argparse.Namespace) -> None:
    """Medians and ratios."""
    print(f"{given.firms:,} firms, {given.supplies:,} supplies, median of {given.rounds}")
    middle = {name: [median(c[i] for c in costs) for i in range(3)] for name, costs in found.items()}
    for name, (clock, client, server) in middle.items():
        print(f"{name:14} {clock:6.1f} s, CPU of client {client:6.1f} s, of server {server:6.1f} s")
    print(f"neo4j-admin    {tool:6.1f} s, files included")
    for a, b in (("ours", "by_hand"), ("back_ours", "back_by_hand")):
        wall, cpu = middle[a][0] / middle[b][0], sum(middle[a][1:]) / sum(middle[b][1:])
        print(f"{a} / {b}: {wall:.2f} by the clock, {cpu:.2f} by CPU (at most 1.15)")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as fault:
        sys.exit(f"a tool failed: {fault}")

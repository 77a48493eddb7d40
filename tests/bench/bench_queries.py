"""Warm seconds of every query of the library on a large synthetic graph, on both stores.

    python tests/bench/bench_queries.py [--firms 200000] [--supplies 1000000] [--heap 3g] [--only NAME ...]

A world of bench_load's size is made and loaded into the embedded store and into a Neo4j server of its own; with
--workspace and --server, what an earlier run left in folders is used. A query that asks for a firm is run for a firm
with the median number of links, for the thousandth by links and for the first (the hub); a query that asks for a
lender, for the median and the largest. Best of two, by the clock and in CPU seconds of the process that answers: on a
busy machine only the latter say something. Limits: 0.3 s from the median and the thousandth firm, 20 s otherwise; a *
marks what is over, whose header has to say what it costs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_load import scgraph
from supplyrisk.graph import EmbeddedStore, SupplyRiskError, build_snapshot, graph_tables_of, read_workspace
from supplyrisk.graph.store.neo4j import own_server as neo4j_server
from supplyrisk.graph.store.neo4j.neo4j_store import Neo4jStore
from supplyrisk.graph.store.protocol import Store
from supplyrisk.queries import Query, bind_query_params, list_queries

LIMITS = {"median": 0.3, "thousandth": 0.3}
WHOLE = 20.0
TIMES = 2
PATIENCE = 120.0
SCORED = ["pd", "pd_low", "pd_high", "own", "context", "caught", "pd_before", "moved_by_data"]
TEXTS = ["grade", "grade_before", "model", "moved_by"]
DAYS = {"since": 60, "until": -90}
"""Days before the graph's own day, for parameters that ask for a day."""


@dataclass(frozen=True)
class Asked:
    """Whom queries are asked about: parameters by how well they are linked, and days."""

    params: dict[str, dict[str, str]]
    days: dict[str, str]

    def of(self, query: Query) -> list[tuple[str, dict[str, str]]]:
        """The ways to run a query: by how well whom it asks about is linked; once where it asks about nobody."""
        needed = {param.name for param in query.params if param.default is None}
        days = {name: self.days[name] for name in needed & self.days.keys()}
        if needed == days.keys():
            return [("whole", days)]
        return [(kind, {name: (v | self.days)[name] for name in needed}) for kind, v in self.params.items()]


def choose(store: Store) -> Asked:
    """The firms and lenders of middling, high and the highest number of links."""
    firms = _ids(
        store, "MATCH (f:Firm)-[r:SUPPLIES]-(:Firm) RETURN f.firm_id AS id, count(r) AS n ORDER BY n DESC, id"
    )
    lenders = _ids(
        store, "MATCH (l:Lender)-[r:LENDS_TO]->() RETURN l.lender_id AS id, count(r) AS n ORDER BY n DESC, id"
    )
    ranks = {"median": len(firms) // 2, "thousandth": min(999, len(firms) - 1), "hub": 0}
    found = {}
    for kind, rank in ranks.items():
        lender = lenders[0 if kind == "hub" else len(lenders) // 2] if lenders else ""
        others = firms[rank + 1 : rank + 101]
        found[kind] = {"firm": firms[rank], "other": others[0], "firms": ",".join(others), "lender": lender}
    today = date.fromisoformat(str(store.info().stamp["as_of"]))
    return Asked(found, {name: (today - timedelta(days=days)).isoformat() for name, days in DAYS.items()})


def _ids(store: Store, cypher: str) -> list[str]:
    return [str(row["id"]) for row in store.run(cypher, timeout=600).to_pylist()]


def scored(store: Store, ids: list[str]) -> None:
    """Made-up scores: queries on risk need some."""
    parts = {
        name: pa.array([0.001 + (number * prime % 1000) / 2000 for number in range(len(ids))], pa.float64())
        for name, prime in zip(SCORED, (7919, 7907, 7901, 7883, 7879, 7877, 7873, 7867), strict=True)
    }
    parts |= {name: pa.array(["x", "y"] * (len(ids) // 2) + ["x"] * (len(ids) % 2)) for name in TEXTS}
    reasons = pa.array([["made up"]] * len(ids), pa.list_(pa.string()))
    store.write_scores(pa.table({"firm_id": ids, **parts, "reasons": reasons}))


def measure(name: str, store: Store, pid: int | None, asked: Asked, only: list[str]) -> None:
    """Print every query's seconds; without a pid the embedded store's worker answers, which may be a new one."""
    for query in list_queries():
        if only and query.name not in only:
            continue
        for kind, given in asked.of(query):
            limit = LIMITS.get(kind, WHOLE) if "firm" in given else WHOLE
            clock, cpu, rows = _best(store, pid, query, given)
            mark = "*" if min(clock, cpu) > limit else " "
            print(
                f"{name:9} {query.name:34} {kind:10} {clock:8.3f} s  CPU {cpu:8.3f} s {mark} {rows}",
                flush=True,
            )


def _best(store: Store, pid: int | None, query: Query, given: dict[str, str]) -> tuple[float, float, str]:
    """Least seconds by the clock and of CPU, after one run that warms up; and what came back."""
    best, rows = (PATIENCE, PATIENCE), "stopped"
    for number in range(TIMES + 1):
        store.run("RETURN 1 AS x")
        process = psutil.Process(pid or _worker())
        clock, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
        try:
            rows = (
                f"{store.run(query.cypher, bind_query_params(query, given), timeout=PATIENCE).num_rows} rows"
            )
        except SupplyRiskError as fault:
            return *best, str(fault)
        spent = (time.perf_counter() - clock, sum(process.cpu_times()[:2]) - cpu)
        if number or spent[0] > WHOLE:
            best = (min(best[0], spent[0]), min(best[1], spent[1]))
        if spent[0] > WHOLE:
            break
    return *best, rows


@contextmanager
def loaded(given: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    """Folders of a workspace and of a running server that hold one graph."""
    if given.workspace and given.server:
        yield given.workspace, given.server
        return
    with tempfile.TemporaryDirectory() as place:
        data, workspace, server = (Path(place) / part for part in ("data", "workspace", "server"))
        size = ("--firms", str(given.firms), "--supplies", str(given.supplies), "--weeks", "26")
        subprocess.run(scgraph("synth", str(data), *size, "--format", "parquet"), check=True)
        subprocess.run(
            scgraph("load", str(data), "--store", "embedded", "--workspace", str(workspace)), check=True
        )
        neo4j_server.start(server, memory=neo4j_server.ServerMemory(given.heap, "1g"))
        try:
            with Neo4jStore(neo4j_server.login_of(server)) as store:
                store.rebuild(graph_tables_of(build_snapshot(read_workspace(workspace))))
            yield workspace, server
        finally:
            neo4j_server.stop(server)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=200_000)
    parser.add_argument("--supplies", type=int, default=1_000_000)
    parser.add_argument("--heap", default="3g")
    parser.add_argument("--workspace", type=Path, help="a workspace that is loaded already, with --server")
    parser.add_argument("--server", type=Path, help="the folder of a running server that holds the same")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    given = parser.parse_args()
    with loaded(given) as (workspace, server), EmbeddedStore(workspace / "graph") as embedded:
        asked = choose(embedded)
        held = embedded.info()
        print(f"{held.nodes} {held.edges}; {os.getloadavg()[0]:.1f} processes want to run")
        firms = _ids(embedded, "MATCH (f:Firm) RETURN f.firm_id AS id ORDER BY id")
        for store in (embedded, Neo4jStore(neo4j_server.login_of(server))):
            if not store.info().scores:
                scored(store, firms)
            running = neo4j_server.status(server)
            pid = running.pid if running and store is not embedded else None
            measure(store.info().kind, store, pid, asked, given.only)
            store.close()


def _worker() -> int:
    """The process that answers for the embedded store: our only child that holds its engine."""
    children = psutil.Process().children()
    return next(
        child.pid for child in children if "supplyrisk.graph.store.embedded.kglite_worker" in child.cmdline()
    )


if __name__ == "__main__":
    main()

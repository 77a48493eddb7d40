"""Seconds and memory of a load into the embedded store, against the same done by hand.

    python tests/bench/bench_load.py [--firms 200000] [--supplies 1000000] [--folder F]

by hand: DuckDB reads the two CSV files and kglite takes the frames, all in one process. ours: the same
tables, in memory as Arrow already, go through Picture and EmbeddedStore.rebuild. Both write the graph out.
Peak memory is that of the process itself and of its largest child, each run being a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

FIRMS = """
SELECT printf('F%07d', i) AS firm_id, 'Firm ' || i AS name, 'supplier' AS roles, 'I' || i % 40 AS industry,
    'R' || i % 30 AS region FROM range({firms}) t(i)
"""
# Multiplying by large primes scatters the pairs without a random generator, whose streams differ by version.
SUPPLIES = """
SELECT printf('F%07d', i * 7919 % {firms}) AS supplier_id,
    printf('F%07d', i * 104729 % {firms}) AS customer_id,
    DATE '2024-01-01' + CAST(i % 366 AS INTEGER) AS "on", i % 1000 + 0.5 AS amount, 'c' || i % 20 AS category
FROM range({supplies}) t(i)
"""


def write_csv(folder: Path, firms: int, supplies: int) -> None:
    """The two tables as CSV files."""
    con = duckdb.connect()
    for name, sql in (("firms", FIRMS), ("supplies", SUPPLIES)):
        con.execute(f"COPY ({sql.format(firms=firms, supplies=supplies)}) TO '{folder / name}.csv' (HEADER)")


def by_hand(folder: Path) -> float:
    """What a script would do: read, convert, add, save."""
    import kglite  # noqa: PLC0415 - never in the process that measures

    start = time.perf_counter()
    con, graph = duckdb.connect(), kglite.KnowledgeGraph()
    firms = con.sql(f"SELECT * FROM read_csv('{folder}/firms.csv', all_varchar = true)").df()
    graph.add_nodes(firms, "Firm", "firm_id", "name")
    days = 'SELECT * REPLACE (CAST("on" AS VARCHAR) AS "on")'
    supplies = con.sql(f"{days} FROM '{folder}/supplies.csv'").df()
    graph.add_relationships(supplies, "SUPPLIES", "Firm", "supplier_id", "Firm", "customer_id")
    graph.save(str(folder / "by_hand.kgl"))
    return time.perf_counter() - start


def ours_rebuild(folder: Path) -> float:
    """EmbeddedStore.rebuild from tables in memory; reading the CSV files is not in the time."""
    from supplyrisk.graph.embedded import EmbeddedStore  # noqa: PLC0415 - not in the process by hand
    from supplyrisk.graph.picture import EdgeTable, NodeTable, Picture  # noqa: PLC0415

    con = duckdb.connect()
    firms = con.sql(f"FROM read_csv('{folder}/firms.csv', all_varchar = true)").to_arrow_table()
    supplies = con.sql(f"""
        SELECT supplier_id AS source, customer_id AS target, CAST("on" AS VARCHAR) AS "on", amount, category
        FROM '{folder}/supplies.csv'
    """).to_arrow_table()
    start = time.perf_counter()
    picture = Picture((NodeTable("Firm", firms),), (EdgeTable("SUPPLIES", "Firm", "Firm", supplies),), {})
    with EmbeddedStore(folder / "graph", create=True) as store:
        store.rebuild(picture)
    return time.perf_counter() - start


def ours_from_snapshot(folder: Path) -> float:
    """Validated tables, snapshot with all features, picture, rebuild: what a load does after its checks.

    To be extended to the whole of `scgraph load` (reading, validation, quarantine, workspace).
    """
    from supplyrisk.graph import Tables, snapshot  # noqa: PLC0415
    from supplyrisk.graph.embedded import EmbeddedStore  # noqa: PLC0415
    from supplyrisk.graph.picture import picture_of  # noqa: PLC0415
    from supplyrisk.graph.tables import DatasetInfo  # noqa: PLC0415

    start = time.perf_counter()
    con = duckdb.connect()
    sources = {
        "firms": con.sql(f"FROM read_csv('{folder}/firms.csv', all_varchar = true)").to_arrow_table(),
        "supplies": con.sql(f"FROM '{folder}/supplies.csv'").to_arrow_table(),
    }
    picture = picture_of(snapshot(Tables(DatasetInfo(), sources)))
    with EmbeddedStore(folder / "graph", create=True) as store:
        store.rebuild(picture)
    return time.perf_counter() - start


WAYS = {"by_hand": by_hand, "ours_rebuild": ours_rebuild, "ours_from_snapshot": ours_from_snapshot}


def measured(way: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    memory = f"peak {result['own']:.0f} MB, its worker {result['child']:.0f} MB"
    print(f"{way:>20}: {result['seconds']:.2f} s, {memory}")
    return result["seconds"], result["own"] + result["child"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=200_000)
    parser.add_argument("--supplies", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--way", choices=sorted(WAYS))
    given = parser.parse_args()
    if given.way:
        seconds = WAYS[given.way](given.folder)
        usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        own, child = (resource.getrusage(who).ru_maxrss / 1024 for who in usage)
        print(json.dumps({"seconds": seconds, "own": own, "child": child}))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder = Path(place)
        write_csv(folder, given.firms, given.supplies)
        print(f"{given.firms} firms, {given.supplies} supplies")
        hand, hand_memory = measured("by_hand", folder)
        for way in ("ours_rebuild", "ours_from_snapshot"):
            seconds, memory = measured(way, folder)
            print(f"{way} / by_hand: time {seconds / hand:.2f}, memory {memory / hand_memory:.2f}")


if __name__ == "__main__":
    main()

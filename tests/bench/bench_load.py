"""Wall and CPU seconds and memory of `scgraph load`, the embedded graph included, against the same rows loaded by hand.

    python tests/bench/bench_load.py [--firms 200000] [--supplies 1000000] [--weeks 26]

A synthetic data set is written as CSV. By hand: DuckDB reads every file, adds up trades by pair and category, and
kglite takes nodes and links and saves them, in one process, without any check. Ours: `scgraph load` in a process of
its own: every row checked, workspace written, snapshot with all features, graph. Peak memory is that of the process
and of its largest child, added.
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

TABLES = (
    "firms",
    "persons",
    "supplies",
    "shipments",
    "activity",
    "relations",
    "financials",
    "loans",
    "events",
)
FIRMS = """
SELECT f.*, a.sales, b.revenue FROM firms f
LEFT JOIN (SELECT firm_id, sum(sales) AS sales FROM activity GROUP BY ALL) a USING (firm_id)
LEFT JOIN (SELECT firm_id, max_by(revenue, "on") AS revenue FROM financials GROUP BY ALL) b USING (firm_id)
"""
EVENTS = "SELECT coalesce(row_id, 'e' || row_number() OVER ()) AS event_id, * EXCLUDE (row_id) FROM events"
LINKS = {
    "SUPPLIES": (
        ("Firm", "supplier_id", "Firm", "customer_id"),
        """SELECT supplier_id, customer_id, category, sum(amount) AS amount, sum(orders) AS orders,
        CAST(min("on") AS VARCHAR) AS first_on, CAST(max("on") AS VARCHAR) AS last_on FROM supplies GROUP BY ALL""",
    ),
    "SHIPS_FOR": (
        ("Firm", "carrier_id", "Firm", "firm_id"),
        """SELECT carrier_id, firm_id, sum(units) AS units FROM (
        SELECT carrier_id, shipper_id AS firm_id, units FROM shipments UNION ALL
        SELECT carrier_id, receiver_id, units FROM shipments) WHERE firm_id IS NOT NULL GROUP BY ALL""",
    ),
    "LENDS_TO": (
        ("Lender", "lender_id", "Firm", "firm_id"),
        """SELECT lender_id, firm_id, loan_id, max_by("limit", "on") AS "limit", max_by(drawn, "on") AS drawn
        FROM loans GROUP BY ALL""",
    ),
    "HAD": (("Firm", "firm_id", "Event", "event_id"), f"SELECT firm_id, event_id FROM ({EVENTS})"),
}


def by_hand(folder: Path) -> None:
    """What a script would do: read, add up, add, save."""
    import kglite  # noqa: PLC0415 - never in a process that holds torch

    con, graph = duckdb.connect(), kglite.KnowledgeGraph()
    for name in TABLES:
        con.execute(f"CREATE TABLE {name} AS FROM read_csv('{folder}/{name}.csv')")
    texts = "SELECT * REPLACE (CAST(founded_on AS VARCHAR) AS founded_on, CAST(joined_on AS VARCHAR) AS joined_on)"
    graph.add_nodes(con.sql(f"{texts} FROM ({FIRMS})").df(), "Firm", "firm_id", "name")
    graph.add_nodes(con.sql("FROM persons").df(), "Person", "person_id")
    graph.add_nodes(con.sql("SELECT DISTINCT lender_id FROM loans").df(), "Lender", "lender_id")
    graph.add_nodes(
        con.sql(f'SELECT * REPLACE (CAST("on" AS VARCHAR) AS "on") FROM ({EVENTS})').df(), "Event", "event_id"
    )
    for kind, (ends, sql) in LINKS.items():
        graph.add_relationships(con.sql(sql).df(), kind, *ends)
    kinds = con.sql(
        "SELECT kind, p.person_id IS NOT NULL FROM relations r "
        "LEFT JOIN persons p ON r.from_id = p.person_id GROUP BY ALL"
    ).fetchall()
    for kind, person in kinds:
        rows = con.execute("SELECT from_id, to_id, weight, amount FROM relations WHERE kind = ?", [kind]).df()
        graph.add_relationships(
            rows, kind.upper(), "Person" if person else "Firm", "from_id", "Firm", "to_id"
        )
    graph.save(str(folder / "by_hand.kgl"))


def scgraph(*arguments: str) -> None:
    """Run the command line in a process of its own."""
    code = "from supplyrisk.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, "--quiet", *arguments], check=True, stdout=subprocess.DEVNULL)


def load(folder: Path) -> None:
    """All of `scgraph load`."""
    scgraph("load", str(folder), "--workspace", str(folder / "workspace"), "--store", "embedded")


def load_tables(folder: Path) -> None:
    """Only the checks and the workspace."""
    scgraph("load", str(folder), "--workspace", str(folder / "tables"), "--no-graph", "--store", "embedded")


WAYS = {"by_hand": by_hand, "load_tables": load_tables, "load": load}


def measured(way: str, folder: Path) -> dict[str, float]:
    """Wall and CPU seconds and peak MB of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{way:>12}: {found['seconds']:.1f} s, CPU {found['cpu']:.1f} s, peak {found['memory']:.0f} MB",
        flush=True,
    )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=200_000)
    parser.add_argument("--supplies", type=int, default=1_000_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--way", choices=sorted(WAYS))
    given = parser.parse_args()
    if given.way:
        start = time.perf_counter()
        WAYS[given.way](given.folder)
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        peaks = [use.ru_maxrss / 1024 for use in usage]
        cpu = sum(use.ru_utime + use.ru_stime for use in usage)
        print(json.dumps({"seconds": time.perf_counter() - start, "cpu": cpu, "memory": sum(peaks)}))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder = Path(place) / "data"
        size = ("--firms", str(given.firms), "--supplies", str(given.supplies), "--weeks", str(given.weeks))
        scgraph("synth", str(folder), *size, "--format", "csv")
        print(f"{given.firms:,} firms, {given.supplies:,} supplies, {given.weeks} weeks")
        hand, hand_memory = measured("by_hand", folder)
        for way in ("load_tables", "load"):
            seconds, memory = measured(way, folder)
            print(
                f"{way} / by_hand: time {seconds / hand:.2f}, memory {memory / hand_memory:.2f}", flush=True
            )


if __name__ == "__main__":
    main()

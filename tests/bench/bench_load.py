"""Wall and CPU seconds and memory of `scgraph load`, the embedded graph included, against the same rows loaded by hand.

    python tests/bench/bench_load.py [--firms 200000] [--supplies 1000000] [--weeks 26] [--rounds 3]

A synthetic data set is written as CSV. By hand, bare: DuckDB reads every file, adds up trades by pair and category,
and kglite takes nodes and links with their own columns and saves them, in one process, without any check. By hand,
same graph: the same reading and adding up, and kglite takes the nodes and links with all the properties that ours
have, features too; working those out is not counted. Ours: `scgraph load` in a process of its own: every row checked,
workspace written, snapshot with all features, graph. Figures are medians over the rounds, the ways taking turns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from measure import Cost, cost_of, median_of
from supplyrisk.graph import build_snapshot, read_workspace
from supplyrisk.graph.store.graph_tables import graph_tables_of

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


def read(folder: Path) -> duckdb.DuckDBPyConnection:
    """Every file as a table."""
    con = duckdb.connect()
    for name in TABLES:
        con.execute(f"CREATE TABLE {name} AS FROM read_csv('{folder}/{name}.csv')")
    return con


def by_hand_bare(folder: Path) -> None:
    """What a script would do: read, add up, add, save."""
    import kglite

    con, graph = read(folder), kglite.KnowledgeGraph()
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


def by_hand_same(folder: Path) -> None:
    """Read and add up as before, then the nodes and links of our own graph, as they were written by `draw`."""
    import kglite

    con, graph = read(folder), kglite.KnowledgeGraph()
    for _, sql in (*LINKS.values(), (None, FIRMS)):
        con.sql(sql).to_arrow_table()
    for part in json.loads((folder / "drawn" / "parts.json").read_text()):
        frame = pd.read_parquet(folder / "drawn" / part["file"])
        if "key" in part:
            graph.add_nodes(frame, part["label"], part["key"], "name" if "name" in frame.columns else None)
            continue
        own = [name for name in frame.columns if name not in ("source", "target")]
        graph.add_relationships(
            frame, part["type"], part["source"], "source", part["target"], "target", columns=own
        )
    graph.save(str(folder / "by_hand.kgl"))


def draw(folder: Path) -> None:
    """Load once, and write the nodes and links of the graph as Parquet."""
    subprocess.run(
        [*scgraph("load", str(folder), "--no-graph", "--workspace", str(folder / "tables"))], check=True
    )
    graph_tables = graph_tables_of(build_snapshot(read_workspace(folder / "tables")))
    (folder / "drawn").mkdir(exist_ok=True)
    parts = [{"label": n.label, "key": n.key} for n in graph_tables.nodes]
    parts += [{"type": e.type, "source": e.source, "target": e.target} for e in graph_tables.edges]
    for number, (part, table) in enumerate(
        zip(parts, (*graph_tables.nodes, *graph_tables.edges), strict=True)
    ):
        part["file"] = f"{number}.parquet"
        pq.write_table(table.rows, folder / "drawn" / part["file"])
    (folder / "drawn" / "parts.json").write_text(json.dumps(parts))


HANDS = {"bare": by_hand_bare, "same": by_hand_same}


def scgraph(*arguments: str) -> list[str]:
    """The command line as a command, run by the interpreter that runs this."""
    code = "from supplyrisk.cli import main; main()"
    return [sys.executable, "-c", code, "--quiet", *arguments]


def ways(folder: Path) -> dict[str, list[str]]:
    """What is measured: by hand, only the checks and the workspace, and all of it."""
    load = ("load", str(folder), "--store", "embedded", "--workspace")
    return {
        "by hand, bare": [sys.executable, __file__, "--by-hand", "bare", "--folder", str(folder)],
        "by hand, same graph": [sys.executable, __file__, "--by-hand", "same", "--folder", str(folder)],
        "load --no-graph": scgraph(*load, str(folder / "tables"), "--no-graph"),
        "load": scgraph(*load, str(folder / "workspace")),
    }


def compare(folder: Path, rounds: int) -> None:
    """Measure every way in turn and print medians and ratios."""
    draw(folder)
    costs: dict[str, list[Cost]] = {way: [] for way in ways(folder)}
    for _ in range(rounds):
        for made in ("tables", "workspace"):  # a first load each time: there is nothing to replace
            shutil.rmtree(folder / made, ignore_errors=True)
        for way, command in ways(folder).items():
            costs[way].append(cost_of(command))
            print(f"{way:>19}: {costs[way][-1]}", flush=True)
    middle = {way: median_of(cost) for way, cost in costs.items()}
    for ours, hand in (("load --no-graph", "bare"), ("load", "bare"), ("load", "same graph")):
        cost, other = middle[ours], middle[f"by hand, {hand}"]
        print(
            f"{ours} / by hand, {hand}: time {cost.seconds / other.seconds:.2f}, CPU {cost.cpu / other.cpu:.2f}, "
            f"memory {cost.memory / other.memory:.2f}; peak {cost.memory:.0f} MB"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=200_000)
    parser.add_argument("--supplies", type=int, default=1_000_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to put the data; it is removed afterwards")
    parser.add_argument("--by-hand", choices=sorted(HANDS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.by_hand:
        HANDS[given.by_hand](given.folder)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder = Path(place) / "data"
        size = ("--firms", str(given.firms), "--supplies", str(given.supplies), "--weeks", str(given.weeks))
        subprocess.run(scgraph("synth", str(folder), *size, "--format", "csv"), check=True)
        print(f"{given.firms:,} firms, {given.supplies:,} supplies, {given.weeks} weeks")
        compare(folder, given.rounds)


if __name__ == "__main__":
    main()

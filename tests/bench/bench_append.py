"""CPU and wall seconds and memory of `scgraph load --append` of 1 % new rows, against loading everything again.

    python tests/bench/bench_append.py [--trades 1000000] [--share 0.01] [--rounds 3]

A world of trades between firms is written as CSV, the last part of it as a folder of its own that also corrects one row
in ten of its size. No graph is built: both ways build the same one. Figures are medians over the rounds, the ways
taking turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from measure import Cost, cost_of, median_of

_TRADES = """
SELECT 'r' || i AS row_id, 'F' || (hash(i) % {firms}) AS supplier_id, 'F' || (hash(i + 1) % {firms}) AS customer_id,
    DATE '2024-01-01' + CAST(i * 700 // {trades} AS INTEGER) AS "on", round(hash(i) % 100000 / 7, 2) AS amount,
    DATE '2024-01-01' + CAST(i * 700 // {trades} + hash(i) % 60 AS INTEGER) AS paid_on
FROM range({first}, {last}) t(i)
"""


def write_world(folder: Path, trades: int, share: float) -> None:
    """Write all/ and, split, base/ and more/."""
    firms = trades // 20
    new = int(trades * share)
    con = duckdb.connect()
    parts = {"base": (0, trades - new), "more": (trades - new, trades)}
    for name, (first, last) in parts.items():
        (folder / name).mkdir()
        rows = _TRADES.format(firms=firms, trades=trades, first=first, last=last)
        con.sql(rows).write_csv(str(folder / name / "supplies.csv"))
    corrected = _TRADES.format(firms=firms, trades=trades, first=0, last=new // 10)
    con.sql(f"SELECT * REPLACE (amount + 1 AS amount) FROM ({corrected})").write_csv(
        str(folder / "more" / "supplies-corrected.csv")
    )
    ids = f"SELECT 'F' || i AS firm_id, 'firm ' || i AS name FROM range({firms}) t(i)"
    con.sql(ids).write_csv(str(folder / "base" / "firms.csv"))


def command(*words: object) -> list[str]:
    code = "from supplyrisk.cli import main; main()"
    return [sys.executable, "-c", code, *map(str, words)]


def main() -> None:
    """Print what both ways cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    costs: dict[str, list[Cost]] = {"load": [], "append": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_world(folder, options.trades, options.share)
        for _ in range(options.rounds):
            workspace = folder / "workspace"
            shutil.rmtree(workspace, ignore_errors=True)
            common = ("-w", workspace, "--no-graph", "--quiet", "--store", "embedded")
            costs["load"].append(cost_of(command("load", folder / "base", *common)))
            costs["append"].append(cost_of(command("load", folder / "more", "--append", *common)))
    for name, rounds in costs.items():
        print(name, median_of(rounds))


if __name__ == "__main__":
    main()

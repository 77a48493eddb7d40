"""Fabricated volume: false alarms on clean worlds, and recall by kind on worlds with planted schemes.

    python tests/bench/bench_fraud.py [--firms 2000] [--weeks 60] [--seeds 1 2 3 4] [--share 0.03]

A false alarm is a shop (a firm with sales in the last 180 days) that is named in a world without fabricated trade. A
planted scheme is found if a case of its kind names at least half of its rows; "any kind": if cases of any kinds do.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from supplyrisk.graph import DatasetInfo, Tables
from supplyrisk.graph.merchant.fabricated import VolumeCase, VolumeKind, fabricated_volume
from supplyrisk.loaders.synthetic import synthesize

KINDS = [kind.value for kind in VolumeKind]


def main() -> None:
    """Print a line per seed, and the totals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--firms", type=int, default=2000)
    parser.add_argument("--weeks", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--share", type=float, default=0.03)
    asked = parser.parse_args()
    shops = 0
    alarms: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    recalled: Counter[str] = Counter()
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory(prefix="scgraph-") as folder:
            clean, sellers = world(Path(folder) / "clean", asked, seed, {})
            shops += sellers
            named = {
                kind: {firm for case in clean if case.kind == kind for firm in case.firms} for kind in KINDS
            }
            counts = {kind: len(firms) for kind, firms in named.items()} | {
                "any": len(set().union(*named.values()))
            }
            alarms.update(counts)
            fraud, _ = world(Path(folder) / "fraud", asked, seed, dict.fromkeys(KINDS, asked.share))
            number, found = recall(fraud, Path(folder) / "fraud")
            planted.update(number)
            recalled.update(found)
            print(f"seed {seed}: {sellers} shops, false alarms {counts}", flush=True)
            print(f"  found {dict(found)} of {dict(number)}", flush=True)
    print(
        f"{shops} shops; false alarms per 1,000: ",
        {kind: round(1000 * alarms[kind] / shops, 2) for kind in (*KINDS, "any")},
    )
    for kind in KINDS:
        any_kind = recalled[f"{kind}, any kind"]
        print(f"{kind}: {recalled[kind]} of {planted[kind]} schemes found, {any_kind} by any kind")


def world(
    folder: Path, asked: argparse.Namespace, seed: int, fraud: Mapping[str, float]
) -> tuple[tuple[VolumeCase, ...], int]:
    """Write a world; return its cases, and its number of shops."""
    summary = synthesize(folder, firms=asked.firms, weeks=asked.weeks, seed=seed, fraud=fraud)
    sources = {path.stem: path for path in folder.glob("*.parquet")}
    tables = Tables(DatasetInfo(), sources)
    began = time.process_time()
    cases = fabricated_volume(tables, summary.end).cases
    print(
        f"  {time.process_time() - began:.1f} s of processor time for {tables.rows('supplies'):,} trades",
        flush=True,
    )
    with tables.connect() as con:
        sql = 'SELECT count(DISTINCT supplier_id) FROM supplies WHERE ? - "on" < 180'
        return cases, con.execute(sql, [summary.end]).fetchall()[0][0]


def recall(cases: Sequence[VolumeCase], folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the planted schemes by kind, and those that were found."""
    rows: dict[tuple[str, int], set[str]] = {}
    for row in pq.read_table(folder / "truth" / "fabricated.parquet").to_pylist():
        rows.setdefault((row["kind"], row["scheme"]), set()).add(row["row_id"])
    named = {
        kind: {trade.row for case in cases if case.kind == kind for trade in case.trades} for kind in KINDS
    }
    everything = set().union(*named.values())
    number: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (kind, _), own in rows.items():
        number[kind] += 1
        found[kind] += 2 * len(own & named[kind]) >= len(own)
        found[f"{kind}, any kind"] += 2 * len(own & everything) >= len(own)
    return number, found


if __name__ == "__main__":
    main()

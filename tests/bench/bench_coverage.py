"""How many shops with full data are `insufficient` on clean worlds, and what removing a source does to grades.

    python tests/bench/bench_coverage.py WORLD... --model FOLDER

WORLD is a folder of `scgraph synth`, FOLDER a trained model. A shop is a merchant; it has full data where its activity,
trades, payments and statements are fresh. For each source in turn, the rows about a tenth of the firms are removed, and
then its table from the whole world, and all firms are scored again; a grade improves where it is better than before.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench_absence import without
from supplyrisk import gnn
from supplyrisk.graph import (
    AGE_COLUMNS,
    INSUFFICIENT,
    SHIPPED_SOURCES,
    Tables,
    build_snapshot,
    read_workspace,
)
from supplyrisk.loaders import load

FULL = ("activity_ago", "trades_ago", "payments_ago", "statements_ago")
REMOVED = {
    "activity": ("firm_id",),
    "supplies": ("supplier_id", "customer_id"),
    "financials": ("firm_id",),
    "loans": ("firm_id",),
    "shipments": ("carrier_id", "shipper_id", "receiver_id"),
}
"""By table, the columns that name the firms which its rows are about."""


def main() -> None:
    """Print a line per world, and one per removed table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    asked = parser.parse_args()
    model = gnn.load(asked.model, gnn.device("cpu"))
    for world in asked.worlds:
        with tempfile.TemporaryDirectory(prefix="scgraph-") as workspace:
            load(world, workspace)
            report(model, world.name, read_workspace(Path(workspace)))


def report(model: gnn.RiskModel, world: str, tables: Tables) -> None:
    """Print the figures of a world."""
    before, full = scored(model, tables)
    shops = before.filter(pa.array(full))
    insufficient = pc.sum(pc.equal(shops["state"], INSUFFICIENT)).as_py() or 0
    alive = pc.sum(pc.invert(pc.equal(shops["state"], "defaulted"))).as_py()
    print(f"{world}: {insufficient} of {alive} shops with full data are insufficient")
    states = dict(zip(*(a.to_pylist() for a in pc.value_counts(before["state"]).flatten()), strict=True))
    print(f"{world}: all firms: {states}")
    tenth = before["firm_id"].take(pa.array(range(0, before.num_rows, 10))).combine_chunks()
    of_tenth = pc.is_in(before["firm_id"], value_set=tenth)
    for name, ends in REMOVED.items():
        if not tables.present(name):
            continue
        frames = {name: pq.read_table(tables.sources[name])}
        fewer = without(name, *ends)(frames, tenth)
        after, _ = scored(model, replace(tables, sources={**tables.sources, **fewer}))
        print(
            f"{world}, {name} of a tenth removed: {changes(before.filter(of_tenth), after.filter(of_tenth))}"
        )
        rest = replace(tables, sources={k: v for k, v in tables.sources.items() if k != name})
        after, _ = scored(model, rest)
        print(f"{world} without {name}: {changes(before, after)}")


def scored(model: gnn.RiskModel, tables: Tables) -> tuple[pa.Table, NDArray[np.bool_]]:
    """The scores by firm_id, and which firms are shops with full data."""
    snapshot = build_snapshot(tables, horizon_days=model.horizon_days or 180)
    firms = gnn.score(model, snapshot).firms.sort_by("firm_id")
    fresh = SHIPPED_SOURCES.fresh(snapshot.source_ages)
    merchant = np.array(["merchant" in (roles or "") for roles in snapshot.firms["roles"].to_pylist()])
    return firms, merchant & fresh[:, [AGE_COLUMNS.index(name) for name in FULL]].all(1)


def changes(before: pa.Table, after: pa.Table) -> str:
    """How many grades are lost, and of those that stay how many are better and worse."""
    pairs = list(zip(before["grade"].to_pylist(), after["grade"].to_pylist(), strict=True))
    graded = [(old, new) for old, new in pairs if old]
    lost = sum(new is None for _, new in graded)
    better = sum(new is not None and new < old for old, new in graded)
    gained = sum(new is not None for old, new in pairs if old is None)
    return (
        f"{lost} of {len(graded)} grades lost, {better} better ({better / len(graded):.1%}), {gained} gained"
    )


if __name__ == "__main__":
    main()

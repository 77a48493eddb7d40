"""Seconds, CPU seconds and peak memory of the portraits of all firms, against the snapshot of the same data.

    python tests/bench/bench_portrait.py --workspace W [--copies 10] [--rounds 3]
    python tests/bench/bench_portrait.py [--firms 100000]

Without a workspace a world of so many firms with monthly rows is made and loaded (its graph left out). With --copies
the data are repeated under other ids, which takes seconds where a world of a million firms takes half an hour; times of
both sides then hold for that many firms. The snapshot and the portraits take turns, each in a process of its own, from
the Parquet files on: `build_snapshot`, and `portraits` with its file written. Figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Cost, cost_of, median_of
from supplyrisk import services
from supplyrisk.graph import Workspace
from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.tables import MANIFEST, manifest_of, pointer_to, quoted, write_json_atomically


def repeat(workspace: Path, copies: int, out: Path) -> Path:
    """Write a workspace with the data of another one, repeated under other ids; its content hash stays."""
    tables = Workspace(workspace).tables()
    folder = Layout(out).data / "copies"
    folder.mkdir(parents=True)
    con = tables.connect()
    for name in tables.sources:
        ids = [column.name for column in TABLES[name].columns if column.kind is ColumnKind.ID]
        renamed = ", ".join(f"{quoted(column)} || '-' || k AS {quoted(column)}" for column in ids)
        con.execute(
            f"COPY (SELECT t.* REPLACE ({renamed}) FROM range({copies}) AS copies(k), {quoted(name)} AS t) "
            f"TO '{folder / name}.parquet' (FORMAT parquet)"
        )
    rows = {name: copies * tables.rows(name) for name in tables.sources}
    write_json_atomically(folder / MANIFEST, manifest_of(tables.info, rows))
    write_json_atomically(Layout(out).pointer, pointer_to(folder.name, ()))
    return out


def world(firms: int, folder: Path) -> Path:
    """Make and load a world with monthly rows; return its workspace."""
    data, workspace = folder / "world", folder / "workspace"
    size = ("--firms", str(firms), "--supplies", str(10 * firms))
    for command in (
        ("synth", str(data), "--preset", "million", *size),
        ("load", str(data), "--workspace", str(workspace), "--no-graph"),
    ):
        subprocess.run(
            [sys.executable, "-c", "from supplyrisk.cli import main; main()", *command], check=True
        )
    return workspace


def run(job: str, workspace: Workspace) -> None:
    """Run one side."""
    if job == "snapshot":
        workspace.snapshot()
        return
    # A stored file of these data would only be read.
    for path in (workspace.path / "portraits").glob("*.parquet"):
        path.unlink()
    services.portraits(workspace)


def compare(workspace: Path, rounds: int) -> None:
    """Print the costs of both sides and their ratio."""
    jobs = ("snapshot", "portraits")
    costs: dict[str, list[Cost]] = {job: [] for job in jobs}
    for _ in range(rounds):
        for job in jobs:
            costs[job].append(
                cost_of([sys.executable, __file__, "--job", job, "--workspace", str(workspace)])
            )
            print(f"{job:>10}: {costs[job][-1]}", flush=True)
    snapshot, portraits = (median_of(costs[job]) for job in jobs)
    print(f"    median: snapshot {snapshot}; portraits {portraits}")
    clock, cpu = portraits.seconds / snapshot.seconds, portraits.cpu / snapshot.cpu
    print(f"portraits / snapshot: clock {clock:.2f}, CPU {cpu:.2f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        run(options.job, Workspace(options.workspace))
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = options.workspace or world(options.firms, Path(folder))
        if options.copies > 1:
            workspace = repeat(workspace, options.copies, Path(folder) / "copies")
        compare(workspace, options.rounds)


if __name__ == "__main__":
    main()

"""Seconds, CPU seconds and peak memory of scoring a workspace, stage by stage, from its tables to the file of scores.

    python tests/bench/bench_score.py --workspace W --model FOLDER
    python tests/bench/bench_score.py [--firms 20000]

Without a workspace a world of so many firms with monthly rows is made and loaded (its graph left out), and a model of
five members is trained on one of 2,000 firms. What is timed is what `scgraph score --no-write-back -o scores.parquet`
does, in its order. Memory is the process's largest resident set during the stage (Linux).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from supplyrisk import gnn
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.data.panel import panel_graph_of
from supplyrisk.gnn.network.member_stages import OwnScores
from supplyrisk.gnn.risk_model import SnapshotHazards, average_members
from supplyrisk.graph import Snapshot, build_snapshot, read_workspace
from supplyrisk.graph.workspace.output_files import write_table


class Stages:
    """Prints what each stage costs, and at the end what all of them do."""

    def __init__(self) -> None:
        self.sums = [0.0, 0.0, 0.0]

    @contextmanager
    def stage(self, name: str, *, counted: bool = True) -> Iterator[None]:
        """Time a block; counted: whether it belongs to the sum."""
        Path("/proc/self/clear_refs").write_text("5")
        clock, cpu = time.perf_counter(), time.process_time()
        yield
        cost = [time.perf_counter() - clock, time.process_time() - cpu, _peak()]
        self._say(name, cost)
        if counted:
            self.sums = [self.sums[0] + cost[0], self.sums[1] + cost[1], max(self.sums[2], cost[2])]

    def total(self, name: str) -> None:
        """Print the sums."""
        self._say(name, self.sums)

    def _say(self, name: str, cost: list[float]) -> None:
        print(f"{name:>28}: {cost[0]:7.1f} s, CPU {cost[1]:7.1f} s, peak {cost[2]:6.2f} GB", flush=True)


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 2**20


def score(workspace: Path, folder: Path, out: Path) -> None:
    """Score a workspace and write its scores, stage by stage."""
    stages = Stages()
    model = gnn.load(folder, gnn.device("cpu"))
    tables = read_workspace(workspace)
    with stages.stage("snapshot", counted=False):
        seen = build_snapshot(
            tables, horizon_days=model.horizon_days or 1, default_definition=model.default_definition
        )
    print(f"{seen}; model of {len(model.members)} members, context {model.members[0].context}")
    _from_snapshot(stages, model, seen, out)
    stages.total("from snapshot to files")


def _from_snapshot(stages: Stages, model: gnn.RiskModel, seen: Snapshot, out: Path) -> None:
    with stages.stage("tensors"):
        graph = panel_graph_of(seen, model.encoder)
    with stages.stage("trees"):
        forest = evaluate_forest([b.own for b in model.boosters], graph.x)
    with stages.stage("smooth and boosted stages"):
        columns, smooth = model.encoder.column_names, model.boosters[0].smooth.predict(graph.x)
        scores_of_stages = [
            b.predict([graph], columns, m.required_stages, OwnScores(own, smooth))
            for b, m, own in zip(model.boosters, model.members, forest.hazards, strict=True)
        ]
    with stages.stage("rounds"):
        parts = average_members(
            graph,
            model.members,
            [m.base_parts(s) for m, s in zip(model.members, scores_of_stages, strict=True)],
            {},
        )
        parts = replace(parts, own_trees=forest)
        computed = SnapshotHazards(graph, parts).without_link_attributes()
    with stages.stage("scores, reasons, neighbours"):
        scores = gnn.score(model, seen, use=gnn.NETWORK, computed=computed)
    with stages.stage("writing the scores"):
        write_table(out / "scores.parquet", scores.firms)
        write_table(out / "spreaders.parquet", scores.spreaders)
    with stages.stage("writing what was learned"):
        learned = gnn.transmissions_of(model, seen, computed)
        for name, table in zip(("nodes", "links"), learned.to_tables(), strict=True):
            write_table(out / f"{name}.parquet", table)


def made(folder: Path, firms: int) -> tuple[Path, Path]:
    """A loaded world of so many firms, and a model trained on a small one."""
    for name, size, seed in (("small", 2000, 3), ("large", firms, 7)):
        world = ("synth", folder / name, "--firms", size, "--weeks", 120, "--seed", seed, "--grain", "month")
        _run(*world)
        _run("load", folder / name, "--no-graph", "-w", folder / f"{name}-loaded")
    _run("train", "-w", folder / "small-loaded", "--members", 5)
    return folder / "large-loaded", folder / "small-loaded" / "models" / "default"


def _run(*arguments: object) -> None:
    code = "from supplyrisk.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, "--quiet", *map(str, arguments)], check=True)


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workspace", type=Path, help="loaded data")
    parser.add_argument("--model", type=Path, help="the folder of a trained model")
    parser.add_argument("--firms", type=int, default=20_000)
    given = parser.parse_args()
    if (given.workspace is None) != (given.model is None):
        parser.error("--workspace and --model go together")
    with tempfile.TemporaryDirectory() as place:
        found = (given.workspace, given.model) if given.workspace else made(Path(place), given.firms)
        score(*found, Path(place))


if __name__ == "__main__":
    main()

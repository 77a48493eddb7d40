"""Seconds of `scgraph check` on a scored workspace of 10,000 firms, start included.

    python tests/bench/bench_check.py [--firms 10000] [--folder F] [--model M | --expert]

A world is made, loaded into the embedded store and scored by the network of a model that was trained on a smaller world
of the same kind (--model names another one, trained elsewhere). With --folder everything is built there and used again
the next time; --expert scores by the expert scorecard, which needs no smaller world. Checked are the firm with the most
links, the thousandth and one with the median number, each also with a lender, and the last one also recorded in the
audit log, with its evidence kept, on a copy of the workspace. Best of five, by the clock and in CPU seconds of the
command and the store's worker together, and the ratio to a baseline in the same run: two processes that import the same
libraries, of which one reads the graph's file, and do nothing else. The limit of 2 s by the clock is for an idle
machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_load import scgraph
from measure import Cost, cost_of
from supplyrisk.graph import EmbeddedStore

TIMES = 5
LIMIT = 2.0
BASELINE = (
    "import subprocess, sys, pyarrow.compute, pyarrow.parquet, pydantic, typer; "
    "reader = 'import sys, kglite, pyarrow.compute; kglite.load(sys.argv[1])'; "
    "subprocess.run([sys.executable, '-c', reader, sys.argv[1]])"
)
"""Program that starts what a check starts, given the file of the graph."""
SMALL = ("--firms", "2000", "--weeks", "156")
LINKS = "MATCH (f:Firm)-[r:SUPPLIES]-(:Firm) RETURN f.firm_id AS id, count(r) AS n ORDER BY n DESC, id"
LENDER = (
    "MATCH (l:Lender)-[r:LENDS_TO]->() RETURN l.lender_id AS id, count(r) AS n ORDER BY n DESC, id LIMIT 1"
)


def scored_workspace(folder: Path, firms: int, model: Path | None, *, expert: bool) -> Path:
    """The scored workspace; what is there from an earlier run is left as it is."""
    data, workspace = folder / "data", folder / "workspace"
    if model is None and not expert:
        model = folder / "small" / "models" / "default"
        if not (model / "model.json").is_file():
            small = folder / "small-data"
            _do("synth", small, *SMALL)
            _do("load", small, "-w", folder / "small", "--store", "embedded")
            _do("train", "-w", folder / "small", "--members", 3)
    if not (workspace / "scores").is_dir():
        _do("synth", data, "--firms", firms, "--weeks", 120)
        _do("load", data, "-w", workspace, "--store", "embedded")
        if expert:
            _do("train", "--expert", "--base-rate", 0.02, "-w", workspace)
            _do("score", "-w", workspace, "--store", "embedded")
        else:
            _do("score", "-w", workspace, "--store", "embedded", "--model", model, "--use", "network")
    return workspace


def _do(*arguments: object) -> None:
    print(f"{arguments[0]}: {cost_of(scgraph(*map(str, arguments)))}", flush=True)


def shops(workspace: Path) -> tuple[list[tuple[str, str]], str | None]:
    """Firms by how well they are linked, and the lender with the most lines."""
    with EmbeddedStore(workspace / "graph") as store:
        ids = store.run(LINKS)["id"].to_pylist()
        lenders = store.run(LENDER)["id"].to_pylist()
    ranks = {"hub": 0, "thousandth": min(999, len(ids) - 1), "median": len(ids) // 2}
    return [(name, ids[rank]) for name, rank in ranks.items()], lenders[0] if lenders else None


def best(command: Sequence[str]) -> Cost:
    """The least of each figure."""
    costs = [cost_of(command) for _ in range(TIMES)]
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in ("seconds", "cpu", "memory")))


def _show(name: str, cost: Cost, baseline: Cost | None = None) -> None:
    mark = "*" if cost.seconds > LIMIT else " "
    ratio = f"  x {cost.cpu / baseline.cpu:.2f} of the baseline's CPU" if baseline else ""
    print(f"{name:28} {cost.seconds:6.2f} s {mark} CPU {cost.cpu:5.2f} s{ratio}", flush=True)


def _show_recorded(workspace: Path, firm: str, place: Path, baseline: Cost, *, made: bool) -> None:
    """The first recorded check after a load, which keeps the data, and later ones; made: whether by this script."""
    own = place / "recorded"
    shutil.copytree(workspace, own)
    # Earlier checks of a user's workspace have kept its data. One that was made here has no checks, but the kept model,
    # which is in no folder of the workspace.
    if not made:
        shutil.rmtree(own / "audit", ignore_errors=True)
    command = scgraph(
        "check", firm, "--amount", "50000", "--days", "90", "-w", str(own), "--store", "embedded"
    )
    _show("  recorded, the first", cost_of(command), baseline)
    _show("  recorded", best(command), baseline)


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--workspace", type=Path, help="an existing scored workspace")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--expert", action="store_true", help="score by the expert scorecard")
    options = parser.parse_args()
    # Python caches the bytecode of what users run; without it every start compiles two hundred files.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        workspace = options.workspace or scored_workspace(
            folder, options.firms, options.model, expert=options.expert
        )
        checked, lender = shops(workspace)
        print(f"{os.getloadavg()[0]:.1f} processes want to run on {os.cpu_count()} processors")
        _show("python -c pass", best([sys.executable, "-c", "pass"]))
        _show("scgraph --help", best(scgraph("--help")))
        graph = max((workspace / "graph").glob("graph-*.kgl"))
        baseline = best([sys.executable, "-c", BASELINE, str(graph)])
        _show("baseline: both starts", baseline)
        for name, firm in checked:
            arguments = ["check", firm, "--amount", "50000", "--days", "90", "--no-record"]
            arguments += ["-w", str(workspace), "--store", "embedded"]
            _show(f"check {name} {firm}", best(scgraph(*arguments)), baseline)
            if lender:
                _show(f"  with {lender}'s book", best(scgraph(*arguments, "--lender", lender)), baseline)
        _show_recorded(workspace, firm, Path(place), baseline, made=options.workspace is None)


if __name__ == "__main__":
    main()

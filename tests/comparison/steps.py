"""The commands that are run in both trees, stage by stage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from everything import EARLIER, LAST, WORKSPACE, use_workspace
from trees import ROOT, Player

FIXTURE = ROOT / "tests" / "fixtures" / "workspace"
KINDS = "default,bankruptcy,lawsuit,suspension"
"""So few firms as the fixture's have too few defaults to learn from."""


def demo(player: Player) -> None:
    """What `scgraph demo` does, smaller and in single commands, and then every command on its workspace."""
    world = ("--firms", 600, "--weeks", 130, "--seed", 7, "--contagion", 2)
    player.run("synth", "synth", "data", *world, *WORKSPACE)
    player.run("validate", "validate", "data", *WORKSPACE)
    player.run("load", "load", "data", *WORKSPACE)
    player.run("train", "train", "--members", 2, "--seed", 7, *WORKSPACE)
    player.run("evaluate", "evaluate", "--no-placebos", "--no-dip", *WORKSPACE)
    use_workspace(player)


def old(player: Player) -> None:
    """A copy of a workspace that an old version wrote: opened, scored by its model, asked everything."""
    shutil.copytree(FIXTURE, player.folder / "workspace")
    player.run("verify-old-record", "audit", "verify", *WORKSPACE)
    player.run("show-old-record", "audit", "show", 1, *WORKSPACE)
    player.run("store-load", "store", "load", *WORKSPACE)
    player.run("store-scores", "store", "scores", *WORKSPACE)
    player.run("store-contagion", "store", "contagion", *WORKSPACE)
    player.run("monitor-kept", "monitor", "--since", EARLIER, *WORKSPACE)
    player.run("compare-kept", "compare", EARLIER, LAST, *WORKSPACE)
    use_workspace(player)
    player.run("train", "train", "--name", "second", "--members", 1, *WORKSPACE, SCGRAPH_DEFAULT_KINDS=KINDS)
    player.run("compare-models", "compare", "default", "second", *WORKSPACE)
    player.run("promote", "compare", "default", "second", "--promote", *WORKSPACE)
    player.run("compare-list-again", "compare", *WORKSPACE)


def faults(player: Player) -> None:
    """Calls that fail, and dirty tables."""
    shutil.copytree(FIXTURE, player.folder / "workspace")
    player.run("no-graph", "query", "run", "riskiest", *WORKSPACE)
    player.run("store-load", "store", "load", *WORKSPACE)
    player.run("store-scores", "store", "scores", *WORKSPACE)
    player.run("no-verb", "frobnicate")
    player.run("no-firm", "explain", "nobody", *WORKSPACE)
    player.run("no-shop", "check", "nobody", "--amount", 20000, "--days", 90, *WORKSPACE)
    for name, amount in (("commas", "20,000"), ("words", "much"), ("negative", "-5"), ("zero", "0")):
        player.run(f"amount-{name}", "check", "F0000285", f"--amount={amount}", "--days", 90, *WORKSPACE)
    player.run("no-workspace", "score", "-w", "missing", "--json")
    player.run("no-model", "score", "--model", "missing", *WORKSPACE)
    player.run("no-day", "score", "--as-of", "yesterday", *WORKSPACE)
    player.run("day-too-early", "score", "--as-of", "1999-01-01", *WORKSPACE)
    player.run("day-too-late", "score", "--as-of", "2030-01-01", *WORKSPACE)
    player.run("no-lender", "portfolio", "nobody", *WORKSPACE)
    player.run("no-since", "monitor", "--since", "1999-01-01", *WORKSPACE)
    player.run("no-query", "query", "run", "no-such-query", *WORKSPACE)
    player.run("no-parameter", "query", "run", "neighbours", *WORKSPACE)
    player.run("writing", "query", "run", "--text", "MATCH (n:Firm) SET n.x = 1", *WORKSPACE)
    player.run("no-cypher", "query", "run", "--text", "FETCH everything", *WORKSPACE)
    player.run("no-scenario", "stress", "missing.toml", *WORKSPACE)
    player.run("no-entry", "audit", "show", 99, *WORKSPACE)
    player.run("eps", "contagion", "--eps", 7, *WORKSPACE)
    bad = player.folder / "no-column"
    bad.mkdir()
    (bad / "firms.csv").write_text("name,region\nA,B\n", encoding="utf-8")
    player.run("no-column", "load", "no-column", "-w", "other", "--json")
    dirt = ("--dirt", "duplicates=0.02", "--dirt", "swapped_ids=0.02", "--dirt", "missing_days=0.05")
    player.run(
        "synth-dirty", "synth", "dirty", "--firms", 80, "--weeks", 30, "--format", "csv", *dirt, "--json"
    )
    player.run("load-dirty-refused", "load", "dirty", "-w", "other", "--json")
    player.run("load-dirty", "load", "dirty", "--max-bad", 1, "-w", "other", "--json")
    entry = next((player.folder / "workspace" / "audit").glob("000001-*.json"))
    entry.write_bytes(entry.read_bytes().replace(b'"L001"', b'"L002"', 1))
    player.run("changed-record", "audit", "verify", *WORKSPACE)


STAGES: dict[str, Callable[[Player], None]] = {"faults": faults, "old": old, "demo": demo}


def inputs() -> list[Path]:
    """Files on which the results of a tree rest besides its source."""
    here = Path(__file__).resolve().parent
    return sorted([*here.glob("*.py"), *(path for path in FIXTURE.rglob("*") if path.is_file())])

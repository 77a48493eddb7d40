"""`scgraph demo`: everything at once on a synthetic supply chain, and a report of it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from supplyrisk.cli.files import envelope, print_json, write_atomically
from supplyrisk.cli.loading import build_graph, load_rows, say_synthetic
from supplyrisk.cli.making import World, described, simulate
from supplyrisk.cli.options import Session
from supplyrisk.cli.scoring import Request, Result, compute, notes, ranked, spreaders
from supplyrisk.cli.settings import Settings
from supplyrisk.cli.talk import cell, show_table, show_text
from supplyrisk.cli.training import best_slice, fit, metric_rows, metric_table, verdict
from supplyrisk.cli.workspace import open_graph

MARK = ".scgraph-demo"
"""Lies in a folder that a demo made, which the next demo may replace."""
TOP = 10
QUERY = (
    "MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm) WHERE s.risk_pd IS NOT NULL AND r.amount_180 > 0 "
    "RETURN s.firm_id AS supplier, s.risk_pd AS pd, c.firm_id AS customer, s.risk_pd * r.amount_180 AS at_risk "
    "ORDER BY at_risk DESC, supplier, customer LIMIT 10"
)
"""To try next: whose purchases hang on risky suppliers; at_risk = the supplier's PD x what was bought in 180 days."""


@dataclass(frozen=True)
class Plan:
    """The demo's size and place."""

    folder: Path
    firms: int = 1600
    weeks: int = 156
    members: int = 3
    seed: int = 7
    contagion: float = 2.0


def run_demo(session: Session, plan: Plan) -> None:
    """Make, load, train, score, write back, and report."""
    talk, folder = session.talk, plan.folder
    _clear(folder)
    workspace = folder / "workspace"
    settings = Settings(workspace=workspace, members=plan.members, seed=plan.seed, store="embedded")
    own = replace(session, settings=settings)
    talk.say(f"1/4 making a synthetic supply chain of {plan.firms:,} firms and {plan.weeks} weeks")
    made = simulate(own, folder / "data", World(plan.firms, plan.weeks, plan.seed, plan.contagion))
    talk.say(described(made))
    talk.say("2/4 checking and loading it, building the graph")
    report = load_rows(own, folder / "data", None, graph=True)
    talk.say(f"{report.total.loaded:,} rows loaded; {build_graph(own)}")
    talk.say("3/4 training the network and its two controls (the longest step)")
    model = fit(own)
    talk.say("4/4 scoring every firm, writing the scores into the graph")
    result = compute(own, Request())
    with open_graph(own) as store:
        answers = store.run(QUERY).num_rows
    path = folder / "report.md"
    text = _report(plan, described(made), result)
    write_atomically(path, lambda out: out.write(text.encode()))
    _show(own, result, path)
    talk.say(f"report: {path}")
    talk.say(f"try next ({answers} rows): {next_command(workspace)}")
    say_synthetic(own, synthetic=model.card["synthetic"] is True)


def next_command(workspace: Path) -> str:
    """The command line that runs the query to try next."""
    place, text = shlex.quote(str(workspace)), shlex.quote(QUERY)
    return f"scgraph query run --store embedded --workspace {place} --text {text}"


def _clear(folder: Path) -> None:
    """An empty folder with our mark in it; another's files are never touched."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise FileExistsError(
            f"{folder} holds files that no demo made; expected a new folder; name one by --dir"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by scgraph demo; the next one replaces it\n", encoding="utf-8")
    for name in ("data", "workspace"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _show(session: Session, result: Result, path: Path) -> None:
    scores, model = result.scores, result.model
    if session.as_json:
        head = {"as_of": scores.as_of, "model": scores.model, "degraded": scores.degraded, "synthetic": True}
        rows, query = scores.firms.slice(0, TOP).to_pylist(), {"cypher": QUERY}
        metrics = metric_rows(model.card, best_slice(model))
        print_json(
            envelope(
                "demo", rows, about=head, metrics=metrics, verdict=verdict(model), report=path, next=query
            )
        )
        return
    show_text(f"SYNTHETIC. The {TOP} riskiest shops, PD within {scores.horizon_days} days of {scores.as_of}:")
    show_table(*ranked(scores, TOP))
    show_text("\nSYNTHETIC. Who passes on the most, by the network:")
    show_table(*spreaders(scores, TOP))
    show_text("\nSYNTHETIC. On held-out firms and days, the network against both controls:")
    show_table(*metric_table(model))
    for line in (*verdict(model), notes(scores, model)[0]):
        session.talk.say(line)


def _report(plan: Plan, made: str, result: Result) -> str:
    scores, model = result.scores, result.model
    parts = [
        "# scgraph demo: a synthetic supply chain",
        "Everything here is synthetic: made up, seeded, and showing nothing about real firms.",
        f"{plan.firms:,} firms, {plan.weeks} weeks, seed {plan.seed}; {made}.",
        "## The riskiest shops",
        f"PD within {scores.horizon_days} days of {scores.as_of}, by {scores.model}.",
        _markdown(*ranked(scores, 2 * TOP)),
        *(f"- {note}" for note in notes(scores, model)),
        "## Who passes on the most\n\nBy the network, whoever is champion.",
        _markdown(*spreaders(scores, 2 * TOP)),
        "## How good the model is",
        _markdown(*metric_table(model)),
        *(f"- {line}" for line in verdict(model)),
        "## Try next",
        f"```\n{next_command(plan.folder / 'workspace')}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *([cell(v) for v in row] for row in rows)]
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in line) + " |" for line in lines)

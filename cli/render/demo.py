"""The demo on the terminal, and its report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.render.model_metrics import METRIC_COLUMNS, candidate_rows
from supplyrisk.cli.render.scores import SPREADER_COLUMNS, riskiest_columns, riskiest_rows, spreader_rows
from supplyrisk.cli.talk import Talk, cell, show_table, show_text
from supplyrisk.services import DEMO_TOP

if TYPE_CHECKING:
    from supplyrisk.services import DemoResult


def show_demo(talk: Talk, result: DemoResult) -> None:
    """The riskiest firms, the firms that pass on the most, and the metrics, on stdout; the verdict on stderr."""
    scores = result.scoring.scores
    show_text(
        f"SYNTHETIC. The {DEMO_TOP} riskiest firms, PD within {scores.horizon_days} days of {scores.as_of}:"
    )
    show_table(riskiest_columns(scores), riskiest_rows(scores, DEMO_TOP))
    show_text("\nSYNTHETIC. Firms that pass on the most risk, by the network:")
    show_table(SPREADER_COLUMNS, spreader_rows(scores, DEMO_TOP))
    show_text("\nSYNTHETIC. The network and both baselines on held-out firms and days:")
    show_table(METRIC_COLUMNS, candidate_rows(result.training.metrics()))
    for line in (*result.training.verdict, result.scoring.notes[0]):
        talk.say(line)


def demo_report(result: DemoResult, *, firms: int, weeks: int, seed: int) -> str:
    """The report as Markdown."""
    scores = result.scoring.scores
    training = result.training
    paragraphs = [
        "# scgraph demo: a synthetic supply chain",
        "Everything here is synthetic: made up, seeded, and showing nothing about real firms.",
        f"{firms:,} firms, {weeks} weeks, seed {seed}; {result.world.description}.",
        "## The riskiest firms",
        f"PD within {scores.horizon_days} days of {scores.as_of}, by {scores.model}.",
        _table(riskiest_columns(scores), riskiest_rows(scores, 2 * DEMO_TOP)),
        *(f"- {note}" for note in result.scoring.notes),
        "## Firms that pass on the most risk\n\nBy the network, whichever candidate is champion.",
        _table(SPREADER_COLUMNS, spreader_rows(scores, 2 * DEMO_TOP)),
        "## How good the model is",
        _table(METRIC_COLUMNS, candidate_rows(training.metrics())),
        *(f"- {line}" for line in training.verdict),
        "## Try next",
        f"```\n{result.next_command}\n```",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *([cell(value) for value in row] for row in rows)]
    return "\n".join(
        "| " + " | ".join(str(text).replace("|", "\\|") for text in line) + " |" for line in lines
    )

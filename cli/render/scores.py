"""Scores on the terminal: the riskiest firms, and those that pass on the most risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.render.pd_headings import pd_heading
from supplyrisk.cli.talk import Talk, show_table, show_text
from supplyrisk.graph import INSUFFICIENT
from supplyrisk.graph.schema.detection import DETECTION
from supplyrisk.graph.texts.figures import per_hundred, percent

if TYPE_CHECKING:
    from supplyrisk import gnn

TOP = 20
"""Rows that are shown unless --top says otherwise."""
SPREADER_COLUMNS = ("firm", "name", "hazard passed on %", "firms reached", "state")


def show_scores(talk: Talk, scores: gnn.Scores, top: int | None) -> None:
    """Both tables on stdout, their headings on stderr."""
    shown = min(top or TOP, scores.listed)
    horizon = f"within {scores.horizon_days} days of {scores.as_of}" if scores.as_of else "undated"
    if scores.labels_as_of:
        horizon = f"as of {scores.as_of} ({DETECTION})"
    talk.say(f"PD {horizon}, by {scores.model}; the {shown} riskiest firms")
    show_table(riskiest_columns(scores), riskiest_rows(scores, top or TOP), title="riskiest firms")
    show_text("")
    source = "stated transmissions" if scores.expert else "the network"
    talk.say(f"firms that pass on the most risk, by {source}")
    show_table(SPREADER_COLUMNS, spreader_rows(scores, top or TOP), title="firms that pass on the most risk")


def riskiest_columns(scores: gnn.Scores) -> tuple[str, ...]:
    """Headings of the table of the riskiest firms; that of the PD says its period."""
    figures = ("range %", "grade", "worst grade", "points", "own %", "context %", "caught %")
    return ("firm", "name", pd_heading(scores.horizon_days), *figures, "main reason")


def riskiest_rows(scores: gnn.Scores, top: int) -> list[list[object]]:
    """Rows of the riskiest firms, one cell per column of `riskiest_columns`."""
    return [_riskiest_row(firm) for firm in scores.riskiest(top)]


def _riskiest_row(firm: gnn.ScoredFirm) -> list[object]:
    if firm.pd is None:
        return [firm.firm_id, firm.name, *[None] * 8, "in default"]
    if firm.state == INSUFFICIENT:
        lack = f"insufficient data, coverage {percent(firm.coverage, 0)}"
        return [firm.firm_id, firm.name, *[None] * 8, lack]
    parts = [per_hundred(getattr(firm, part)) for part in ("own", "context", "caught")]
    # An expert model has no ensemble whose range could be shown.
    pd_range = None if firm.pd_low is None else f"{per_hundred(firm.pd_low)}-{per_hundred(firm.pd_high)}"
    reason = firm.reasons[0].text if firm.reasons else None
    return [
        firm.firm_id,
        firm.name,
        per_hundred(firm.pd),
        pd_range,
        firm.grade,
        firm.worst_grade,
        f"{firm.points:.0f}",
        *parts,
        reason,
    ]


def spreader_rows(scores: gnn.Scores, top: int) -> list[list[object]]:
    """Rows of the firms that pass on the most hazard, one cell per SPREADER_COLUMNS."""
    return [
        [row["firm_id"], row["name"], per_hundred(row["passes_on"]), row["reaches"], row["state"]]
        for row in scores.spreaders.slice(0, top).to_pylist()
        if row["passes_on"]
    ]

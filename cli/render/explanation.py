"""An explanation on the terminal: the sum of hazards with bars, reasons, neighbours, what is missing, history."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.talk import show_table, show_text
from supplyrisk.graph import INSUFFICIENT, LIFETIME, UNLISTED
from supplyrisk.graph.credit import CAUSES, UNSEPARATED, margin_words, worst_grade_words
from supplyrisk.graph.schema.detection import DETECTION
from supplyrisk.graph.schema.relations import end_of
from supplyrisk.graph.texts.figures import per_hundred, percent

if TYPE_CHECKING:
    from datetime import date

    from supplyrisk import gnn
    from supplyrisk.graph.credit import ScoreStep
    from supplyrisk.services import ExplainResult, TermHazard

BAR_WIDTH = 30
MOST_LINKS = 10
"""Neighbours that are listed in each direction; the rest are counted."""
_PARTS = ("own", "context", "caught")


def show_explanation(result: ExplainResult) -> None:
    """All parts on stdout."""
    firm = result.firm
    _show_head(firm, result.defaulted_on)
    if firm.state != INSUFFICIENT:
        show_text(f"PDs: {result.scored_by}")
        _show_sum(firm)
        _show_terms(result.terms)
        _show_reasons(firm)
    _show_links(result.links, "stated transmissions" if result.scores.expert else "the network")
    if firm.coverage is not None:
        show_text(
            f"\ncoverage {percent(firm.coverage, 0)}: the lower of the model's ({percent(firm.coverage_model, 0)} of "
            f"what it uses) and the data's ({percent(firm.coverage_data, 0)} of what a decision needs)"
        )
    for line in result.missing:
        show_text(f"  {line}")
    _show_history(result.history)


def _show_head(firm: gnn.ScoredFirm, defaulted_on: date | None) -> None:
    name = one_line(f"{firm.firm_id} {firm.name or ''}")
    if firm.state == UNLISTED:
        show_text(
            f"{name}: unlisted, only known as a partner of others; not scored; it is a source of contagion to others "
            "at the base rate"
        )
        return
    if firm.pd is None:
        show_text(
            f"{name}: in default since {defaulted_on}; not scored; it is a source of contagion to other firms"
        )
        return
    if firm.state == INSUFFICIENT:
        show_text(f"{name}: insufficient data, so it has neither grade nor points; its PD is in files only")
        return
    if firm.horizon_days is None:
        horizon = f"as of {firm.as_of} ({DETECTION})" if firm.as_of else "(undated data)"
    else:
        horizon = f"within {firm.horizon_days} days of {firm.as_of}"
    ensemble = ""
    if firm.pd_low is not None:
        ensemble = f", {percent(firm.pd_low)} to {percent(firm.pd_high)} over the ensemble"
    show_text(f"{name}: PD {percent(firm.pd)} {horizon}{ensemble}")
    show_text(f"grade {firm.grade}, {firm.points:.0f} points, state {firm.state}, by {firm.model}")
    worst = worst_grade_words(firm)
    if worst is not None:
        show_text(f"grade {worst.en}")
    margin = margin_words(firm)
    if margin is not None:
        show_text(f"margin for missing data: {margin.en}")


def _show_sum(firm: gnn.ScoredFirm) -> None:
    """The sum of hazards with bars, or that the scoring model has none."""
    if firm.pd is None:
        return
    hazard = firm.hazard
    if hazard is None:
        show_text(
            "\nscored by a baseline, which does not separate own, context and caught (--use network shows them)"
        )
        return
    parts: dict[str, float] = {name: getattr(firm, name) for name in _PARTS}
    scale = max(map(abs, parts.values()), default=0.0) or 1.0
    show_text(f"\nhazard {hazard:.5f} = own + context + caught, PD = 1 - exp(-hazard)")
    for name, value in parts.items():
        show_text(f"  {name:8}{value:+.5f}  {percent(value / hazard):>8}  {_bar(abs(value) / scale)}")


def _show_terms(terms: Sequence[TermHazard]) -> None:
    """PD and hazard parts over each term; a baseline has no parts."""
    if not terms:
        return
    parts = _PARTS if terms[0].own is not None else ()
    sums = " and hazard; own + context + caught = -ln(1 - PD)" if parts else ""
    show_text(f"\nby term: PD{sums}")
    rows = []
    for term in terms:
        name = f"{term.days:,} days" + (" (lifetime)" if term.term == LIFETIME else "")
        hazards = (per_hundred(getattr(term, part), 3) for part in parts)
        rows.append((name, per_hundred(term.pd), *hazards, term.extrapolated))
    show_table(("term", "PD %", *(f"{part} %" for part in parts), "extrapolated"), rows)


def _bar(share: float) -> str:
    block = "█" if "utf" in (sys.stdout.encoding or "").lower() else "#"
    return block * round(BAR_WIDTH * share)


def _show_reasons(firm: gnn.ScoredFirm) -> None:
    if not firm.reasons:
        return
    show_text("\nreasons")
    reasons = [(reason.code, reason.text, percent(reason.share)) for reason in firm.reasons]
    show_table(("code", "reason", "share of hazard"), reasons)


def _show_links(links: gnn.FirmLinks, source: str) -> None:
    """The neighbours in both directions; source: whose transmissions these are."""
    show_text(
        f"\ncontagion received from, by {source}" if links.caught else f"\nno contagion received, by {source}"
    )
    if links.caught:
        rows = []
        for link in links.caught[:MOST_LINKS]:
            other_firms = (link.firms or [])[:MOST_LINKS] or None
            rows.append((*_link_cells(link), link.in_default, other_firms))
        columns = (
            "from",
            "relation",
            "hazard %",
            "share of its hazard",
            "in default",
            "the person's other firms",
        )
        show_table(columns, rows)
    show_text(
        f"\ncontagion passed on to, by {source}" if links.passed else f"\nno contagion passed on, by {source}"
    )
    if links.passed:
        show_table(
            ("to", "relation", "hazard %", "share of that hazard"),
            [_link_cells(link) for link in links.passed[:MOST_LINKS]],
        )
    for heading, rest in (
        ("caught from", links.caught[MOST_LINKS:]),
        ("passed on to", links.passed[MOST_LINKS:]),
    ):
        if rest:
            show_text(f"  {heading} {len(rest)} more")


def _link_cells(link: gnn.PassedHazard) -> tuple[str, str, str, str]:
    return link.id, end_of(link.link).word.en, per_hundred(link.caught, 3), percent(link.share)


def _show_history(history: Sequence[ScoreStep]) -> None:
    """The scores of earlier days, if there are any, with the causes of each change."""
    if len(history) < 2:
        return
    show_text("\nearlier scores, and the causes of each change (percentage points of PD)")
    causes = ["not attributable" if cause == UNSEPARATED else cause for cause in CAUSES]
    show_table(
        ("as of", "PD %", "over days", "grade", "change", *causes),
        [_history_row(step) for step in history],
    )


def _history_row(step: ScoreStep) -> list[object]:
    changes = [step.change, *(step.causes.get(cause) for cause in CAUSES)]
    cells = [per_hundred(change, signed=True) for change in changes]
    return [step.run.as_of, per_hundred(step.score.pd), step.run.horizon_days, step.score.grade, *cells]

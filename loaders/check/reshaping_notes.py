"""Notes on rows that are put together: what became of the lines of joined files, and of the events of logs."""

from __future__ import annotations

from collections.abc import Sequence

from supplyrisk.loaders.check.load_report import SourceReport
from supplyrisk.loaders.read.reshaped_counts import EventCounts, JoinCounts, StepCounts

_COMBINATIONS = 6
"""Combinations of steps that a note lists at most."""
_UNMATCHED = {"drop": "dropped", "keep": "kept", "": "faults"}


def reshaping_notes(sources: Sequence[SourceReport]) -> list[str]:
    """Return the notes on joins and event logs."""
    notes: list[str] = []
    for source in sources:
        for join in source.joins:
            notes += _join_notes(source.file, join)
        if isinstance(source.merged, EventCounts):
            notes += _event_notes(source.file, source.merged)
        elif source.merged:
            notes.append(
                f"{source.file}: {source.merged.lines:,} rows are grouped to {source.merged.groups:,}"
            )
    return notes


def _join_notes(file: str, join: JoinCounts) -> list[str]:
    parts = [f"{join.used:,} with rows in {file}", f"{join.unused:,} without"]
    parts += [f"{join.repeated:,} the same as an earlier one or merged with it"] * bool(join.repeated)
    parts += [f"{join.bad_lines:,} bad lines"] * bool(join.bad_lines)
    notes = [f"{join.file}: {join.rows:,} rows are joined: {', '.join(parts)}"]
    if join.lines_without:
        fate = _UNMATCHED[join.unmatched]
        notes.append(f"{file}: {join.lines_without:,} rows without a row in {join.file} are {fate}")
    return notes


def _event_notes(file: str, counts: EventCounts) -> list[str]:
    parts = [
        f"{counts.named:,} of activities that the mapping names",
        f"{counts.other:,} of other activities",
    ]
    parts += [f"{counts.without_case:,} without a case"] * bool(counts.without_case)
    notes = [
        f"{file}: {counts.events:,} events are {counts.cases:,} cases: {', '.join(parts)}",
        f"{file}: cases that have a step: {', '.join(map(_step, counts.steps))}",
    ]
    listed = [f"{names or 'none'} {cases:,}" for names, cases in counts.combinations.items()]
    more = ", ..." if len(listed) > _COMBINATIONS else ""
    notes.append(f"{file}: cases by their steps: {', '.join(listed[:_COMBINATIONS])}{more}")
    if counts.absent:
        notes.append(
            f"{file}: no event has the activity {', '.join(counts.absent)}; correct it in the mapping"
        )
    return notes


def _step(step: StepCounts) -> str:
    details = [f"{step.cancelled:,} of {step.events:,} events cancelled"] * bool(step.cancelled)
    details += [f"{step.unmatched:,} cancellations without an event before them"] * bool(step.unmatched)
    return f"{step.step} {step.cases:,}" + (f" ({', '.join(details)})" if details else "")

"""A drafted mapping on the terminal: which file feeds which table, and what is left to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import Talk, show_section

if TYPE_CHECKING:
    from supplyrisk.loaders import MappingDraft

_MAX_POINTS = 30


def show_draft(talk: Talk, draft: MappingDraft, problems: Sequence[str]) -> None:
    """Show the files with their tables, then the open points, on stderr."""
    rows = [
        (source.file, source.table, len(source.columns), len(source.points()) or None)
        for source in draft.sources
    ]
    if rows:
        show_section(("file", "table", "columns", "to decide"), rows)
    for name in draft.shipped:
        talk.say(f"scgraph comes with a mapping for such files: --mapping {name}")
    for file, reason in draft.left_out[:_MAX_POINTS]:
        talk.say(f"feeds no table: {file}: {reason}")
    for point in draft.points[:_MAX_POINTS]:
        talk.say(f"decide: {f'{point.file}: ' if point.file else ''}{point.subject}: {point.text}")
    for problem in problems[:_MAX_POINTS]:
        talk.say(f"correct: {problem}")
    more = max(0, len(draft.points) - _MAX_POINTS) + max(0, len(problems) - _MAX_POINTS)
    if more:
        talk.say(f"{more:,} more points are marked in the file")

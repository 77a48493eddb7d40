"""The report of a load on the terminal: rows by file and table, and the faults by kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from supplyrisk import loaders
from supplyrisk.cli.talk import Talk, show_table, show_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplyrisk.graph import DefaultCounts
    from supplyrisk.loaders import FaultGroup, LoadReport, RowCount, SourceReport

COUNTS = ("rows", "loaded", "quarantined", "duplicates")
FAULT_COLUMNS = ("file", "column", "rule", "faults", "examples", "accepted", "what to do")
MAX_FILES = 30
"""Files up to which each has a row; --json and the quarantine's report.json have all of them."""
_FIRST_FILES = 3
"""Files of a table that have rows where there are more."""
MAX_GROUPS = 20
"""Groups of faults that are shown; --json and the quarantine's report.json have all of them."""
_MAX_VALUE = 40
"""Characters of an example that are shown."""


def show_report(talk: Talk, report: LoadReport) -> None:
    """Rows by file and by table, the faults by kind, the defaults, and notes."""
    # most mappings drop no rows and blank no cells
    rare = [name for name in ("dropped", "blanked") if getattr(report.total, name)]
    counts = (*COUNTS, *rare)

    def numbers(count: RowCount) -> list[int]:
        return [getattr(count, name) for name in counts]

    files = [(s.file, s.table, *numbers(s.count), ", ".join(s.left_out) or None) for s in _files(report)]
    show_table(("file", "table", *counts, "columns left out"), files)
    show_text("")
    # most data have no corrections, either
    has_corrections = any(table.corrections for table in report.tables)
    names = (*counts, "equal rows kept", *(["corrections"] if has_corrections else []))
    tables = [
        (
            table.table,
            *numbers(table.count),
            table.repeated,
            *([table.corrections] if has_corrections else []),
        )
        for table in report.tables
    ]
    total = ("all", *numbers(report.total), None, *([None] if has_corrections else []))
    show_table(("table", *names), [*tables, total])
    if report.fault_count:
        show_text("")
        show_fault_groups(talk, report.fault_groups)
    show_default_counts(talk, report.default_counts)
    for note in report.notes:
        talk.say(f"note: {note}")


def show_default_counts(talk: Talk, counts: DefaultCounts) -> None:
    """How many defaults there are and how many can be learned from, and what that means for a training."""
    talk.say(str(counts))
    advice = counts.advice()
    if advice:
        talk.say(advice)


def _files(report: LoadReport) -> list[SourceReport]:
    """The files of a report; of many files, the first of each table and one row for the others together."""
    if len(report.sources) <= MAX_FILES:
        return list(report.sources)
    shown: list[SourceReport] = []
    for table in report.tables:
        sources = [source for source in report.sources if source.table == table.table]
        rest = sources[_FIRST_FILES:] if len(sources) > _FIRST_FILES + 1 else []
        shown += sources[: len(sources) - len(rest)]
        if rest:
            total = sum((source.count for source in rest[1:]), rest[0].count)
            shown.append(replace(rest[0], file=f"{len(rest):,} more files", count=total, left_out=()))
    return shown


def show_fault_groups(talk: Talk, groups: Sequence[FaultGroup]) -> None:
    """The largest groups of faults, each with its number, examples, what would be accepted and what to do.

    Faults of many files that differ in nothing else are one group.
    """
    merged = loaders.merged_groups(groups)
    rows = [
        (_with_others(g.file, n), g.column, _rule(g), f"{g.count:,}", _examples(g), g.accepted, g.remedy)
        for g, n in merged[:MAX_GROUPS]
    ]
    if rows:
        show_table(FAULT_COLUMNS, rows)
    rest = merged[MAX_GROUPS:]
    if rest:
        faults = sum(group.count for group, _ in rest)
        talk.say(f"{len(rest):,} more kinds of faults ({faults:,} faults) are not shown")


def _with_others(file: str, files: int) -> str:
    """The name of a file, and how many others there are."""
    return f"{file} and {files - 1:,} more" if files > 1 else file


def _rule(group: FaultGroup) -> str:
    """The rule of a group, and whether its cells are left empty."""
    return f"{group.rule} (blanked)" if group.blanked else group.rule


def _examples(group: FaultGroup) -> str:
    """The examples of a group in one cell, such as `12,5 (line 3), 7,25 (line 9)`."""
    values = [
        (e.value if len(e.value) <= _MAX_VALUE else e.value[: _MAX_VALUE - 1] + "…", e.line)
        for e in group.examples
    ]
    return ", ".join(f"{value} (line {line})".lstrip() for value, line in values)

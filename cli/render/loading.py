"""The report of a load on the terminal: rows by file and table, and the first faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk import services
from supplyrisk.cli.talk import Talk, show_table, show_text

if TYPE_CHECKING:
    import pyarrow as pa

    from supplyrisk.graph import DefaultCounts
    from supplyrisk.loaders import LoadReport, RowCount

COUNTS = ("rows", "loaded", "quarantined", "duplicates")
FAULT_COLUMNS = {
    "file": "file",
    "line": "line",
    "column": "column",
    "value": "value",
    "rule": "rule",
    "accepted": "accepted",
    "remedy": "what to do",
}
"""Columns of the faults that are shown, and their headings."""


def show_report(talk: Talk, report: LoadReport) -> None:
    """Rows by file and by table, the first faults, the defaults, and notes."""
    # most mappings drop no rows
    counts = (*COUNTS, "dropped") if report.total.dropped else COUNTS

    def numbers(count: RowCount) -> list[int]:
        return [getattr(count, name) for name in counts]

    files = [
        (source.file, source.table, *numbers(source.count), ", ".join(source.left_out) or None)
        for source in report.sources
    ]
    show_table(("file", "table", *counts, "columns left out"), files)
    show_text("")
    tables = [(table.table, *numbers(table.count), table.repeated) for table in report.tables]
    total = ("all", *numbers(report.total), None)
    show_table(("table", *counts, "equal rows kept"), [*tables, total])
    if report.fault_count:
        show_text("")
        show_faults(talk, report.faults, report.fault_count)
    show_default_counts(talk, report.default_counts)
    for note in report.notes:
        talk.say(f"note: {note}")


def show_default_counts(talk: Talk, counts: DefaultCounts) -> None:
    """How many defaults there are and how many can be learned from, and what that means for a training."""
    talk.say(str(counts))
    advice = counts.advice()
    if advice:
        talk.say(advice)


def show_faults(talk: Talk, faults: pa.Table, count: int) -> None:
    """The first faults of rows, each with what would be accepted and what to do; count: of all faults."""
    rows = [
        [row[name] for name in FAULT_COLUMNS] for row in faults.slice(0, services.FIRST_FAULTS).to_pylist()
    ]
    if rows:
        show_table(tuple(FAULT_COLUMNS.values()), rows)
    if count > services.FIRST_FAULTS:
        talk.say(f"{count - services.FIRST_FAULTS:,} more faults are not shown")

"""The error of a refused load."""

from __future__ import annotations

from supplyrisk.graph.errors import DataError
from supplyrisk.loaders.check.fault_groups import FaultGroup, merged_groups
from supplyrisk.loaders.check.load_report import LoadReport

_KINDS_IN_ERROR = 3
"""Kinds of faults that the error of a refused load names."""


def refusal_of(report: LoadReport) -> DataError:
    """Return the error of a refused load; it names the three most frequent kinds of faults."""
    # blanked cells keep no row from being loaded
    reasons = merged_groups([group for group in report.fault_groups if not group.blanked])
    examples = [_first_of_kind(group, files) for group, files in reasons[:_KINDS_IN_ERROR]]
    more = sum(group.count for group, _ in reasons[_KINDS_IN_ERROR:])
    faults = "1 fault" if more == 1 else f"{more:,} faults"
    text = "; ".join(examples) + (f"; and {faults} of other kinds" if more else "")
    remedy = "nothing was loaded"
    if report.rows_are_bad:
        remedy += f"; see {report.quarantine}, or raise --max-bad"
    return report.refusal(remedy, text if examples else "")


def _first_of_kind(group: FaultGroup, files: int) -> str:
    """Return the first fault of a kind in words, with what to do and the number of the others."""
    first = group.examples[0]
    more = f", and {group.count - 1:,} more of this kind" if group.count > 1 else ""
    more += f" in {files:,} files" if files > 1 else ""
    place = f"{group.file} line {first.line}: {group.column or 'line'} {first.value!r}"
    return f"{place} ({group.accepted}: {group.remedy}){more}"

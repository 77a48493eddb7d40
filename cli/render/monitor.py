"""Changed borrowers on the terminal: a row per alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table

if TYPE_CHECKING:
    from supplyrisk.services import MonitorResult

MAX_BORROWERS = 50


def show_changes(result: MonitorResult) -> None:
    """Print the alerts as a table; nothing where there are none."""
    rows = []
    for change in result.changes[:MAX_BORROWERS]:
        for number, alert in enumerate(change.alerts):
            # The firm stands beside its first alert only.
            firm = (change.firm_id, change.name) if number == 0 else ("", "")
            rows.append((*firm, alert.kind, alert.text, alert.cause))
    if rows:
        show_table(("firm", "name", "alert", "what changed", "cause"), rows)


def summary_line(result: MonitorResult) -> str:
    """How many of the watched firms changed, and between which days."""
    firms = f"borrowers of {result.lender}" if result.lender else "firms"
    count = len(result.changes)
    limited = f", the first {MAX_BORROWERS} shown" if count > MAX_BORROWERS else ""
    days = f"from {result.baseline_day} to {result.current_day}"
    then, now = result.scored_by
    pds = f"PDs: {now}" if then == now else f"PDs: {then}; {now}"
    return f"{count} of {result.watched:,} {firms} changed {days}{limited}; {pds}"

"""The rows of a table that no check has quarantined so far."""

from __future__ import annotations

from supplyrisk.loaders.check.superseded_rows import unsuperseded_rows
from supplyrisk.loaders.check.typed_rows import TableWork


def remaining_rows(work: TableWork) -> str:
    """Return the SQL of the rows without bad cells that are not in out_<name>, and that no later row supersedes."""
    rows = f"{unsuperseded_rows(work)} t ANTI JOIN out_{work.name} USING (src, line)"
    return f"(SELECT t.* EXCLUDE (bad, blanked) FROM {rows} WHERE NOT bad)"

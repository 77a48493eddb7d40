"""The rows of a table that no check has quarantined so far."""

from __future__ import annotations

from supplyrisk.loaders.check.typed_rows import TableWork


def remaining_rows(work: TableWork) -> str:
    """Return the SQL of the rows without bad cells that are not in out_<name>."""
    rows = f"typed_{work.name} t ANTI JOIN out_{work.name} USING (src, line)"
    return f"(SELECT t.* EXCLUDE (bad, blanked) FROM {rows} WHERE NOT bad)"

"""Rows that a later row with the same key supersedes, where the mapping says on_conflict = "last"."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from supplyrisk.loaders.check.typed_rows import TableWork


def unsuperseded_rows(work: TableWork) -> str:
    """Return the SQL of all rows of a table but those that another one supersedes."""
    typed = f"typed_{work.name}"
    return f"(FROM {typed} ANTI JOIN old_{work.name} USING (src, line))" if _sources(work) else typed


def _sources(work: TableWork) -> list[int]:
    """Return the numbers of the sources whose rows give way to others."""
    return [source.number for source in work.sources if source.source.map.on_conflict]


def mark_superseded_rows(
    con: duckdb.DuckDBPyConnection, work: TableWork, keys: Sequence[tuple[str, str]]
) -> None:
    """Create old_<name>, and count its rows as duplicates; nothing where no source says so.

    A row gives way to rows with the same key of sources that do not say so, and to later ones: in the order of the
    mapping, then of the files, then of the lines. Rows with bad cells are faults, and supersede none.

    Parameters
    ----------
    keys: each key as SQL columns, with the condition under which a row has it.
    """
    numbers = ", ".join(map(str, _sources(work)))
    if not numbers:
        return
    con.execute(f"CREATE TABLE old_{work.name} (src INTEGER, line BIGINT)")
    for key, condition in keys:
        order = f"src IN ({numbers}), src DESC, line DESC"
        con.execute(
            f"INSERT INTO old_{work.name} SELECT src, line FROM ("
            f"SELECT src, line, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS place "
            f"FROM {unsuperseded_rows(work)} WHERE NOT bad AND {condition}) WHERE place > 1 AND src IN ({numbers})"
        )
    con.execute(f"INSERT INTO again_{work.name} FROM old_{work.name}")

"""Versions of rows: which rows the workspace will hold, and until when each of them was the last one known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL
from supplyrisk.loaders.append.stored_data import STORED
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count


def with_versions(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> dict[str, TableWork]:
    """Return the tables, with those marked that will hold versions: whose rows have a known_on or are void."""
    return {name: replace(work, versioned=_has_versions(con, work)) for name, work in works.items()}


def _has_versions(con: duckdb.DuckDBPyConnection, work: TableWork) -> bool:
    if work.known_on is None or work.void is None:
        return False
    if work.stored and work.stored.versioned:
        return True
    stated = f"{work.known_on.sql} IS NOT NULL OR {work.void.sql}"
    return bool(scalar_count(con, f"SELECT count(*) FROM ({loaded_rows(work)}) WHERE {stated}"))


def rows_to_store(work: TableWork) -> str:
    """Return the SQL of the rows that the workspace will hold: those of before and those that are loaded.

    Where rows have versions, the column known_until is the day on which the next version became known.
    """
    columns = ", ".join(f.sql for f in (work.fields if work.versioned else work.facts))
    if not work.versioned:
        stored = f" UNION ALL SELECT {columns} FROM stored_{work.name}" if work.stored else ""
        return f"SELECT {columns} FROM ({loaded_rows(work)}){stored}"
    new = f"SELECT src, line, {columns}, CAST(NULL AS DATE) AS {KNOWN_UNTIL} FROM ({loaded_rows(work)})"
    identity = ", ".join(f.sql for f in work.identity)
    by_key = " AND ".join(f"r.{f.sql} IS NOT DISTINCT FROM k.{f.sql}" for f in work.identity)
    # only rows that share a key with another have several versions
    keys = f"(SELECT {identity} FROM ({new}) WHERE {_has_key(work)} GROUP BY {identity}{_SEVERAL[bool(work.stored)]})"
    versions = f"SELECT r.* FROM ({new}) r SEMI JOIN {keys} k ON {by_key}"
    others = f"SELECT r.* FROM ({new}) r ANTI JOIN {keys} k ON {by_key}"
    if work.stored:
        versions += f" UNION ALL SELECT * FROM same_key_{work.name}"
        others += (
            f" UNION ALL SELECT * FROM stored_{work.name} ANTI JOIN same_key_{work.name} USING (src, line)"
        )
    known_on = work.known_on.sql if work.known_on else ""
    following = f"lead({known_on}) OVER (PARTITION BY {identity} ORDER BY {known_on} NULLS FIRST)"
    dated = f"SELECT * REPLACE ({following} AS {KNOWN_UNTIL}) FROM ({versions})"
    return f"SELECT {columns}, {KNOWN_UNTIL} FROM ({dated} UNION ALL {others})"


_SEVERAL = {True: "", False: " HAVING count(*) > 1"}


def last_versions(work: TableWork) -> str:
    """Return the SQL of the rows that the workspace will hold, without versions that others have replaced."""
    if not work.versioned or work.void is None:
        return rows_to_store(work)
    return (
        f"SELECT * FROM ({rows_to_store(work)}) WHERE {KNOWN_UNTIL} IS NULL AND {work.void.sql} IS NOT TRUE"
    )


def corrections(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Count loaded rows that are no first version of a row: those with a known_on after another of the same key."""
    if not work.versioned or work.known_on is None:
        return 0
    identity = ", ".join(f.sql for f in work.identity)
    known = f"SELECT src, {identity}, {work.known_on.sql} FROM ({loaded_rows(work)}) WHERE {_has_key(work)}"
    if work.stored:
        known += f" UNION ALL SELECT src, {identity}, {work.known_on.sql} FROM same_key_{work.name}"
    number = f"row_number() OVER (PARTITION BY {identity} ORDER BY {work.known_on.sql} NULLS FIRST)"
    return scalar_count(
        con,
        f"SELECT count(*) FROM (SELECT src, {number} AS n FROM ({known})) WHERE n > 1 AND src <> {STORED}",
    )


def _has_key(work: TableWork) -> str:
    """Return the SQL condition that a row has a key; rows without one have no versions."""
    if work.table.whole_row:
        return "true"
    return " AND ".join(f"{f.sql} IS NOT NULL" for f in work.identity)

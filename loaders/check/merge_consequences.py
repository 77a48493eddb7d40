"""What merging firms led to in the rows of a load: duplicates, contradictions, and links of a firm with itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from supplyrisk.loaders.check.appended_merges import firm_columns
from supplyrisk.loaders.check.merged_firms import MERGED_IDS, MergedFirms
from supplyrisk.loaders.check.remaining_rows import remaining_rows
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS, scalar_count

_CONFLICT_REMEDY = "keep the right row, or withdraw the match that merges its firms (scgraph match --accept)"


def with_consequences(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], merged: MergedFirms
) -> MergedFirms:
    """Return what merging led to, after all checks; faults that it caused get a remedy that says so."""
    if not merged.ids:
        return merged
    touched = [works[name] for name in merged.rows]
    duplicates = {work.name: _arisen_duplicates(con, work) for work in touched}
    conflicts = {work.name: _arisen_conflicts(con, work) for work in touched}
    own_links = {work.name: _own_links(con, work) for work in touched}
    return replace(
        merged, duplicates=_some(duplicates), conflicts=_some(conflicts), own_links=_some(own_links)
    )


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _key(work: TableWork) -> list[str]:
    """Return the columns that identify a row; none where equal rows are two facts."""
    names = [f.name for f in work.identity] if work.table.whole_row else list(work.table.key)
    if names and work.known_on:
        names.append(work.known_on.name)
    return [work.field(name).sql for name in names]


def _touched(work: TableWork, rows: str) -> str:
    """Return the SQL of rows of merged firms, with the columns of their old ids as o_<column>."""
    ids = firm_columns(work)
    old = ", ".join(f"coalesce(o.{column}, t.{column}) AS o_{column}" for column in ids)
    any_merged = " OR ".join(f"t.{column} IN (SELECT firm_id FROM {MERGED_IDS})" for column in ids)
    return (
        f"SELECT t.*, {old} FROM {rows} t LEFT JOIN merged_{work.name} o USING (src, line) WHERE {any_merged}"
    )


def _arisen_duplicates(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Return how many rows are duplicates only since ids were replaced."""
    key = _key(work)
    if not key:
        return 0
    ids = firm_columns(work)
    old_key = [f"o_{column}" if column in ids else column for column in key]
    # a row without its key repeats no other
    has_key = (
        "true"
        if work.table.whole_row
        else " AND ".join(f"{work.field(name).sql} IS NOT NULL" for name in work.table.key)
    )
    touched = f"(FROM ({_touched(work, remaining_rows(work))}) WHERE {has_key})"
    before = f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(old_key)} FROM {touched})"
    after = f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(key)} FROM {touched})"
    return scalar_count(con, f"SELECT ({before}) - ({after})")


def _arisen_conflicts(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Return how many rows contradict each other only since ids were replaced, and change what is said of them."""
    if not work.table.key:
        return 0
    key = _key(work)
    ids = firm_columns(work)
    old_key = [f"o_{column}" if column in ids else column for column in key]
    conflicting = f"SELECT src, line FROM {FAULTS} WHERE rule = 'conflict' AND tab = {work.number}"
    rows = f"(FROM typed_{work.name} SEMI JOIN ({conflicting}) USING (src, line))"
    old_keys = f"count(DISTINCT ({', '.join(old_key)})) OVER (PARTITION BY {', '.join(key)})"
    counted = f"SELECT src, line, {old_keys} AS firms FROM ({_touched(work, rows)})"
    arisen = f"SELECT src, line FROM ({counted}) WHERE firms > 1"
    con.execute(f"CREATE OR REPLACE TEMP TABLE arisen AS {arisen}")
    con.execute(
        f"UPDATE {FAULTS} SET remedy = {text_literal(_CONFLICT_REMEDY)} FROM arisen a WHERE rule = 'conflict' "
        f"AND tab = {work.number} AND {FAULTS}.src = a.src AND {FAULTS}.line = a.line"
    )
    return scalar_count(con, "SELECT count(*) FROM arisen")


def _own_links(con: duckdb.DuckDBPyConnection, work: TableWork) -> int:
    """Return how many rows connect a firm with itself only since ids were replaced."""
    ids = firm_columns(work)
    if len(ids) < 2 or work.name == "loans":
        return 0
    first, second = ids[-2:]
    condition = f"{first} = {second} AND o_{first} <> o_{second}"
    return scalar_count(
        con, f"SELECT count(*) FROM ({_touched(work, remaining_rows(work))}) WHERE {condition}"
    )

"""What is recorded of an event log: the faults of its events and cases, and what became of its events."""

from __future__ import annotations

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.event_sql import EventTables, LogColumns
from supplyrisk.loaders.read.ingest import FAULTS, LINE, scalar_count
from supplyrisk.loaders.read.merged_cells import record_differences
from supplyrisk.loaders.read.reshaped_counts import EventCounts, StepCounts

_COMBINATIONS = 64
"""Combinations of steps that are counted apart."""


def record_faults(
    con: duckdb.DuckDBPyConnection, tables: EventTables, log: LogColumns, entry: SourceMap
) -> None:
    """Record the faults of events and cases, and create the table of their places.

    Events without a case are faults; so are cases whose events differ where they should agree, or cannot be sorted.
    """
    con.execute(f"CREATE TABLE {tables.refused} (src INTEGER, line BIGINT)")
    insert = f"INSERT INTO {FAULTS} BY NAME SELECT {list(TABLES).index(entry.table)} AS tab, {LINE} AS pos"
    names = " and ".join(log.case)
    no_case = f"{tables.events} WHERE NOT ({log.has_case})"
    con.execute(
        f"{insert}, src, line, 'required' AS rule, '' AS value, {text_literal(f'a text in {names}')} AS accepted, "
        f"{text_literal(f'fill in {names}: each event belongs to a case')} AS remedy FROM {no_case}"
    )
    con.execute(f"INSERT INTO {tables.refused} SELECT src, line FROM {no_case}")
    words = ("all events of the case", "take of the event log")
    record_differences(con, tables.cases, tables.refused, log.attributes, entry, words)
    is_sorted = any(how in ("first", "last") for how in log.attributes.values())
    counts = "true" if is_sorted else " OR ".join(f"g{i} IS NOT NULL" for i in range(len(log.steps)))
    untimed = f"(SELECT * FROM {tables.events} WHERE t IS NULL AND {log.has_case} AND ({counts}))"
    con.execute(
        f"{insert}, src, line, 'time' AS rule, clock AS value, "
        f"{text_literal(f'a time in {log.time}, in one of the stated forms')} AS accepted, "
        f"{text_literal('correct the cell, or add its form to dates in the mapping')} AS remedy FROM {untimed}"
    )
    con.execute(
        f"INSERT INTO {tables.refused} SELECT DISTINCT place.src, place.line FROM {untimed} "
        f"JOIN {tables.cases} USING ({log.keys})"
    )


def event_counts(con: duckdb.DuckDBPyConnection, tables: EventTables, log: LogColumns) -> EventCounts:
    """Return what became of all events."""
    steps = [_step_counts(con, tables, i, step) for i, step in enumerate(log.steps)]
    named = " OR ".join(f"g{i} IS NOT NULL" for i in range(len(steps)))
    total, with_case, used = con.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {log.has_case}), "
        f"count(*) FILTER (WHERE {log.has_case} AND ({named})) FROM {tables.events}"
    ).fetchall()[0]
    stated = {a for part in (log.log.steps, log.log.cancelled_by) for words in part.values() for a in words}
    present = {row[0] for row in con.execute(f"SELECT DISTINCT activity FROM {tables.events}").fetchall()}
    return EventCounts(
        events=total,
        named=used,
        other=with_case - used,
        without_case=total - with_case,
        cases=scalar_count(con, f"SELECT count(*) FROM {tables.cases}"),
        steps=tuple(steps),
        combinations=_combinations(con, tables, log),
        absent=tuple(sorted(stated - present)),
    )


def _combinations(con: duckdb.DuckDBPyConnection, tables: EventTables, log: LogColumns) -> dict[str, int]:
    """Return the number of cases by the names of the steps that they have, the most frequent first."""
    texts = [f"CASE WHEN s{i} > 0 THEN {text_literal(step)} END" for i, step in enumerate(log.steps)]
    remaining = (
        f"SELECT {', '.join(f'r{i}.remaining AS s{i}' for i in range(len(texts)))} FROM {tables.cases}"
    )
    for i in range(len(texts)):
        remaining += f" LEFT JOIN {tables.step(i)} r{i} USING ({log.keys})"
    return dict(
        con.execute(
            f"SELECT concat_ws('+', {', '.join(texts)}) AS names, count(*) AS cases FROM ({remaining}) "
            f"GROUP BY names ORDER BY cases DESC, names LIMIT {_COMBINATIONS}"
        ).fetchall()
    )


def _step_counts(con: duckdb.DuckDBPyConnection, tables: EventTables, number: int, step: str) -> StepCounts:
    happened, cancelled, unmatched, cases = con.execute(
        "SELECT coalesce(sum(happened), 0)::BIGINT, coalesce(sum(happened - remaining), 0)::BIGINT, "
        "coalesce(sum(unmatched), 0)::BIGINT, count(*) FILTER (WHERE remaining > 0) "
        f"FROM {tables.step(number)}"
    ).fetchall()[0]
    return StepCounts(step, happened, cancelled, unmatched, cases)

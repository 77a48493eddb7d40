"""One row per case of an event log: the time of each step, cancellations netted, and the cells that count."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import EventLog
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.event_faults import event_counts, record_faults
from supplyrisk.loaders.read.event_sql import (
    EventTables,
    LogColumns,
    cases_sql,
    events_sql,
    rows_sql,
    step_sql,
)
from supplyrisk.loaders.read.row_texts import FewerRows, RowTexts, resolved
from supplyrisk.queries import first_names


def case_rows(
    con: duckdb.DuckDBPyConnection, number: int, rows: Sequence[RowTexts], entry: SourceMap, events: EventLog
) -> tuple[FewerRows | None, list[str]]:
    """Turn events into rows; also return the faults of the log's columns.

    Parameters
    ----------
    number: number of the log, different from those of all others.
    rows: the events of each file of the log; all have the same columns.
    entry: the source, and columns by their names.
    events: its event log.
    """
    first = rows[0]
    log, faults = _resolved_log(first, entry, events)
    if log is None:
        return None, faults
    tables = EventTables(number)
    con.execute(f"CREATE TABLE {tables.events} AS {events_sql(rows, log, entry)}")
    con.execute(f"CREATE TABLE {tables.cases} AS {cases_sql(tables, log)}")
    for i, step in enumerate(log.steps):
        con.execute(f"CREATE TABLE {tables.step(i)} AS {step_sql(tables, i, step, log)}")
    record_faults(con, tables, log, entry)
    refused = con.execute(
        f"SELECT src, count(*) FROM (SELECT DISTINCT src, line FROM {tables.refused}) GROUP BY src"
    ).fetchall()
    names = (*log.case, *log.attributes, *log.steps)
    read = {*names, log.activity, log.time}
    left_out = [n for n in first.names if n not in read and not entry.is_ignored(n)]
    typed = first.typed.intersection(names) | {n for n, how in log.attributes.items() if how == "sum"}
    return FewerRows(
        rows=RowTexts(
            sql=rows_sql(tables, log, is_typed=log.time in first.typed),
            names=names,
            parts={name: first.parts[log.time if name in log.steps else name] for name in names},
            typed=typed | (frozenset(log.steps) if log.time in first.typed else frozenset()),
        ),
        refused=dict(refused),
        counts=event_counts(con, tables, log),
        left_out=tuple(left_out),
        tables=(
            tables.events,
            tables.cases,
            tables.refused,
            *(tables.step(i) for i in range(len(log.steps))),
        ),
    ), []


def _resolved_log(rows: RowTexts, entry: SourceMap, log: EventLog) -> tuple[LogColumns | None, list[str]]:
    """Return the log of an entry with its columns; None where the file lacks one, and the faults."""
    columns = {name: resolved(name, rows.names) for name in log.columns}
    faults = [
        f"the event log of the mapping names column {name}, which the file does not have; "
        f"it has {first_names(list(rows.names), 15)}"
        for name, column in columns.items()
        if column is None
    ]
    own = {columns[log.activity], columns[log.time]}
    clashing = [name for name in log.steps if name in rows.names and name not in own]
    faults += [f"the step {name} has the name of a column, expected another name" for name in clashing]
    faults += [
        f"the mapping uses the column {name} beside case and steps, expected a step in its place"
        for name in sorted(entry.named - {*log.steps})
        if name in own
    ]
    if faults:
        return None, faults
    take = {columns.get(name): how for name, how in log.take.items() if name not in log.steps}
    case = tuple(str(columns[name]) for name in log.case)
    table = TABLES[entry.table]
    attributes = {
        name: take.get(name, "")
        for name in rows.names
        if name not in (*case, *own, *log.steps)
        and (name in entry.mentioned or fed_columns(table, entry, name))
    }
    return LogColumns(log, case, str(columns[log.activity]), str(columns[log.time]), attributes), []

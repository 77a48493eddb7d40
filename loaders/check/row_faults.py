"""Faults of whole rows, which no cell shows by itself."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import FAULTS


@dataclass(frozen=True)
class RowFault:
    """A fault of rows: position of the column, rule, SQL of the value, what is accepted, and what to do."""

    position: int
    rule: str
    value_sql: str
    accepted: str
    remedy: str


def record_fault(con: duckdb.DuckDBPyConnection, work: TableWork, rows: str, fault: RowFault) -> None:
    """Record a fault of rows, given as SQL with src and line; its value is taken from the file's own texts."""
    con.execute(
        f"INSERT INTO {FAULTS} SELECT {work.number}, r.src, r.line, {fault.position}, {text_literal(fault.rule)}, "
        f"{fault.value_sql}, {text_literal(fault.accepted)}, {text_literal(fault.remedy)} "
        f"FROM {rows} r JOIN shown_{work.name} w USING (src, line)"
    )

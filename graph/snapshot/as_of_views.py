"""What was known at the end of as_of: every table cut back to it, row by row and field by field.

A row shows from its own day on (`Table.day`). A field shows from the day on which it becomes known
(`Column.known_on`), and is NULL before. Everything that a snapshot says about a firm, but for its outcome, is
read from these views and from nothing else; that is what keeps the future out.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.contract import STATEMENT_LAG_DAYS, TABLES, ColumnKind, ColumnSchema, TableSchema
from supplyrisk.graph.workspace.tables import Tables, quoted

if TYPE_CHECKING:
    import duckdb

AS_OF = "getvariable('as_of')"
"""The day of the snapshot in SQL; NULL where the data are undated."""

UNSEEN = ("labels",)
"""Outcomes without a day of knowledge: only `outcome` may read them."""


def create_known_views(con: duckdb.DuckDBPyConnection, tables: Tables, as_of: date | None) -> None:
    """Create a view known_<table> over each table; None stands for undated data, where all of it counts.

    To its columns each view adds days_ago (as_of less the row's day) and, for every other day x_on, its
    x_ago. In undated data days_ago is 0, and so is x_ago of a delivery, payment, return or dispute that is
    given, so that a window takes all rows. Loans show the last state of each line, relations only those in
    force. Columns beyond the contract are named by `extra_column`.
    """
    con.execute("SET VARIABLE as_of = ?", [as_of])
    con.execute("SET VARIABLE standing = ?", [list(tables.info.standing)])
    for table in TABLES.values():
        if table.name not in UNSEEN:
            con.execute(_view(table, list(tables.info.extra.get(table.name, ())), undated=as_of is None))


def _view(table: TableSchema, extra: list[str], undated: bool) -> str:
    columns = [_field(c.name, None if undated else c.known_on) for c in table.columns]
    columns += [f"t.{quoted(name)} AS {extra_column(name)}" for name in extra]
    columns += [
        _ago(table, c, undated) for c in table.columns if c.kind is ColumnKind.DAY and c.name != "until"
    ]
    seen = "true" if undated else _SEEN.get(table.name) or _seen(table)
    last = _LAST_STATE if table.name == "loans" else ""
    return (
        f"CREATE TEMP VIEW known_{table.name} AS SELECT {', '.join(columns)} "
        f"FROM {quoted(table.name)} AS t WHERE {seen} {last}"
    )


def _field(name: str, known_on: str | None) -> str:
    value = f"t.{quoted(name)}"
    if known_on is not None:
        value = f"CASE WHEN t.{quoted(known_on)} <= {AS_OF} THEN {value} END"
    return f"{value} AS {quoted(name)}"


def _ago(table: TableSchema, column: ColumnSchema, undated: bool) -> str:
    # A statement counts from the end of its period, not from its publication.
    own = column.name == ("on" if table.name == "financials" else table.day)
    label = "days_ago" if own else column.name.removesuffix("on") + "ago"
    day = f"t.{quoted(column.name)}"
    if undated and own:
        ago = "0"
    elif undated:
        ago = f"CASE WHEN {day} IS NOT NULL THEN 0 END" if column.known_on else "NULL"
    elif column.known_on:
        ago = f"CASE WHEN {day} <= {AS_OF} THEN {AS_OF} - {day} END"
    else:
        ago = f"{AS_OF} - {day}"
    return f"CAST({ago} AS BIGINT) AS {label}"


def _seen(table: TableSchema) -> str:
    return "true" if table.day is None else f"t.{quoted(table.day)} <= {AS_OF}"


# A firm that gives no day of joining exists from its founding on. `until` is the last day of a relation: at
# the end of that day it is over, and before it nobody knew.
_SEEN = {
    "firms": f"coalesce(t.joined_on, t.founded_on, {AS_OF}) <= {AS_OF}",
    "financials": f'coalesce(t.published_on, t."on" + {STATEMENT_LAG_DAYS}) <= {AS_OF}',
    "relations": (
        f"(t.since <= {AS_OF} OR (t.since IS NULL AND (list_contains(getvariable('standing'), '*') "
        f"OR list_contains(getvariable('standing'), t.kind)))) "
        f"AND (t.until IS NULL OR t.until > {AS_OF})"
    ),
}

# (loan_id, on) is a key; the rest of the order only serves undated states.
_LAST_STATE = (
    'QUALIFY row_number() OVER (PARTITION BY t.loan_id ORDER BY t."on" DESC NULLS LAST, '
    't.drawn DESC NULLS LAST, t."limit" DESC NULLS LAST, t.firm_id, t.lender_id) = 1'
)


def extra_column(name: str) -> str:
    """How the known views name a data set's own column, so that it cannot be taken for one of ours."""
    return quoted(f"extra:{name}")

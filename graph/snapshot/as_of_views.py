"""Views of every table as it was known at the end of as_of, restricted row by row and field by field.

A row is visible from its own day (`TableSchema.day`). A field is visible from the day on which it becomes known
(`ColumnSchema.known_on`) and is NULL before. Of a row with corrections, the version is visible that was known last, so
that a correction moves no snapshot before the day on which it became known. Apart from the outcome, a snapshot reads
only these views: that prevents leakage from the future.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.contract import (
    STATEMENT_LAG_DAYS,
    TABLES,
    ColumnKind,
    ColumnSchema,
    TableSchema,
)
from supplyrisk.graph.schema.self_links import SELF_LINK_CONDITIONS
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL
from supplyrisk.graph.workspace.tables import Tables, quoted

if TYPE_CHECKING:
    import duckdb

AS_OF = "getvariable('as_of')"
"""SQL expression of the snapshot's day; NULL where the data are undated."""

OUTCOME_TABLES = ("labels",)
"""Tables of outcomes, which have no day on which they become known: only module `outcome` may read them."""


def create_known_views(con: duckdb.DuckDBPyConnection, tables: Tables, as_of: date | None) -> None:
    """Create a temp view known_<table> over each table except OUTCOME_TABLES.

    Each view adds the column days_ago (as_of minus the row's day, in days) and, for every other day x_on, a column
    x_ago. In undated data days_ago is 0, and so is x_ago of every delivery, payment, return, dispute or confirmation
    that is present, so that each window contains all rows. The view of loans has the last state of each line,
    known_loan_states all of them, and the view of relations those in force. Rows that link a firm to itself are in no
    view. Columns beyond the contract are named by `extra_column`.

    Parameters
    ----------
    as_of: the last day whose rows are visible; None for undated data, where all rows are.
    """
    con.execute("SET VARIABLE as_of = ?", [as_of])
    con.execute("SET VARIABLE standing = ?", [list(tables.info.standing)])
    con.execute("SET VARIABLE labels_as_of = ?", [tables.info.labels_day])
    for table in TABLES.values():
        if table.name not in OUTCOME_TABLES:
            rows = known_versions(tables, table.name, undated=as_of is None)
            extra = list(tables.info.extra.get(table.name, ()))
            con.execute(_view_sql(table, rows, extra, undated=as_of is None))
    con.execute(_LAST_LOANS)


def known_versions(tables: Tables, table: str, *, undated: bool) -> str:
    """Return the SQL of a table's rows in the versions that were known at the end of as_of, on whatever day they are.

    undated: whether there is no as_of, so that the last versions are known.
    """
    if undated or not tables.has_versions(table):
        return quoted(table)
    is_known = f"coalesce(known_on <= {AS_OF}, true)"
    is_last = f"coalesce({KNOWN_UNTIL} > {AS_OF}, true)"
    return f"(FROM {quoted(tables.versions_of(table))} WHERE {is_known} AND {is_last} AND void IS NOT TRUE)"


def _view_sql(table: TableSchema, rows: str, extra: list[str], undated: bool) -> str:
    columns = [_field_sql(c.name, None if undated else c.known_on) for c in table.columns]
    columns += [f"t.{quoted(name)} AS {extra_column(name)}" for name in extra]
    columns += [
        _days_ago_sql(table, c, undated)
        for c in table.columns
        if c.kind is ColumnKind.DAY and c.name != "until"
    ]
    known = "true" if undated else _KNOWN_CONDITIONS.get(table.name) or _known_condition(table)
    known += _without_self_links(table)
    view = "known_loan_states" if table.name == "loans" else f"known_{table.name}"
    return f"CREATE TEMP VIEW {view} AS SELECT {', '.join(columns)} FROM {rows} AS t WHERE {known}"


def _without_self_links(table: TableSchema) -> str:
    condition = SELF_LINK_CONDITIONS.get(table.name)
    if condition is None:
        return ""
    is_self_link = condition.format_map({name: f"t.{quoted(name)}" for name in table.names})
    return f" AND ({is_self_link}) IS NOT TRUE"


def _field_sql(name: str, known_on: str | None) -> str:
    value = f"t.{quoted(name)}"
    if known_on is not None:
        value = f"CASE WHEN t.{quoted(known_on)} <= {AS_OF} THEN {value} END"
    return f"{value} AS {quoted(name)}"


def _days_ago_sql(table: TableSchema, column: ColumnSchema, undated: bool) -> str:
    # A statement's age is counted from the end of its period, although it is visible only from its publication.
    own = column.name == ("on" if table.name == "financials" else table.day)
    label = "days_ago" if own else column.name.removesuffix("on") + "ago"
    day = f"t.{quoted(column.name)}"
    if undated and own:
        # 0 lies within every window `days_ago < n`, so undated data are one window.
        ago = "0"
    elif undated:
        # Days that are known with their row (promised_on, due_on) are compared with as_of, which does not exist.
        ago = f"CASE WHEN {day} IS NOT NULL THEN 0 END" if column.known_on else "NULL"
    elif column.known_on:
        ago = f"CASE WHEN {day} <= {AS_OF} THEN {AS_OF} - {day} END"
    else:
        ago = f"{AS_OF} - {day}"
    return f"CAST({ago} AS BIGINT) AS {label}"


def _known_condition(table: TableSchema) -> str:
    return "true" if table.day is None else f"t.{quoted(table.day)} <= {AS_OF}"


# A firm without joined_on exists from its founding; without either day it always exists.
# `until` is a relation's last day: at the end of that day it is over. Its end is not known before that day, so a
# relation with a later `until` is in force.
_KNOWN_CONDITIONS = {
    "firms": f"coalesce(t.joined_on, t.founded_on, {AS_OF}) <= {AS_OF}",
    "financials": f'coalesce(t.published_on, t."on" + {STATEMENT_LAG_DAYS}) <= {AS_OF}',
    "relations": (
        f"(t.since <= {AS_OF} OR (t.since IS NULL AND (list_contains(getvariable('standing'), '*') "
        f"OR list_contains(getvariable('standing'), t.kind)))) "
        f"AND (t.until IS NULL OR t.until > {AS_OF})"
    ),
}

# (loan_id, on) is the key, so "on" alone orders dated states; the other columns only make the choice among
# undated states deterministic.
_LAST_STATE_FIRST = (
    't."on" DESC NULLS LAST, t.drawn DESC NULLS LAST, t."limit" DESC NULLS LAST, t.firm_id, t.lender_id, '
    "t.days_past_due DESC NULLS LAST, t.restructured DESC NULLS LAST, t.rate DESC NULLS LAST, "
    "t.collateral_value DESC NULLS LAST"
)
_LAST_LOANS = (
    "CREATE TEMP VIEW known_loans AS FROM known_loan_states AS t "
    f"QUALIFY row_number() OVER (PARTITION BY t.loan_id ORDER BY {_LAST_STATE_FIRST}) = 1"
)


def extra_column(name: str) -> str:
    """Return the name, in the known views, of a column beyond the contract; it cannot clash with contract columns."""
    return quoted(f"extra:{name}")

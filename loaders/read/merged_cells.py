"""The SQL of one cell for several rows: the events of a case, or the rows of a group."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.check.cell_forms import Stage, form_stages, staged_sql, with_stored_days
from supplyrisk.loaders.check.sql_literals import text_literal
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.source_format import CellFormat
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.ingest import FAULTS, LINE
from supplyrisk.loaders.read.row_texts import RowTexts
from supplyrisk.loaders.read.source_files import SourceFile

PLACE = "{'t': t, 'src': src, 'line': line}"
"""What rows are sorted by: their time, which is the same for all where they have none, and their line."""
FIRST = "min({'src': src, 'line': line}) AS place"
"""The place of the first row in the files."""


def day_format(source: SourceFile) -> CellFormat:
    """Return how days and times are written in a file."""
    form = source.map
    if form.date_format and not form.dates:
        form = form.model_copy(update={"dates": (form.date_format, "%Y-%m-%d")})
    return with_stored_days(form, source.format)


def numbers_sql(
    sql: str, rows: RowTexts, attributes: Mapping[str, str], entry: SourceMap, cells: str = "a"
) -> str:
    """Return the SQL of rows in which cells of columns to add up are written as 1234.5.

    Parameters
    ----------
    sql: the rows.
    rows: their columns.
    attributes: by column, how one of its cells is chosen.
    entry: the source.
    cells: what their names begin with, in front of their number.
    """
    stages: dict[str, list[Stage]] = {}
    for i, (name, how) in enumerate(attributes.items()):
        if how == "sum" and name not in rows.typed:
            fed = fed_columns(TABLES[entry.table], entry, name)
            form = rows.parts[name].source.map.format_of(fed[0].name if fed else "")
            stages[f"{cells}{i}"] = form_stages(ColumnKind.MONEY, form)
    return staged_sql(sql, stages)


def merged_cells(attributes: Mapping[str, str]) -> list[str]:
    """Return the SQL of one cell a<i> for all rows of a group, and of d<i>: texts that keep it from being one."""
    cells = []
    for i, how in enumerate(attributes.values()):
        cell = f"a{i}"
        filled = f"FILTER (WHERE {cell} IS NOT NULL)"
        match how:
            case "first":
                cells.append(f"arg_min({cell}, {PLACE}) {filled} AS {cell}")
            case "last":
                cells.append(f"arg_max({cell}, {PLACE}) {filled} AS {cell}")
            case "sum":
                cells.append(f"{sum_sql(cell)} AS {cell}")
                cells.append(f"min({cell}) FILTER (WHERE {is_too_large(cell)}) AS d{i}")
            case _:
                cells.append(f"min({cell}) AS {cell}")
                cells.append(
                    f"CASE WHEN min({cell}) <> max({cell}) THEN min({cell}) || ', ' || max({cell}) END AS d{i}"
                )
    return cells


def _number(cell: str) -> str:
    """Return the SQL of a text as a number of which a hundred million can be added up exactly."""
    return f"TRY_CAST({cell} AS DECIMAL(30, 9))"


def is_too_large(cell: str) -> str:
    """Return the SQL of whether a text is a number that cannot be added up exactly."""
    return f"{_number(cell)} IS NULL AND isfinite(TRY_CAST({cell} AS DOUBLE))"


def sum_sql(cell: str) -> str:
    """Return the SQL of the exact sum of texts; the first text that is no number where there is one."""
    total = rf"regexp_replace(CAST(sum({_number(cell)}) AS VARCHAR), '\.?0+$', '')"
    bad = f"{cell} IS NOT NULL AND {_number(cell)} IS NULL"
    return f"CASE WHEN bool_or({bad}) THEN min({cell}) FILTER (WHERE {bad}) ELSE {total} END"


def record_differences(  # noqa: PLR0913, PLR0917 - two tables, and the words of the fault
    con: duckdb.DuckDBPyConnection,
    groups: str,
    refused: str,
    attributes: Mapping[str, str],
    entry: SourceMap,
    words: tuple[str, str],
) -> None:
    """Record the fault of groups whose rows differ where they should agree, or have numbers that are too large.

    Their places are inserted into `refused`.

    Parameters
    ----------
    groups: table of groups, with the cells of `merged_cells`.
    words: what should agree, and the key to state instead.
    """
    insert = f"INSERT INTO {FAULTS} BY NAME SELECT {list(TABLES).index(entry.table)} AS tab, {LINE} AS pos"
    whole, key = words
    for i, (name, how) in enumerate(attributes.items()):
        if how in ("first", "last"):
            continue
        rule = "sum" if how else "differs"
        accepted = f"numbers of {name} below 1e21, to add up" if how else f"one text of {name} in {whole}"
        remedy = "correct the number" if how else f"state under {key} which {name} counts"
        differing = f"{groups} WHERE d{i} IS NOT NULL"
        con.execute(
            f"{insert}, place.src AS src, place.line AS line, '{rule}' AS rule, "
            f"d{i} AS value, {text_literal(accepted)} AS accepted, {text_literal(remedy)} AS remedy FROM {differing}"
        )
        con.execute(f"INSERT INTO {refused} SELECT place.src, place.line FROM {differing}")

"""One row per group of rows, such as the lines of an order with the same seller, or the payments of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.cell_forms import AMBIGUOUS, NOT_FITTING
from supplyrisk.loaders.check.day_forms import day_form_sql
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import RowGroup
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.ingest import scalar_count
from supplyrisk.loaders.read.merged_cells import (
    FIRST,
    day_format,
    merged_cells,
    numbers_sql,
    record_differences,
)
from supplyrisk.loaders.read.reshaped_counts import GroupCounts
from supplyrisk.loaders.read.row_texts import FewerRows, RowTexts, resolved
from supplyrisk.queries import first_names


@dataclass(frozen=True)
class _GroupColumns:
    """Columns that tell groups apart, the day last, and those of which a group has one cell, with how it is chosen."""

    keys: tuple[str, ...]
    attributes: dict[str, str]


def group_rows(
    con: duckdb.DuckDBPyConnection, number: int, rows: Sequence[RowTexts], entry: SourceMap, group: RowGroup
) -> tuple[FewerRows | None, list[str]]:
    """Turn groups of rows into one row each; also return the faults of the columns that the group names.

    Parameters
    ----------
    number: number of the group, different from those of all others.
    rows: the rows of each file; all have the same columns.
    entry: the source, and columns by their names.
    group: what it says of groups.
    """
    first = rows[0]
    columns, faults = _resolved_group(first, entry, group)
    if columns is None:
        return None, faults
    keys = columns.keys
    attributes = columns.attributes
    lines = f"lines_{number}"
    con.execute(f"CREATE TABLE {lines} AS {_lines_sql(rows, keys, attributes, entry, group)}")
    groups = f"groups_{number}"
    key_names = ", ".join(f"k{i}" for i in range(len(keys)))
    named = ", ".join([key_names, FIRST, *merged_cells(attributes), "count(*) AS lines"])
    # Rows that lack a key have nothing in common: each stays a row of its own.
    lacking = " OR ".join(f"k{i} IS NULL" for i in range(len(keys)))
    alone = f"CASE WHEN {lacking} THEN {{'src': src, 'line': line}} END"
    con.execute(f"CREATE TABLE {groups} AS SELECT {named} FROM {lines} GROUP BY {key_names}, {alone}")
    refused = f"refused_{number}"
    con.execute(f"CREATE TABLE {refused} (src INTEGER, line BIGINT)")
    words = ("all rows of a group", "take of the group")
    record_differences(con, groups, refused, attributes, entry, words)
    names = (*keys, *attributes, *([group.count] if group.count else []))
    typed = first.typed.intersection(names) | {name for name, how in attributes.items() if how == "sum"}
    return FewerRows(
        rows=RowTexts(
            sql=_rows_sql(groups, refused, len(keys), len(attributes), has_count=bool(group.count)),
            names=names,
            parts={name: first.parts[keys[0] if name == group.count else name] for name in names},
            typed=typed | ({keys[-1]} if group.day else set()) | {group.count} - {""},
        ),
        refused=dict(
            con.execute(
                f"SELECT src, count(*) FROM (SELECT DISTINCT * FROM {refused}) GROUP BY src"
            ).fetchall()
        ),
        counts=GroupCounts(
            lines=scalar_count(con, f"SELECT count(*) FROM {lines}"),
            groups=scalar_count(con, f"SELECT count(*) FROM {groups}"),
        ),
        left_out=tuple(n for n in first.names if n not in names and not entry.is_ignored(n)),
        tables=(lines, groups, refused),
    ), []


def _resolved_group(
    rows: RowTexts, entry: SourceMap, group: RowGroup
) -> tuple[_GroupColumns | None, list[str]]:
    """Return the columns of a group; None where the file lacks one, and the faults."""
    columns = {name: resolved(name, rows.names) for name in group.columns}
    faults = [
        f"the group of the mapping names column {name}, which the file does not have; "
        f"it has {first_names(list(rows.names), 15)}"
        for name, column in columns.items()
        if column is None
    ]
    if group.count in rows.names:
        faults.append(f"count of the group has the name of a column, {group.count}, expected another name")
    if faults:
        return None, faults
    keys = tuple(str(columns[name]) for name in (*group.by, *filter(None, [group.day])))
    take = {str(columns[name]): how for name, how in group.take.items()}
    table = TABLES[entry.table]
    read = {*take, *entry.mentioned, *(name for name in rows.names if fed_columns(table, entry, name))}
    return _GroupColumns(
        keys, {name: take.get(name, "") for name in rows.names if name in read - {*keys}}
    ), []


def _lines_sql(
    rows: Sequence[RowTexts],
    keys: Sequence[str],
    attributes: dict[str, str],
    entry: SourceMap,
    group: RowGroup,
) -> str:
    """Return the SQL of all rows with their keys k<i> and attributes a<i>."""
    selects = []
    for one in rows:
        cells = [f"{one.filled(name)} AS k{i}" for i, name in enumerate(keys)]
        cells += [f"{one.filled(name)} AS a{i}" for i, name in enumerate(attributes)]
        selects.append(f"SELECT src, line, TIMESTAMP '2000-01-01' AS t, {', '.join(cells)} FROM ({one.sql})")
    sql = " UNION ALL ".join(selects)
    if group.day:
        sql = f"SELECT * REPLACE ({_day_sql(rows[0], keys)}) FROM ({sql})"
    return numbers_sql(sql, rows[0], attributes, entry)


def _day_sql(rows: RowTexts, keys: Sequence[str]) -> str:
    """Return the SQL of the last key as a day; a text that is none stays, so that it is reported as it is."""
    name = keys[-1]
    cell = f"k{len(keys) - 1}"
    if name in rows.typed:
        return f"left({cell}, 10) AS {cell}"
    form = day_format(rows.parts[name].source)
    if not form.dates:
        return f"{cell} AS {cell}"
    day = day_form_sql(cell, form)
    marks = f"chr({ord(NOT_FITTING)}), chr({ord(AMBIGUOUS)})"
    return f"CASE WHEN left({day}, 1) IN ({marks}) THEN {cell} ELSE {day} END AS {cell}"


def _rows_sql(groups: str, refused: str, keys: int, attributes: int, *, has_count: bool) -> str:
    cells = [*(f"k{i}" for i in range(keys)), *(f"a{i}" for i in range(attributes))]
    cells += ["CAST(lines AS VARCHAR)"] * has_count
    named = ", ".join(f"{cell} AS x{i}" for i, cell in enumerate(cells))
    sql = f"SELECT place.src AS src, place.line AS line, {named} FROM {groups}"
    return f"SELECT * FROM ({sql}) ANTI JOIN {refused} USING (src, line)"

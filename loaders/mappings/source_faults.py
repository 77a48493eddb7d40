"""Faults of a source's entry that concern several of its keys."""

from __future__ import annotations

from collections import abc
from typing import Any

from supplyrisk.graph.schema.contract import TableSchema
from supplyrisk.graph.schema.version_columns import VERSION_COLUMNS, source_column
from supplyrisk.loaders.mappings.source_format import ColumnFormat, format_faults


def origin_faults(values: abc.Mapping[str, Any], keys: abc.Collection[str]) -> abc.Iterator[str]:
    """Yield the faults of where rows come from."""
    origins = [key for key in ("file", "database", "nodes", "links") if key in keys]
    if len(origins) != 1:
        yield f"rows from {' and '.join(origins) or 'nowhere'}, expected one of file, database, nodes and links"
    if values.get("event_log") and values.get("group"):
        yield "both event_log and group, expected one of them"
    for key in ("join", "event_log", "group"):
        if values.get(key) and "file" not in keys:
            yield f"{key} beside {origins[0] if origins else 'no file'}, expected it beside file only"
    for key in ("from", "to"):
        if key in values and "links" not in keys:
            yield f"{key} is {values[key]!r} without links, expected it beside links only"


CONDITIONS = ("where", "where_not", "where_like", "where_not_like")
"""Keys of a source that keep or drop rows by the texts of a column."""


def unused_optional_columns(values: abc.Mapping[str, Any]) -> abc.Iterator[str]:
    """Yield the names in optional_columns that the entry uses for nothing: they are likely to be typos."""
    named = {
        *values.get("ignore", ()),
        *(values.get("keep") or ()),
        *(name for key in CONDITIONS for name in values.get(key, ())),
    }
    for column in values.get("columns", {}).values():
        joined = (
            (*column.get("join", ()), *column.get("first", ())) if isinstance(column, dict) else (column,)
        )
        named |= {name for name in joined if isinstance(name, str)}
    for name in values.get("optional_columns", ()):
        if name not in named:
            yield f"optional_columns has {name}, expected columns that the mapping names"


def may_be_blanked(table: TableSchema, name: str) -> bool:
    """Return whether rows are worth loading without the value of a column.

    Keys identify rows, an amount without its currency would be read in another one, and a correction without its day
    would be known too early.
    """
    versions = [column.name for column in VERSION_COLUMNS]
    return not source_column(table, name).required and name not in (
        *table.key,
        *versions,
        "row_id",
        "currency",
    )


def blanking_faults(column: str, form: object) -> abc.Iterator[str]:
    """Yield the fault that bad cells of a column are to be left empty that may not be."""
    if isinstance(form, ColumnFormat):
        form = form.model_dump(exclude_unset=True)
    if isinstance(form, dict) and form.get("on_bad_cell"):
        yield (
            f"column_format.{column} has on_bad_cell, expected it for columns that may be empty: none that is "
            "required, a key, or a currency; leave it out"
        )


def own_column_faults(table: TableSchema, names: abc.Iterable[str]) -> abc.Iterator[str]:
    """Yield the names under firms_from that are no ids of firms in a table."""
    references = [name for name, tables in table.refs.items() if "firms" in tables]
    for name in names:
        if name not in references:
            expected = f"ids of firms in {table.name}: {', '.join(references) or 'it has none'}"
            yield f"firms_from is {name!r}, expected {expected}"


def source_faults(common: dict[str, Any], entry: dict[str, Any]) -> abc.Iterator[str]:
    """Yield the contradictions between the keys of a source, with those of [format] and of its columns."""
    whole = {**common, **entry}
    faults = list(format_faults(whole))
    yield from faults
    joined = entry.get("join", ())
    for other in [joined] if isinstance(joined, dict) else joined:
        if isinstance(other, dict):
            place = f"join {other.get('file', '')}"
            yield from (f"{place}: {fault}" for fault in format_faults({**common, **other}))
    columns = entry.get("column_format", {})
    for column, own in columns.items() if isinstance(columns, dict) else ():
        if isinstance(own, dict):
            yield from (
                f"{column}: {fault}" for fault in format_faults({**whole, **own}) if fault not in faults
            )

"""Columns that every table may have: they tell versions of a row apart, of which each became known on another day."""

from __future__ import annotations

from supplyrisk.graph.schema.contract import ColumnKind, ColumnSchema, TableSchema

KNOWN_ON = ColumnSchema(
    "known_on",
    ColumnKind.DAY,
    "the day on which this version of the row became known, its own day where empty",
)
VOID = ColumnSchema(
    "void",
    ColumnKind.FLAG,
    "1 if the row turned out to be wrong as a whole: from known_on on, there is none",
)
VERSION_COLUMNS = (KNOWN_ON, VOID)
"""They are no columns of the contract's tables, and are stored only where rows have corrections."""
KNOWN_UNTIL = "known_until"
"""Stored beside VERSION_COLUMNS: the day on which the row's next version became known, empty for its last version."""


def identity_of(table: TableSchema) -> tuple[str, ...]:
    """Return the columns that versions of a row share; a row that lacks one of them has no other version."""
    if table.whole_row:
        return table.names
    return table.key or (("row_id",) if "row_id" in table.names else ())


def source_names(table: TableSchema) -> tuple[str, ...]:
    """Return the names of the columns that a file of a table may have."""
    return (*table.names, *(column.name for column in VERSION_COLUMNS))


def source_column(table: TableSchema, name: str) -> ColumnSchema:
    """Return the column of that name that a file of a table may have; raises KeyError where there is none."""
    return next((column for column in VERSION_COLUMNS if column.name == name), None) or table.column(name)

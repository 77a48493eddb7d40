"""What describes a table of the contract: its columns with their kinds, key, references and day."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ColumnKind(StrEnum):
    """What a column holds; it decides how text is parsed and how the value is stored."""

    ID = "id"  # stored exactly as given, so that leading zeros survive
    TEXT = "text"
    CHOICE = "choice"  # one of a closed list
    CHOICES = "choices"  # several of a closed list, joined by |
    MONEY = "money"
    NUMBER = "number"
    COUNT = "count"  # a whole number
    DAY = "day"  # an ISO day, 2024-03-31
    FLAG = "flag"  # 0 or 1


SQL_TYPES: dict[ColumnKind, str] = {
    ColumnKind.ID: "VARCHAR",
    ColumnKind.TEXT: "VARCHAR",
    ColumnKind.CHOICE: "VARCHAR",
    ColumnKind.CHOICES: "VARCHAR",
    ColumnKind.MONEY: "DOUBLE",
    ColumnKind.NUMBER: "DOUBLE",
    ColumnKind.COUNT: "BIGINT",
    ColumnKind.DAY: "DATE",
    ColumnKind.FLAG: "BOOLEAN",
}
"""DuckDB type of each kind, which is also its Parquet type in the workspace."""


@dataclass(frozen=True)
class ColumnSchema:
    """One column of a table.

    Parameters
    ----------
    name: the column's name in files and in the workspace.
    kind: what it holds.
    meaning: its description in the documentation and in error messages.
    required: whether every row must have a value; False by default.
    unit: unit of the value, None for text, ids and days.
    known_on: the column whose day is the day on which this value becomes known. None means the row's own day
        (`TableSchema.day`), or always where the table has no day.
    choices: the values allowed for CHOICE and CHOICES.
    minimum, maximum: inclusive bounds, None for no bound.
    """

    name: str
    kind: ColumnKind
    meaning: str
    required: bool = False
    unit: str | None = None
    known_on: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def sql_type(self) -> str:
        """DuckDB type of the column."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class TableSchema:
    """One table of the contract.

    Parameters
    ----------
    name: the table's name.
    row: what one row describes.
    columns: its columns, in the contract's order.
    day: the column whose day is the day on which a row becomes known; None for rows that are always known.
    key: columns that identify a row; two rows with an equal key are duplicates. A non-empty row_id is always a key
        too.
    whole_row: whether all columns together are the key.
    refs: by id column, the tables in which the id must exist.
    open: whether columns that the contract does not name are kept, as candidate features.
    """

    name: str
    row: str
    columns: tuple[ColumnSchema, ...]
    day: str | None = None
    key: tuple[str, ...] = ()
    whole_row: bool = False
    refs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open: bool = False

    def column(self, name: str) -> ColumnSchema:
        """Return the column of that name; raises KeyError where there is none."""
        return next((c for c in self.columns if c.name == name), None) or _missing(self.name, name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(c.name for c in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that every row must fill."""
        return tuple(c.name for c in self.columns if c.required)


def _missing(table: str, name: str) -> ColumnSchema:
    raise KeyError(f"{table} has no column {name}")

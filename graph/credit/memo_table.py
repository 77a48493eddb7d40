"""Tables of a memo, shown alike on the page and on the terminal: columns with their forms, and rows of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.texts.figures import count, money, percent
from supplyrisk.graph.texts.text_files import Words

Cell = str | int | float | date | Words | None
FORMS: dict[str, Callable[[float], str]] = {"count": count, "money": money, "percent": percent}
"""By form of a column, how its numbers are written; columns of the form "text" are shown as they are."""


@dataclass(frozen=True)
class Column:
    """A column: its name, which is its key in the JSON and its text "label.<name>", and its form."""

    name: str
    form: str = "text"


@dataclass(frozen=True)
class MemoTable:
    """A table of values; a cell is None where the value is missing, and Words where it differs by language."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self) -> list[list[str | Words | None]]:
        """Return the rows with every value written in the form of its column."""
        return [
            [_written(cell, column.form) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def _written(cell: Cell, form: str) -> str | Words | None:
    if cell is None or isinstance(cell, Words):
        return cell
    return FORMS[form](cell) if isinstance(cell, int | float) and form in FORMS else str(cell)


@dataclass(frozen=True)
class TableSection(MemoTable):
    """A section of a memo that is one table; its key is its key in the JSON and its text "heading.<key>"."""

    key: str

    def to_json(self) -> list[dict[str, Cell]]:
        """Return a row per row of the table, by name of the column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    @classmethod
    def from_json(
        cls, key: str, columns: tuple[Column, ...], rows: Sequence[Mapping[str, Cell]]
    ) -> TableSection:
        """Return the section of stored rows."""
        cells = tuple(tuple(row[column.name] for column in columns) for row in rows)
        return cls(columns, cells, key)

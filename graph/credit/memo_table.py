"""Tables of a memo, shown alike on the page and on the terminal: columns with their forms, and rows of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.texts.figures import count, money, percent
from supplyrisk.graph.texts.text_files import Words

Cell = str | int | float | date | Words | None
FORMS: Mapping[str, Callable[..., str]] = {"text": str, "count": count, "money": money, "percent": percent}
"""By form of a column, how its values are written."""


@dataclass(frozen=True)
class MemoTable:
    """A table of values; a cell is None where the value is missing, and Words where it differs by language.

    columns: by name of the column, which is its key in the JSON and its text "label.<name>", its form, a key of
    FORMS.
    """

    columns: Mapping[str, str]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self) -> list[list[str | Words | None]]:
        """Return the rows with every value written in the form of its column."""
        return [
            [
                cell if cell is None or isinstance(cell, Words) else FORMS[form](cell)
                for form, cell in zip(self.columns.values(), row, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True)
class TableSection(MemoTable):
    """A section of a memo that is one table; its key is its key in the JSON and its text "heading.<key>"."""

    key: str

    def to_json(self) -> list[dict[str, Cell]]:
        """Return a row per row of the table, by name of the column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    @classmethod
    def from_json(
        cls, key: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Cell | list[str]]]
    ) -> TableSection:
        """Return the section of stored rows."""
        cells = tuple(tuple(_stored_cell(row[name]) for name in columns) for row in rows)
        return cls(columns, cells, key)


def _stored_cell(cell: Cell | list[str]) -> Cell:
    """Return a cell as it was before it was stored: JSON has Words as a list."""
    return Words(*cell) if isinstance(cell, list) else cell

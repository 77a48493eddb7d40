"""Further sections of a memo, each one table: a record here and its texts in `graph/texts/memo.toml` are all of it.

A section is built from the inputs of the memo (`inputs.shop.library` runs further queries), stored under its key, and
shown after the credit limit on the page and on the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from supplyrisk.graph.credit.memo_inputs import MemoInputs
from supplyrisk.graph.credit.memo_table import Cell, TableSection


@dataclass(frozen=True)
class SectionRecord:
    """A section: its key (text "heading.<key>"), its columns with their forms (see `MemoTable`), its rows by memo."""

    key: str
    columns: Mapping[str, str]
    rows: Callable[[MemoInputs], Iterable[tuple[Cell, ...]]]

    def build(self, inputs: MemoInputs) -> TableSection:
        """Return the section of a memo."""
        return TableSection(self.columns, tuple(self.rows(inputs)), self.key)


SECTIONS: tuple[SectionRecord, ...] = ()
"""The sections, in the order in which they are shown."""

"""Labels and sentences of a memo in the language of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from supplyrisk.cli.talk import show_table
from supplyrisk.graph.credit import LANGUAGES, Words
from supplyrisk.web import days_word, label

Row = dict[str, Any]


@dataclass(frozen=True)
class MemoWords:
    """The words of a memo in one language, "en" or "zh"."""

    language: str

    def label(self, name: str) -> str:
        """A label or heading."""
        return label(name, self.language)

    def pick(self, words: Words) -> str:
        """The text of this language."""
        return words[LANGUAGES.index(self.language)]

    def sentence(self, row: Row, name: str) -> str:
        """A sentence of the memo, which is stored as `name` and `name`_zh."""
        return str(row[name if self.language == "en" else f"{name}_zh"])

    def days(self, number: float) -> str:
        """A number of days: "1 day", "90 days"."""
        return f"{number:.0f} {self.label(days_word(number))}"

    @property
    def colon(self) -> str:
        """A colon, full-width in Chinese; the same holds for the other marks."""
        return ": " if self.language == "en" else "："

    @property
    def comma(self) -> str:
        """A comma between parts of a sentence."""
        return ", " if self.language == "en" else "，"

    @property
    def semicolon(self) -> str:
        """A semicolon between clauses."""
        return "; " if self.language == "en" else "；"

    def bracketed(self, text: str) -> str:
        """The text in parentheses, with the space that English puts before them."""
        return f" ({text})" if self.language == "en" else f"（{text}）"

    def roles(self, roles: str | None) -> str | None:
        """The roles of a firm, which the data separate by |, as a list."""
        if not roles:
            return None
        *others, last = roles.split("|")
        if self.language == "zh":
            return "、".join((*others, last))
        return f"{', '.join(others)} and {last}" if others else last

    def default_mark(self, row: Row) -> str | None:
        """A mark where the firm of the row is in default; None elsewhere."""
        return self.label("failed") if row["defaulted"] else None

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table whose columns are labels; nothing where it has no rows."""
        if rows:
            show_table([self.label(name) for name in columns], rows)

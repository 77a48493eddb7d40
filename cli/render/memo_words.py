"""Texts of a memo in the language of the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from supplyrisk import web
from supplyrisk.cli.talk import show_table
from supplyrisk.graph import Words
from supplyrisk.graph.credit import days_label, memo_label, memo_text, words_of
from supplyrisk.graph.texts.figures import count

if TYPE_CHECKING:
    from supplyrisk.graph.credit import Memo, MemoTable


@dataclass(frozen=True)
class MemoWords:
    """The words of a memo in one language, "en" or "zh", and the numbers of its queries."""

    language: str
    memo: Memo

    @cached_property
    def numbers(self) -> web.memo_frame.QueryNumbers:
        """The queries of the memo by number."""
        return web.memo_frame.QueryNumbers.of(self.memo)

    def referring(self, text: str, part: str) -> str:
        """Return a text about a part of the memo with the numbers of its queries."""
        reference = self.numbers.reference(self.memo, part)
        return f"{text}{self.bracketed(self.pick(reference))}" if reference else text

    def text(self, key: str, **values: object) -> str:
        """Return a text of `memo.toml` with its values."""
        return memo_text(key, self.language, **values)

    def label(self, name: str) -> str:
        """Return a label."""
        return self.pick(memo_label(name))

    def pick(self, words: Words) -> str:
        """Return the text of this language."""
        return words.in_language(self.language)

    def sentence(self, section: object, name: str) -> str:
        """Return a sentence of the memo, which is stored as `name` and `name`_zh."""
        return self.pick(words_of(section, name))

    def days(self, number: float) -> str:
        """Return a number of days: "1 day", "90 days"."""
        return f"{count(number)} {self.pick(days_label(number))}"

    @property
    def colon(self) -> str:
        """A colon, full-width in Chinese; the same holds for the other marks."""
        return self.text("mark.colon")

    @property
    def comma(self) -> str:
        """A comma between parts of a sentence."""
        return self.text("mark.comma")

    @property
    def semicolon(self) -> str:
        """A semicolon between clauses."""
        return self.text("mark.semicolon")

    def bracketed(self, text: str) -> str:
        """Return the text in parentheses, with the space that English puts before them."""
        return self.text("mark.bracketed", text=text)

    def roles(self, roles: str | None) -> str | None:
        """Return the roles of a firm, which the data separate by |, as a list."""
        if not roles:
            return None
        *first, last = roles.split("|")
        listed = self.text("mark.listed").join(first)
        return f"{listed}{self.text('mark.and')}{last}" if first else last

    def table(self, table: MemoTable) -> None:
        """Print a table whose columns are labels; nothing where it has no rows."""
        if table.rows:
            cells = [[self.pick(c) if isinstance(c, Words) else c for c in row] for row in table.texts()]
            show_table([self.label(name) for name in table.columns], cells)

"""A printed document in one language as a list of blocks, which a template sets on pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

MIN_WIDTH = 6
MAX_WIDTH = 34
"""Smallest and largest width of a column in letters; longer cells are wrapped."""
NARROW_WIDTH = 60
"""A table whose columns are not as wide together is not stretched over the page."""


@dataclass(frozen=True)
class Heading:
    """The heading of a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: plain text, a "note" in small letters, a "warning", or a "label" that stays with the next block."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class FactList:
    """Labels with their values; those whose number is in `marked` are set off in a colour of the template."""

    rows: Sequence[tuple[str, str]]
    marked: int | None = None
    colour: str = "unknown"
    kind: str = "facts"


@dataclass(frozen=True)
class PrintTable:
    """A table whose head is repeated on every page.

    columns: heads. numbers: whether the cells of a column are aligned to the right.
    """

    columns: Sequence[str]
    numbers: Sequence[bool]
    rows: Sequence[Sequence[str]]
    kind: str = "table"

    @property
    def widths(self) -> list[int]:
        """Widths of the columns relative to each other: the longest text of each, within bounds."""
        columns = zip(self.columns, *self.rows, strict=True)
        return [
            max(MIN_WIDTH, min(MAX_WIDTH, max(text_width(text) for text in column))) for column in columns
        ]

    @property
    def share(self) -> float:
        """Share of the width of the page that it takes."""
        return min(1.0, max(0.4, sum(self.widths) / NARROW_WIDTH))


@dataclass(frozen=True)
class Bullets:
    """A list of texts; numbered: with numbers, and in the small letters of an appendix."""

    items: Sequence[str]
    numbered: bool = False
    kind: str = "bullets"


@dataclass(frozen=True)
class Drawing:
    """A drawing as SVG."""

    svg: str
    alt: str
    kind: str = "drawing"


@dataclass(frozen=True)
class SigningForm:
    """Empty lines to be filled in by hand, below the heads of their columns."""

    columns: Sequence[str]
    lines: int = 3
    kind: str = "form"


Block = Heading | Paragraph | FactList | PrintTable | Bullets | Drawing | SigningForm


@dataclass(frozen=True)
class PrintedDocument:
    """A document: its title, the head and the foot of every page, its language ("en" or "zh"), and its blocks."""

    title: str
    head: str
    foot: str
    language: str
    blocks: Sequence[Block]


def text_width(text: str) -> int:
    """Return the width of a text in letters; a Chinese character is as wide as two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)

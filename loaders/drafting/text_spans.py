"""The lines of a text that agree on a delimiter."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.drafting.header_dictionary import EXACT, match_header

DELIMITERS = (",", ";", "\t", "|", "~", "^")
_LONG_RECORD = 50
"""Lines of a record from which a quote is rather taken as a sign like others."""
_AS_GOOD = 0.005
"""Difference of shares of lines up to which two delimiters fit equally well."""


@dataclass(frozen=True)
class TextSpan:
    """The lines of a table by one delimiter: those of its most frequent number of cells, and what lies between.

    Parameters
    ----------
    width: this number of cells.
    first: the line with which they begin.
    lines: lines from the first to the last of them.
    fitting: lines with this number of cells; a header may have one less.
    """

    delimiter: str
    width: int
    first: int
    lines: int
    fitting: int

    @property
    def share(self) -> float:
        """Share of the lines that fit."""
        return self.fitting / self.lines


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line."""
    return next(csv.reader([line], delimiter=delimiter), [])


def text_records(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the records with the line on which each begins; a quoted cell may span lines, within reason."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    records = []
    begin = 0
    for record in reader:
        if reader.line_num - begin > _LONG_RECORD:
            # a quote in a line before the header, rather than a long cell
            return [(number, cells_of(line, delimiter)) for number, line in enumerate(lines)]
        records.append((begin, record))
        begin = reader.line_num
    return records


def text_span(lines: Sequence[str], delimiter: str) -> TextSpan | None:
    """Return the table that a delimiter gives; None where no line has two cells."""
    records = [
        (number, record) for number, record in text_records(lines, delimiter) if any(map(str.strip, record))
    ]
    widths = [len(record) for _, record in records]
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return None
    width = max(counts, key=lambda w: (counts[w], w))
    first = widths.index(width)
    last = len(widths) - 1 - widths[::-1].index(width)
    if first and widths[first - 1] == width - 1 and not records[first][1][-1].strip():
        # a header without the delimiter at the end of the rows
        first -= 1
    inside = widths[first : last + 1]
    fitting = sum(w == width for w in inside) + (inside[0] == width - 1)
    return TextSpan(delimiter, width, records[first][0], len(inside), fitting)


def best_span(lines: Sequence[str], spans: list[TextSpan]) -> tuple[TextSpan, TextSpan | None]:
    """Return the delimiter that most lines agree on, and another one that fits as well."""

    def known(span: TextSpan) -> int:
        names = [name for name in cells_of(lines[span.first], span.delimiter) if name.strip()]
        return sum(is_known_header(name) for name in names)

    ranked = sorted(
        spans, key=lambda s: (round(s.share, 2) * min(s.lines, 50), known(s), s.width), reverse=True
    )
    best = ranked[0]
    rivals = [
        span
        for span in ranked[1:]
        if span.share >= best.share - _AS_GOOD
        and span.lines >= best.lines
        and known(span) >= known(best)
        and span.fitting > 1
    ]
    return best, (rivals[0] if rivals else None)


def is_known_header(name: str) -> bool:
    """Return whether a header is in the dictionary of any table."""
    for table in TABLES.values():
        for column in table.names:
            found = match_header(table.name, column, name)
            if found and found.strength == EXACT:
                return True
    return False

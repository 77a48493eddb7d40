"""Where the table of a CSV begins and ends, and what separates its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from supplyrisk.loaders.drafting.day_evidence import day_evidence
from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.drafting.number_evidence import number_evidence
from supplyrisk.loaders.drafting.text_spans import (
    DELIMITERS,
    TextSpan,
    best_span,
    cells_of,
    is_known_header,
    text_records,
    text_span,
)
from supplyrisk.loaders.read.column_binding import position_name

_LINES = 600
_MAX_PREAMBLE = 100
_MAX_FOOTER = 20
_BODY_ROWS = 200
"""Rows that are compared with the first line."""
_TOTALS = re.compile(
    r'^"?\s*(total|totals|sum|grand total|summe|gesamt|gesamtsumme|insgesamt|合计|总计|小计|汇总|共计)\b',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TextLayout:
    """The lines and cells of a CSV.

    Parameters
    ----------
    delimiter: between cells; a comma where there is one column only.
    skip: lines before the table.
    width: cells of a row.
    header: names of the columns, as the mapping has them; positions where there are none.
    has_header: whether the first line of the table has the names.
    footer: lines behind the last row.
    keys: the keys that say so, with the evidence.
    """

    delimiter: str
    skip: int
    width: int
    header: tuple[str, ...]
    has_header: bool
    footer: int
    keys: tuple[DraftKey, ...] = field(default=())


def text_layout(
    lines: Sequence[str], tail: Sequence[str] | None, *, ends_with_line_end: bool, tabs: bool
) -> TextLayout:
    """Return the layout of a text.

    Parameters
    ----------
    lines: the first lines, without their ends.
    tail: the last lines; None where they are not known.
    ends_with_line_end: whether the last line is complete.
    tabs: whether the file's name says that tabs separate its cells.
    """
    lines = lines[:_LINES]
    spans = [span for span in (text_span(lines, delimiter) for delimiter in DELIMITERS) if span]
    if not spans:
        return _one_column(lines)
    span, rival = best_span(lines, spans)
    skip = _header_line(lines, span)
    records = text_records(lines[skip:], span.delimiter)
    header = _header(lines[skip], [record for _, record in records if record], span, skip)
    # where cells span lines, the last line of a row looks like a footer
    spans_lines = len(records) < len(lines[skip:])
    footer, footer_key = _footer(None if spans_lines else tail, span, ends_with_line_end)
    keys = [*_delimiter_key(span, rival, "\t" if tabs else ","), *header.keys]
    if skip and not any(key.name == "preamble" for key in keys):
        example = _shown(lines[0] or lines[skip - 1])
        keys.append(DraftKey("preamble", skip, f"lines before the header, such as {example}"))
    keys += [footer_key] if footer_key else []
    names = tuple(name or position_name(position) for position, name in enumerate(header.names, 1))
    return TextLayout(span.delimiter, skip, span.width, names, header.is_stated, footer, tuple(keys))


def _delimiter_key(span: TextSpan, rival: TextSpan | None, usual: str) -> list[DraftKey]:
    evidence = f"{share_text(span.fitting, span.lines, 'lines')} have {span.width} cells"
    if rival:
        doubt = f"{rival.delimiter!r} would give {rival.width} cells in as many lines: choose one"
        return [DraftKey("delimiter", span.delimiter, evidence, doubt, False)]
    return [DraftKey("delimiter", span.delimiter, evidence)] if span.delimiter != usual else []


@dataclass(frozen=True)
class _Header:
    """Names of the columns, empty where they have none; whether the first line has them; and the keys that say so."""

    names: list[str]
    is_stated: bool
    keys: list[DraftKey]


def _header(line: str, table: Sequence[Sequence[str]], span: TextSpan, skip: int) -> _Header:
    """Return the header of a table, whose records begin with it; line: its text. skip: lines before it."""
    first = table[0]
    has_header, doubt = _has_header(first, [row for row in table[1:] if len(row) == span.width][:_BODY_ROWS])
    if not has_header:
        key = DraftKey("header", False, f"the first line has values: {_shown(line)}", doubt)
        return _Header([""] * span.width, False, [key])
    keys = []
    if len(first) == span.width - 1:
        keys.append(
            DraftKey("trailing_delimiter", True, "rows have one more cell than the header, an empty one")
        )
    names = [name.strip() for name in first]
    names += [""] * (span.width - len(names))
    unclear = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    unclear += [name for name in names if not name.isprintable()]
    if unclear:
        names = _distinct(["".join(filter(str.isprintable, name)) for name in names])
        shown = f"the header has unclear names, such as {_shown(unclear[0])}: they are stated here"
        keys += [DraftKey("preamble", skip + 1, shown), DraftKey("header", names, "made different", doubt)]
    elif doubt:
        keys.append(DraftKey("header", True, doubt=doubt))
    return _Header(names, True, keys)


def _header_line(lines: Sequence[str], span: TextSpan) -> int:
    """Return the line with which the table begins: the first one of its width of which most cells are filled."""
    for number in range(span.first, min(len(lines), span.first + _MAX_PREAMBLE)):
        cells = cells_of(lines[number], span.delimiter)
        filled = sum(bool(cell.strip()) for cell in cells)
        is_hint = lines[number].lower().startswith("sep=")
        if len(cells) >= span.width - 1 and 2 * filled >= span.width and not is_hint:
            return number
    return span.first


def _has_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Return whether the first line has names, and a doubt where nothing shows it."""
    filled = [cell for cell in first if cell.strip()]
    if any(is_known_header(cell) for cell in filled):
        return True, ""
    against = sum(_is_value(cell) for cell in filled)
    columns = list(zip(*rows, strict=True)) if rows else []
    named = sum(
        not _is_value(cell) and _are_values([c for c in cells if c.strip()])
        for cell, cells in zip(first, columns, strict=False)
    )
    if named > against:
        return True, ""
    if against:
        return False, ""
    return (
        True,
        "no name in the first line is known, and no column has numbers or days: is it a header? (header = false)",
    )


def _is_value(cell: str) -> bool:
    text = [(cell.strip(), 1)]
    return bool(cell.strip()) and (number_evidence(text).share == 1 or day_evidence(text).share == 1)


def _are_values(cells: Sequence[str]) -> bool:
    counts = Counter(cell.strip() for cell in cells).items()
    return bool(cells) and (number_evidence(counts).share > 0.8 or day_evidence(counts).share > 0.8)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names with a number behind those that occur again."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(f"{name} {seen[name]}" if name and seen[name] > 1 else name)
    return distinct


def _footer(
    tail: Sequence[str] | None, span: TextSpan, ends_with_line_end: bool
) -> tuple[int, DraftKey | None]:
    """Return the number of lines behind the last row, and the key that leaves them out."""
    if tail is None:
        return 0, None
    lines = list(tail)
    while lines and not lines[-1].strip():
        lines.pop()
    count = 0
    for line in reversed(lines[1:]):
        cells = cells_of(line, span.delimiter) if line.strip() else []
        is_row = len(cells) == span.width and not _TOTALS.match(line.strip())
        if is_row or count > _MAX_FOOTER:
            break
        count += 1
    if not count or count > _MAX_FOOTER:
        return 0, None
    last = lines[-1]
    cells = cells_of(last, span.delimiter)
    if count == 1 and not ends_with_line_end and 1 < len(cells) < span.width:
        doubt = (
            f"the last line has {len(cells)} of {span.width} cells and no line end: the file may be cut off"
        )
        return 1, DraftKey("footer", 1, doubt=doubt, is_set=False)
    return count, DraftKey("footer", count, f"lines behind the last row, such as {_shown(last)}")


def _one_column(lines: Sequence[str]) -> TextLayout:
    """Return the layout of a text without delimiters."""
    filled = [line for line in lines if line.strip()]
    first = filled[0].strip() if filled else ""
    has_header, doubt = _has_header([first], [[line] for line in filled[1:200]])
    keys = (
        (DraftKey("header", False, f"the first line is a value: {_shown(first)}", doubt),)
        if not has_header
        else ()
    )
    if has_header and doubt:
        keys = (DraftKey("header", True, doubt=doubt),)
    return TextLayout(",", 0, 1, (first if has_header else position_name(1),), has_header, 0, keys)


def _shown(text: str) -> str:
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= 40 else f"{shown[:39]}…")

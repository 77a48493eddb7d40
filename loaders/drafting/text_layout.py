"""Where the table of a CSV begins and ends, and what separates its cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from supplyrisk.loaders.drafting.day_evidence import day_evidence
from supplyrisk.loaders.drafting.draft_keys import DraftKey, share_text
from supplyrisk.loaders.drafting.header_dictionary import EXACT, header_words, match_header
from supplyrisk.loaders.drafting.number_evidence import number_evidence

DELIMITERS = (",", ";", "\t", "|", "~", "^")
_LINES = 600
_MAX_PREAMBLE = 100
_MAX_FOOTER = 20
_LONG_RECORD = 50
"""Lines of a record from which a quote is rather taken as a sign like others."""
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
    spans = [span for span in (_span(lines, delimiter) for delimiter in DELIMITERS) if span]
    if not spans:
        return _one_column(lines)
    best, rival = _best_span(lines, spans)
    keys: list[DraftKey] = []
    if best.delimiter != ("\t" if tabs else ",") or rival:
        evidence = f"{share_text(best.fitting, best.lines, 'lines')} have {best.width} cells"
        doubt = (
            f"{rival.delimiter!r} would give {rival.width} cells in as many lines: choose one"
            if rival
            else ""
        )
        keys.append(DraftKey("delimiter", best.delimiter, evidence, doubt, not rival))
    skip = _header_line(lines, best)
    if skip:
        keys.append(
            DraftKey(
                "preamble", skip, f"lines before the header, such as {_shown(lines[0] or lines[skip - 1])}"
            )
        )
    records = _records(lines[skip:], best.delimiter)
    table = [record for _, record in records if record]
    spans_lines = len(records) < len(lines[skip:])
    first = table[0]
    has_header, header_doubt = _has_header(first, [row for row in table[1:] if len(row) == best.width][:200])
    if has_header and len(first) == best.width - 1:
        keys.append(
            DraftKey("trailing_delimiter", True, "rows have one more cell than the header, which is empty")
        )
    names = [name.strip() for name in first] if has_header else [""] * best.width
    names += [""] * (best.width - len(names))
    if not has_header:
        keys.append(
            DraftKey("header", False, f"the first line has values: {_shown(lines[skip])}", header_doubt)
        )
    elif header_doubt:
        keys.append(DraftKey("header", True, doubt=header_doubt))
    unclear = [name for name, count in Counter(n for n in names if n).items() if count > 1]
    unclear += [name for name in names if not name.isprintable()]
    if unclear and has_header:
        names = _distinct(["".join(filter(str.isprintable, name)) for name in names])
        keys = [key for key in keys if key.name != "preamble"]
        keys.append(
            DraftKey(
                "preamble",
                skip + 1,
                f"the header has unclear names, such as {_shown(unclear[0])}: they are stated here",
            )
        )
        keys.append(DraftKey("header", names, "names of the columns, made different"))
    # where cells span lines, the last line of a row looks like a footer
    footer, footer_key = _footer(None if spans_lines else tail, best, ends_with_line_end)
    keys += [footer_key] if footer_key else []
    header = tuple(name or f"#{position}" for position, name in enumerate(names, 1))
    return TextLayout(best.delimiter, skip, best.width, header, has_header, footer, tuple(keys))


@dataclass(frozen=True)
class _Span:
    """The lines of a table by one delimiter: those of its most frequent number of cells, and what lies between."""

    delimiter: str
    width: int
    first: int
    lines: int
    fitting: int

    @property
    def share(self) -> float:
        return self.fitting / self.lines


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _records(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the records with the line on which each begins; a quoted cell may span lines, within reason."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    records = []
    begin = 0
    for record in reader:
        if reader.line_num - begin > _LONG_RECORD:
            # a quote in a line before the header, rather than a long cell
            return [(number, _cells(line, delimiter)) for number, line in enumerate(lines)]
        records.append((begin, record))
        begin = reader.line_num
    return records


def _span(lines: Sequence[str], delimiter: str) -> _Span | None:
    """Return the table that a delimiter gives; None where no line has two cells."""
    records = [
        (number, record) for number, record in _records(lines, delimiter) if any(map(str.strip, record))
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
    return _Span(delimiter, width, records[first][0], len(inside), fitting)


def _best_span(lines: Sequence[str], spans: list[_Span]) -> tuple[_Span, _Span | None]:
    """Return the delimiter that most lines agree on, and another one that fits as well."""

    def known(span: _Span) -> int:
        names = [name for name in _cells(lines[span.first], span.delimiter) if name.strip()]
        return sum(_is_known(name) for name in names)

    ranked = sorted(
        spans, key=lambda s: (round(s.share, 2) * min(s.lines, 50), known(s), s.width), reverse=True
    )
    best = ranked[0]
    rivals = [
        span
        for span in ranked[1:]
        if span.share >= best.share - 0.005
        and span.lines >= best.lines
        and known(span) >= known(best)
        and span.fitting > 1
    ]
    return best, (rivals[0] if rivals else None)


def _is_known(name: str) -> bool:
    """Return whether a header is in the dictionary of any table."""
    words = header_words()
    for table in (
        "firms",
        "persons",
        "supplies",
        "shipments",
        "activity",
        "relations",
        "financials",
        "loans",
        "events",
        "labels",
    ):
        for column in words.table(table).columns:
            found = match_header(table, column, name)
            if found and found.strength == EXACT:
                return True
    return False


def _header_line(lines: Sequence[str], span: _Span) -> int:
    """Return the line with which the table begins: the first one of its width of which most cells are filled."""
    for number in range(span.first, min(len(lines), span.first + _MAX_PREAMBLE)):
        cells = _cells(lines[number], span.delimiter)
        filled = sum(bool(cell.strip()) for cell in cells)
        is_hint = lines[number].lower().startswith("sep=")
        if len(cells) >= span.width - 1 and 2 * filled >= span.width and not is_hint:
            return number
    return span.first


def _has_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Return whether the first line has names, and a doubt where nothing shows it."""
    filled = [cell for cell in first if cell.strip()]
    if any(_is_known(cell) for cell in filled):
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


def _footer(tail: Sequence[str] | None, span: _Span, ends_with_line_end: bool) -> tuple[int, DraftKey | None]:
    """Return the number of lines behind the last row, and the key that leaves them out."""
    if tail is None:
        return 0, None
    lines = list(tail)
    while lines and not lines[-1].strip():
        lines.pop()
    count = 0
    for line in reversed(lines[1:]):
        cells = _cells(line, span.delimiter) if line.strip() else []
        is_row = len(cells) == span.width and not _TOTALS.match(line.strip())
        if is_row or count > _MAX_FOOTER:
            break
        count += 1
    if not count or count > _MAX_FOOTER:
        return 0, None
    last = lines[-1]
    cells = _cells(last, span.delimiter)
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
    return TextLayout(",", 0, 1, (first if has_header else "#1",), has_header, 0, keys)


def _shown(text: str) -> str:
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= 40 else f"{shown[:39]}…")

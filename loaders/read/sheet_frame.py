"""The rows of a sheet that hold its table, without what stands before the header and behind the last row."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import position_name
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.typed_values import text_of

NumberedRow = tuple[int, Sequence[object]]


def framed_rows(
    rows: Iterator[NumberedRow], entry: SourceMap
) -> tuple[tuple[str, ...], Iterator[NumberedRow]]:
    """Return the names of the columns, and the rows of the table.

    Parameters
    ----------
    rows: the rows that are not blank, with their numbers in the sheet; all of one length, empty cells are "".
    entry: says where the table begins and ends. A column without a name is called by its position.

    Raises
    ------
    FileFault: there is no header, or the mapping names other numbers of columns.
    """
    table = _without_footer(_without_preamble(rows, entry), entry)
    first = next(table, None)
    if first is None:
        raise FileFault(
            "has no header in its sheet, expected at least one row; remove the file if the table has no rows"
        )
    number, cells = first
    if entry.header is True:
        texts = [text_of(cell) for cell in cells]
        names = [text.strip() for text in texts] if entry.trim else texts
    else:
        names = list(entry.header) if entry.header else [""] * len(cells)
        table = _chained((number, cells), table)
    if len(names) != len(cells):
        raise FileFault(
            f"has {len(cells)} columns in its sheet, expected {len(names)} as header in the mapping; "
            "name all columns there, an empty text for one without a name"
        )
    return tuple(name if name.strip() else position_name(i) for i, name in enumerate(names, 1)), table


def _without_preamble(rows: Iterator[NumberedRow], entry: SourceMap) -> Iterator[NumberedRow]:
    begins = not entry.header_starts_with
    for number, cells in rows:
        begins = begins or _first_text(cells).startswith(entry.header_starts_with)
        if begins and number > entry.preamble:
            yield number, cells
    if not begins:
        raise FileFault(
            f"has no row whose first cell begins with {entry.header_starts_with!r}, expected one; "
            "correct header_starts_with in the mapping"
        )


def _without_footer(rows: Iterator[NumberedRow], entry: SourceMap) -> Iterator[NumberedRow]:
    waiting: deque[NumberedRow] = deque()
    for row in rows:
        if entry.footer_starts_with and _first_text(row[1]).startswith(entry.footer_starts_with):
            return
        waiting.append(row)
        if len(waiting) > entry.footer:
            yield waiting.popleft()
    if entry.footer_starts_with and not entry.optional_footer:
        raise FileFault(
            f"has no row whose first cell begins with {entry.footer_starts_with!r}, expected one; "
            "correct footer_starts_with in the mapping"
        )


def _chained(first: NumberedRow, rows: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    yield first
    yield from rows


def _first_text(cells: Sequence[object]) -> str:
    """Return the text of the first cell that is not empty."""
    return next((text_of(cell) for cell in cells if cell != ""), "")

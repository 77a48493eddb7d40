"""CSV (RFC 4180) as batches of text cells with the line of each record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from supplyrisk.loaders.read.column_binding import position_name
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.framed_text import open_table, open_utf8
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_frame import TextFrame
from supplyrisk.loaders.read.text_scan import MAX_LINE_CHARACTERS, ScanResult

MAX_SHOWN_CHARACTERS = 200
"""Characters of a line or value that a fault shows at most."""
_BLOCK = 1 << 22
# a setting of the whole process: Python's own limit is 131,072 characters
csv.field_size_limit(MAX_LINE_CHARACTERS)
_ROWS = 20_000


@dataclass(frozen=True)
class BadLine:
    """A line that is not a row: rule `cells` (wrong number of cells) or `json`; accepted says what would be one."""

    line: int
    value: str
    rule: str
    accepted: str


@dataclass(frozen=True)
class CellBatch:
    """Some rows of a file.

    Parameters
    ----------
    columns: texts by the file's column, as far as columns have been seen.
    lines: line of each row, from 1.
    bad: lines that are no rows.
    """

    columns: dict[str, pa.Array]
    lines: pa.Array
    bad: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True)
class CsvTable:
    """The table in a CSV: its lines, the text encoding of the file, and the names of its columns.

    The names are those of the header without white space around them where the mapping says so; a column without a name
    is called by its position (`column_binding.position_name`). has_header: whether the first line has the names.
    """

    source: SourceFile
    encoding: str
    frame: TextFrame
    header: tuple[str, ...]
    has_header: bool

    @property
    def first_line(self) -> int:
        """Line of the file with the first row, as far as the header is on one line."""
        return self.frame.skip + (2 if self.has_header else 1)


def csv_table(source: SourceFile, encoding: str, frame: TextFrame = TextFrame()) -> CsvTable:  # noqa: B008 - frozen
    """Return the table in the lines of a frame, with the names of its columns.

    Raises
    ------
    FileFault: there is no record, its quotes are broken, or the mapping does not fit the file.
    """
    entry = source.map
    first = next(_records(source, encoding, frame), None)
    if first is None:
        raise FileFault("has no header, expected at least one line; remove the file if the table has no rows")
    record = first[1]
    names = [name.strip() for name in record] if entry.trim else record
    if isinstance(entry.header, tuple):
        names = list(entry.header)
    elif not entry.header:
        names = [""] * len(record)
    if entry.trailing_delimiter and entry.header and names[-1].strip():
        names = [*names, ""]
    if isinstance(entry.header, tuple) and len(names) != len(record):
        raise FileFault(
            f"has {len(record)} cells in its first row, expected {len(names)} as header in the mapping; "
            "name all columns there, an empty text for one without a name"
        )
    named = tuple(name if name.strip() else position_name(i) for i, name in enumerate(names, 1))
    return CsvTable(source, encoding, frame, named, has_header=entry.header is True)


def read_csv(table: CsvTable, scan: ScanResult) -> Iterator[CellBatch]:
    """Read all rows: by Arrow where each record is a line of its own, else by Python's csv, with the same result.

    Raises
    ------
    FileFault: a quote is not closed, or text follows a closing quote.
    """
    if scan.plain:
        return _fast(table, quoted=scan.quoted)
    return _slow(table)


def cells_fault(line: int, text: str, actual: int, expected: int) -> BadLine:
    """Return the fault of a record with too few or too many cells."""
    accepted = f"{expected} cells as in the header, not {actual}"
    return BadLine(line, text[:MAX_SHOWN_CHARACTERS], "cells", accepted)


def _fast(table: CsvTable, *, quoted: bool) -> Iterator[CellBatch]:
    """Read rows with Arrow, which reports lines with a wrong number of cells through a callback."""
    bad: list[BadLine] = []
    source = table.source
    header = table.header

    def refuse(row: pc.InvalidRow) -> str:
        text = _unquoted(row.text, source.map.delimiter) if quoted else row.text
        # Arrow counts the lines of the table
        bad.append(cells_fault(row.number + table.frame.skip, text, row.actual_columns, row.expected_columns))
        return "skip"

    with open_utf8(source, table.encoding, table.frame) as stream:
        reader = pc.open_csv(
            stream,
            # row numbers are only exact in one thread
            read_options=pc.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                column_names=list(header),
                skip_rows=int(table.has_header),
            ),
            parse_options=pc.ParseOptions(
                delimiter=source.map.delimiter,
                quote_char='"' if quoted else False,
                escape_char=False,
                # files with records over several lines go to Python's csv
                newlines_in_values=False,
                # an empty line would shift the line numbers
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pc.ConvertOptions(
                column_types={name: pa.string() for name in header}, strings_can_be_null=False
            ),
        )
        line = table.first_line
        reported = 0
        for batch in reader:
            # Arrow reads ahead: bad lines behind this batch belong to a later one
            numbers, line = _lines_of(batch.num_rows, line, [b.line for b in bad[reported:]])
            passed = [b for b in bad[reported:] if b.line < line]
            reported += len(passed)
            columns = dict(zip(header, batch.columns, strict=True))
            yield CellBatch(columns, pa.array(numbers), passed)
        yield CellBatch({}, pa.array([], pa.int64()), bad[reported:])


def _unquoted(line: str, delimiter: str) -> str:
    return delimiter.join(next(csv.reader([line], delimiter=delimiter, strict=True), []))


def _lines_of(rows: int, first: int, bad: list[int]) -> tuple[np.ndarray, int]:
    """Return the lines of the next `rows` good rows, which skip the bad lines, and the line after the last of them."""
    # enough lines for all good rows, even if all bad lines lie between them
    candidates = np.arange(first, first + rows + len(bad), dtype=np.int64)
    good = np.setdiff1d(candidates, np.array(bad, dtype=np.int64), assume_unique=True)[:rows]
    return good, int(good[-1]) + 1 if rows else first


def _records(source: SourceFile, encoding: str, frame: TextFrame) -> Iterator[tuple[int, list[str]]]:
    """Yield each record of the table with the line on which it starts; blank lines are no records."""
    stream, stream_encoding = open_table(source, encoding, frame)
    with io.TextIOWrapper(stream, encoding=stream_encoding, newline="") as text:
        reader = csv.reader(text, delimiter=source.map.delimiter, strict=True)
        while True:
            # a record may span lines; it is reported by its first one
            line = frame.skip + reader.line_num + 1
            try:
                record = next(reader, None)
            except csv.Error as fault:
                raise FileFault(
                    f"the record that starts on line {line} has broken quotes ({fault}), expected a quote "
                    "inside a quoted cell to be doubled and each quoted cell to be closed; correct that line"
                ) from fault
            if record is None:
                return
            if record:
                yield line, record


def _slow(table: CsvTable) -> Iterator[CellBatch]:
    """Read rows with Python's csv: quotes and line ends inside cells."""
    header = table.header
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    records = _records(table.source, table.encoding, table.frame)
    if table.has_header:
        next(records)
    for line, record in records:
        if len(record) != len(header):
            bad.append(cells_fault(line, table.source.map.delimiter.join(record), len(record), len(header)))
            continue
        rows.append(record)
        lines.append(line)
        if len(rows) == _ROWS:
            yield _batch(header, rows, lines, bad)
            rows = []
            lines = []
            bad = []
    yield _batch(header, rows, lines, bad)


def _batch(header: Sequence[str], rows: list[list[str]], lines: list[int], bad: list[BadLine]) -> CellBatch:
    columns_of_cells = zip(*rows, strict=True) if rows else ([] for _ in header)
    columns = {
        name: pa.array(cast("Sequence[str]", cells), pa.string())
        for name, cells in zip(header, columns_of_cells, strict=True)
    }
    return CellBatch(columns, pa.array(lines, pa.int64()), bad)

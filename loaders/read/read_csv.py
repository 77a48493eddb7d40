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

from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import ScanResult, open_bytes

MAX_SHOWN_CHARACTERS = 200
"""Characters of a line or value that a fault shows at most."""
_BLOCK = 1 << 22
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


def csv_header(source: SourceFile, encoding: str) -> tuple[str, ...]:
    """Return the names in the first record.

    Raises
    ------
    FileFault: there is no record, or its quotes are broken.
    """
    first = next(_records(source, encoding), None)
    if first is None:
        raise FileFault("has no header, expected at least one line; remove the file if the table has no rows")
    return tuple(first[1])


def read_csv(
    source: SourceFile, scan: ScanResult, encoding: str, header: Sequence[str]
) -> Iterator[CellBatch]:
    """Read all rows: by Arrow where each record is a line of its own, else by Python's csv, with the same result.

    Raises
    ------
    FileFault: a quote is not closed, or text follows a closing quote.
    """
    if scan.plain and encoding == "utf-8-sig":
        return _fast(source, header, quoted=scan.quoted)
    return _slow(source, encoding, header)


def cells_fault(line: int, text: str, actual: int, expected: int) -> BadLine:
    """Return the fault of a record with too few or too many cells."""
    accepted = f"{expected} cells as in the header, not {actual}"
    return BadLine(line, text[:MAX_SHOWN_CHARACTERS], "cells", accepted)


def _fast(source: SourceFile, header: Sequence[str], *, quoted: bool) -> Iterator[CellBatch]:
    """Read rows with Arrow, which reports lines with a wrong number of cells through a callback."""
    bad: list[BadLine] = []

    def refuse(row: pc.InvalidRow) -> str:
        text = _unquoted(row.text, source.map.delimiter) if quoted else row.text
        bad.append(cells_fault(row.number, text, row.actual_columns, row.expected_columns))
        return "skip"

    with open_bytes(source) as stream:
        reader = pc.open_csv(
            stream,
            # row numbers are only exact in one thread
            read_options=pc.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=list(header), skip_rows=1
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
        line = 2
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


def _records(source: SourceFile, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it starts; blank lines are no records."""
    line = 1
    with io.TextIOWrapper(open_bytes(source), encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=source.map.delimiter, strict=True)
        while True:
            # a record may span lines; it is reported by its first one
            line = reader.line_num + 1
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


def _slow(source: SourceFile, encoding: str, header: Sequence[str]) -> Iterator[CellBatch]:
    """Read rows with Python's csv: any encoding, quotes and line ends inside cells."""
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    records = _records(source, encoding)
    next(records)
    for line, record in records:
        if len(record) != len(header):
            bad.append(cells_fault(line, source.map.delimiter.join(record), len(record), len(header)))
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

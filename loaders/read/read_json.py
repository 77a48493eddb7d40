"""JSON Lines as batches of text cells: one object per line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import cast

import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_csv import MAX_SHOWN_CHARACTERS, BadLine, CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import open_bytes

WRONG_TYPE = "\0"
"""Prefix of a cell whose JSON type does not fit its column: no rule accepts it, and it can still be shown."""
MAX_KEYS = 2000
"""Different keys in a file; with more of them, keys are likely to be values."""
_ROWS = 20_000
_TEXTS = (ColumnKind.ID, ColumnKind.TEXT, ColumnKind.CHOICE, ColumnKind.CHOICES)


class _Number(str):
    """A number's text as written, to the last digit (also NaN and Infinity, which the rules refuse)."""

    __slots__ = ()


class _NotFlat(ValueError):
    """The line is JSON, but not one object of single values."""


_DECODER = json.JSONDecoder(
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_Number,
    object_pairs_hook=tuple,
)
_Cell = Callable[[object], str | None]


def read_json(source: SourceFile, encoding: str) -> Iterator[CellBatch]:
    """Read all rows; a batch has the columns that any object up to then had.

    Raises
    ------
    FileFault: the file has more than MAX_KEYS different keys.
    """
    cells: dict[str, _Cell] = {}
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    with io.TextIOWrapper(open_bytes(source), encoding=encoding, newline="") as text:
        for number, line in enumerate(text, 1):
            if not line.strip(" \t\r\n"):
                continue
            try:
                rows.append(_row(line, source, cells))
                lines.append(number)
            except (ValueError, RecursionError) as fault:
                # not JSON, not flat, half a surrogate pair; or nested too deeply
                bad.append(
                    BadLine(number, line.rstrip("\r\n")[:MAX_SHOWN_CHARACTERS], "json", _accepted(fault))
                )
            if len(rows) == _ROWS:
                yield _batch(cells, rows, lines, bad)
                rows = []
                lines = []
                bad = []
    yield _batch(cells, rows, lines, bad)


def _accepted(fault: Exception) -> str:
    reason = str(fault) if isinstance(fault, _NotFlat) else "the line is not valid JSON"
    return f"one JSON object of single values per line; {reason}"


def _row(line: str, source: SourceFile, cells: dict[str, _Cell]) -> dict[str, str | None]:
    """Return the cells of a line, and add converters for keys not seen before to `cells`."""
    pairs = _DECODER.decode(line)
    if not isinstance(pairs, tuple):
        raise _NotFlat("the line is not an object")
    row: dict[str, str | None] = {}
    for name, value in pairs:
        if name in row:
            raise _NotFlat(f"the key {name} occurs twice")
        if name not in cells:
            # raises on half a surrogate pair, which cannot be a column's name
            name.encode()
            if len(cells) == MAX_KEYS:
                raise FileFault(
                    f"has more than {MAX_KEYS} different keys, expected the same few keys in every line"
                )
            cells[name] = _cell_of(source, name)
        row[name] = cells[name](value)
    if "\\u" in line:
        # raises on half a surrogate pair; only an escape can produce one
        "".join(filter(None, row.values())).encode()
    return row


def _cell_of(source: SourceFile, name: str) -> _Cell:
    """Return how values of a key become text, by the kind of the columns that they feed."""
    fed = fed_columns(TABLES[source.table], source.map, name)
    kinds = {column.kind for column in fed}
    refuses_numbers = bool(kinds & set(_TEXTS))
    refuses_flags = bool(kinds) and ColumnKind.FLAG not in kinds
    accepts_lists = ColumnKind.CHOICES in kinds
    # numbers of JSON have a point: they are written as the source's texts are, which the mapping describes
    decimal = source.map.format_of(fed[0].name if fed else "").decimal

    def cell(value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, _Number):
            return WRONG_TYPE + value if refuses_numbers else value.replace(".", decimal)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return (WRONG_TYPE if refuses_flags else "") + str(value).lower()
        if accepts_lists and isinstance(value, list) and all(type(v) is str for v in value):
            return "|".join(cast("list[str]", value))
        raise _NotFlat(f"the value of {name} is nested")

    return cell


def _batch(
    cells: dict[str, _Cell], rows: list[dict[str, str | None]], lines: list[int], bad: list[BadLine]
) -> CellBatch:
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in cells}
    return CellBatch(columns, pa.array(lines, pa.int64()), bad)

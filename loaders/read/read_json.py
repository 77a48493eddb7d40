"""JSON Lines as batches of text cells: one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import cast

import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.read.column_binding import kinds_of
from supplyrisk.loaders.read.read_csv import CUT, BadLine, CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import FileFault, open_bytes

WRONG_TYPE = "\0"
"""Put before a cell whose JSON type does not fit its column: no rule accepts it, yet it can be shown."""
MOST_KEYS = 2000
_ROWS = 20_000
_TEXTS = (ColumnKind.ID, ColumnKind.TEXT, ColumnKind.CHOICE, ColumnKind.CHOICES)


class _Number(str):
    """A number's own text, digit by digit (also NaN and Infinity, which the rules refuse)."""

    __slots__ = ()


class _NotFlat(ValueError):
    """The line is JSON, but not one flat object."""


_DECODER = json.JSONDecoder(
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_Number,
    object_pairs_hook=tuple,
)
_Cell = Callable[[object], str | None]


def read_json(source: SourceFile, encoding: str) -> Iterator[CellBatch]:
    """All rows; a batch has the columns that its objects were seen to have.

    Raises
    ------
    FileFault: more than MOST_KEYS different keys: they are values, not names.
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
            except (
                ValueError,
                RecursionError,
            ) as fault:  # no JSON, half a surrogate pair, not flat, endless nesting
                bad.append(BadLine(number, line.rstrip("\r\n")[:CUT], "json", _accepted(fault)))
            if len(rows) == _ROWS:
                yield _batch(cells, rows, lines, bad)
                rows, lines, bad = [], [], []
    yield _batch(cells, rows, lines, bad)


def _accepted(fault: Exception) -> str:
    why = str(fault) if isinstance(fault, _NotFlat) else "it is not valid JSON"
    return f"one JSON object of single values a line; {why}"


def _row(line: str, source: SourceFile, cells: dict[str, _Cell]) -> dict[str, str | None]:
    pairs = _DECODER.decode(line)
    if not isinstance(pairs, tuple):
        raise _NotFlat("it is no object")
    row: dict[str, str | None] = {}
    for name, value in pairs:
        if name in row:
            raise _NotFlat(f"it has {name} twice")
        if name not in cells:
            name.encode()  # half a surrogate pair cannot be a column's name
            if len(cells) == MOST_KEYS:
                raise FileFault(
                    f"has more than {MOST_KEYS} different keys, expected the same few in every line"
                )
            cells[name] = _cell_of(source, name)
        row[name] = cells[name](value)
    if "\\u" in line:
        "".join(filter(None, row.values())).encode()  # raises on half a surrogate pair
    return row


def _cell_of(source: SourceFile, name: str) -> _Cell:
    """How values of this key become text, by the kind of column that they feed."""
    kinds = {column.kind for column in kinds_of(TABLES[source.table], source.map, name)}
    no_number = bool(kinds & set(_TEXTS))
    no_flag = bool(kinds) and ColumnKind.FLAG not in kinds
    lists = ColumnKind.CHOICES in kinds

    def cell(value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, _Number):
            return WRONG_TYPE + value if no_number else str(value)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return (WRONG_TYPE if no_flag else "") + str(value).lower()
        if lists and isinstance(value, list) and all(type(v) is str for v in value):
            return "|".join(cast("list[str]", value))
        raise _NotFlat(f"{name} is nested")

    return cell


def _batch(
    cells: dict[str, _Cell], rows: list[dict[str, str | None]], lines: list[int], bad: list[BadLine]
) -> CellBatch:
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in cells}
    return CellBatch(columns, pa.array(lines, pa.int64()), bad)

"""JSON as batches of text cells: lines of one object each, or a document with an array of objects."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import cast

import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.json_paths import NotFlat, RowPaths, row_pairs, row_paths, rows_in
from supplyrisk.loaders.read.read_csv import MAX_SHOWN_CHARACTERS, BadLine, CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import document_bytes, open_bytes
from supplyrisk.loaders.read.xml_document import xml_document

WRONG_TYPE = "\0"
"""Prefix of a cell whose JSON type does not fit its column: no rule accepts it, and it can still be shown."""
MAX_KEYS = 2000
"""Different keys in a file; with more of them, keys are likely to be values."""
_SHOWN_DEPTH = 20
_ROWS = 20_000
_TEXTS = (ColumnKind.ID, ColumnKind.TEXT, ColumnKind.CHOICE, ColumnKind.CHOICES)


class _Number(str):
    """A number's text as written, to the last digit (also NaN and Infinity, which the rules refuse)."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_Number,
    object_pairs_hook=tuple,
)
_Cell = Callable[[object], str | None]


def read_json(source: SourceFile, encoding: str) -> Iterator[CellBatch]:
    """Read all rows; a batch has the columns that any object up to then had.

    The line of a row is its line in JSON Lines, and its number from 1 in a document, or where the mapping names `rows`.

    Raises
    ------
    FileFault: the file has more than MAX_KEYS different keys, or is a document that cannot be read.
    """
    paths = row_paths(source.map)
    cells: dict[str, _Cell] = {}
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    for number, decode, raw in _records(source, encoding, paths):
        try:
            row = _row(decode(), source, cells)
            if not isinstance(raw, str) or "\\u" in raw:
                # raises on half a surrogate pair; only an escape can produce one
                "".join(filter(None, row.values())).encode()
            rows.append(row)
            lines.append(number)
        except (ValueError, RecursionError) as fault:
            # not JSON, not flat, half a surrogate pair; or nested too deeply
            bad.append(BadLine(number, _text_of(raw)[:MAX_SHOWN_CHARACTERS], "json", _accepted(fault)))
        if len(rows) == _ROWS:
            yield _batch(cells, rows, lines, bad)
            rows = []
            lines = []
            bad = []
    yield _batch(cells, rows, lines, bad)


_Pairs = Sequence[tuple[str, object]]
_Record = tuple[int, Callable[[], _Pairs], object]
"""Number of a row, a function that gives its pairs or raises, and its line or value."""


def _records(source: SourceFile, encoding: str, paths: RowPaths) -> Iterator[_Record]:
    """Yield the rows of a file."""
    if source.format in ("json_document", "xml"):
        try:
            document = xml_document(source) if source.format == "xml" else _document(source, encoding)
            yield from _rows_of(document, paths, 0)
        except NotFlat as fault:
            raise FileFault(
                f"has no rows at {source.map.rows}: {fault}; correct rows in the mapping"
            ) from fault
        return
    number = 0
    with io.TextIOWrapper(open_bytes(source), encoding=encoding, newline="") as text:
        for line_number, line in enumerate(text, 1):
            if not line.strip(" \t\r\n"):
                continue
            if not paths.rows:
                yield line_number, partial(_line_pairs, line, paths), line
                continue
            try:
                records = list(_rows_of(_DECODER.decode(line), paths, number))
            except (ValueError, RecursionError) as fault:
                records = [(number + 1, partial(_raise, fault), line)]
            yield from records
            number += len(records)


def _line_pairs(line: str, paths: RowPaths) -> _Pairs:
    pairs = _DECODER.decode(line)
    # nearly all lines are flat
    if isinstance(pairs, tuple) and not paths.cells and not paths.above and paths.only is None:
        return pairs
    return row_pairs(pairs, (), paths)


def _text_of(raw: object) -> str:
    """Return the text of a bad row: its line, or its value as JSON."""
    return raw.rstrip("\r\n") if isinstance(raw, str) else _shown(raw)


def _raise(fault: Exception) -> _Pairs:
    raise fault


def _rows_of(document: object, paths: RowPaths, before: int) -> Iterator[_Record]:
    """Yield the rows of a document, numbered behind those before it."""
    for number, (row, above) in enumerate(rows_in(document, paths), before + 1):
        yield number, partial(row_pairs, row, above, paths), row


def _shown(value: object, depth: int = 0) -> str:
    """Return a value as JSON text, with its numbers as the file has them; what is deep in it is left out."""
    if depth > _SHOWN_DEPTH:
        return "…"
    if isinstance(value, tuple):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_shown(v, depth + 1)}" for key, v in value)
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item, depth + 1) for item in value) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _document(source: SourceFile, encoding: str) -> object:
    """Return a whole document, decoded.

    Raises
    ------
    FileFault: it is too large, not text in the encoding, not JSON, or no array where the mapping names no rows.
    """
    data = document_bytes(source, "JSON", "write it as JSON Lines")
    try:
        document = _DECODER.decode(data.decode(encoding).strip(" \t\r\n"))
    except UnicodeDecodeError as fault:
        raise FileFault(
            f"is not text in {encoding} (byte {fault.start:,}), expected that encoding; set encoding in the mapping"
        ) from fault
    except RecursionError as fault:
        raise FileFault("is nested too deeply, expected an array of objects") from fault
    except json.JSONDecodeError as fault:
        raise FileFault(
            f"is not valid JSON ({fault.msg} on line {fault.lineno}, column {fault.colno}), expected one document; "
            "call it .jsonl if it has one object per line"
        ) from fault
    if not source.map.rows and not isinstance(document, list):
        arrays = (
            [key for key, value in document if isinstance(value, list)] if isinstance(document, tuple) else []
        )
        raise FileFault(
            "is one value, expected an array of objects; name the path of the array by rows in the mapping"
            + (f", such as rows = {arrays[0]!r}" if arrays else "")
        )
    return document


def _accepted(fault: Exception) -> str:
    reason = str(fault) if isinstance(fault, NotFlat) else "the line is not valid JSON"
    return f"one JSON object of single values per line; {reason}"


def _row(pairs: _Pairs, source: SourceFile, cells: dict[str, _Cell]) -> dict[str, str | None]:
    """Return the cells of a row, and add converters for keys not seen before to `cells`."""
    row: dict[str, str | None] = {}
    for name, value in pairs:
        if name in row:
            raise NotFlat(f"the key {name} occurs twice")
        if name not in cells:
            # raises on half a surrogate pair, which cannot be a column's name
            name.encode()
            if len(cells) == MAX_KEYS:
                raise FileFault(
                    f"has more than {MAX_KEYS} different keys, expected the same few keys in every line"
                )
            cells[name] = _cell_of(source, name)
        row[name] = cells[name](value)
    return row


def _cell_of(source: SourceFile, name: str) -> _Cell:
    """Return how values of a key become text, by the kind of the columns that they feed."""
    fed = fed_columns(TABLES[source.table], source.map, name)
    kinds = {column.kind for column in fed}
    refuses_numbers = bool(kinds & set(_TEXTS))
    refuses_flags = bool(kinds) and ColumnKind.FLAG not in kinds
    accepts_lists = ColumnKind.CHOICES in kinds
    is_unread = not fed and source.map.is_ignored(name)
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
        if is_unread:
            return None
        raise NotFlat(
            f"the value of {name} is nested: name what is read of it in the mapping, as {name}/key, or ignore it there"
        )

    return cell


def _batch(
    cells: dict[str, _Cell], rows: list[dict[str, str | None]], lines: list[int], bad: list[BadLine]
) -> CellBatch:
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in cells}
    return CellBatch(columns, pa.array(lines, pa.int64()), bad)

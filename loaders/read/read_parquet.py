"""Parquet as batches of text cells; a row's line is its number, from 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.source_files import SourceFile

_ROWS = 131_072
_REASON = 160
"""Characters of Arrow's own message that a fault shows."""
_ACCEPTED = {
    ColumnKind.ID: "string", ColumnKind.TEXT: "string", ColumnKind.CHOICE: "string", ColumnKind.CHOICES: "string",
    ColumnKind.MONEY: "integer, float or decimal", ColumnKind.NUMBER: "integer, float or decimal",
    ColumnKind.COUNT: "integer, or float of whole numbers", ColumnKind.DAY: "date, or timestamp without zone",
    ColumnKind.FLAG: "boolean, or integer of 0 and 1",
}  # fmt: skip
_MIDNIGHT = r"[ T]00:00:00(\.0+)?$"
"""Ending of a timestamp that is a day."""


@dataclass(frozen=True)
class ParquetColumns:
    """Columns of a Parquet file: all names, those of columns that hold no single values, those of columns that are no
    texts, and faults of types.
    """

    names: tuple[str, ...]
    nested: tuple[str, ...]
    typed: frozenset[str]
    faults: list[str]


def parquet_columns(source: SourceFile) -> ParquetColumns:
    """Read the columns of a Parquet file.

    Raises
    ------
    FileFault: not a Parquet file, or a damaged one.
    """
    try:
        fields = list(_open(source).schema_arrow)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(fault) from fault
    faults: list[str] = []
    nested: list[str] = []
    for field in fields:
        fed = fed_columns(TABLES[source.table], source.map, field.name)
        kind = _plain(field.type)
        if not fed and not _scalar(kind, source.map):
            nested.append(field.name)
            if _has_zone(kind) and field.name in source.map.named:
                faults.append(_wrong_type(field, "timestamp without zone"))
        for column in fed:
            if not _fits(kind, column, source.map):
                faults.append(_wrong_type(field, _ACCEPTED[column.kind]))
    if not fields:
        raise FileFault("has no columns, expected at least the required ones")
    typed = frozenset(field.name for field in fields if not _is_string(_plain(field.type)))
    return ParquetColumns(tuple(field.name for field in fields), tuple(nested), typed, faults)


def read_parquet(source: SourceFile, names: list[str]) -> Iterator[CellBatch]:
    """Read all rows of the named columns; lines are row numbers.

    Raises
    ------
    FileFault: the file is damaged.
    """
    line = 1
    table = TABLES[source.table]
    days = {n for n in names if any(c.kind is ColumnKind.DAY for c in fed_columns(table, source.map, n))}
    try:
        file = _open(source)
        if len(set(file.schema_arrow.names)) < len(file.schema_arrow.names):
            # columns of one name cannot be told apart by Arrow; the header's faults name them
            return
        for batch in file.iter_batches(batch_size=_ROWS, columns=names, use_threads=False):
            # damaged bytes may not be text
            batch.validate(full=True)
            lines = pa.array(range(line, line + batch.num_rows), pa.int64())
            line += batch.num_rows
            texts = {name: _text(batch.column(name), source.map, is_day=name in days) for name in names}
            yield CellBatch(texts, lines)
        expected = file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(fault) from fault
    if line - 1 != expected:
        raise FileFault(
            f"has {line - 1:,} rows where its footer says {expected:,}, expected an intact file; copy it again"
        )


def _open(source: SourceFile) -> pq.ParquetFile:
    return pq.ParquetFile(source.path, page_checksum_verification=True)


def _damaged(fault: Exception) -> FileFault:
    reason = " ".join(str(fault).split())[:_REASON]
    return FileFault(
        f"cannot be read as Parquet ({reason}), expected an intact Parquet file; copy or write it again"
    )


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values behind a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _has_zone(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None)


def _wrong_type(field: pa.Field, expected: str) -> str:
    remedy = "state timezone in the mapping, or convert it" if _has_zone(_plain(field.type)) else "convert it"
    return f"column {field.name} is of type {field.type}, expected {expected}; {remedy}"


def _is_day(kind: pa.DataType, entry: SourceMap) -> bool:
    """Return whether values are days or times: instants are days only in the zone of the mapping."""
    if pa.types.is_timestamp(kind):
        return kind.tz is None or entry.timezone is not None
    return bool(pa.types.is_date(kind))


def _scalar(kind: pa.DataType, entry: SourceMap) -> bool:
    is_plain = pa.types.is_boolean(kind) or pa.types.is_null(kind)
    return bool(is_plain or _is_string(kind) or _is_number(kind) or _is_day(kind, entry))


def _fits(kind: pa.DataType, column: ColumnSchema, entry: SourceMap) -> bool:
    """Return whether values of an Arrow type can be cells of a column."""
    if pa.types.is_null(kind) or _is_string(kind):
        return pa.types.is_null(kind) or column.name in entry.values or _is_readable_text(column, entry)
    match column.kind:
        case ColumnKind.MONEY | ColumnKind.NUMBER:
            return _is_number(kind)
        case ColumnKind.COUNT:
            return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
        case ColumnKind.DAY:
            return _is_day(kind, entry)
        case ColumnKind.FLAG:
            return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind))
        case _:
            return False


def _is_readable_text(column: ColumnSchema, entry: SourceMap) -> bool:
    """Return whether texts can be cells of a column: numbers, days and flags only in forms that the mapping states."""
    form = entry.format_of(column.name)
    match column.kind:
        case ColumnKind.MONEY | ColumnKind.NUMBER | ColumnKind.COUNT:
            return form.rewrites_numbers
        case ColumnKind.DAY:
            return bool(entry.date_format or form.dates)
        case ColumnKind.FLAG:
            return bool(form.true_words and form.false_words)
        case _:
            return True


def _text(cells: pa.Array, entry: SourceMap, *, is_day: bool) -> pa.Array:
    """Return values as text; timestamps become days at midnight, and in a stated zone wherever days are expected."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_timestamp(cells.type) and entry.timezone:
        cells = _local(cells, entry.timezone, entry.times_in)
        cells = pc.floor_temporal(cells, unit="day").cast(pa.date32()) if is_day else cells
    # Arrow writes floats with the fewest digits that read back as the same number
    text = cells.cast(pa.string())
    if pa.types.is_timestamp(cells.type):
        text = pc.replace_substring_regex(text, _MIDNIGHT, "")
    return text


def _local(cells: pa.Array, zone: str, times_in: str | None) -> pa.Array:
    """Return timestamps as the times of day in a zone; times_in: zone of those that have none, None for the same."""
    unit = cells.type.unit
    if cells.type.tz is None:
        if times_in in (None, zone):
            return cells
        cells = pc.assume_timezone(cells, times_in, ambiguous="earliest", nonexistent="earliest")
    return pc.local_timestamp(cells.cast(pa.timestamp(unit, zone)))

"""Parquet as batches of text cells; a row's line is its number, from 1."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from supplyrisk.graph.schema.contract import TABLES, ColumnKind, ColumnSchema
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import kinds_of
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import FileFault

_ROWS = 131_072
_REASON = 160
_ACCEPTED = {
    ColumnKind.ID: "string", ColumnKind.TEXT: "string", ColumnKind.CHOICE: "string", ColumnKind.CHOICES: "string",
    ColumnKind.MONEY: "integer, float or decimal", ColumnKind.NUMBER: "integer, float or decimal",
    ColumnKind.COUNT: "integer, or float of whole numbers", ColumnKind.DAY: "date, or timestamp without zone",
    ColumnKind.FLAG: "boolean, or integer of 0 and 1",
}  # fmt: skip
_MIDNIGHT = r"[ T]00:00:00(\.0+)?$"


def parquet_columns(source: SourceFile) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """Names of all columns, of those that hold no single values, and the faults of the types.

    Raises
    ------
    FileFault: not a Parquet file, or a damaged one.
    """
    try:
        schema = _open(source).schema_arrow
        names, types = [field.name for field in schema], [field.type for field in schema]
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(fault) from fault
    faults: list[str] = []
    nested: list[str] = []
    for name, kind in zip(names, types, strict=True):
        fed = kinds_of(TABLES[source.table], source.map, name)
        flat = _plain(kind)
        if not fed and not _scalar(flat):
            nested.append(name)
        for column in fed:
            if not _fits(flat, column, source.map):
                faults.append(
                    f"column {name} is of type {kind}, expected {_ACCEPTED[column.kind]}; convert it"
                )
    if not names:
        raise FileFault("has no columns, expected at least the required ones")
    return tuple(names), tuple(nested), faults


def read_parquet(source: SourceFile, wanted: list[str]) -> Iterator[CellBatch]:
    """All rows of these columns.

    Raises
    ------
    FileFault: the file is damaged.
    """
    first = 1
    try:
        file = _open(source)
        if len(set(file.schema_arrow.names)) < len(file.schema_arrow.names):
            return  # named as a fault of the header
        for batch in file.iter_batches(batch_size=_ROWS, columns=wanted, use_threads=False):
            batch.validate(full=True)  # damaged bytes may be no text
            lines = pa.array(range(first, first + batch.num_rows), pa.int64())
            first += batch.num_rows
            yield CellBatch({n: _text(batch.column(n)) for n in wanted}, lines)
        expected = file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(fault) from fault
    if first - 1 != expected:
        raise FileFault(
            f"has {first - 1:,} rows where its footer says {expected:,}, expected a whole file; copy it again"
        )


def _open(source: SourceFile) -> pq.ParquetFile:
    return pq.ParquetFile(source.path, page_checksum_verification=True)


def _damaged(fault: Exception) -> FileFault:
    why = " ".join(str(fault).split())[:_REASON]
    return FileFault(
        f"cannot be read as Parquet ({why}), expected a whole Parquet file; copy or write it again"
    )


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_day(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None))


def _scalar(kind: pa.DataType) -> bool:
    return any(
        (_is_string(kind), _is_number(kind), _is_day(kind), pa.types.is_boolean(kind), pa.types.is_null(kind))
    )


def _fits(kind: pa.DataType, column: ColumnSchema, entry: SourceMap) -> bool:
    """Whether cells of this Arrow type can be cells of the column."""
    if pa.types.is_null(kind) or (_is_string(kind) and column.name in entry.values):
        return True
    match column.kind:
        case ColumnKind.MONEY | ColumnKind.NUMBER:
            return _is_number(kind)
        case ColumnKind.COUNT:
            return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
        case ColumnKind.DAY:
            return _is_day(kind) or (_is_string(kind) and entry.date_format is not None)
        case ColumnKind.FLAG:
            return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind))
        case _:
            return _is_string(kind)


def _text(cells: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    text = cells.cast(pa.string())
    if pa.types.is_timestamp(cells.type):
        text = pc.replace_substring_regex(text, _MIDNIGHT, "")
    return text

"""Samples of the files of all formats that scgraph reads."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.tables import quoted
from supplyrisk.loaders.drafting.draft_keys import DraftKey
from supplyrisk.loaders.drafting.sampled_records import sample_records
from supplyrisk.loaders.drafting.sampled_table import SampledTable, columns_of
from supplyrisk.loaders.drafting.sampled_text import sample_text
from supplyrisk.loaders.drafting.void_rows import state_column, without_void
from supplyrisk.loaders.read.column_binding import position_name
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_sheet import worksheet_names
from supplyrisk.loaders.read.read_sqlite import open_sqlite, table_names
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.typed_values import text_of

_ROWS = 8_000
_HEADER_ROWS = 40
_GROUPS = 8
"""Row groups of a Parquet file that are sampled."""


def sample_file(source: SourceFile) -> list[SampledTable]:
    """Return a sample of each table in a file: of each sheet of a workbook, and each table of a database.

    Raises
    ------
    FileFault: the file cannot be read.
    """
    sampler = _SAMPLERS[source.format]
    try:
        return sampler(source)
    except (CalamineError, sqlite3.Error, pa.ArrowException, OSError, ValueError, DataError) as fault:
        raise FileFault(_unreadable(fault)) from fault


def _unreadable(fault: Exception) -> str:
    return f"cannot be read ({' '.join(str(fault).split())[:160]})"


def _csv(source: SourceFile) -> list[SampledTable]:
    return [sample_text(source)]


def _sheets(source: SourceFile) -> list[SampledTable]:
    tables = []
    with CalamineWorkbook.from_path(source.path) as workbook:
        sheets = [(name, workbook.get_sheet_by_name(name)) for name in worksheet_names(workbook)]
        filled = [(name, sheet) for name, sheet in sheets if sheet.start is not None]
        for name, sheet in filled:
            keys = [DraftKey("sheet", name, f"{len(filled)} sheets have cells")] if len(filled) > 1 else []
            tables.append(_sheet(source, name, sheet.iter_rows(), keys, many=len(filled) > 1))
    return tables


def _sheet(
    source: SourceFile, name: str, values: Iterable[Sequence[object]], keys: list[DraftKey], *, many: bool
) -> SampledTable:
    """Return the sample of a sheet."""
    numbered = [
        (number, row)
        for number, row in enumerate(itertools.islice(values, _ROWS), 1)
        if any(cell != "" for cell in row)
    ]
    place = _sheet_header([row for _, row in numbered[:_HEADER_ROWS]])
    line, header = numbered[place]
    if place:
        keys.append(DraftKey("preamble", line - 1, "rows before the header"))
    names = [text_of(cell).strip() or position_name(position) for position, cell in enumerate(header, 1)]
    rows = [row for _, row in numbered[place + 1 :]]
    if any(isinstance(cell, str) and cell != cell.strip() for row in [header, *rows] for cell in row):
        keys.append(DraftKey("trim", True, "cells have white space around them"))
    columns = columns_of(names, rows)
    return SampledTable(
        source.name,
        "sheet",
        tuple(keys),
        columns,
        len(rows),
        len(numbered) < _ROWS,
        part=name if many else "",
    )


def _sheet_header(rows: Sequence[Sequence[object]]) -> int:
    """Return which row has the names: the first one of texts that is nearly as full as the fullest row."""
    fullest = max(sum(cell != "" for cell in row) for row in rows)
    for place, row in enumerate(rows):
        filled = [cell for cell in row if cell != ""]
        if 5 * len(filled) >= 3 * fullest and all(isinstance(cell, str) for cell in filled):
            return place
    return 0


def _sqlite(source: SourceFile) -> list[SampledTable]:
    with closing(open_sqlite(source.path)) as con:
        names = table_names(con)
        if len(names) == 1:
            return [_sqlite_table(source, con, names[0], [])]
        tables = []
        for name in names:
            keys = [DraftKey("db_table", name, f"one of {len(names)} tables")]
            try:
                tables.append(replace(_sqlite_table(source, con, name, keys), part=name))
            except sqlite3.Error as fault:
                # the index of a search, or a view that is broken, says nothing about the other tables
                tables.append(
                    SampledTable(source.name, source.format, (), (), 0, part=name, fault=_unreadable(fault))
                )
    if tables and all(table.fault for table in tables):
        raise FileFault(tables[0].fault)
    return tables


def _sqlite_table(
    source: SourceFile, con: sqlite3.Connection, name: str, keys: list[DraftKey]
) -> SampledTable:
    """Return the sample of a table or view; bytes are empty cells, since no column takes them."""
    cursor = con.execute(f"SELECT * FROM {quoted(name)} LIMIT {_ROWS}")
    header = [str(column[0]) for column in cursor.description]
    rows = [[None if isinstance(cell, bytes) else cell for cell in row] for row in cursor]
    return _table(source, keys, header, rows, is_whole=len(rows) < _ROWS)


def _parquet(source: SourceFile) -> list[SampledTable]:
    with pq.ParquetFile(source.path) as file:
        flat = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        groups = file.num_row_groups
        chosen = sorted({groups * i // _GROUPS for i in range(min(groups, _GROUPS))})
        parts = [
            next(file.iter_batches(batch_size=_ROWS // _GROUPS, row_groups=[group], columns=flat), None)
            for group in chosen
        ]
        batches = [part for part in parts if part is not None]
        rows = [list(row.values()) for batch in batches for row in batch.to_pylist()]
        is_whole = len(rows) == file.metadata.num_rows
    return [_table(source, [], flat, rows, is_whole=is_whole)]


def _table(
    source: SourceFile,
    keys: list[DraftKey],
    names: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    is_whole: bool,
) -> SampledTable:
    """Return the sample of typed rows."""
    state = state_column(names, rows)
    counting = without_void(rows, state)
    return SampledTable(
        source.name,
        source.format,
        (*keys, *([state.key] if state else [])),
        columns_of(names, counting),
        len(counting),
        is_whole,
        conditions=(state.name,) if state else (),
    )


_SAMPLERS: dict[str, Callable[[SourceFile], list[SampledTable]]] = {
    "csv": _csv,
    "sheet": _sheets,
    "sqlite": _sqlite,
    "parquet": _parquet,
    "json": sample_records,
    "json_document": sample_records,
    "xml": sample_records,
}

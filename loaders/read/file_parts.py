"""Reading a file as a whole, with all its columns, where the rows of a source are put together from several files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

import duckdb

from supplyrisk.loaders.read.column_binding import header_faults, with_names
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.framed_text import frame_of
from supplyrisk.loaders.read.ingest import FAULTS, ReadOptions, SourceSink, attempt, no_rows
from supplyrisk.loaders.read.read_csv import CellBatch, csv_table, read_csv
from supplyrisk.loaders.read.read_json import read_json
from supplyrisk.loaders.read.read_parquet import parquet_columns, read_parquet
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import scan_text

_Table = tuple[Sequence[str] | None, frozenset[str], Iterator[CellBatch], list[str]]
"""Names of the columns, None where only the rows tell them; those that are no texts; the rows; and faults."""


@dataclass(frozen=True)
class FilePart:
    """The cells of one file in the database, where nothing is bound to the contract yet.

    Parameters
    ----------
    number: number by which faults of its lines refer to it.
    source: the file; columns that its mapping names by position have their names here.
    cells: name of the table, with the columns line, c0, c1, ...
    names: its columns.
    typed: those that are numbers, days or flags in the file.
    rows, bad_lines: numbers of rows, and of lines that are no rows.
    prefix: what a join puts before the names of its columns.
    """

    number: int
    source: SourceFile
    cells: str
    names: tuple[str, ...]
    typed: frozenset[str]
    rows: int
    bad_lines: int
    prefix: str = ""

    def own_name(self, name: str) -> str:
        """Return the name that a column has in the file."""
        return name.removeprefix(f"{self.prefix}.") if self.prefix else name


def read_part(
    con: duckdb.DuckDBPyConnection, number: int, source: SourceFile, options: ReadOptions
) -> tuple[FilePart | None, list[str]]:
    """Read a file; None where it need have no rows and has none, or has faults, which have its name in front."""

    def read(file: SourceFile, own: ReadOptions) -> tuple[FilePart | None, list[str]]:
        names, typed, batches, faults = _table_of(file, own)
        faults = [*(header_faults(names) if names is not None else ()), *faults]
        if faults:
            return None, faults
        own_names = replace(file, map=with_names(file.map, names)) if names is not None else file
        sink = SourceSink(con, number, own_names, own.folder, f"{number}_part")
        sink.add_columns(names or ())
        sink.take(batches)
        if names is None and not sink.rows:
            if file.map.optional and file.map.rows:
                return None, []
            raise _no_good_rows(con, number) if sink.bad_lines else no_rows(file)
        sink.register()
        header = tuple(sink.names)
        named = replace(source, map=with_names(source.map, header))
        cells = f"raw_{number}_part"
        return FilePart(number, named, cells, header, typed, sink.rows, sink.bad_lines), header_faults(header)

    part, faults = attempt(read, number, source, options)
    return (None if faults else part), [f"{source.name}: {fault}" for fault in faults]


def _no_good_rows(con: duckdb.DuckDBPyConnection, number: int) -> FileFault:
    """Return the fault of a file of which no line is a row, with that of its first line."""
    query = f"SELECT line, accepted FROM {FAULTS} WHERE src = {number} ORDER BY line LIMIT 1"
    line, accepted = con.execute(query).fetchall()[0]
    return FileFault(f"has no line that can be read; line {line}: expected {accepted}")


def _table_of(source: SourceFile, options: ReadOptions) -> _Table:
    """Return the table in a file of any format."""
    match source.format:
        case "csv":
            frame = frame_of(source, options.encoding)
            # text in another encoding is reported before anything else reads it
            scan = scan_text(source, options.encoding, frame)
            table = csv_table(source, options.encoding, frame)
            return table.header, frozenset(), read_csv(table, scan), []
        case "parquet":
            parquet = parquet_columns(source)
            flat = [name for name in parquet.names if name not in parquet.nested]
            return flat, parquet.typed, read_parquet(source, flat), parquet.faults
        case "json" | "json_document" | "xml":
            if source.format == "json":
                scan_text(source, options.encoding)
            return None, frozenset(), read_json(source, options.encoding), []
        case other:
            module = import_module(f"supplyrisk.loaders.read.read_{other}")
            header, batches = getattr(module, f"read_{other}")(source)
            return header, frozenset(), batches, []

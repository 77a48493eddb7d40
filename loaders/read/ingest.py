"""Reading every source into one table of text cells in the working database, with the line of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import (
    RequiredDays,
    SourceBinding,
    bind_columns,
    is_required,
    unnamed_columns,
    with_names,
)
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.filled_cells import FilledCells, unchanged
from supplyrisk.loaders.read.folder_files import extracted
from supplyrisk.loaders.read.framed_text import frame_of
from supplyrisk.loaders.read.kept_rows import kept_rows, trimmed
from supplyrisk.loaders.read.near_texts import NearText, near_texts
from supplyrisk.loaders.read.read_csv import BadLine, CellBatch, csv_table, read_csv
from supplyrisk.loaders.read.read_json import read_json
from supplyrisk.loaders.read.read_parquet import parquet_columns, read_parquet
from supplyrisk.loaders.read.reshaped_counts import EventCounts, GroupCounts, JoinCounts
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_cells import TextCells
from supplyrisk.loaders.read.text_scan import checked_encoding, scan_text

FAULTS = "faults"
"""Table of every fault of every row: table and source by number, the column by position, or LINE or KEY."""
LINE = -1
"""Position of a fault of a whole line."""
KEY = -2
"""Position of a fault of a table's key; of its second key it is KEY - 1."""
_FIRST_PART = 1_000_000
_INSERT_ROWS = 131_072
Part = TypeVar("Part")


@dataclass(frozen=True)
class ReadOptions:
    """How sources are read.

    Parameters
    ----------
    folder: folder for the files of cells.
    encoding: of CSV and JSON Lines that state none in the mapping.
    days: which days may be absent.
    part_numbers: numbers of files that are joined to sources, behind those of all sources.
    """

    folder: Path
    encoding: str
    days: RequiredDays
    part_numbers: Iterator[int] = field(default_factory=lambda: count(_FIRST_PART))


@dataclass(frozen=True)
class IngestedSource:
    """A source in the database: table raw_<number> with columns c0, c1, ... in the order of the binding's header.

    Parameters
    ----------
    number: number of the source.
    binding: how its columns feed the contract's.
    rows, bad_lines: numbers of rows, and of lines that are no rows.
    dropped: rows that the mapping drops by their values; they are not in the database.
    files: names of the files that are joined to it, by the numbers that faults of their lines have.
    joins, merged: what became of the lines of joined files, and of the events of a log or the rows of groups.
    fingerprint: hash of the file's bytes, its table and how it is read.
    repeated: whether the workspace was loaded from such a file already.
    incomplete: whether it was, and rows of the file went to quarantine then.
    near_texts: numbers of cells that are nearly a text by which rows are kept or dropped.
    """

    number: int
    binding: SourceBinding
    rows: int
    bad_lines: int
    dropped: int = 0
    files: Mapping[int, str] = field(default_factory=dict)
    joins: tuple[JoinCounts, ...] = ()
    merged: EventCounts | GroupCounts | None = None
    fingerprint: str = ""
    repeated: bool = False
    incomplete: bool = False
    near_texts: Mapping[NearText, int] = field(default_factory=dict)

    @property
    def source(self) -> SourceFile:
        """The file, and the table that it feeds."""
        return self.binding.source

    def column(self, name: str) -> str:
        """Return the name that a column of the file has in the database."""
        return f"c{self.binding.header.index(name)}"


def open_database(folder: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """Open an empty working database in memory.

    Parameters
    ----------
    folder: folder for what exceeds the memory limit.
    memory_limit: as DuckDB reads it, such as "4GB".
    threads: number of threads.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": str(folder),
    }
    con = duckdb.connect(config=config)
    # the order of rows is always given by ORDER BY; preserving it costs memory
    con.execute("SET preserve_insertion_order = false")
    con.execute(
        f"CREATE TABLE {FAULTS} (tab INTEGER, src INTEGER, line BIGINT, pos INTEGER, "
        "rule VARCHAR, value VARCHAR, accepted VARCHAR, remedy VARCHAR)"
    )
    return con


def scalar_count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one number that a query yields."""
    return int(con.execute(query).fetchall()[0][0])


def ingest(
    con: duckdb.DuckDBPyConnection, number: int, source: SourceFile, options: ReadOptions
) -> tuple[IngestedSource | None, list[str]]:
    """Read one source as a whole.

    Returns
    -------
    The source, None where its rows cannot be checked or an optional source has none, and the faults of the file, each
    with its name in front. A file with faults may still have rows to check (`SourceBinding.readable`).

    Raises
    ------
    WorkspaceError: there is no room for its cells.
    """

    def read(file: SourceFile, own: ReadOptions) -> _Result:
        sink = SourceSink(con, number, file, own.folder)
        return _READERS.get(file.format, _ingest_rows)(sink, own)

    loaded, faults = attempt(read, number, source, options)
    usable = loaded is not None and (not faults or loaded.binding.readable)
    return (loaded if usable else None), [f"{source.name}: {fault}" for fault in faults]


def attempt(
    read: Callable[[SourceFile, ReadOptions], tuple[Part | None, list[str]]],
    number: int,
    source: SourceFile,
    options: ReadOptions,
) -> tuple[Part | None, list[str]]:
    """Return what a function makes of a source, unpacked and with its own encoding, or the fault of the file."""
    if source.map.encoding:
        options = replace(options, encoding=checked_encoding(source.map.encoding))
    try:
        with _unpacked(source, options.folder, number) as file:
            if not file.map.database and file.path.stat().st_size == 0:
                raise FileFault(
                    "is empty, expected at least one line; remove the file if the table has no rows"
                )
            return read(file, options)
    except FileFault as fault:
        return None, [str(fault)]
    except OSError as fault:
        return None, [f"cannot be read ({fault.strerror}), expected a readable file; check its permissions"]


@contextmanager
def _unpacked(source: SourceFile, folder: Path, number: int) -> Iterator[SourceFile]:
    """Give a source as a file of its own: a member of an archive is unpacked until the end of the context."""
    if not source.member:
        yield source
        return
    folder.mkdir(exist_ok=True)
    path = folder / f"{number}.member"
    try:
        extracted(source.path, source.member, path)
        yield replace(source, path=path)
    finally:
        path.unlink(missing_ok=True)


class SourceSink:
    """Takes the batches of one source: cells into files, faults into the database."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        number: int,
        source: SourceFile,
        folder: Path,
        cells: str | None = None,
    ) -> None:
        self.con = con
        self.number = number
        self.source = source
        self.names: list[str] = []
        self.rows = 0
        self.dropped = 0
        self.bad_lines = 0
        self._cells = TextCells(folder, number if cells is None else cells)
        self._bad: list[BadLine] = []
        self._near_texts: Counter[NearText] = Counter()

    def add_columns(self, names: Iterable[str]) -> None:
        """Add columns that are new."""
        self.names = list(dict.fromkeys((*self.names, *names)))

    def take(self, batches: Iterable[CellBatch], columns: Sequence[str] | None = None) -> None:
        """Take all batches of a file; of their columns only some, if these are given."""
        chosen = None if columns is None else frozenset(columns)
        fill = self.source.map.fill_down
        filled = FilledCells(fill).filled if fill else unchanged
        with closing(self._cells):
            for whole in batches:
                self.add_columns(name for name in whole.columns if chosen is None or name in chosen)
                self.rows += len(whole.lines)
                self._near_texts += near_texts(whole, self.source.map)
                batch = kept_rows(filled(trimmed(whole, self.source.map)), self.source.map)
                self.dropped += len(whole.lines) - len(batch.lines)
                if len(batch.lines):
                    self._cells.write(batch, self.names)
                self._take_bad_lines(batch.bad)
        self._record_bad_lines()

    def register(self) -> None:
        """Make the cells a table of the database."""
        self._cells.register(self.con, len(self.names))

    def finish(self, binding: SourceBinding) -> IngestedSource:
        """Make the cells a table of the database, and return the source as it is there."""
        self.register()
        return IngestedSource(
            self.number,
            replace(binding, header=tuple(self.names)),
            self.rows,
            self.bad_lines,
            self.dropped,
            near_texts=self._near_texts,
        )

    def _take_bad_lines(self, bad: list[BadLine]) -> None:
        self.bad_lines += len(bad)
        self._bad += bad
        if len(self._bad) >= _INSERT_ROWS:
            self._record_bad_lines()

    def _record_bad_lines(self) -> None:
        """Insert the bad lines collected so far; many at a time, since each insertion has a fixed cost."""
        if not self._bad:
            return
        table = list(TABLES).index(self.source.table)
        common = {"tab": table, "src": self.number, "pos": LINE, "remedy": "correct the line in the file"}
        rows = [
            common | {"line": b.line, "rule": b.rule, "value": b.value, "accepted": b.accepted}
            for b in self._bad
        ]
        self.con.register("incoming", pa.Table.from_pylist(rows))
        self.con.execute(f"INSERT INTO {FAULTS} BY NAME SELECT * FROM incoming")
        self.con.unregister("incoming")
        self._bad = []


_Result = tuple[IngestedSource | None, list[str]]


def _ingest_csv(sink: SourceSink, options: ReadOptions) -> _Result:
    frame = frame_of(sink.source, options.encoding)
    # text in another encoding is reported before anything else reads it
    scan = scan_text(sink.source, options.encoding, frame)
    table = csv_table(sink.source, options.encoding, frame)
    return _take_rows(sink, table.header, read_csv(table, scan), options)


def _ingest_parquet(sink: SourceSink, options: ReadOptions) -> _Result:
    parquet = parquet_columns(sink.source)
    flat = [name for name in parquet.names if name not in parquet.nested]
    binding, header_faults = bind_columns(sink.source, flat, options.days)
    binding = replace(binding, typed=parquet.typed)
    # columns without single values are reported as left out, unless the mapping ignores them
    nested = (name for name in parquet.nested if not sink.source.map.is_ignored(name))
    binding = replace(binding, left_out=(*binding.left_out, *nested))
    columns = used_columns(binding)
    binding = replace(binding, readable=binding.readable and not parquet.faults)
    faults = parquet.faults + header_faults
    if not faults or binding.readable:
        sink.add_columns(columns)
        conditions = [name for name in sink.source.map.compared if name not in columns]
        sink.take(read_parquet(sink.source, [*columns, *conditions]), columns)
    return sink.finish(binding), faults


def _ingest_json(sink: SourceSink, options: ReadOptions) -> _Result:
    source = sink.source
    if source.format == "json":
        scan_text(source, options.encoding)
    sink.take(read_json(source, options.encoding))
    if sink.rows > sink.dropped:
        # columns are known only now that all keys have been seen
        binding, faults = bind_columns(source, sink.names, options.days)
        return sink.finish(binding), faults
    if not sink.bad_lines and not sink.rows:
        if source.map.optional and source.map.rows:
            return None, []
        raise no_rows(source)
    # no row is left to read, so no column can be called missing: only the bad lines are faults
    table = TABLES[source.table]
    sink.names = [c.name for c in table.columns if is_required(table, c, options.days)]
    unmapped = replace(source, map=SourceMap(file=source.name, table=source.table))
    binding, _ = bind_columns(unmapped, sink.names, options.days)
    return sink.finish(replace(binding, source=source)), []


def no_rows(source: SourceFile) -> FileFault:
    """Return the fault of a JSON or XML file without rows."""
    return FileFault(
        f"has no rows at {source.map.rows}, expected an array there; correct rows in the mapping"
        if source.map.rows
        else "has no lines, expected one JSON object per line; remove the file if the table has no rows"
    )


def _ingest_rows(sink: SourceSink, options: ReadOptions) -> _Result:
    """Take a format whose module read_<format> returns the names of the columns and the rows."""
    name = f"read_{sink.source.format}"
    header, batches = getattr(import_module(f"supplyrisk.loaders.read.{name}"), name)(sink.source)
    return _take_rows(sink, header, batches, options)


def _take_rows(
    sink: SourceSink, header: Sequence[str], batches: Iterator[CellBatch], options: ReadOptions
) -> _Result:
    """Take the rows of a table whose columns are known before they are read; batches: reads them when it is asked."""
    sink.source = replace(sink.source, map=with_names(sink.source.map, header))
    binding, faults = bind_columns(sink.source, header, options.days)
    columns = used_columns(binding)
    if not faults or binding.readable:
        sink.add_columns(columns)
        sink.take(batches, columns)
    return sink.finish(binding), faults


_READERS = {
    "csv": _ingest_csv,
    "parquet": _ingest_parquet,
    "json": _ingest_json,
    "json_document": _ingest_json,
    "xml": _ingest_json,
}
"""Formats of which more has to be known than columns and rows."""


def used_columns(binding: SourceBinding) -> list[str]:
    """Return the file's columns that are read, in the file's order."""
    table = TABLES[binding.source.table]
    if not table.key and not table.whole_row and not binding.source.map.reads_named_only:
        # in a table without a key, columns that are left out still distinguish rows that are equal otherwise
        unnamed = unnamed_columns(binding)
        return [name for name in binding.header if name not in unnamed]
    used = {name for origin in binding.origins.values() for name in origin.columns} | set(binding.extras)
    return [name for name in binding.header if name in used]

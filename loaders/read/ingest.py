"""Every source becomes one table of text cells in the working database, with the line of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.column_binding import SourceBinding, bind_columns, is_required
from supplyrisk.loaders.read.read_csv import BadLine, CellBatch, csv_header, read_csv
from supplyrisk.loaders.read.read_json import read_json
from supplyrisk.loaders.read.read_parquet import parquet_columns, read_parquet
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_cells import TextCells
from supplyrisk.loaders.read.text_scan import FileFault, scan_text

FAULTS = "faults"
"""Every fault of every row: table and source by number, the column by position (-1 the line, -2 the key)."""
LINE, KEY = -1, -2
_ENOUGH = 131_072


@dataclass(frozen=True)
class ReadOptions:
    """How sources are read: a folder for their cells, the encoding of texts, whether days may be absent."""

    folder: Path
    encoding: str
    undated: bool


@dataclass(frozen=True)
class IngestedSource:
    """A source in the database: table raw_<number>, its columns c0, c1, ... in the binding's order."""

    number: int
    binding: SourceBinding
    rows: int
    bad_lines: int

    @property
    def source(self) -> SourceFile:
        """The file and the table it feeds."""
        return self.binding.source

    def column(self, name: str) -> str:
        """What a column of the file is called in the database."""
        return f"c{self.binding.header.index(name)}"


def open_database(folder: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty working database in memory; what exceeds the limit goes into files in the folder."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": str(folder),
    }
    con = duckdb.connect(config=config)
    con.execute("SET preserve_insertion_order = false")
    con.execute(
        f"CREATE TABLE {FAULTS} (tab INTEGER, src INTEGER, line BIGINT, pos INTEGER, "
        "rule VARCHAR, value VARCHAR, accepted VARCHAR, remedy VARCHAR)"
    )
    return con


def count_of(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives."""
    return int(con.execute(query).fetchall()[0][0])


def ingest(
    con: duckdb.DuckDBPyConnection, place: int, source: SourceFile, how: ReadOptions
) -> tuple[IngestedSource | None, list[str]]:
    """Read one source whole; the faults of the file, each with its name in front, where it cannot be used.

    A file whose rows can be looked at for all that (see `Binding.readable`) is given back beside its faults.

    Raises
    ------
    WorkspaceError: no room for its cells.
    """
    try:
        if source.path.stat().st_size == 0:
            raise FileFault(
                "is empty, expected at least a first line; leave the file out where there is nothing"
            )
        loaded, faults = _READERS[source.format](
            _Sink(con, place, source, how.folder), how.encoding, how.undated
        )
    except FileFault as fault:
        loaded, faults = None, [str(fault)]
    except OSError as fault:
        loaded, faults = None, [f"cannot be read ({fault.strerror}), expected a file that can be opened"]
    usable = loaded is not None and (not faults or loaded.binding.readable)
    return (loaded if usable else None), [f"{source.name}: {fault}" for fault in faults]


class _Sink:
    """Takes the batches of one source: cells into files, faults into the database."""

    def __init__(self, con: duckdb.DuckDBPyConnection, place: int, source: SourceFile, folder: Path) -> None:
        self.con, self.number, self.source = con, place, source
        self.names: list[str] = []
        self.rows = self.bad_lines = 0
        self._cells = TextCells(folder, place)
        self._bad: list[BadLine] = []

    def add(self, names: Iterable[str]) -> None:
        """Make room for columns that are new."""
        self.names += [name for name in names if name not in self.names]

    def take(self, batches: Iterable[CellBatch], wanted: Sequence[str] | None = None) -> None:
        """Everything of a file."""
        with closing(self._cells):
            for batch in batches:
                self.add(name for name in batch.columns if wanted is None or name in wanted)
                self.rows += len(batch.lines)
                if len(batch.lines):
                    self._cells.write(batch, self.names)
                self._note(batch.bad)
        self._record()

    def done(self, binding: SourceBinding) -> IngestedSource:
        """The source as the database sees it."""
        self._cells.lay_out(self.con, len(self.names))
        return IngestedSource(
            self.number, replace(binding, header=tuple(self.names)), self.rows, self.bad_lines
        )

    def _note(self, bad: list[BadLine]) -> None:
        self.bad_lines += len(bad)
        self._bad += bad
        if len(self._bad) >= _ENOUGH:
            self._record()

    def _record(self) -> None:
        """Put the bad lines held so far on record, many at a time: each insertion has its price."""
        if not self._bad:
            return
        table = list(TABLES).index(self.source.table)
        same = {"tab": table, "src": self.number, "pos": LINE, "remedy": "mend the line in the file"}
        told = [
            same | {"line": b.line, "rule": b.rule, "value": b.value, "accepted": b.accepted}
            for b in self._bad
        ]
        self.con.register("incoming", pa.Table.from_pylist(told))
        self.con.execute(f"INSERT INTO {FAULTS} BY NAME SELECT * FROM incoming")
        self.con.unregister("incoming")
        self._bad = []


_Result = tuple[IngestedSource | None, list[str]]


def _csv(sink: _Sink, encoding: str, undated: bool) -> _Result:
    found = scan_text(sink.source, encoding)
    header = csv_header(sink.source, found, encoding)
    binding, faults = bind_columns(sink.source, header, undated)
    wanted = _wanted(binding)
    if not faults or binding.readable:
        sink.add(wanted)
        sink.take(read_csv(sink.source, found, encoding, header), wanted)
    return sink.done(binding), faults


def _parquet(sink: _Sink, _encoding: str, undated: bool) -> _Result:
    names, nested, faults = parquet_columns(sink.source)
    binding, more = bind_columns(sink.source, [n for n in names if n not in nested], undated)
    binding = replace(
        binding, left_out=(*binding.left_out, *(n for n in nested if n not in sink.source.map.ignore))
    )
    wanted = _wanted(binding)
    binding = replace(binding, readable=binding.readable and not faults)
    if not faults + more or binding.readable:
        sink.add(wanted)
        sink.take(read_parquet(sink.source, wanted))
    return sink.done(binding), faults + more


def _json(sink: _Sink, encoding: str, undated: bool) -> _Result:
    source = sink.source
    scan_text(source, encoding)
    sink.take(read_json(source, encoding))
    if sink.rows:
        binding, faults = bind_columns(source, sink.names, undated)
        return sink.done(binding), faults
    if not sink.bad_lines:
        raise FileFault(
            "has no lines, expected one JSON object a line; leave the file out where there is nothing"
        )
    # no line tells its keys: nothing can be said of missing columns
    sink.add(c.name for c in TABLES[source.table].columns if is_required(c, undated))
    binding, _ = bind_columns(replace(source, map=SourceMap(source.name, source.table)), sink.names, undated)
    return sink.done(replace(binding, source=source)), []


_READERS = {"csv": _csv, "parquet": _parquet, "json": _json}


def _wanted(binding: SourceBinding) -> list[str]:
    """The file's columns that are of use, in the file's order."""
    table = TABLES[binding.source.table]
    if not table.key and not table.whole_row:
        return list(binding.header)  # columns that are left out still tell two equal rows apart
    used = {name for origin in binding.origins.values() for name in origin.columns} | set(binding.extras)
    return [name for name in binding.header if name in used]

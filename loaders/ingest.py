"""Every source becomes one table of text cells in the working database, with the line of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.graph.schema import TABLES
from supplyrisk.loaders.bind import Binding, bind, is_required
from supplyrisk.loaders.find import Source
from supplyrisk.loaders.mapping import SourceMap
from supplyrisk.loaders.read_csv import BadLine, Batch, csv_header, read_csv
from supplyrisk.loaders.read_json import read_json
from supplyrisk.loaders.read_parquet import parquet_columns, read_parquet
from supplyrisk.loaders.scan import FileFault, scan

FAULTS = "faults"
"""Every fault of every row: table and source by number, the column by position (-1 the line, -2 the key)."""
LINE, KEY = -1, -2
_ENOUGH = 131_072


@dataclass(frozen=True)
class Ingested:
    """A source in the database: table raw_<number>, its columns c0, c1, ... in the binding's order."""

    number: int
    binding: Binding
    rows: int
    bad_lines: int

    @property
    def source(self) -> Source:
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
    con: duckdb.DuckDBPyConnection, place: int, source: Source, encoding: str, undated: bool
) -> tuple[Ingested | None, list[str]]:
    """Read one source whole; the faults of the file, each with its name in front, where it cannot be used."""
    try:
        if source.path.stat().st_size == 0:
            raise FileFault(
                "is empty, expected at least a first line; leave the file out where there is nothing"
            )
        loaded, faults = _READERS[source.format](_Sink(con, place, source), encoding, undated)
    except FileFault as fault:
        loaded, faults = None, [str(fault)]
    except OSError as fault:
        loaded, faults = None, [f"cannot be read ({fault.strerror}), expected a file that can be opened"]
    return (None if faults else loaded), [f"{source.name}: {fault}" for fault in faults]


class _Sink:
    """Takes the batches of one source; inserts many rows at a time, which costs DuckDB a fraction."""

    def __init__(self, con: duckdb.DuckDBPyConnection, place: int, source: Source) -> None:
        self.con, self.number, self.source = con, place, source
        self.names: list[str] = []
        self.rows = self.bad_lines = 0
        self._held: dict[str, list[pa.Table]] = {}
        con.execute(f"CREATE TABLE raw_{place} (line BIGINT)")

    def add(self, names: Iterable[str]) -> None:
        """Make room for columns that are new."""
        for name in names:
            if name not in self.names:
                self.con.execute(f"ALTER TABLE raw_{self.number} ADD COLUMN c{len(self.names)} VARCHAR")
                self.names.append(name)

    def take(self, batches: Iterable[Batch], wanted: Sequence[str] | None = None) -> None:
        """Everything of a file."""
        raw = f"raw_{self.number}"
        for batch in batches:
            used = {n: c for n, c in batch.columns.items() if wanted is None or n in wanted}
            self.add(used)
            cells = {f"c{self.names.index(n)}": c for n, c in used.items()}
            self.rows += len(batch.lines)
            self._hold(raw, pa.table({"line": batch.lines, **cells}))
            if batch.bad:
                self.bad_lines += len(batch.bad)
                self._hold(FAULTS, self._faults(batch.bad))
        for table in (raw, FAULTS):
            self._insert(table)

    def _faults(self, bad: list[BadLine]) -> pa.Table:
        table = list(TABLES).index(self.source.table)
        same = {"tab": table, "src": self.number, "pos": LINE, "remedy": "mend the line in the file"}
        return pa.Table.from_pylist(
            [same | {"line": b.line, "rule": b.rule, "value": b.value, "accepted": b.accepted} for b in bad]
        )

    def _hold(self, table: str, rows: pa.Table) -> None:
        held = self._held.setdefault(table, [])
        held.append(rows)
        if sum(t.num_rows for t in held) >= _ENOUGH:
            self._insert(table)

    def _insert(self, table: str) -> None:
        held = self._held.pop(table, [])
        if held:
            self.con.register("incoming", pa.concat_tables(held, promote_options="default"))
            self.con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
            self.con.unregister("incoming")

    def done(self, binding: Binding) -> Ingested:
        """The source as it lies in the database."""
        return Ingested(self.number, replace(binding, header=tuple(self.names)), self.rows, self.bad_lines)


_Result = tuple[Ingested | None, list[str]]


def _csv(sink: _Sink, encoding: str, undated: bool) -> _Result:
    found = scan(sink.source, encoding)
    header = csv_header(sink.source, found, encoding)
    binding, faults = bind(sink.source, header, undated)
    wanted = _wanted(binding)
    if not faults:
        sink.add(wanted)
        sink.take(read_csv(sink.source, found, encoding, header), wanted)
    return sink.done(binding), faults


def _parquet(sink: _Sink, _encoding: str, undated: bool) -> _Result:
    names, nested, faults = parquet_columns(sink.source)
    binding, more = bind(sink.source, [n for n in names if n not in nested], undated)
    binding = replace(
        binding, left_out=(*binding.left_out, *(n for n in nested if n not in sink.source.map.ignore))
    )
    wanted = _wanted(binding)
    if not faults + more:
        sink.add(wanted)
        sink.take(read_parquet(sink.source, wanted))
    return sink.done(binding), faults + more


def _json(sink: _Sink, encoding: str, undated: bool) -> _Result:
    source = sink.source
    scan(source, encoding)
    sink.take(read_json(source, encoding))
    if sink.rows:
        binding, faults = bind(source, sink.names, undated)
        return sink.done(binding), faults
    if not sink.bad_lines:
        raise FileFault(
            "has no lines, expected one JSON object a line; leave the file out where there is nothing"
        )
    # no line tells its keys: nothing can be said of missing columns
    sink.add(c.name for c in TABLES[source.table].columns if is_required(c, undated))
    binding, _ = bind(replace(source, map=SourceMap(source.name, source.table)), sink.names, undated)
    return sink.done(replace(binding, source=source)), []


_READERS = {"csv": _csv, "parquet": _parquet, "json": _json}


def _wanted(binding: Binding) -> list[str]:
    """The file's columns that are of use, in the file's order."""
    table = TABLES[binding.source.table]
    if not table.key and not table.whole_row:
        return list(binding.header)  # columns that are left out still tell two equal rows apart
    used = {name for origin in binding.origins.values() for name in origin.columns} | set(binding.extras)
    return [name for name in binding.header if name in used]

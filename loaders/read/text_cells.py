"""The text cells of a source, in Arrow files that the database reads in place.

Inserting the cells into the database would cost several times as much as reading them, and would hold each text twice.
The files are memory-mapped, so that the system can evict pages when it needs memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.loaders.read.read_csv import CellBatch

_SMALL_BYTES = 1 << 16
"""Bytes of the cells of a source up to which they stay in memory."""


class TextCells:
    """Writes rows of one source; `register` makes them table raw_<name> with columns line, c0, c1, ...

    Columns may be discovered while reading (JSON Lines): each new column begins a new file. The rows of a small source
    stay in memory: a file would cost more than they do.

    Parameters
    ----------
    folder: folder of the files; it is created on the first write.
    name: number of the source, or another name that no other rows have.
    """

    def __init__(self, folder: Path, name: str | int) -> None:
        self._folder = folder
        self._name = name
        self._paths: list[Path] = []
        self._sink: pa.NativeFile | None = None
        self._writer: pa.ipc.RecordBatchFileWriter | None = None
        self._schema: pa.Schema | None = None
        self._small: pa.Table | None = None

    def write(self, batch: CellBatch, names: Sequence[str]) -> None:
        """Add rows.

        Parameters
        ----------
        batch: the rows.
        names: all columns seen so far, in order, including those that this batch lacks.

        Raises
        ------
        WorkspaceError: the files cannot be written.
        """
        absent = pa.nulls(len(batch.lines), pa.string())
        cells = [batch.columns.get(name, absent) for name in names]
        rows = pa.table([batch.lines, *cells], schema=_schema(len(names)))
        if not self._paths and self._small is None and rows.nbytes <= _SMALL_BYTES:
            self._small = rows
            return
        if self._small is not None:
            earlier = self._small
            self._small = None
            self._write(earlier)
        self._write(rows)

    def _write(self, rows: pa.Table) -> None:
        """Write rows to a file."""
        with _write_errors(self._folder):
            # an Arrow file has one schema
            if self._writer is None or rows.schema != self._schema:
                self._begin(rows.schema)
            self._writer.write_table(rows)  # type: ignore[union-attr]

    def register(self, con: duckdb.DuckDBPyConnection, width: int) -> None:
        """Make the rows table raw_<name> of the database, with `width` columns of cells."""
        with _write_errors(self._folder):
            self.close()
        schema = _schema(width)
        parts = [pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in self._paths]
        parts += [self._small] if self._small is not None else []
        # columns that earlier files lack become null there
        rows = pa.concat_tables([schema.empty_table(), *parts], promote_options="default")
        con.register(f"raw_{self._name}", rows)

    def close(self) -> None:
        """Close the current file; may be called twice."""
        for part in (self._writer, self._sink):
            if part is not None:
                part.close()
        self._writer = None
        self._sink = None

    def _begin(self, schema: pa.Schema) -> None:
        """Begin a new file with these columns."""
        self.close()
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._name}-{len(self._paths)}.arrow"
        self._paths.append(path)
        self._schema = schema
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._sink, schema)


def _schema(width: int) -> pa.Schema:
    return pa.schema([("line", pa.int64()), *((f"c{i}", pa.string()) for i in range(width))])


@contextmanager
def _write_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the file system into one that a user can act on."""
    try:
        yield
    except OSError as fault:
        raise WorkspaceError(
            f"cells cannot be written to {folder} ({fault})",
            remedy="free disk space, or make the folder writable",
        ) from fault

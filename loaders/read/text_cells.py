"""The text cells of a source, in Arrow files that the database reads where they lie.

Inserting them into the database would cost several times what reading them does, and would hold each text twice.
The files are mapped into memory, so that the system may drop what it needs elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.loaders.read.read_csv import CellBatch


class TextCells:
    """Writes rows of one source; `lay_out` makes them table raw_<number>: line, c0, c1, ...

    A format whose columns show only as it is read begins a new file with each new column.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._paths: list[Path] = []
        self._sink: pa.NativeFile | None = None
        self._writer: pa.ipc.RecordBatchFileWriter | None = None
        self._schema: pa.Schema | None = None

    def write(self, batch: CellBatch, names: Sequence[str]) -> None:
        """Add rows; names: the columns seen so far, in order, whether or not this batch has them.

        Raises
        ------
        WorkspaceError: no room.
        """
        nothing = pa.nulls(len(batch.lines), pa.string())
        cells = [batch.columns.get(name, nothing) for name in names]
        rows = pa.table([batch.lines, *cells], schema=_schema(len(names)))
        with _room(self._folder):
            if self._writer is None or rows.schema != self._schema:
                self._begin(rows.schema)
            self._writer.write_table(rows)  # type: ignore[union-attr]

    def lay_out(self, con: duckdb.DuckDBPyConnection, width: int) -> None:
        """Show the rows to the database as raw_<number> with so many columns of cells."""
        with _room(self._folder):
            self.close()
        schema = _schema(width)
        parts = [pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in self._paths]
        whole = pa.concat_tables([schema.empty_table(), *parts], promote_options="default")
        con.register(f"raw_{self._number}", whole)

    def close(self) -> None:
        """End the file at hand; safe to call twice."""
        for part in (self._writer, self._sink):
            if part is not None:
                part.close()
        self._writer = self._sink = None

    def _begin(self, schema: pa.Schema) -> None:
        self.close()
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._number}-{len(self._paths)}.arrow"
        self._paths.append(path)
        self._schema, self._sink = schema, pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._sink, schema)


def _schema(width: int) -> pa.Schema:
    return pa.schema([("line", pa.int64()), *((f"c{i}", pa.string()) for i in range(width))])


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise WorkspaceError(
            f"cells cannot be written to {folder} ({fault})", remedy="free disk space, or mend that"
        ) from fault

"""Writing tables to files: fixed row groups, data faults on request, and one hash over all files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

FORMATS = ("parquet", "csv")
ROW_GROUP = 1 << 18
"""Rows in a row group, in whatever pieces a table arrives: the same rows give the same bytes."""

Change = Callable[[str, pa.Table, int], pa.Table]
"""Changes each row group of a table before it is written; called with the table's name, the rows and their number."""


class TableSink:
    """Writes one table's file, piece by piece.

    Parameters
    ----------
    folder: folder of the file.
    name: the table's name, and the file's without its ending.
    format: "parquet" or "csv".
    change: applied to each row group before it is written.
    """

    def __init__(self, folder: Path, name: str, format: str, change: Change | None = None) -> None:
        self.name = name
        self.rows = 0
        self._format = format
        self._change = change
        self._path = folder / f"{name}.{format}"
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._groups = 0
        self._writer: pq.ParquetWriter | pa_csv.CSVWriter | None = None

    def add(self, piece: pa.Table) -> None:
        """Add rows; they are written once they fill a row group."""
        self._waiting.append(piece)
        self._waiting_rows += piece.num_rows
        while self._waiting_rows >= ROW_GROUP:
            self._write(ROW_GROUP)

    def close(self) -> int:
        """Write the remaining rows, and return the number of all rows written."""
        # a table without rows is written, too: its file has the columns
        if self._waiting_rows or self._writer is None:
            self._write(self._waiting_rows)
        if self._writer is not None:
            self._writer.close()
        return self.rows

    def _write(self, number: int) -> None:
        """Write the first `number` waiting rows as one group."""
        waiting = pa.concat_tables(self._waiting).combine_chunks()
        group = waiting.slice(0, number)
        rest = waiting.slice(number)
        self._waiting = [rest]
        self._waiting_rows = rest.num_rows
        if self._change is not None:
            group = self._change(self.name, group, self._groups)
        self._groups += 1
        if self._writer is None:
            self._writer = self._open(group.schema)
        if isinstance(self._writer, pq.ParquetWriter):
            self._writer.write_table(group, row_group_size=max(1, group.num_rows))
        else:
            self._writer.write_table(group)
        self.rows += group.num_rows

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter | pa_csv.CSVWriter:
        if self._format == "csv":
            return pa_csv.CSVWriter(self._path, schema)
        return pq.ParquetWriter(self._path, schema, compression="zstd")


def write_whole(folder: Path, name: str, table: pa.Table, format: str = "parquet") -> int:
    """Write a whole table, and return its number of rows."""
    sink = TableSink(folder, name, format)
    sink.add(table)
    return sink.close()


def content_hash(folder: Path) -> str:
    """Return the SHA-256 over names and contents of all files of a folder, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        # POSIX separators, so that the hash is the same on every system
        total.update(f"{path.relative_to(folder).as_posix()} {digest}\n".encode())
    return total.hexdigest()

"""Tables to files: fixed row groups, dirt where it is asked for, and one hash over all that was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

FORMATS = ("parquet", "csv")
ROW_GROUP = 1 << 18
"""Rows in a row group, whatever pieces a table comes in: the same rows give the same bytes."""

Change = Callable[[str, pa.Table, int], pa.Table]
"""What is done to each piece of a table before it is written: its name, the piece, the piece's number."""


class TableSink:
    """One table's file, written piece by piece."""

    def __init__(self, folder: Path, name: str, format: str, change: Change | None = None) -> None:
        self.name, self.rows, self._format, self._change = name, 0, format, change
        self._path = folder / f"{name}.{format}"
        self._waiting: list[pa.Table] = []
        self._held, self._pieces = 0, 0
        self._writer: pq.ParquetWriter | pa_csv.CSVWriter | None = None

    def add(self, piece: pa.Table) -> None:
        """Take some rows."""
        self._waiting.append(piece)
        self._held += piece.num_rows
        while self._held >= ROW_GROUP:
            self._write(ROW_GROUP)

    def close(self) -> int:
        """Write what is left; how many rows there are in all."""
        if self._held or self._writer is None:
            self._write(self._held)
        if self._writer is not None:
            self._writer.close()
        return self.rows

    def _write(self, number: int) -> None:
        held = pa.concat_tables(self._waiting).combine_chunks()
        group, rest = held.slice(0, number), held.slice(number)
        self._waiting, self._held = [rest], rest.num_rows
        if self._change is not None:
            group = self._change(self.name, group, self._pieces)
        self._pieces += 1
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
    """Write a table that is there as a whole; its number of rows."""
    sink = TableSink(folder, name, format)
    sink.add(table)
    return sink.close()


def content_hash(folder: Path) -> str:
    """SHA-256 over names and contents of all files of a folder, in the order of their names."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()} {digest}\n".encode())
    return whole.hexdigest()

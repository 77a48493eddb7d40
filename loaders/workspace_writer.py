"""Writing a workspace: all of a data set or nothing of it, at whatever moment the process dies.

workspace.json                which data folder is current
data/<hash>/*.parquet         the tables, and manifest.json
data/.tmp-<pid>/              a load at work; what a killed one leaves, the next one removes
quarantine/quarantine.csv     the faults of the last load, and report.json
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.graph.workspace.tables import (
    MANIFEST,
    POINTER,
    WORKSPACE_SCHEMA,
    DatasetInfo,
    Lease,
    manifest_of,
    write_json_atomically,
)
from supplyrisk.loaders.check.cell_rules import sql_type
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.column_binding import is_required

_LOCK = ".lock"
_TEMPORARY = ".tmp-"
_GROUP = 131_072
"""Rows of a Parquet row group: fixed, so that the same rows are the same bytes."""


@contextmanager
def writing(workspace: Path) -> Iterator[Path]:
    """A temporary folder inside the workspace, for one load at a time; it is gone afterwards.

    Raises
    ------
    WorkspaceError: another load is at work, or the folder cannot be written.
    """
    try:
        (workspace / "data").mkdir(parents=True, exist_ok=True)
        with (workspace / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                raise WorkspaceError(
                    f"another load is writing {workspace}",
                    remedy="wait for it to end, or name another --workspace",
                ) from fault
            _remove_leftovers(workspace)
            temporary = workspace / "data" / f"{_TEMPORARY}{os.getpid()}"
            temporary.mkdir()
            try:
                yield temporary
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as fault:
        raise WorkspaceError(
            f"{workspace} cannot be written ({fault})", remedy="mend that, or name another --workspace"
        ) from fault


def write_tables(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], info: DatasetInfo, folder: Path
) -> DatasetInfo:
    """Write every table and the manifest into a folder, and return info with the hash of it all.

    Rows are sorted by what tells them apart: neither their order in the files nor how files were split changes
    a byte.
    """
    digest = hashlib.sha256()
    rows: dict[str, int] = {}
    folder.mkdir()
    for name, work in works.items():
        path = folder / f"{name}.parquet"
        rows[name] = _write_table(con, work, path, info.undated)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
            digest.update(f"{name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    plain = {k: v for k, v in asdict(info).items() if k != "content_hash"}
    digest.update(json.dumps(plain, sort_keys=True).encode())
    info = replace(info, content_hash=digest.hexdigest())
    write_json_atomically(folder / MANIFEST, manifest_of(info, rows))
    _sync(folder)
    return info


def publish(workspace: Path, folder: Path, info: DatasetInfo) -> None:
    """Make a written folder the workspace's current data, and remove what nobody reads any more."""
    data = workspace / "data"
    target = data / info.content_hash[:12]
    if target.exists() and not _same(folder, target):  # damaged since: it can only be replaced
        target.rename(folder.with_name("damaged"))
    if not target.exists():
        folder.rename(target)
        _sync(data)
    write_json_atomically(workspace / POINTER, {"schema": WORKSPACE_SCHEMA, "data": target.name})
    _sync(workspace)
    for old in data.iterdir():
        if old != target and not old.name.startswith(_TEMPORARY) and Lease.none_on(old):
            shutil.rmtree(old)


def _write_table(con: duckdb.DuckDBPyConnection, work: TableWork, path: Path, undated: bool) -> int:
    schema = pa.schema([(f.name, _ARROW[sql_type(f.kind)]) for f in work.fields])
    words = [
        f.name for f in work.fields if pa.types.is_string(schema.field(f.name).type)
    ]  # numbers rarely repeat
    query = f"SELECT {work.columns} FROM ({loaded_rows(work)}) ORDER BY {_order(work, undated)}"
    rows = 0
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=words,
        store_schema=False,
        write_page_checksum=True,
    ) as out:
        for table in _groups(con.sql(query).to_arrow_reader(_GROUP), schema):
            out.write_table(table, row_group_size=_GROUP)
            rows += table.num_rows
    return rows


def _order(work: TableWork, undated: bool) -> str:
    """Columns by which no two rows are equal, unless they are equal in all.

    A key's own columns do, and cost a fraction of the others; a key whose day may be absent is no such key.
    """
    key = [work.field(name) for name in work.table.key]
    total = bool(key) and all(f.column is not None and is_required(f.column, undated) for f in key)
    return ", ".join(f.sql for f in key) if total else work.columns


def _groups(batches: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of exactly _GROUP rows: DuckDB's own batches depend on its threads."""
    held = schema.empty_table()
    for batch in batches:
        table = pa.Table.from_batches([batch]).rename_columns(schema.names).cast(schema)
        held = pa.concat_tables([held, table])
        while held.num_rows >= _GROUP:
            yield held.slice(0, _GROUP).combine_chunks()
            held = held.slice(_GROUP)
    if held.num_rows:
        yield held.combine_chunks()


_ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}


def _same(new: Path, old: Path) -> bool:
    """Whether two folders hold the same files."""
    names = sorted(p.name for p in new.iterdir())
    if names != sorted(p.name for p in old.iterdir()):
        return False
    return all(_digest(new / n) == _digest(old / n) for n in names)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_leftovers(workspace: Path) -> None:
    for left in (workspace / "data").glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left)


def _sync(folder: Path) -> None:
    """Have the folder's own entries on disk, so that a rename survives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

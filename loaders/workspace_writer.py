"""Writing a workspace's data: a data set is replaced as a whole or not at all, whenever the process dies.

A load writes into data/.tmp-<pid>/ and renames that folder at the end; the next load removes what a killed one left.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.tables import (
    MANIFEST,
    DatasetInfo,
    Lease,
    data_hash,
    manifest_of,
    pointer_to,
    write_json_atomically,
)
from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.check.cell_rules import TableField, sql_type
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.row_versions import rows_to_store
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.mappings.mapping import UNLISTED_COLUMN
from supplyrisk.loaders.read.column_binding import RequiredDays, is_required
from supplyrisk.loaders.read.ingest import scalar_count

_TEMPORARY = ".tmp-"
_IDENTITY_COLUMNS = ("credit_code", "lei", "vat_number", "company_number", "register", "address")
_RARE_COLUMNS = (UNLISTED_COLUMN, *_IDENTITY_COLUMNS)
"""Columns of firms that are written only if some firm has a value."""
_GROUP = 131_072
"""Rows of a Parquet row group: fixed, so that the same rows give the same bytes."""


@contextmanager
def writing(workspace: Path) -> Iterator[Path]:
    """A temporary folder inside the workspace, for one load at a time; it is removed at the end.

    Raises
    ------
    WorkspaceError: another load is running, or the folder cannot be written.
    """
    layout = Layout(workspace)
    try:
        layout.data.mkdir(parents=True, exist_ok=True)
        with layout.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                raise WorkspaceError(
                    f"another load is writing {workspace}",
                    remedy="wait for it to end, or name another --workspace",
                ) from fault
            _remove_leftovers(layout)
            temporary = layout.data / f"{_TEMPORARY}{os.getpid()}"
            temporary.mkdir()
            try:
                yield temporary
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as fault:
        raise WorkspaceError(
            f"{workspace} cannot be written ({fault})", remedy="correct that, or name another --workspace"
        ) from fault


def write_tables(
    con: duckdb.DuckDBPyConnection,
    works: Mapping[str, TableWork],
    info: DatasetInfo,
    folder: Path,
    stored: StoredData | None = None,
) -> DatasetInfo:
    """Write every table and the manifest into a new folder; returns info with the hash of all of it.

    Rows are sorted by their key or all columns: their order in the source files, how files were split, and what was
    loaded before, change no byte.

    Parameters
    ----------
    stored: the data that the rows are appended to.
    """
    files: dict[str, Path] = {}
    rows: dict[str, int] = {}
    folder.mkdir()
    tables = stored.tables if stored else {}
    for name in [name for name in TABLES if name in works or name in tables]:
        path = folder / f"{name}.parquet"
        work = works.get(name)
        if work and not _is_unchanged(con, work):
            rows[name] = _write_table(con, work, path, RequiredDays(info.undated))
        else:
            _link(tables[name].path, path)
            rows[name] = tables[name].rows
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        files[name] = path
    info = replace(info, content_hash=data_hash(files, info))
    write_json_atomically(folder / MANIFEST, manifest_of(info, rows))
    _sync(folder)
    return info


def _is_unchanged(con: duckdb.DuckDBPyConnection, work: TableWork) -> bool:
    """Return whether a table will be as it is stored: no row is new, and neither is a column."""
    if work.stored is None:
        return False
    extra = {f.name: sql_type(f.kind) for f in work.fields if f.column is None}
    return extra == work.stored.extra and not scalar_count(con, f"SELECT count(*) FROM ({loaded_rows(work)})")


def _link(old: Path, new: Path) -> None:
    """Give a file that never changes a second name, or copy it where the file system has no such names."""
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copyfile(old, new)


def publish(workspace: Path, folder: Path, info: DatasetInfo, files: Iterable[str] = ()) -> None:
    """Make a written folder the workspace's current data, and remove older data that no process reads.

    files: fingerprints of the files that the data were loaded from.
    """
    layout = Layout(workspace)
    target = layout.data_folder(info.content_hash)
    if target.exists() and not _same(folder, target):  # the same data, damaged since they were written
        target.rename(folder.with_name("damaged"))
    if not target.exists():
        folder.rename(target)
        _sync(layout.data)
    write_json_atomically(layout.pointer, pointer_to(target.name, files))
    _sync(workspace)
    for old in layout.data.iterdir():
        if old != target and not old.name.startswith(_TEMPORARY) and Lease.none_on(old):
            shutil.rmtree(old)


def _write_table(con: duckdb.DuckDBPyConnection, work: TableWork, path: Path, days: RequiredDays) -> int:
    fields = _written_fields(con, work)
    columns = [(f.name, _ARROW[sql_type(f.kind)]) for f in fields]
    schema = pa.schema([*columns, *([(KNOWN_UNTIL, pa.date32())] if work.versioned else [])])
    # A dictionary pays for words, which repeat; numbers rarely do.
    words = [name for name, type in columns if pa.types.is_string(type)]
    names = [*(f.sql for f in fields), *([KNOWN_UNTIL] if work.versioned else [])]
    query = f"SELECT {', '.join(names)} FROM ({rows_to_store(work)}) ORDER BY {_order(work, days)}"
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


def _written_fields(con: duckdb.DuckDBPyConnection, work: TableWork) -> list[TableField]:
    """Return the columns that are written: data without unlisted firms, keys or corrections lack theirs."""
    fields = work.fields if work.versioned else work.facts
    rare = [f for f in fields if f.column and f.name in _RARE_COLUMNS and work.name == "firms"]
    empty = [f for f in rare if not _has_values(con, work, f)]
    return [f for f in fields if f not in empty]


def _has_values(con: duckdb.DuckDBPyConnection, work: TableWork, field: TableField) -> bool:
    is_stored = work.stored is not None and field.name in work.stored.columns
    # the first count is cheap, and in most data the last one
    may_have = is_stored or scalar_count(con, f"SELECT count({field.sql}) FROM typed_{work.name}")
    return bool(may_have and scalar_count(con, f"SELECT count({field.sql}) FROM ({rows_to_store(work)})"))


def _order(work: TableWork, days: RequiredDays) -> str:
    """Columns that give a total order of the rows (equal rows aside).

    The key's columns suffice and are cheaper than all columns, unless one of them may be missing.
    """
    key = [work.field(name) for name in work.table.key]
    total = bool(key) and all(f.column is not None and is_required(work.table, f.column, days) for f in key)
    columns = [f.sql for f in (key if total else work.facts)]
    # versions of a row in the order in which they became known
    if work.versioned and work.known_on and work.void:
        columns += [f"{work.known_on.sql} NULLS FIRST", work.void.sql]
    return ", ".join(columns)


def _groups(batches: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of exactly _GROUP rows, since DuckDB's own batches depend on its threads."""
    pending = schema.empty_table()
    for batch in batches:
        table = pa.Table.from_batches([batch]).rename_columns(schema.names).cast(schema)
        pending = pa.concat_tables([pending, table])
        while pending.num_rows >= _GROUP:
            yield pending.slice(0, _GROUP).combine_chunks()
            pending = pending.slice(_GROUP)
    if pending.num_rows:
        yield pending.combine_chunks()


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


def _remove_leftovers(layout: Layout) -> None:
    for leftover in layout.data.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover)


def _sync(folder: Path) -> None:
    """Flush the folder's entries to disk, so that a rename survives a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

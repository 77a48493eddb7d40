"""Tables: a data set that has passed validation, as a value, and reading it from a workspace."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph.errors import WorkspaceError
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.schema.version_columns import KNOWN_UNTIL, VERSION_COLUMNS
from supplyrisk.graph.workspace.file_hashes import sha256_of
from supplyrisk.graph.workspace.layout import Layout
from supplyrisk.graph.workspace.output_files import write_text

if TYPE_CHECKING:
    import duckdb

MANIFEST = "manifest.json"
WORKSPACE_SCHEMA = "scgraph.workspace/1"
TABLES_SCHEMA = "scgraph.tables/1"
LAST_VERSION = f"{KNOWN_UNTIL} IS NULL AND void IS NOT TRUE"
"""SQL condition on stored rows with versions: the last version of a row that is not void."""
_STORED_VERSION_COLUMNS = (*(c.name for c in VERSION_COLUMNS), KNOWN_UNTIL)


@dataclass(frozen=True)
class DatasetInfo:
    """What holds for a data set as a whole.

    standing lists the relation kinds that hold at all times although they have no `since`; ("*",) means all.
    extra names, per table, the columns beyond the contract and their SQL types (VARCHAR or DOUBLE).
    labels_as_of is the ISO day by which outcomes without a day are known; None where outcomes have days.
    versioned names the tables whose rows have corrections; most data have none.
    merged: by the id of a source that accepted matches replace, the firm_id that stands for it.
    """

    name: str = "data"
    undated: bool = False
    synthetic: bool = False
    currency: str | None = None
    standing: tuple[str, ...] = ()
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    content_hash: str = ""
    labels_as_of: str | None = None
    versioned: tuple[str, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_window(self) -> bool:
        """Whether outcomes lie in a window after an as-of date: rows have days, and so have the outcomes."""
        return not self.undated and self.labels_as_of is None

    @property
    def labels_day(self) -> date | None:
        """The day by which outcomes without a day are known."""
        return None if self.labels_as_of is None else date.fromisoformat(self.labels_as_of)

    def to_json(self) -> dict[str, object]:
        """Return the fields by name, without those that most data do not have: they are described as before."""
        fields = asdict(self)
        return {k: v for k, v in fields.items() if v or k not in ("labels_as_of", "merged", "versioned")}


class Lease:
    """A reader's claim on a data folder: a load that replaces the folder leaves its removal to a later load.

    It is a shared file lock, which the operating system frees with the process.
    """

    def __init__(self, folder: Path) -> None:
        handle = os.open(folder / MANIFEST, os.O_RDONLY)
        self._close = weakref.finalize(self, os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give up the claim before the end of the value that has it."""
        self._close()

    @staticmethod
    def none_on(folder: Path) -> bool:
        """Whether no process reads a data folder."""
        try:
            handle = os.open(folder / MANIFEST, os.O_RDONLY)
        except FileNotFoundError:  # part of a folder, left by a removal that was killed
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True


@dataclass(frozen=True)
class Tables:
    """The valid rows of a data set: each present table is a Parquet file or an Arrow table.

    lease: keeps the files of a workspace where they are for as long as this value is in use.
    """

    info: DatasetInfo
    sources: Mapping[str, Path | pa.Table]
    lease: Lease | None = field(default=None, repr=False, compare=False)

    def present(self, table: str) -> bool:
        """Whether the data set has this table at all; an absent source is missing, not empty."""
        return table in self.sources

    def rows(self, table: str) -> int:
        """Rows of a table, all versions of them; 0 where it is absent."""
        source = self.sources.get(table)
        if source is None:
            return 0
        return int(source.num_rows if isinstance(source, pa.Table) else pq.read_metadata(source).num_rows)

    def columns(self, table: str) -> dict[str, str]:
        """SQL type by column, the contract's columns first, then the data set's own."""
        return {c.name: c.sql_type for c in TABLES[table].columns} | dict(self.info.extra.get(table, {}))

    def connect(self, memory_limit: str = defaults.MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection in which every table of the contract is a view with all of its columns.

        Absent tables are empty views; columns that a source lacks are NULL. Of rows with corrections, the view has the
        last version, and `versions_of` names the view of all versions.
        """
        import duckdb  # noqa: PLC0415 - whoever only reads scores and graphs needs none

        # Data beyond the memory limit spill to the system's temporary folder; DuckDB's default is the current one.
        spill = str(Path(tempfile.gettempdir()) / f"scgraph-{os.getpid()}")
        threads = min(os.cpu_count() or 1, 8)
        con = duckdb.connect(
            config={"memory_limit": memory_limit, "threads": threads, "temp_directory": spill}
        )
        for name in TABLES:
            source = self.sources.get(name)
            have: list[str] = []
            if isinstance(source, pa.Table):
                con.register(f"_{name}", source)
                origin, have = f'"_{name}"', source.column_names
            elif source is not None:
                path = str(source).replace("'", "''")
                origin, have = f"read_parquet('{path}')", pq.read_schema(source).names
            else:
                origin = "(SELECT 1 WHERE false)"
            columns = ", ".join(
                f"CAST({quoted(c) if c in have else 'NULL'} AS {sql}) AS {quoted(c)}"
                for c, sql in self.columns(name).items()
            )
            if self.has_versions(name):
                versions = self.versions_of(name)
                stored = ", ".join(_STORED_VERSION_COLUMNS)
                con.execute(f'CREATE VIEW "{versions}" AS SELECT {columns}, {stored} FROM {origin}')
                con.execute(
                    f'CREATE VIEW "{name}" AS SELECT * EXCLUDE ({stored}) FROM "{versions}" WHERE {LAST_VERSION}'
                )
            else:
                con.execute(f'CREATE VIEW "{name}" AS SELECT {columns} FROM {origin}')
        return con

    def has_versions(self, table: str) -> bool:
        """Whether rows of a table have corrections."""
        if table not in self.info.versioned:
            return False
        # A table that a caller put in the place of the stored one may have the last versions only.
        source = self.sources[table]
        names = source.column_names if isinstance(source, pa.Table) else pq.read_schema(source).names
        return KNOWN_UNTIL in names

    def versions_of(self, table: str) -> str:
        """The view of a connection that has all versions of a table's rows, with the day on which each was known."""
        return f"{table}_versions" if self.has_versions(table) else table


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def write_json_atomically(path: Path, value: object) -> None:
    """Write JSON with sorted keys and without NaN; readers see the old file or the new one, never a part."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    write_text(path, text + "\n")


def manifest_of(info: DatasetInfo, rows: Mapping[str, int]) -> dict[str, object]:
    """The manifest beside the tables; nothing in it depends on the day or the machine of the load."""
    return {"schema": TABLES_SCHEMA, "info": info.to_json(), "rows": dict(rows)}


def data_hash(files: Mapping[str, Path], info: DatasetInfo) -> str:
    """The content hash of a data set: of its files by table, and of what holds for it as a whole."""
    return data_hash_of({name: sha256_of(path) for name, path in files.items()}, info)


def data_hash_of(hashes: Mapping[str, str], info: DatasetInfo) -> str:
    """The content hash of a data set, from the SHA-256 of each table's file in hexadecimal digits."""
    digest = hashlib.sha256()
    for name in [name for name in TABLES if name in hashes]:
        digest.update(f"{name}\0".encode() + bytes.fromhex(hashes[name]))
    fields = {name: value for name, value in info.to_json().items() if name != "content_hash"}
    digest.update(json.dumps(fields, sort_keys=True).encode())
    return digest.hexdigest()


def pointer_to(folder: str, files: Iterable[str]) -> dict[str, object]:
    """The file that names the current data folder, and the fingerprints of the files that it was loaded from.

    They are kept here and not in the folder, which is the same however its rows were split into files.
    """
    return {"schema": WORKSPACE_SCHEMA, "data": folder, "files": sorted(set(files))}


def loaded_files(workspace: Path) -> frozenset[str]:
    """Fingerprints of the files that a workspace's data were loaded from; none are known of older workspaces."""
    return frozenset(_read(Layout(workspace).pointer, WORKSPACE_SCHEMA).get("files", ()))


def read_workspace(workspace: Path) -> Tables:
    """The tables that a workspace holds.

    Raises
    ------
    WorkspaceError: no workspace there, or one of another version, or with files missing.
    """
    folder, lease = _current(workspace)
    manifest = _read(folder / MANIFEST, TABLES_SCHEMA)
    fields = dict(manifest["info"])
    fields["standing"] = tuple(fields["standing"])
    fields["versioned"] = tuple(fields.get("versioned", ()))
    sources: dict[str, Path | pa.Table] = {name: folder / f"{name}.parquet" for name in manifest["rows"]}
    lost = [str(path) for path in sources.values() if isinstance(path, Path) and not path.is_file()]
    if lost:
        raise WorkspaceError(f"the workspace lacks {', '.join(lost)}", remedy="load the data again")
    return Tables(DatasetInfo(**fields), sources, lease)


def _current(workspace: Path) -> tuple[Path, Lease]:
    """The data folder that the workspace points to, claimed before a load can remove it."""
    layout = Layout(workspace)
    pointer = layout.pointer
    if not pointer.is_file():
        raise WorkspaceError(
            f"{workspace} holds no loaded data",
            remedy="run scgraph load DIR first, or name another --workspace",
        )
    while True:
        folder = layout.data / str(_read(pointer, WORKSPACE_SCHEMA)["data"])
        try:
            lease = Lease(folder)
        except OSError as fault:
            if folder.name == _read(pointer, WORKSPACE_SCHEMA)["data"]:
                raise WorkspaceError(
                    f"{folder / MANIFEST} cannot be read ({fault})", remedy="load the data again"
                ) from fault
            continue  # replaced between the two reads: the pointer names its successor
        if folder.name == _read(pointer, WORKSPACE_SCHEMA)["data"]:
            return folder, lease


def _read(path: Path, schema: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise WorkspaceError(f"{path} cannot be read ({fault})", remedy="load the data again") from fault
    if not isinstance(value, dict) or value.get("schema") != schema:
        raise WorkspaceError(
            f"{path} is not of schema {schema}", remedy="load the data again with this version of scgraph"
        )
    return value

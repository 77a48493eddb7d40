"""SQLite databases as batches of text cells; a row's line is its number in the order of the table, from 1."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from supplyrisk.graph.workspace.tables import quoted
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.typed_values import typed_batches
from supplyrisk.queries import first_names

_MAGIC = b"SQLite format 3\0"
# what a query of a mapping may do: read tables, call functions, and use recursive common table expressions
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def read_sqlite(source: SourceFile) -> tuple[tuple[str, ...], Iterator[CellBatch]]:
    """Return the names of the columns, and the rows, of the mapping's table or query, or of the only table.

    Raises
    ------
    FileFault: no SQLite database, no such table, several tables where the mapping names none, or a query that fails or
        does anything but read.
    """
    query = _checked(source)
    with closing(open_sqlite(source.path)) as con:
        try:
            cursor = con.execute(query)
            names = tuple(str(column[0]) for column in cursor.description or ())
        except sqlite3.Error as fault:
            raise _failed(fault) from fault
    return names, _batches(source, names, query)


def _checked(source: SourceFile) -> str:
    """Return the query of a source."""
    entry = source.map
    with source.path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise FileFault("is no SQLite database, expected one of version 3; export the table as CSV")
    for ending in ("-wal", "-journal"):
        log = source.path.with_name(source.path.name + ending)
        if log.exists() and log.stat().st_size:
            raise FileFault(
                f"has changes in {log.name} that are not in it yet, expected a closed database; "
                "close the program that writes it, or copy it by VACUUM INTO"
            )
    if entry.query and entry.db_table:
        raise FileFault("has both query and db_table in the mapping, expected one of them")
    if entry.query:
        return entry.query
    with closing(open_sqlite(source.path)) as con:
        try:
            tables = table_names(con)
        except sqlite3.Error as fault:
            raise _failed(fault) from fault
    if entry.db_table and entry.db_table not in tables:
        raise FileFault(
            f"has no table {entry.db_table!r}, expected one of {first_names(tables, 12) or 'no tables at all'}; "
            "correct db_table in the mapping"
        )
    if not entry.db_table and len(tables) != 1:
        raise FileFault(
            f"has the tables {first_names(tables, 12)}, expected one; name it by db_table in the mapping, or query it"
            if tables
            else "has no tables, expected one"
        )
    return f"SELECT * FROM {quoted(entry.db_table or tables[0])}"


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a database for reading only; a statement that does more raises sqlite3.DatabaseError.

    Virtual tables such as a full-text index do more when they are opened, and cannot be read.
    """
    con = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    con.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY)
    return con


def table_names(con: sqlite3.Connection) -> list[str]:
    """Return the names of the tables and views of a database, without SQLite's own, such as sqlite_sequence.

    Raises
    ------
    sqlite3.Error: the file is no intact database.
    """
    listed = con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1")
    names = [str(row[0]) for row in listed]
    return [name for name in names if not name.startswith("sqlite_")]


def _batches(source: SourceFile, names: tuple[str, ...], query: str) -> Iterator[CellBatch]:
    with closing(open_sqlite(source.path)) as con:
        try:
            yield from typed_batches(source, names, con.execute(query), _value)
        except sqlite3.Error as fault:
            raise _failed(fault) from fault


def _value(value: object, name: str) -> object:
    if isinstance(value, bytes):
        raise FileFault(
            f"has bytes in column {name}, expected numbers or texts; leave the column out by a query in the mapping"
        )
    return value


def _failed(fault: sqlite3.Error) -> FileFault:
    return FileFault(
        f"cannot be read as SQLite ({fault}), expected an intact database, and a query that only reads; "
        "correct query in the mapping, or copy the file again"
    )

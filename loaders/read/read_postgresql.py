"""Tables and queries of a PostgreSQL server as text cells; a row's line is its number in the answer, from 1."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any

from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.typed_values import typed_batches

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

_CONNECT_SECONDS = 10
_TYPES = (str, bool, int, float, Decimal, date, time)
"""Types whose values `converter_of` knows; others, such as uuid, are texts."""


def read_postgresql(source: SourceFile) -> tuple[tuple[str, ...], Iterator[CellBatch]]:
    """Return the names of the columns, and the rows, of the mapping's table or query.

    Server, database, user and password are those of libpq's environment (PGHOST, PGPORT, PGDATABASE, PGUSER,
    PGPASSWORD, PGSERVICE, PGPASSFILE). The transaction is read-only; rows come in batches by a cursor of the server.

    Raises
    ------
    FileFault: psycopg is not installed, the server does not answer, no such table, or a query that fails or does
        anything but read.
    """
    with _cursor(source) as cursor:
        names = tuple(column.name for column in cursor.description or ())
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise FileFault(
            f"has several columns {', '.join(repeated)}, expected a name for each; use AS in the query"
        )
    return names, _batches(source, names)


def _batches(source: SourceFile, names: Sequence[str]) -> Iterator[CellBatch]:
    with _cursor(source) as cursor:
        yield from typed_batches(source, names, cursor, _value)


@contextmanager
def _cursor(source: SourceFile) -> Iterator[psycopg.ServerCursor[Any]]:
    """Open a cursor on the rows; errors of the server become faults of the source."""
    psycopg = _library()
    try:
        with psycopg.connect(connect_timeout=_CONNECT_SECONDS) as connection:
            connection.read_only = True
            # Days are those of the place that the mapping names, whatever the server's own zone is.
            zone = source.map.times_in or source.map.timezone or "UTC"
            connection.execute("SELECT set_config('TimeZone', %s, false)", [zone])
            with connection.cursor("rows") as cursor:
                cursor.execute(_query(source))
                yield cursor
    except psycopg.Error as fault:
        raise _failed(fault) from fault


def _library() -> ModuleType:
    # An extra: imported where it is used, so that all other formats do without.
    try:
        return importlib.import_module("psycopg")
    except ImportError as fault:
        raise FileFault(
            "needs psycopg, which is not installed; pip install 'supplyrisk[postgresql]'"
        ) from fault


def _query(source: SourceFile) -> sql.Composed | bytes:
    entry = source.map
    if bool(entry.query) == bool(entry.db_table):
        raise FileFault("has no single origin of rows in the mapping, expected either db_table or query")
    if entry.query:
        # bytes: a text with % in it is no template here
        return entry.query.encode()
    parts = importlib.import_module("psycopg.sql")
    query: sql.Composed = parts.SQL("SELECT * FROM {}").format(parts.Identifier(*entry.db_table.split(".")))
    return query


def _value(value: object, name: str) -> object:
    """Return a value of one of the types that files have, too."""
    if isinstance(value, bytes | list | dict):
        kind = {bytes: "bytes", list: "arrays", dict: "JSON objects"}[type(value)]
        raise FileFault(
            f"has {kind} in column {name}, expected numbers, texts or days; "
            "leave the column out, or take it apart, by a query in the mapping"
        )
    if isinstance(value, datetime) and value.tzinfo:
        return value.replace(tzinfo=None)  # the server has converted it to the mapping's zone
    return value if value is None or isinstance(value, _TYPES) else str(value)


def _failed(fault: psycopg.Error) -> FileFault:
    reason = " ".join(str(fault).split())
    if fault.sqlstate is None:
        return FileFault(
            f"cannot be read ({reason}), expected a server that answers; start it, or set PGHOST, PGPORT, "
            "PGDATABASE, PGUSER and PGPASSWORD in the environment to one that runs"
        )
    return FileFault(
        f"cannot be read ({reason}), expected a table that exists, or a query that only reads; "
        "correct db_table or query in the mapping"
    )

"""The rows of the files of a join, with one row per key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import JoinedFile
from supplyrisk.loaders.read.file_parts import FilePart
from supplyrisk.loaders.read.ingest import scalar_count
from supplyrisk.loaders.read.row_texts import is_read, part_rows, resolved
from supplyrisk.queries import first_names

_SHOWN_LINES = 3
"""Lines with contradicting rows that a fault names."""


@dataclass(frozen=True)
class JoinedRows:
    """The rows of a joined file in the database.

    Parameters
    ----------
    number: number of the join in its entry.
    join: its entry in the mapping.
    parts: its files.
    view: one row per key: k0, ... the key, y0, ... the cells, lines (text) where rows of the key contradict each other.
    names: names of y0, ... in the file.
    keys: by column of the source, the column of the file.
    repeated: rows that say the same as an earlier one.
    """

    number: int
    join: JoinedFile
    parts: tuple[FilePart, ...]
    view: str
    names: tuple[str, ...]
    keys: dict[str, str]
    repeated: int

    @property
    def name(self) -> str:
        """The joined file, or the pattern of several."""
        return self.parts[0].source.name if len(self.parts) == 1 else self.join.file


def joined_rows(
    con: duckdb.DuckDBPyConnection, number: int, join: JoinedFile, parts: Sequence[FilePart], entry: SourceMap
) -> tuple[JoinedRows | None, list[str]]:
    """Make the files of a join a view with one row per key; also return the faults of their columns.

    Parameters
    ----------
    number: number of the join, different from those of all others.
    entry: the source, which says the columns that are read: rows of a key may differ in others.
    """
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    keys: dict[str, str] = {}
    faults = []
    for column, own in join.on.items():
        for part in parts:
            key = resolved(own, part.names)
            if key is None:
                faults.append(
                    f"{part.source.name}: the mapping joins by column {own}, which the file does not have; "
                    f"it has {first_names(list(part.names), 15)}"
                )
            else:
                keys[column] = key
    if faults:
        return None, faults
    key_names = "".join(f", k{i}" for i in range(len(keys)))[2:]
    rows = f"joined_{number}"
    con.execute(f"CREATE VIEW {rows} AS {_keyed(parts, names, list(keys.values()))}")
    with_key = f"(FROM {rows} WHERE {' AND '.join(f'k{i} IS NOT NULL' for i in range(len(keys)))})"
    repeated = f"{rows}_repeated"
    con.execute(
        f"CREATE TABLE {repeated} AS SELECT {key_names} FROM {with_key} GROUP BY {key_names} HAVING count(*) > 1"
    )
    read = [f"y{i}" for i, name in enumerate(names) if is_read(join.named(name), entry)]
    cells = "".join(f", y{i}" for i in range(len(names)))
    view = f"{rows}_unique"
    con.execute(
        f"CREATE VIEW {view} AS SELECT {key_names}{cells}, NULL::VARCHAR AS lines "
        f"FROM {with_key} ANTI JOIN {repeated} USING ({key_names}) "
        f"UNION ALL SELECT * FROM ({_merged(with_key, repeated, key_names, len(names), read)})"
    )
    same = scalar_count(con, _same_count(with_key, repeated, key_names, read))
    return JoinedRows(number, join, tuple(parts), view, names, keys, same), []


def _keyed(parts: Sequence[FilePart], names: Sequence[str], keys: Sequence[str]) -> str:
    """Return the SQL of all rows of a join's files, with their keys."""
    selects = []
    for part in parts:
        own = part_rows(part)
        texts = (own.column(name) if name in part.names else "NULL::VARCHAR" for name in names)
        cells = [f"{text} AS y{i}" for i, text in enumerate(texts)]
        cells += [f"{own.filled(name)} AS k{i}" for i, name in enumerate(keys)]
        selects.append(f"SELECT src, line, {', '.join(cells)} FROM ({own.sql})")
    return " UNION ALL ".join(selects)


def _differ(read: Sequence[str]) -> str:
    """Return the SQL of whether rows of a group differ in cells that are read."""
    differing = [f"count(DISTINCT coalesce({cell}, '')) > 1" for cell in read]
    return " OR ".join(differing) or "false"


def _merged(rows: str, repeated: str, keys: str, width: int, read: Sequence[str]) -> str:
    """Return the SQL of one row for each key that several rows have."""
    place = "{'src': src, 'line': line}"
    cells = "".join(f", arg_min(y{i}, {place}) AS y{i}" for i in range(width))
    lines = f"array_to_string(list_slice(list_sort(list(line)), 1, {_SHOWN_LINES}), ', ')"
    return (
        f"SELECT {keys}{cells}, CASE WHEN {_differ(read)} THEN {lines} END AS lines "
        f"FROM {rows} SEMI JOIN {repeated} USING ({keys}) GROUP BY {keys}"
    )


def _same_count(rows: str, repeated: str, keys: str, read: Sequence[str]) -> str:
    groups = (
        f"SELECT count(*) - 1 AS more, {_differ(read)} AS differ FROM {rows} SEMI JOIN {repeated} USING ({keys}) "
        f"GROUP BY {keys}"
    )
    return f"SELECT coalesce(sum(more) FILTER (WHERE NOT differ), 0) FROM ({groups})"

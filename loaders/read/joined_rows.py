"""The rows of the files of a join, with one row per key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.mappings.reshaping import JoinedFile
from supplyrisk.loaders.read.file_parts import FilePart
from supplyrisk.loaders.read.ingest import scalar_count
from supplyrisk.loaders.read.merged_cells import is_too_large, numbers_sql, sum_sql
from supplyrisk.loaders.read.row_texts import is_read, part_rows, resolved
from supplyrisk.queries import first_names

_LINES = "array_to_string(list_slice(list_sort(list(line)), 1, 3), ', ')"
"""The first lines with contradicting rows, for their fault."""


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
    repeated: rows that say the same as an earlier one, or are merged with it.
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

    @property
    def sums(self) -> set[str]:
        """Columns, as the mapping calls them, whose cells are added up and written as 1234.5."""
        summed = (resolved(own, self.names) for own, how in self.join.take.items() if how == "sum")
        return {self.join.named(name) for name in summed if name}


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
            elif keys.setdefault(column, key) != key:
                faults.append(
                    f"{part.source.name}: the column that the mapping joins by is called {key}, expected "
                    f"{keys[column]} as in {parts[0].source.name}; rename it"
                )
    take = {resolved(own, names) or own: how for own, how in join.take.items()}
    faults += [
        f"{parts[0].source.name}: take of the join names column {own}, which the file does not have"
        for own in take
        if own not in names
    ]
    if faults:
        return None, faults
    rows = f"joined_{number}"
    key_names = ", ".join(f"k{i}" for i in range(len(keys)))
    con.execute(f"CREATE VIEW {rows} AS {_keyed(parts, names, list(keys.values()), take)}")
    with_key = f"(FROM {rows} WHERE {' AND '.join(f'k{i} IS NOT NULL' for i in range(len(keys)))})"
    repeated = f"{rows}_repeated"
    con.execute(
        f"CREATE TABLE {repeated} AS SELECT {key_names} FROM {with_key} GROUP BY {key_names} HAVING count(*) > 1"
    )
    several = f"{with_key} SEMI JOIN {repeated} USING ({key_names})"
    differ = _differ(names, take, {name for name in names if is_read(join.named(name), entry)})
    cells = "".join(f", y{i}" for i in range(len(names)))
    view = f"{rows}_unique"
    con.execute(
        f"CREATE VIEW {view} AS SELECT {key_names}{cells}, NULL::VARCHAR AS lines "
        f"FROM {with_key} ANTI JOIN {repeated} USING ({key_names}) "
        f"UNION ALL SELECT {key_names}{_merged(names, take)}, CASE WHEN {differ} THEN {_LINES} END AS lines "
        f"FROM {several} GROUP BY {key_names}"
    )
    groups = f"SELECT count(*) - 1 AS more, {differ} AS differ FROM {several} GROUP BY {key_names}"
    same = scalar_count(con, f"SELECT coalesce(sum(more) FILTER (WHERE NOT differ), 0) FROM ({groups})")
    return JoinedRows(number, join, tuple(parts), view, names, keys, same), []


def _keyed(
    parts: Sequence[FilePart], names: Sequence[str], keys: Sequence[str], take: Mapping[str, str]
) -> str:
    """Return the SQL of all rows of a join's files, with their keys."""
    selects = []
    for part in parts:
        own = part_rows(part)
        cells = []
        for i, name in enumerate(names):
            text = "NULL::VARCHAR"
            if name in part.names:
                text = own.filled(name) if name in take else own.column(name)
            cells.append(f"{text} AS y{i}")
        cells += [f"{own.filled(name)} AS k{i}" for i, name in enumerate(keys)]
        sql = f"SELECT src, line, {', '.join(cells)} FROM ({own.sql})"
        numbers = {name: take.get(name, "") if name in part.names else "" for name in names}
        selects.append(numbers_sql(sql, own, numbers, part.source.map, "y"))
    return " UNION ALL ".join(selects)


def _differ(names: Sequence[str], take: Mapping[str, str], read: Collection[str]) -> str:
    """Return the SQL of whether rows of a key differ in cells that are read, or have a number too large to add up."""
    reasons = []
    for i, name in enumerate(names):
        if take.get(name) == "sum":
            reasons.append(f"bool_or({is_too_large(f'y{i}')})")
        elif name in read and name not in take:
            reasons.append(f"count(DISTINCT coalesce(y{i}, '')) > 1")
    return " OR ".join(reasons) or "false"


def _merged(names: Sequence[str], take: Mapping[str, str]) -> str:
    """Return the SQL of one cell for all rows of a key, with a comma before each."""
    place = "{'src': src, 'line': line}"
    cells = []
    for i, name in enumerate(names):
        cell = f"y{i}"
        match take.get(name):
            case "sum":
                cells.append(sum_sql(cell))
            case "last":
                cells.append(f"arg_max({cell}, {place}) FILTER (WHERE {cell} IS NOT NULL)")
            case "first":
                cells.append(f"arg_min({cell}, {place}) FILTER (WHERE {cell} IS NOT NULL)")
            case _:
                cells.append(f"arg_min({cell}, {place})")
    return "".join(f", {cell} AS y{i}" for i, cell in enumerate(cells))

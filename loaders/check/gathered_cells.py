"""The cells of many small files that are read in one way, gathered in one table of the database.

Planning a query costs time for each table in it, which is more than the reading of a file with a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.ingest import IngestedSource

MIN_FILES = 4
"""Files of one form from which their cells are gathered."""
MAX_ROWS = 20_000
"""Rows that they have at most on average: copying the cells of large files costs more than it saves."""
_AT_ONCE = 100
"""Files that one statement copies."""


@dataclass(frozen=True)
class CellTable:
    """A table of cells.

    Parameters
    ----------
    name: its name in the database.
    number: the SQL of the number of a row's source.
    source: one of the sources, whose binding and mapping are those of all.
    """

    name: str
    number: str
    source: IngestedSource


def cell_tables(con: duckdb.DuckDBPyConnection, sources: Sequence[IngestedSource]) -> list[CellTable]:
    """Return the tables that hold the cells of the sources; those of many small files are gathered in one each."""
    tables = []
    for group in _alike(sources):
        if len(group) < MIN_FILES or sum(source.rows for source in group) > MAX_ROWS * len(group):
            tables += [CellTable(f"raw_{source.number}", str(source.number), source) for source in group]
            continue
        name = f"gathered_{group[0].number}"
        con.execute(f"CREATE OR REPLACE TABLE {name} AS {_rows(group[:1])} WHERE false")
        for start in range(0, len(group), _AT_ONCE):
            con.execute(f"INSERT INTO {name} {_rows(group[start : start + _AT_ONCE])}")
        tables.append(CellTable(name, "src", group[0]))
    return tables


def _rows(sources: Sequence[IngestedSource]) -> str:
    return " UNION ALL ".join(f"SELECT {s.number} AS src, * FROM raw_{s.number}" for s in sources)


def _alike(sources: Sequence[IngestedSource]) -> list[list[IngestedSource]]:
    """Return the sources in groups that have the same columns and are read in the same way, whatever their file."""
    maps: list[SourceMap] = []
    groups: dict[object, list[IngestedSource]] = {}
    for source in sources:
        entry = source.source.map
        # mappings are no keys of dictionaries, and there are few of them
        place = next((i for i, other in enumerate(maps) if other is entry or other == entry), len(maps))
        if place == len(maps):
            maps.append(entry)
        binding = source.binding
        origins = tuple(binding.origins.items())
        key = (place, binding.header, origins, binding.extras, binding.typed, source.source.format)
        groups.setdefault(key, []).append(source)
    return list(groups.values())

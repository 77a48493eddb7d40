"""Faults in the rows of files of which some cannot be used as a whole: a user should see all faults at once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.cell_rules import Currency
from supplyrisk.loaders.check.quarantine import first_faults
from supplyrisk.loaders.check.typed_rows import TableWork, check_cells, text_views
from supplyrisk.loaders.mappings.mapping import Mapping
from supplyrisk.loaders.read.ingest import FAULTS, IngestedSource, count_of


class FaultyFiles(DataError):
    """Files that cannot be used as a whole: all of their faults, and beside them those of rows that could be read.

    rows: the first faults of rows, as in `LoadReport.faults`; row_count: their number in all.
    """

    def __init__(self, found: Sequence[str], rows: pa.Table, row_count: int) -> None:
        self.rows, self.row_count = rows, row_count
        unique = list(dict.fromkeys(found))
        text = unique[0] if len(unique) == 1 else f"{len(unique)} faults: " + _numbered(unique)
        faults = "1 fault in a row" if row_count == 1 else f"{row_count:,} faults in rows"
        more = f"; besides, {faults}, which scgraph validate shows" if row_count else ""
        super().__init__(text + more)


def _numbered(faults: Sequence[str]) -> str:
    return "; ".join(f"({i}) {fault}" for i, fault in enumerate(faults, 1))


def table_works_of(
    con: duckdb.DuckDBPyConnection, ingested: Sequence[IngestedSource]
) -> dict[str, TableWork]:
    """The texts of each table, from all sources that feed it."""
    works = {}
    for name, table in TABLES.items():
        mine = [source for source in ingested if source.source.table == name]
        if mine:
            works[name] = text_views(con, table, mine)
    return works


def faulty_files(
    con: duckdb.DuckDBPyConnection, ingested: Sequence[IngestedSource], mapping: Mapping, found: Sequence[str]
) -> FaultyFiles:
    """The error for faults of files, with those of the cells and lines of all sources that could be read.

    Whether rows fit one another is not asked: of rows that nobody could read the others know nothing. That a missing
    column is empty in every row is said once, as a fault of its file.
    """
    works = table_works_of(con, ingested)
    for work in works.values():
        check_cells(con, work, mapping.undated, Currency(mapping.currency, dict(mapping.rates)))
        for source in work.sources:
            lost = [work.field(name).position for name in source.binding.lost]
            con.execute(
                f"DELETE FROM {FAULTS} WHERE src = $src AND rule = 'required' AND list_contains($lost, pos)",
                {"src": source.number, "lost": lost},
            )
    # Of a file that broke off in the middle, lines may be on record already.
    read = [source.number for source in ingested]
    con.execute(f"DELETE FROM {FAULTS} WHERE NOT list_contains($read, src)", {"read": read})
    return FaultyFiles(found, first_faults(con, works), count_of(con, f"SELECT count(*) FROM {FAULTS}"))

"""The error for files that cannot be used as a whole; it also counts the faults in their rows, to show all at once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.check.fault_groups import FaultGroup, group_faults
from supplyrisk.loaders.check.quarantine import first_faults
from supplyrisk.loaders.check.typed_rows import TableWork, check_cells, text_views
from supplyrisk.loaders.mappings.mapping import Mapping
from supplyrisk.loaders.read.column_binding import RequiredDays
from supplyrisk.loaders.read.ingest import FAULTS, IngestedSource, scalar_count


class FaultyFiles(DataError):
    """Files cannot be used as a whole.

    Parameters
    ----------
    file_faults: faults of the files, all of which the message names.
    rows: the first faults of rows that could be checked, as in `LoadReport.faults`.
    row_count: number of all faults of rows.
    groups: all faults of rows by kind, the largest group first.
    """

    def __init__(
        self, file_faults: Sequence[str], rows: pa.Table, row_count: int, groups: Sequence[FaultGroup]
    ) -> None:
        self.rows = rows
        self.row_count = row_count
        self.groups = tuple(groups)
        unique = list(dict.fromkeys(file_faults))
        text = unique[0] if len(unique) == 1 else f"{len(unique)} faults: " + _numbered(unique)
        faults = "1 fault in a row" if row_count == 1 else f"{row_count:,} faults in rows"
        more = f"; in addition, {faults} (scgraph validate lists them)" if row_count else ""
        super().__init__(text + more)


def _numbered(faults: Sequence[str]) -> str:
    return "; ".join(f"({i}) {fault}" for i, fault in enumerate(faults, 1))


def build_table_works(
    con: duckdb.DuckDBPyConnection, ingested: Sequence[IngestedSource], stored: StoredData | None = None
) -> dict[str, TableWork]:
    """Create the text views of each table from all sources that feed it; tables in the order of the contract.

    stored: the data that the rows are appended to.
    """
    works = {}
    for name, table in TABLES.items():
        sources = [source for source in ingested if source.source.table == name]
        if sources:
            table_before = stored.tables.get(name) if stored else None
            works[name] = text_views(con, table, sources, table_before, has_versions=stored is not None)
    return works


def faulty_files(
    con: duckdb.DuckDBPyConnection,
    ingested: Sequence[IngestedSource],
    mapping: Mapping,
    days: RequiredDays,
    file_faults: Sequence[str],
) -> FaultyFiles:
    """Return the error for faults of files, with the faults of cells and lines of all sources that could be read.

    References between rows are not checked: rows that could not be read would seem to be missing.

    Parameters
    ----------
    ingested: the sources that could be read.
    days: which days may be absent.
    file_faults: faults of all files.
    """
    works = build_table_works(con, ingested)
    for work in works.values():
        check_cells(con, work, days, mapping.currency)
        for source in work.sources:
            # a missing column is a fault of the file, not of every one of its rows
            missing = [work.field(name).position for name in source.binding.missing]
            con.execute(
                f"DELETE FROM {FAULTS} WHERE src = $src AND rule = 'required' AND list_contains($missing, pos)",
                {"src": source.number, "missing": missing},
            )
    # lines of a file that could not be read to its end may have been recorded already
    read = [number for source in ingested for number in (source.number, *source.files)]
    con.execute(f"DELETE FROM {FAULTS} WHERE NOT list_contains($read, src)", {"read": read})
    row_count = scalar_count(con, f"SELECT count(*) FROM {FAULTS}")
    return FaultyFiles(file_faults, first_faults(con, works), row_count, group_faults(con, works))

"""The rows that the workspace will hold, as views under the names of the contract's tables."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.workspace.tables import LAST_VERSION, quoted
from supplyrisk.loaders.append.stored_data import StoredData
from supplyrisk.loaders.check.row_versions import last_versions
from supplyrisk.loaders.check.typed_rows import TableWork


def create_contract_views(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], stored: StoredData | None = None
) -> None:
    """Create a temp view per table of the contract, as `Tables.connect` does, over a database after all checks.

    Tables without rows are empty views. Columns beyond the contract are left out, and versions that others replace.

    Parameters
    ----------
    stored: the data that the rows are appended to.
    """
    for table in TABLES.values():
        work = works.get(table.name)
        before = stored.tables.get(table.name) if stored else None
        if work:
            cells = {column.name: work.field(column.name).sql for column in table.columns}
            rows = f"({last_versions(work)})"
        elif before:
            cells = {c.name: quoted(c.name) for c in table.columns if c.name in before.columns}
            rows = f"{before.sql} WHERE {LAST_VERSION}" if before.versioned else before.sql
        else:
            cells = {}
            rows = "(SELECT 1 WHERE false)"
        columns = [
            f"CAST({cells.get(column.name, 'NULL')} AS {column.sql_type}) AS {quoted(column.name)}"
            for column in table.columns
        ]
        con.execute(f"CREATE TEMP VIEW {quoted(table.name)} AS SELECT {', '.join(columns)} FROM {rows}")

"""The rows that a load accepts, as views under the names of the contract's tables."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork


def create_contract_views(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> None:
    """Create a temp view per table of the contract, as `Tables.connect` does, over a database after all checks.

    Tables without files are empty views. Columns beyond the contract are left out.
    """
    for table in TABLES.values():
        work = works.get(table.name)
        columns = [
            f'CAST({work.field(column.name).sql if work else "NULL"} AS {column.sql_type}) AS "{column.name}"'
            for column in table.columns
        ]
        rows = f"({loaded_rows(work)})" if work else "(SELECT 1 WHERE false)"
        con.execute(f'CREATE TEMP VIEW "{table.name}" AS SELECT {", ".join(columns)} FROM {rows}')

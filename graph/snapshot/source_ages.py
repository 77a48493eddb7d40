"""How old the last row of each data source about each firm is, and the data coverage that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.schema.source_coverage import AGE_COLUMNS, DATA_SOURCES, SHIPPED_SOURCES, age_column

if TYPE_CHECKING:
    import duckdb

# Rows with firm_id and days_ago by source. Both ends of a trade are shown by it. A pair's last_ago is null in undated
# data. Of payments, rows count whose due day or payment is known: other trades say nothing about paying.
_ROWS = {
    "activity": "SELECT firm_id, days_ago FROM known_activity",
    "trades": "SELECT supplier_id AS firm_id, last_ago AS days_ago FROM pairs "
    "UNION ALL SELECT customer_id, last_ago FROM pairs",
    "payments": "SELECT unnest([supplier_id, customer_id]) AS firm_id, days_ago FROM known_supplies "
    "WHERE due_on IS NOT NULL OR paid_on IS NOT NULL",
    "shipments": "SELECT unnest([carrier_id, shipper_id, receiver_id]) AS firm_id, days_ago FROM known_shipments",
    "statements": "SELECT firm_id, days_ago FROM known_financials",
    "loans": "SELECT firm_id, days_ago FROM known_loans",
}


def create_source_ages(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `source_ages`: row, and by AGE_COLUMNS the days since the last row of each source.

    Null where a source has no row about the firm, and for unlisted firms: only what others record of them is known.
    Rows of undated data are 0 days old. Needs the temp tables `base` and `pairs`.
    """
    joins = [
        f"LEFT JOIN (SELECT firm_id, min(coalesce(days_ago, 0)) AS ago FROM ({_ROWS[source]}) GROUP BY firm_id) "
        f"{source} USING (firm_id)"
        for source in DATA_SOURCES
    ]
    ages = [
        f"CASE WHEN NOT unlisted THEN CAST({source}.ago AS DOUBLE) END AS {age_column(source)}"
        for source in DATA_SOURCES
    ]
    con.execute(
        f'CREATE TEMP TABLE source_ages AS SELECT "row", {", ".join(ages)} FROM base {" ".join(joins)}'
    )


def with_coverage(head: pa.Table) -> pa.Table:
    """Insert the column coverage before the ages: data coverage by the shipped list; null for unlisted firms."""
    ages = np.column_stack([head[name].to_numpy().astype(np.float64) for name in AGE_COLUMNS])
    coverage = SHIPPED_SOURCES.coverage(head["roles"].to_pylist(), ages)
    column = pc.if_else(pc.is_null(head["unlisted"]), pa.array(coverage), pa.scalar(None, pa.float64()))
    return head.add_column(head.column_names.index(AGE_COLUMNS[0]), "coverage", column)

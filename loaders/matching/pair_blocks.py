"""Which pairs of firms are compared: those that agree in a key or in some of their other columns.

All pairs of 100,000 firms would be 5 billion. A value that very many firms share distinguishes none of them and would
bring most pairs: such blocks are left out and counted.
"""

from __future__ import annotations

import duckdb

from supplyrisk.loaders.read.ingest import scalar_count

MOST_FIRMS_OF_A_BLOCK = 60
"""A block of more firms is left out."""
BLOCKS = {
    "block_credit_code": "credit_code",
    "block_lei": "lei",
    "block_vat_number": "vat_number",
    "block_company_number": "company_number",
    "block_core": "core",
    "block_address": "address",
    "block_founded": "founded_on::VARCHAR",
    "block_founded_region": "founded_on::VARCHAR || '|' || region",
    "block_brand": "brand",
    "block_brand_place": "brand || '|' || place",
    "block_brand_trade": "brand || '|' || trade",
    "block_brand_region": "brand || '|' || region",
    # a brand with one wrong character still begins or ends alike
    "block_start": "left(brand, greatest(1, length(brand) // 2)) || '|' || trade || '|' || coalesce(place, region)",
    "block_end": "right(brand, greatest(1, length(brand) // 2)) || '|' || trade || '|' || coalesce(place, region)",
}
"""SQL of each block's value, by its column: two firms are compared where one of these values is equal."""


def add_blocks(con: duckdb.DuckDBPyConnection, source: str, target: str) -> int:
    """Create a table of records with the columns of BLOCKS, NULL where a block is too large.

    Returns
    -------
    The number of blocks that are left out.
    """
    values = ", ".join(f"{value} AS {name}" for name, value in BLOCKS.items())
    con.execute(f"CREATE TABLE {target}_all AS SELECT *, {values} FROM {source}")
    sizes = " UNION ALL ".join(
        f"SELECT count(*) AS firms FROM {target}_all WHERE {name} IS NOT NULL GROUP BY {name}"
        for name in BLOCKS
    )
    left_out = scalar_count(con, f"SELECT count(*) FROM ({sizes}) WHERE firms > {MOST_FIRMS_OF_A_BLOCK}")
    capped = ", ".join(
        f"CASE WHEN count(*) OVER (PARTITION BY {name}) <= {MOST_FIRMS_OF_A_BLOCK} THEN {name} END AS {name}"
        for name in BLOCKS
    )
    con.execute(f"CREATE TABLE {target} AS SELECT * REPLACE ({capped}) FROM {target}_all ORDER BY firm_id")
    con.execute(f"DROP TABLE {target}_all")
    return left_out

"""How many cells have each word of a column, for columns of words that repeat."""

from __future__ import annotations

import duckdb

from supplyrisk.loaders.check.typed_rows import TableWork

WORD_COLUMNS = {
    "firms": ("industry", "region"),
    "supplies": ("category",),
    "relations": ("kind",),
    "events": ("kind", "source"),
}
"""Columns with few different texts, by table."""


def count_words(con: duckdb.DuckDBPyConnection, work: TableWork, column: str) -> str:
    """Create a temp table with the columns word and cells, once; return its name."""
    name = f"words_{work.name}_{column}"
    text = work.field(column).sql
    con.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS SELECT {text} AS word, count(*) AS cells "
        f"FROM typed_{work.name} WHERE {text} IS NOT NULL GROUP BY 1"
    )
    return name

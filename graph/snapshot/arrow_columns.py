"""Arrow columns of numbers: the same value whatever the order of rows and threads, and never NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

DIGITS = 12
"""Significant digits kept: sums in another order differ only beyond them."""


def rounded(values: npt.NDArray[np.float64], digits: int = DIGITS) -> npt.NDArray[np.float64]:
    """Values at a number of significant digits; 0 and what is not finite stay as they are."""
    usable = np.isfinite(values) & (values != 0)
    size = np.floor(np.log10(np.abs(values), where=usable, out=np.zeros_like(values)))
    # Dividing by a power of ten is exact where multiplying by its inverse is not.
    places = np.clip(digits - 1 - size, -300, 300)
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.where(usable, np.rint(values * up / down) / up * down, values)


def as_doubles(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
    """A numeric column as doubles, NaN where it is null: for computing, never for storing."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def as_nullable(values: npt.NDArray[np.float64]) -> pa.Array:
    """Doubles as an Arrow column, null where they are not finite."""
    return pa.array(values, type=pa.float64(), mask=~np.isfinite(values))


def clean_doubles(table: pa.Table) -> pa.Table:
    """The table with every double rounded to DIGITS, null where it is not finite, in one chunk a column."""
    columns = []
    for column in table.columns:
        if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
            columns.append(as_nullable(rounded(as_doubles(column))))
        else:
            columns.append(column.combine_chunks())
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def fetch_clean(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The cleaned result of a query."""
    return clean_doubles(con.sql(sql).to_arrow_table())

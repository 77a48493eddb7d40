"""Arrow columns of numbers that do not depend on the order of rows and threads, and hold no NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

DIGITS = 12
"""Significant digits that values are rounded to: sums in another order differ only beyond them."""

_BLOCK = 16_384
"""Values that are rounded at a time: their intermediate results stay in the processor's cache."""
_POWERS = 10.0 ** np.arange(301)
"""Powers of ten: looking them up is faster than computing each again."""


def rounded(values: npt.NDArray[np.float64], digits: int = DIGITS) -> npt.NDArray[np.float64]:
    """Round values to a number of significant digits (default DIGITS); zeros, NaN and infinities are unchanged."""
    flat = np.ascontiguousarray(values).reshape(-1)
    result = np.empty_like(flat)
    for start in range(0, len(flat), _BLOCK):
        result[start : start + _BLOCK] = _rounded(flat[start : start + _BLOCK], digits)
    return result.reshape(values.shape)


def _rounded(values: npt.NDArray[np.float64], digits: int) -> npt.NDArray[np.float64]:
    usable = np.isfinite(values) & (values != 0)
    magnitude = np.floor(np.log10(np.abs(values), where=usable, out=np.zeros_like(values)))
    # The clip keeps both powers of ten finite for subnormal and huge values.
    places = np.clip(digits - 1 - magnitude, -300, 300)
    # Two factors, one of which is 1: 10 ** -n is not exact in binary, so divide by 10 ** n instead.
    scale_up = _POWERS[np.maximum(places, 0).astype(np.int64)]
    scale_down = _POWERS[np.maximum(-places, 0).astype(np.int64)]
    return np.where(usable, np.rint(values * scale_up / scale_down) / scale_up * scale_down, values)


def as_doubles(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
    """Return a numeric column as doubles, NaN where it is null: for computation, never for storage."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def as_nullable(values: npt.NDArray[np.float64]) -> pa.Array:
    """Return doubles as an Arrow column, null where they are not finite."""
    return pa.array(values, type=pa.float64(), mask=~np.isfinite(values))


def clean_doubles(table: pa.Table) -> pa.Table:
    """Return the table with doubles and decimals rounded to DIGITS, null where not finite; one chunk per column."""
    columns = []
    for column in table.columns:
        if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
            columns.append(as_nullable(rounded(as_doubles(column))))
        else:
            columns.append(column.combine_chunks())
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def fetch_clean(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """Return the result of a query, cleaned by `clean_doubles`."""
    return clean_doubles(con.sql(sql).to_arrow_table())

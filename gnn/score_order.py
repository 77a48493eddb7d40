"""The order of firms in tables of scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def score_order(by: pa.Array, ids: pa.ChunkedArray, first: NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers of the firms, highest value first, ties by id, nulls (firms in default, unlisted firms) last.

    first [firms]: firms that come before all others.
    """
    others = np.zeros(len(by)) if first is None else np.where(first, 0, np.where(by.is_valid(), 1, 2))
    keys = pa.table({"others": others, "by": by, "firm_id": ids})
    return pc.sort_indices(keys, [("others", "ascending"), ("by", "descending"), ("firm_id", "ascending")])


def in_order(
    columns: dict[str, pa.Array | pa.ChunkedArray], order: pa.Array, ready: frozenset[str] = frozenset()
) -> pa.Table:
    """Columns in an order, as a table; those named in ready are in it already."""
    moved = {}
    for name in list(columns):
        # Taken out one by one, so that a column's memory is free before the next one is copied.
        column = columns.pop(name)
        moved[name] = column if name in ready else column.take(order)
    return pa.table(moved)

"""Whom each firm of a snapshot trades with and stands for, and with which share: what a later day is held against."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.graph.arrays import nullable, numbers
from supplyrisk.graph.edges import CARRIES_FOR, SUPPLIES
from supplyrisk.graph.snapshot import Snapshot

LEAST = 0.01
"""Trade and carriage below this share of a firm's own are left out."""

SCHEMA = pa.schema(
    [("firm_id", pa.string()), ("side", pa.string()), ("other", pa.string()), ("share", pa.float64())]
)


def partners_of(seen: Snapshot) -> pa.Table:
    """The links of each firm to others, sorted: firm_id, side, other, share.

    side says what the other is to the firm: supplier (share of its purchases of 180 days), customer (of its sales to
    firms), carrier (of its units sent and received), or, of any other relation between firms, "<kind>: it" where the
    firm is the first of the two (it guarantees the other) and "<kind>: other" where it is the second; their share is
    null. Shares below LEAST are left out.
    """
    ids = seen.firms["firm_id"].combine_chunks()
    parts = []
    for (source, kind, target), edges in seen.edges.items():
        if (source, target) != ("firm", "firm"):
            continue
        if (source, kind, target) == SUPPLIES:
            parts.append(_side(ids, edges, "supplier", ("target", "source", "share_of_purchases")))
            parts.append(_side(ids, edges, "customer", ("source", "target", "share_of_sales")))
        elif (source, kind, target) == CARRIES_FOR:
            parts.append(_side(ids, edges, "carrier", ("target", "source", "share")))
        else:
            parts.append(_side(ids, edges, f"{kind}: it", ("source", "target", None)))
            parts.append(_side(ids, edges, f"{kind}: other", ("target", "source", None)))
    order = [("firm_id", "ascending"), ("side", "ascending"), ("other", "ascending")]
    return pa.concat_tables([SCHEMA.empty_table(), *parts]).combine_chunks().sort_by(order)


def _side(ids: pa.Array, edges: pa.Table, side: str, columns: tuple[str, str, str | None]) -> pa.Table:
    """One side of an edge frame; columns: those of the firm's row, of the other's, and of the share."""
    firm, other, name = columns
    share = np.full(edges.num_rows, np.nan) if name is None else numbers(edges[name])
    used = pa.array(np.ones(edges.num_rows, bool) if name is None else share >= LEAST)
    rows = [ids.take(edges[end].combine_chunks()) for end in (firm, other)]
    words = pa.repeat(pa.scalar(side, pa.string()), edges.num_rows)
    return pa.table([rows[0], words, rows[1], nullable(share)], schema=SCHEMA).filter(used)

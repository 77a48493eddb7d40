"""Whom each firm of a snapshot trades with and stands for, and with which share: what a later day is held against."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.snapshot.arrow_columns import as_doubles, as_nullable
from supplyrisk.graph.snapshot.edges import CARRIES_FOR, SUPPLIES, EdgeType
from supplyrisk.graph.snapshot.snapshot import Snapshot

LEAST = 0.01
"""Trade and carriage below this share of a firm's own are left out."""

Rows = tuple[str, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


def partners_of(seen: Snapshot) -> pa.Table:
    """The links of each firm to others, sorted: firm_id, side, other (text, by dictionary), share.

    side says what the other is to the firm: supplier (share of its purchases of 180 days), customer (of its sales to
    firms), carrier (of its units sent and received), or, of any other relation between firms, "<kind>: it" where the
    firm is the first of the two (it guarantees the other) and "<kind>: other" where it is the second; their share is
    null. Shares below LEAST are left out.
    """
    parts = sorted(
        (part for kind, edges in seen.edges.items() for part in _sides(kind, edges)), key=lambda p: p[0]
    )
    side = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part[1]) for part in parts])
    none = np.zeros(0, np.int32)
    firm, other = (np.concatenate([none, *(part[at] for part in parts)]) for at in (1, 2))
    share = np.concatenate([np.zeros(0), *(part[3] for part in parts)])
    # Firms are in the order of their ids, and parts in that of their sides.
    order = np.lexsort((other, side, firm))
    ids, words = seen.firms["firm_id"].combine_chunks(), pa.array([part[0] for part in parts], pa.string())
    columns = {"firm_id": (firm, ids), "side": (side, words), "other": (other, ids)}
    found = {
        name: pa.DictionaryArray.from_arrays(pa.array(rows[order].astype(np.int32)), texts)
        for name, (rows, texts) in columns.items()
    }
    return pa.table(found | {"share": as_nullable(share[order])})


def _sides(kind: EdgeType, edges: pa.Table) -> Iterator[Rows]:
    """An edge frame from both ends: the side's word, the firm's rows, the others', and the shares, NaN for none."""
    if (kind[0], kind[2]) != ("firm", "firm"):
        return
    ends = [edges[end].to_numpy().astype(np.int32) for end in ("source", "target")]
    if kind == SUPPLIES:
        yield _large("supplier", (ends[1], ends[0]), as_doubles(edges["share_of_purchases"]))
        yield _large("customer", (ends[0], ends[1]), as_doubles(edges["share_of_sales"]))
    elif kind == CARRIES_FOR:
        yield _large("carrier", (ends[1], ends[0]), as_doubles(edges["share"]))
    else:
        none = np.full(edges.num_rows, np.nan)
        yield f"{kind[1]}: it", ends[0], ends[1], none
        yield f"{kind[1]}: other", ends[1], ends[0], none


def _large(side: str, ends: tuple[NDArray[np.int32], NDArray[np.int32]], share: NDArray[np.float64]) -> Rows:
    used = share >= LEAST
    return side, ends[0][used], ends[1][used], share[used]

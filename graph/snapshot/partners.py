"""Each firm's partners in a snapshot with their shares, to be compared with a later day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.schema.relations import BACK, FORWARD, EdgeType, relation_of
from supplyrisk.graph.snapshot.arrow_columns import as_doubles, as_nullable
from supplyrisk.graph.snapshot.snapshot import Snapshot

MIN_SHARE = 0.01
"""Partners below this share of a firm's trade or carriage are left out."""

FirmRows = NDArray[np.int32]


@dataclass(frozen=True)
class _PartnerLinks:
    """Links of one kind seen from one side; the arrays have one entry per link.

    Parameters
    ----------
    side: what the partner is to the firm.
    firm, partner: rows of the snapshot's firms.
    share: of the firm's trade or carriage, NaN where the kind has no shares.
    """

    side: str
    firm: FirmRows
    partner: FirmRows
    share: NDArray[np.float64]


def partners_of(snapshot: Snapshot) -> pa.Table:
    """Return the partners of each listed firm, sorted by the first three columns: firm_id, side, other, share.

    firm_id, side and other are dictionary-encoded text. `side` states what the other firm is to this one: supplier
    (share of its purchases in 180 days), customer (share of its sales to firms), carrier (share of its units sent
    and received) or another end with a measured share. For relations without shares it is "<kind>: it" where this
    firm is the source (it guarantees the other) and "<kind>: other" where it is the target; their share is null.
    Shares below MIN_SHARE are left out.
    """
    links = sorted(
        (link for kind, edges in snapshot.edges.items() for link in _sides(kind, edges)),
        key=lambda link: link.side,
    )
    side = np.repeat(np.arange(len(links), dtype=np.int32), [len(link.firm) for link in links])
    # The empty arrays keep the types where there are no links.
    empty = np.zeros(0, np.int32)
    firm = np.concatenate([empty, *(link.firm for link in links)])
    partner = np.concatenate([empty, *(link.partner for link in links)])
    share = np.concatenate([np.zeros(0), *(link.share for link in links)])
    # Firms are numbered by id and sides by name, so sorting numbers sorts the texts.
    order = np.lexsort((partner, side, firm))
    order = order[~snapshot.unlisted[firm[order]]]
    ids = snapshot.firms["firm_id"].combine_chunks()
    sides = pa.array([link.side for link in links], pa.string())
    return pa.table(
        {
            "firm_id": _encoded(firm[order], ids),
            "side": _encoded(side[order], sides),
            "other": _encoded(partner[order], ids),
            "share": as_nullable(share[order]),
        }
    )


def _encoded(rows: FirmRows, texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32)), texts)


def _sides(kind: EdgeType, edges: pa.Table) -> Iterator[_PartnerLinks]:
    """Yield the links of an edge table as seen from each end; nothing where an end is a person."""
    if (kind[0], kind[2]) != ("firm", "firm"):
        return
    source = edges["source"].to_numpy().astype(np.int32)
    target = edges["target"].to_numpy().astype(np.int32)
    relation = relation_of(kind[1])
    for direction, firm, partner in ((FORWARD, target, source), (BACK, source, target)):
        side = relation.side(direction)
        name = relation.sender(direction).share
        if side is None:
            continue
        share = np.full(edges.num_rows, np.nan) if name is None else as_doubles(edges[name])
        # A missing share compares false, so that the link is left out where the relation has shares.
        used = np.full(edges.num_rows, name is None) | (share >= MIN_SHARE)
        yield _PartnerLinks(side, firm[used], partner[used], share[used])

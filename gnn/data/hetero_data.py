"""A snapshot as a PyG graph, and its links as channels along which a default can be transmitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import HeteroData

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.relations import BACK, FORWARD, RelationEnd, relation_of


def hetero_data(snapshot: Snapshot, encoder: Encoder) -> HeteroData:
    """Convert a snapshot to HeteroData.

    Returns
    -------
    HeteroData with data["firm"].x [firms, columns] (NaN is missing), .defaulted [firms] (bool) and .y [firms]
    (1 failed, 0 sound, NaN unknown); data["person"].num_nodes; per edge type edge_index [2, edges] and edge_attr
    [edges, attributes] (NaN is missing), with the attributes' names in .attributes.
    """
    data = linked_data(snapshot)
    data["firm"].x = torch.from_numpy(encoder.transform(snapshot))
    defaulted = snapshot.firms.column("defaulted").combine_chunks()
    outcome = snapshot.firms.column("outcome").combine_chunks()
    data["firm"].defaulted = torch.from_numpy(np.array(defaulted.to_numpy(zero_copy_only=False), dtype=bool))
    # Booleans with nulls go through int8, so that an unknown outcome becomes NaN rather than False.
    data["firm"].y = torch.from_numpy(
        np.array(outcome.cast(pa.int8()).to_numpy(zero_copy_only=False), dtype=float)
    )
    return data


def linked_data(snapshot: Snapshot) -> HeteroData:
    """Convert a snapshot's nodes and links only, without features and outcomes."""
    data = HeteroData()
    data["firm"].num_nodes = snapshot.firms.num_rows
    data["person"].num_nodes = snapshot.persons.num_rows
    for kind, table in snapshot.edges.items():
        ends = np.stack([table.column(c).to_numpy() for c in ("source", "target")])
        names = [c for c in table.column_names if c not in {"source", "target"}]
        attributes = [np.asarray(table.column(c).to_numpy(), dtype=np.float64) for c in names]
        data[kind].edge_index = torch.from_numpy(ends.astype(np.int64))
        data[kind].edge_attr = torch.from_numpy(
            np.stack(attributes, 1) if names else np.empty((table.num_rows, 0))
        )
        data[kind].attributes = names
    return data


@dataclass(frozen=True)
class Channels:
    """Directed channels between nodes, firms first, then persons; several channels may join one ordered pair.

    A default of a channel's source affects its target.

    Parameters
    ----------
    kinds: names of the channel types, such as "firm:supplies:firm:forward".
    nodes: number of nodes.
    source, target [links]: node numbers.
    kind [links]: number of the channel type in `kinds`.
    share [links]: the target's dependence on this link, 0 to 1.
    attributes [links, MAX_ATTRIBUTES]: edge attributes on a log scale, float32, NaN where missing.
    pair [links]: number of the ordered pair that the link belongs to.
    pair_source, pair_target [pairs]: the pair's ends.
    reverse [pairs]: number of the pair in the opposite direction.
    """

    kinds: tuple[str, ...]
    nodes: int
    source: Tensor
    target: Tensor
    kind: Tensor
    share: Tensor
    attributes: Tensor
    pair: Tensor
    pair_source: Tensor
    pair_target: Tensor
    reverse: Tensor

    def without_attributes(self) -> Channels:
        """Return the channels without their attributes, which only transmissions need: a third of the memory."""
        return replace(self, attributes=self.attributes[:, :0].clone())

    def to(self, device: torch.device) -> Channels:
        """Return the channels on a device; the same object if they are on it already."""
        if self.source.device == device:
            return self
        moved: dict[str, Any] = {
            k: v.to(device) if isinstance(v, Tensor) else v for k, v in vars(self).items()
        }
        return replace(self, **moved)


MAX_ATTRIBUTES = 12
"""Edge attributes that a channel can carry; a supply link has twelve, the largest number."""


def channels(data: HeteroData) -> Channels:
    """Return both directions of every link of a graph, without links from a node to itself."""
    firms = int(data["firm"].num_nodes)
    persons = int(data["person"].num_nodes)
    offset = {"firm": 0, "person": firms}
    kinds: list[str] = []
    parts: list[_Part] = []
    for (source_type, kind, target_type), store in zip(data.edge_types, data.edge_stores, strict=True):
        ends = store.edge_index.numpy()
        source = ends[0] + offset[source_type]
        target = ends[1] + offset[target_type]
        relation = relation_of(kind)
        forward = _share(store, relation.source, target)
        back = _share(store, relation.target, source)
        # A link on which neither end depends transmits nothing. Where one end does, both directions stay: the rounds
        # subtract what comes back along the opposite pair, so that pair must exist.
        keep = np.flatnonzero((source != target) & (forward + back > 0))
        source = source[keep]
        target = target[keep]
        kinds += [f"{source_type}:{kind}:{target_type}:{direction}" for direction in (FORWARD, BACK)]
        parts.append(_Part(source, target, forward[keep], store.edge_attr.numpy(), keep))
        parts.append(_Part(target, source, back[keep], store.edge_attr.numpy(), keep))
    return _joined(tuple(kinds), parts, firms + persons)


@dataclass(frozen=True)
class _Part:
    """The links of one kind in one direction; attributes covers all links of the kind, keep numbers those used."""

    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]
    share: NDArray[np.float64]
    attributes: NDArray[np.float64]
    keep: NDArray[np.int64]


def _squash(part: _Part, out: NDArray[np.float32]) -> None:
    """Write sign(x) log(1 + |x|) of each attribute into out: amounts, days and shares on comparable scales."""
    if part.attributes.shape[1] > MAX_ATTRIBUTES:
        raise ValueError(
            f"a link carries {part.attributes.shape[1]} attributes, channels hold {MAX_ATTRIBUTES}"
        )
    for c in range(part.attributes.shape[1]):
        column = part.attributes[part.keep, c]
        out[:, c] = np.copysign(np.log1p(np.abs(column)), column)


def _share(store: object, sender: RelationEnd, receiver: NDArray[np.int64]) -> NDArray[np.float64]:
    """The receiver's dependence on each link: the measured share, else one over its number of links of this type."""
    if not sender.transmits:
        return np.zeros(len(receiver))
    equal = 1.0 / np.bincount(receiver)[receiver] if receiver.size else np.empty(0)
    names: list[str] = getattr(store, "attributes", [])
    if sender.share is None or sender.share not in names:
        return equal
    measured = store.edge_attr.numpy()[:, names.index(sender.share)]  # type: ignore[attr-defined]
    # A link without trade in the window has no measured share: the receiver does not depend on it now.
    return np.asarray(np.clip(np.nan_to_num(measured), 0.0, 1.0))


def _joined(kinds: tuple[str, ...], parts: list[_Part], nodes: int) -> Channels:
    sizes = [len(p.keep) for p in parts]
    bounds = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    # The empty array in front fixes the dtype for a graph without links.
    no_nodes = np.empty(0, dtype=np.int64)
    source = np.concatenate([no_nodes, *(p.sender for p in parts)])
    target = np.concatenate([no_nodes, *(p.receiver for p in parts)])
    attributes = np.full((len(source), MAX_ATTRIBUTES), np.nan, dtype=np.float32)
    for part, start, stop in zip(parts, bounds[:-1], bounds[1:], strict=True):
        _squash(part, attributes[start:stop])
    # Sorted by source, then target: `_reverse` and the evidence of a score rely on this order.
    pairs, pair = np.unique(source * nodes + target, return_inverse=True)
    return Channels(
        kinds=kinds,
        nodes=nodes,
        source=_tensor(source),
        target=_tensor(target),
        kind=_tensor(np.repeat(np.arange(len(kinds)), sizes)),
        share=_tensor(np.concatenate([np.empty(0), *(p.share for p in parts)])),
        attributes=_tensor(attributes),
        pair=_tensor(pair),
        pair_source=_tensor(pairs // max(nodes, 1)),
        pair_target=_tensor(pairs % max(nodes, 1)),
        reverse=_tensor(_reverse(pairs, nodes)),
    )


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


def _reverse(pairs: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    """Number of the opposite pair of each pair; pairs [pairs] are source x nodes + target, sorted.

    Every link is a channel in both directions, so the opposite pair exists. Sorted by target, then source, the pairs
    are in the same order as their opposites sorted by source, then target. Converting CSR to CSC yields that order by
    counting sorts; a binary search for each of fourteen million pairs took seventeen seconds.
    """
    start = np.searchsorted(pairs, np.arange(nodes + 1) * nodes)
    numbered = sp.csr_array((np.arange(len(pairs)), pairs % max(nodes, 1), start), (nodes, nodes))
    return np.asarray(numbered.tocsc().data, dtype=np.int64)

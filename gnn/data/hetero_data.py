"""A snapshot as a PyG graph, and its links as channels along which a failure can be transmitted."""

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

SHARES = {
    ("supplies", "forward"): "share_of_purchases",
    ("supplies", "back"): "share_of_sales",
    ("carries_for", "forward"): "share",
}
"""Which edge attribute is the receiver's dependence on the sender, by kind and direction of the channel."""


def hetero_data(snapshot: Snapshot, encoder: Encoder) -> HeteroData:
    """The snapshot as HeteroData.

    data["firm"].x [firms, columns] (NaN is missing), .defaulted [firms] (bool), .y [firms] (1 failed, 0 sound,
    NaN not known); data["person"].num_nodes; per edge type edge_index [2, edges] and edge_attr [edges, attributes]
    (NaN is missing) with .attributes naming them.
    """
    data = linked_data(snapshot)
    data["firm"].x = torch.from_numpy(encoder.transform(snapshot))
    defaulted, outcome = (snapshot.firms.column(n).combine_chunks() for n in ("defaulted", "outcome"))
    data["firm"].defaulted = torch.from_numpy(np.array(defaulted.to_numpy(zero_copy_only=False), dtype=bool))
    data["firm"].y = torch.from_numpy(
        np.array(outcome.cast(pa.int8()).to_numpy(zero_copy_only=False), dtype=float)
    )
    return data


def linked_data(snapshot: Snapshot) -> HeteroData:
    """The snapshot's nodes and links, without what is known of the firms."""
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
    """Directed channels between nodes (firms first, then persons), several of which may join one ordered pair.

    source, target [links]: node numbers, a failure of source being felt by target; kind [links]: number of the
    channel type in `kinds`; share [links]: the target's dependence on this link, in [0, 1]; attributes
    [links, WIDTH]: squashed edge attributes in single precision, NaN where missing; pair [links]: the ordered pair
    that a link belongs to; pair_source, pair_target, reverse [pairs]: its ends, and the pair that runs the other way.
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
        """The same, less what only transmissions look at: a third of its memory."""
        return replace(self, attributes=self.attributes[:, :0].clone())

    def to(self, device: torch.device) -> Channels:
        """The same channels on a device; themselves where they are there already."""
        if self.source.device == device:
            return self
        moved: dict[str, Any] = {
            k: v.to(device) if isinstance(v, Tensor) else v for k, v in vars(self).items()
        }
        return replace(self, **moved)


MAX_ATTRIBUTES = 12
"""Edge attributes that a channel can carry; the supply link, the richest, has twelve."""


def channels(data: HeteroData) -> Channels:
    """Both directions of every link of a graph; links from a node to itself transmit nothing and are left out."""
    firms, persons = int(data["firm"].num_nodes), int(data["person"].num_nodes)
    offset = {"firm": 0, "person": firms}
    kinds: list[str] = []
    parts: list[_Part] = []
    for (source_type, kind, target_type), store in zip(data.edge_types, data.edge_stores, strict=True):
        ends = store.edge_index.numpy()
        source, target = ends[0] + offset[source_type], ends[1] + offset[target_type]
        forward = _share(store, SHARES.get((kind, "forward")), target)
        back = _share(store, SHARES.get((kind, "back")), source)
        # A link that nobody depends on transmits nothing; where one side does, both ways stay, for the echo's sake.
        keep = np.flatnonzero((source != target) & (forward + back > 0))
        source, target = source[keep], target[keep]
        kinds += [f"{source_type}:{kind}:{target_type}:{way}" for way in ("forward", "back")]
        parts.append(_Part(source, target, forward[keep], store.edge_attr.numpy(), keep))
        parts.append(_Part(target, source, back[keep], store.edge_attr.numpy(), keep))
    return _joined(tuple(kinds), parts, firms + persons)


@dataclass(frozen=True)
class _Part:
    """Links of one kind in one direction: those in keep of all links of the kind, which attributes has."""

    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]
    share: NDArray[np.float64]
    attributes: NDArray[np.float64]
    keep: NDArray[np.int64]


def _squash(part: _Part, out: NDArray[np.float32]) -> None:
    """sign(x) log(1 + |x|), column by column: amounts, days and shares on comparable scales."""
    if part.attributes.shape[1] > MAX_ATTRIBUTES:
        raise ValueError(
            f"a link carries {part.attributes.shape[1]} attributes, channels hold {MAX_ATTRIBUTES}"
        )
    for c in range(part.attributes.shape[1]):
        column = part.attributes[part.keep, c]
        out[:, c] = np.copysign(np.log1p(np.abs(column)), column)


def _share(store: object, attribute: str | None, receiver: NDArray[np.int64]) -> NDArray[np.float64]:
    """The receiver's dependence on each link: the measured share, else one over its links of this type."""
    equal = 1.0 / np.bincount(receiver)[receiver] if receiver.size else np.empty(0)
    names: list[str] = getattr(store, "attributes", [])
    if attribute is None or attribute not in names:
        return equal
    measured = store.edge_attr.numpy()[:, names.index(attribute)]  # type: ignore[attr-defined]
    # A link with no trade in the window has no share of it: it carries nothing.
    return np.asarray(np.clip(np.nan_to_num(measured), 0.0, 1.0))


def _joined(kinds: tuple[str, ...], parts: list[_Part], nodes: int) -> Channels:
    sizes = [len(p.keep) for p in parts]
    bounds = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    # The empty array in front gives each its type where a graph has no links at all.
    nobody = np.empty(0, dtype=np.int64)
    source, target = (
        np.concatenate([nobody, *(getattr(p, end) for p in parts)]) for end in ("sender", "receiver")
    )
    attributes = np.full((len(source), MAX_ATTRIBUTES), np.nan, dtype=np.float32)
    for part, start, stop in zip(parts, bounds[:-1], bounds[1:], strict=True):
        _squash(part, attributes[start:stop])
    pairs, pair = np.unique(source * nodes + target, return_inverse=True)
    arrays = (
        source,
        target,
        np.repeat(np.arange(len(kinds)), sizes),
        np.concatenate([np.empty(0), *(p.share for p in parts)]),
        attributes,
        pair,
        pairs // max(nodes, 1),
        pairs % max(nodes, 1),
        _reverse(pairs, nodes),
    )
    return Channels(kinds, nodes, *(torch.from_numpy(np.ascontiguousarray(a)) for a in arrays))


def _reverse(pairs: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    """The pair that runs the other way, of each of the pairs source x nodes + target, which are sorted.

    Every link is a channel both ways, so it is there; and in order of target, then source, the pairs stand as their
    reverses do in order of source, then target. Two counting sorts find that order, where a search for each of
    fourteen million pairs took seventeen seconds.
    """
    start = np.searchsorted(pairs, np.arange(nodes + 1) * nodes)
    numbered = sp.csr_array((np.arange(len(pairs)), pairs % max(nodes, 1), start), (nodes, nodes))
    return np.asarray(numbered.tocsc().data, dtype=np.int64)

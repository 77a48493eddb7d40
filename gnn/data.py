"""A snapshot as a PyG graph, and its links as channels along which a failure can be transmitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import HeteroData

from supplyrisk.gnn.encoder import Encoder
from supplyrisk.graph import Snapshot

SHARES = {
    ("supplies", "forward"): "share_of_purchases",
    ("supplies", "back"): "share_of_sales",
    ("carries_for", "forward"): "share",
}
"""Which edge attribute is the receiver's dependence on the sender, by kind and direction of the channel."""


def hetero(snapshot: Snapshot, encoder: Encoder) -> HeteroData:
    """The snapshot as HeteroData.

    data["firm"].x [firms, columns] (NaN is missing), .defaulted [firms] (bool), .y [firms] (1 failed, 0 sound,
    NaN not known); data["person"].num_nodes; per edge type edge_index [2, edges] and edge_attr [edges, attributes]
    (NaN is missing) with .attributes naming them.
    """
    data = HeteroData()
    data["firm"].x = torch.from_numpy(encoder.transform(snapshot))
    data["firm"].defaulted = torch.tensor(snapshot.firms.column("defaulted").to_pylist(), dtype=torch.bool)
    outcome = [float("nan") if v is None else float(v) for v in snapshot.firms.column("outcome").to_pylist()]
    data["firm"].y = torch.tensor(outcome, dtype=torch.float64)
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
    [links, WIDTH]: squashed edge attributes, NaN where missing; pair [links]: the ordered pair that a link belongs
    to; pair_source, pair_target, reverse [pairs]: its ends, and the pair that runs the other way.
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

    def to(self, device: torch.device) -> Channels:
        """The same channels on a device; themselves where they are there already."""
        if self.source.device == device:
            return self
        moved: dict[str, Any] = {
            k: v.to(device) if isinstance(v, Tensor) else v for k, v in vars(self).items()
        }
        return replace(self, **moved)


WIDTH = 12
"""Edge attributes that a channel can carry; the supply link, the richest, has twelve."""


def channels(data: HeteroData) -> Channels:
    """Both directions of every link of a graph; links from a node to itself transmit nothing and are left out."""
    firms, persons = data["firm"].x.shape[0], int(data["person"].num_nodes)
    offset = {"firm": 0, "person": firms}
    kinds: list[str] = []
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for (source_type, kind, target_type), store in zip(data.edge_types, data.edge_stores, strict=True):
        ends = store.edge_index.numpy()
        source, target = ends[0] + offset[source_type], ends[1] + offset[target_type]
        forward = _share(store, SHARES.get((kind, "forward")), target)
        back = _share(store, SHARES.get((kind, "back")), source)
        # A link that nobody depends on transmits nothing; where one side does, both ways stay, for the echo's sake.
        keep = (source != target) & (forward + back > 0)
        attributes = _squashed(store.edge_attr.numpy()[keep])
        for way, sender, receiver, share in (
            ("forward", source, target, forward),
            ("back", target, source, back),
        ):
            kinds.append(f"{source_type}:{kind}:{target_type}:{way}")
            parts.append((sender[keep], receiver[keep], share[keep], attributes))
    return _joined(tuple(kinds), parts, firms + persons)


def _squashed(attributes: NDArray[np.float64]) -> NDArray[np.float64]:
    """sign(x) log(1 + |x|), padded to WIDTH with missing: amounts, days and shares on comparable scales."""
    if attributes.shape[1] > WIDTH:
        raise ValueError(f"a link carries {attributes.shape[1]} attributes, channels hold {WIDTH}")
    squashed = np.sign(attributes) * np.log1p(np.abs(attributes))
    return np.pad(squashed, ((0, 0), (0, WIDTH - attributes.shape[1])), constant_values=np.nan)


def _share(store: object, attribute: str | None, receiver: NDArray[np.int64]) -> NDArray[np.float64]:
    """The receiver's dependence on each link: the measured share, else one over its links of this type."""
    equal = 1.0 / np.bincount(receiver)[receiver] if receiver.size else np.empty(0)
    names: list[str] = getattr(store, "attributes", [])
    if attribute is None or attribute not in names:
        return equal
    measured = store.edge_attr.numpy()[:, names.index(attribute)]  # type: ignore[attr-defined]
    # A link with no trade in the window has no share of it: it carries nothing.
    return np.asarray(np.clip(np.nan_to_num(measured), 0.0, 1.0))


def _joined(
    kinds: tuple[str, ...],
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]],
    nodes: int,
) -> Channels:
    # The empty part in front gives every array its type where a graph has no links at all.
    nobody = np.empty(0, dtype=np.int64)
    parts = [(nobody, nobody, np.empty(0), np.empty((0, WIDTH))), *parts]
    source, target, share, attributes = (np.concatenate([p[i] for p in parts]) for i in range(4))
    kind = np.repeat(np.arange(-1, len(kinds)), [len(p[0]) for p in parts])
    pairs, pair = np.unique(source * nodes + target, return_inverse=True)
    # Every link is a channel both ways, so the reversed key of each pair is there too.
    backward = (pairs % nodes) * nodes + pairs // nodes
    arrays = (
        source,
        target,
        kind,
        share,
        attributes,
        pair,
        pairs // nodes,
        pairs % nodes,
        np.searchsorted(pairs, backward),
    )
    return Channels(kinds, nodes, *(torch.from_numpy(np.ascontiguousarray(a)) for a in arrays))

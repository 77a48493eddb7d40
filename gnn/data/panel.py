"""Snapshots at several as-of dates as one panel of rows and one union of graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.hetero_data import Channels, channels, hetero_data, linked_data
from supplyrisk.gnn.data.neighbourhood import Neighbours, neighbours
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class PanelGraph:
    """One snapshot as the network sees it.

    x [firms, columns] with NaN for missing, y [firms] in {1, 0, NaN}, defaulted [firms], cell [firms] (number of
    the industry x region), firm_ids only to tell apart whose row it is in folds: they are never an input.
    """

    x: Matrix
    y: Matrix
    defaulted: NDArray[np.bool_]
    cell: NDArray[np.int64]
    firm_ids: tuple[str, ...]
    links: Channels
    find_neighbours: Callable[[], Neighbours]

    @property
    def neighbours(self) -> Neighbours:
        """Neighbours by family, made when first asked for: a network without a context needs none."""
        return self.find_neighbours()

    @property
    def firms(self) -> int:
        """Number of firms."""
        return len(self.y)

    @property
    def persons(self) -> int:
        """Number of persons."""
        return self.links.nodes - self.firms

    def without_outcomes(self, firm_ids: set[str]) -> PanelGraph:
        """The same graph in which these firms are not trained on; they stay in it as neighbours."""
        hide = np.array([f in firm_ids for f in self.firm_ids], dtype=bool)
        return replace(self, y=np.where(hide, np.nan, self.y))

    def scored(self) -> PanelGraph:
        """The same without what only the rounds look at, the links' attributes."""
        return replace(self, links=self.links.without_attributes())


def panel_graph_of(snapshot: Snapshot, encoder: Encoder) -> PanelGraph:
    """A snapshot as a Graph."""
    data = hetero_data(snapshot, encoder)
    return PanelGraph(
        x=data["firm"].x.numpy(),
        y=data["firm"].y.numpy(),
        defaulted=data["firm"].defaulted.numpy(),
        cell=_cells(snapshot),
        firm_ids=tuple(snapshot.firms.column("firm_id").to_pylist()),
        links=channels(data),
        find_neighbours=cache(lambda: neighbours(linked_data(snapshot))),
    )


def _cells(snapshot: Snapshot) -> NDArray[np.int64]:
    """Number of each firm's industry x region; those who do not say theirs are a cell of their own."""
    codes = []
    for name in ("industry", "region"):
        column = snapshot.firms.column(name).combine_chunks().dictionary_encode("encode")
        codes.append(column.indices.to_numpy().astype(np.int64))
    both = codes[0] * (codes[1].max(initial=0) + 1) + codes[1]
    return np.unique(both, return_inverse=True)[1].astype(np.int64)


def stacked(graphs: Sequence[PanelGraph], field: str) -> Matrix:
    """One field of all graphs, stacked by rows; of a single graph its own, not a copy."""
    if len(graphs) == 1:
        alone: Matrix = getattr(graphs[0], field)
        return alone
    return np.concatenate([getattr(g, field) for g in graphs])


def firm_numbers(graphs: Sequence[PanelGraph]) -> NDArray[np.int64]:
    """Which firm each stacked row is about, as numbers in order of the ids."""
    ids = np.array([f for g in graphs for f in g.firm_ids], dtype=object).astype(str)
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def unstacked(values: Matrix, graphs: Sequence[PanelGraph]) -> list[Matrix]:
    """Undo `rows`: one array per graph."""
    return np.split(values, np.cumsum([g.firms for g in graphs])[:-1])


def graph_union(graphs: Sequence[PanelGraph]) -> Channels:
    """All graphs beside each other, without links between them, so that one pass serves all dates.

    Each graph keeps its own run of nodes: its firms, then its persons. A single graph's channels are its own.
    """
    if len(graphs) == 1:
        return graphs[0].links
    names = sorted({k for g in graphs for k in g.links.kinds})
    number = {k: i for i, k in enumerate(names)}
    nodes = pairs = 0
    parts: list[list[torch.Tensor]] = []
    for g in graphs:
        c = g.links
        table = torch.tensor([number[k] for k in c.kinds], dtype=torch.int64)
        kind = table[c.kind] if c.kind.numel() else c.kind
        parts.append([c.source + nodes, c.target + nodes, kind, c.share, c.attributes, c.pair + pairs])
        parts[-1] += [c.pair_source + nodes, c.pair_target + nodes, c.reverse + pairs]
        nodes, pairs = nodes + c.nodes, pairs + c.pair_source.numel()
    return Channels(tuple(names), nodes, *(torch.cat(column) for column in zip(*parts, strict=True)))


def on_nodes(values: Matrix, graphs: Sequence[PanelGraph], fill: float) -> Matrix:
    """Values of firms [rows] spread over the nodes of `union`, persons getting `fill`."""
    pieces = [
        np.concatenate([v, np.full(g.persons, fill)])
        for v, g in zip(unstacked(values, graphs), graphs, strict=True)
    ]
    return np.concatenate(pieces)


def firm_nodes(graphs: Sequence[PanelGraph]) -> NDArray[np.bool_]:
    """Which nodes of `union` are firms."""
    return np.concatenate([np.arange(g.links.nodes) < g.firms for g in graphs])

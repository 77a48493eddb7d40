"""Graphs as inputs of the network of messages: scores, encoded columns, counts of links, and the links themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from supplyrisk.gnn.data.panel import PanelGraph, at_base_rate, firm_nodes, graph_union, stacked
from supplyrisk.gnn.network.neighbour_sums import NeighbourSums
from supplyrisk.gnn.network.smooth_score import ROWS, SmoothScore
from supplyrisk.graph.schema.relations import ChannelKind

Matrix = NDArray[np.float64]
NODE_TYPES = ("firm", "person")


@dataclass(frozen=True)
class ScoreScale:
    """Mean and standard deviation of the two own scores (boosted, smooth) over the training rows."""

    mean: tuple[float, float]
    spread: tuple[float, float]

    @classmethod
    def of(cls, scores: Matrix) -> ScoreScale:
        """Compute them from scores [rows, 2]; a standard deviation is at least 1e-6."""
        mean = scores.mean(0).tolist()
        spread = np.maximum(scores.std(0), 1e-6).tolist()
        return cls((mean[0], mean[1]), (spread[0], spread[1]))


@dataclass(frozen=True)
class IncomingLinks:
    """The links of one kind into firms, and whether persons send them rather than firms."""

    sums: NeighbourSums
    from_persons: bool


@dataclass(frozen=True)
class MessageInputs:
    """Inputs of the network; firms are in the order of the stacked rows.

    Parameters
    ----------
    scores [firms, 2]: standardised own scores.
    columns [firms, 3 + 2 columns]: the scores, whether in default, and the encoded own columns.
    counts: by node type [nodes, 1 + 2 x kinds into it]: a 1, then log count and presence of each kind of link.
    links_into_firms: by number of the kind.
    """

    scores: Tensor
    columns: Tensor
    counts: dict[str, Tensor]
    links_into_firms: dict[int, IncomingLinks]

    @classmethod
    def of(
        cls,
        graphs: Sequence[PanelGraph],
        scores: Matrix,
        smooth: SmoothScore,
        kinds: tuple[str, ...],
        scale: ScoreScale,
    ) -> MessageInputs:
        """Build the inputs of some graphs.

        Parameters
        ----------
        graphs: graphs whose rows are stacked.
        scores [rows, 2]: log hazards of the boosted and of the smooth own score; unlisted firms get the base rate in
            their place.
        smooth: encodes the own columns.
        kinds: the kinds of links that the network knows; others are left out.
        scale: standardises the scores.
        """
        if any(graph.unlisted is not None for graph in graphs):
            scores = np.stack([np.log(at_base_rate(np.exp(column), graphs)) for column in scores.T], 1)
        links = graph_union(graphs)
        firms = firm_nodes(graphs)
        # Number of each node among the nodes of its own type [nodes].
        position = torch.from_numpy(np.where(firms, firms.cumsum(), (~firms).cumsum()) - 1)
        size = {"firm": int(firms.sum()), "person": int((~firms).sum())}
        incoming: dict[int, IncomingLinks] = {}
        counts: dict[str, list[Tensor]] = {t: [torch.ones(size[t], 1)] for t in NODE_TYPES}
        for number, kind in enumerate(kinds):
            sender, receiver = ChannelKind.parse(kind).node_types
            # -1 matches no link: a kind that these graphs lack has counts of 0.
            known = links.kinds.index(kind) if kind in links.kinds else -1
            at = torch.nonzero(links.kind == known)[:, 0]
            sums = NeighbourSums.of(
                position[links.source[at]], position[links.target[at]], size[sender], size[receiver]
            )
            count = sums.degree.float()[:, None]
            counts[receiver] += [count.log1p(), (count > 0).float()]
            if receiver == "firm":
                incoming[number] = IncomingLinks(sums, sender == "person")
        standardised = torch.from_numpy((scores - np.array(scale.mean)) / np.array(scale.spread)).float()
        x = stacked(graphs, "x")
        defaulted = torch.from_numpy(stacked(graphs, "defaulted")).float()
        # Encoded in blocks: in double precision, the encoding of all rows would be the largest array of a run.
        blocks = [smooth.encode(x[i : i + ROWS]).astype(np.float32) for i in range(0, len(x), ROWS)]
        own = torch.from_numpy(np.concatenate(blocks)) if blocks else torch.empty(0, 2 * x.shape[1])
        columns = torch.cat([standardised, defaulted[:, None], own], 1)
        return cls(standardised, columns, {t: torch.cat(c, 1) for t, c in counts.items()}, incoming)

    def to(self, device: torch.device) -> MessageInputs:
        """Return the inputs on a device."""
        counts = {t: c.to(device) for t, c in self.counts.items()}
        incoming = {
            number: IncomingLinks(links.sums.to(device), links.from_persons)
            for number, links in self.links_into_firms.items()
        }
        return MessageInputs(self.scores.to(device), self.columns.to(device), counts, incoming)

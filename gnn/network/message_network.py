"""A network of messages: what a firm's neighbours are like, one kind of link at a time, with their own columns.

    z_i      = relu(A x_i + C n_i)                                     firms; persons have no columns: relu(C n_i)
    y_i      = z_i + relu(B z_i + sum over kinds r of W_r [m_r(i), m_r(i) log(1 + d_r(i))])
    margin_i = v . relu(V y_i) + u . s_i                               PD = sigmoid(margin)

x holds a firm's own columns as ranks and flags of what is missing (as in `Smooth`), whether it is in default and its
two own scores s; d_r(i) is the number of links of kind r into i, both directions of a kind being kinds of their own;
n_i holds a 1, log(1 + d_r) and whether d_r > 0; m_r(i) is the mean of z over the senders. Mean and mean times log count
are two of the aggregations of PNA (Corso et al. 2020). Nothing is kept per firm, and no number of a row is an input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from supplyrisk.gnn.baselines.boosting import log_hazard
from supplyrisk.gnn.data.panel import PanelGraph, firm_nodes, graph_union, stacked
from supplyrisk.gnn.network.neighbour_sums import NeighbourSums
from supplyrisk.gnn.network.smooth_score import ROWS, SmoothScore

Matrix = NDArray[np.float64]
HIDDEN_WIDTH = 32
TYPES = ("firm", "person")


@dataclass(frozen=True)
class ScoreScale:
    """Mean and standard deviation of the two own scores on the rows that were learned on."""

    mean: tuple[float, float]
    spread: tuple[float, float]

    @classmethod
    def of(cls, scores: Matrix) -> ScoreScale:
        """scores [rows, 2]."""
        mean, spread = scores.mean(0).tolist(), np.maximum(scores.std(0), 1e-6).tolist()
        return cls((mean[0], mean[1]), (spread[0], spread[1]))


@dataclass(frozen=True)
class MessageInputs:
    """Graphs as the network looks at them, firms being stacked in the order of `rows`.

    scores [firms, 2], columns [firms, width], counts by type of node [nodes, 1 + 2 x kinds into it], into: by number of
    the kind, its links into firms, and whether persons send them.
    """

    scores: Tensor
    columns: Tensor
    counts: dict[str, Tensor]
    links_into_firms: dict[int, tuple[NeighbourSums, bool]]

    @classmethod
    def of(
        cls,
        graphs: Sequence[PanelGraph],
        scores: Matrix,
        smooth: SmoothScore,
        kinds: tuple[str, ...],
        scale: ScoreScale,
    ) -> MessageInputs:
        """scores [rows, 2]: log hazards of the boosted and of the smooth own score."""
        links, firms = graph_union(graphs), firm_nodes(graphs)
        at = torch.from_numpy(np.where(firms, firms.cumsum(), (~firms).cumsum()) - 1)
        size = {"firm": int(firms.sum()), "person": int((~firms).sum())}
        into: dict[int, tuple[NeighbourSums, bool]] = {}
        counts: dict[str, list[Tensor]] = {t: [torch.ones(size[t], 1)] for t in TYPES}
        for number, kind in enumerate(kinds):
            sender, receiver = ends_of(kind)
            known = links.kinds.index(kind) if kind in links.kinds else -1
            mine = torch.nonzero(links.kind == known)[:, 0]
            ends = at[links.source[mine]], at[links.target[mine]]
            relation = NeighbourSums.of(*ends, (size[sender], size[receiver]))
            count = relation.degree.float()[:, None]
            counts[receiver] += [count.log1p(), (count > 0).float()]
            if receiver == "firm":
                into[number] = relation, sender == "person"
        standard = torch.from_numpy((scores - np.array(scale.mean)) / np.array(scale.spread)).float()
        x, defaulted = stacked(graphs, "x"), torch.from_numpy(stacked(graphs, "defaulted")).float()
        blocks = [smooth.encode(x[i : i + ROWS]).astype(np.float32) for i in range(0, len(x), ROWS)]
        own = torch.from_numpy(np.concatenate(blocks)) if blocks else torch.empty(0, 2 * x.shape[1])
        columns = torch.cat([standard, defaulted[:, None], own], 1)
        return cls(standard, columns, {t: torch.cat(c, 1) for t, c in counts.items()}, into)

    def to(self, device: torch.device) -> MessageInputs:
        """The same on a device."""
        counts = {t: c.to(device) for t, c in self.counts.items()}
        into = {k: (r.to(device), persons) for k, (r, persons) in self.links_into_firms.items()}
        return MessageInputs(self.scores.to(device), self.columns.to(device), counts, into)


def ends_of(kind: str) -> tuple[str, str]:
    """Types of the sender and of the receiver of a kind of channel, such as firm:owns:person:back."""
    source, *_, target, way = kind.split(":")
    return (source, target) if way == "forward" else (target, source)


class MessageNetwork(nn.Module):
    """The equations above; noise draws what is dropped while it learns."""

    def __init__(self, columns: int, kinds: tuple[str, ...]) -> None:
        super().__init__()
        into = {t: 1 + 2 * sum(ends_of(k)[1] == t for k in kinds) for t in TYPES}
        self.columns = nn.Linear(columns, HIDDEN_WIDTH, bias=False)
        self.counts = nn.ModuleDict({t: nn.Linear(into[t], HIDDEN_WIDTH, bias=False) for t in TYPES})
        self.itself = nn.Linear(HIDDEN_WIDTH, HIDDEN_WIDTH)
        # Half as wide as torch draws them: dozens of kinds add up.
        self.kinds = nn.Parameter(
            (torch.rand(len(kinds), 2 * HIDDEN_WIDTH, HIDDEN_WIDTH) - 0.5) / (2 * HIDDEN_WIDTH) ** 0.5
        )
        self.head = nn.Sequential(
            nn.Linear(HIDDEN_WIDTH, HIDDEN_WIDTH), nn.ReLU(), nn.Linear(HIDDEN_WIDTH, 1)
        )
        self.own = nn.Linear(2, 1)

    def forward(self, at: MessageInputs, noise: SeededDropout | None = None) -> Tensor:
        """Margins [firms]."""
        drop = noise or _whole
        x = drop(at.columns, DROPPED_COLUMNS)
        firms = drop((self.columns(x) + self.counts["firm"](at.counts["firm"])).relu(), DROPPED)
        persons = drop(self.counts["person"](at.counts["person"]).relu(), DROPPED)
        heard = self.itself(firms)
        for number, (relation, by_persons) in at.links_into_firms.items():
            mean = relation.mean(persons if by_persons else firms)
            more = mean * relation.degree.float().log1p()[:, None]
            heard = heard + torch.cat([mean, more], 1) @ self.kinds[number]
        margin = self.head(drop(firms + heard.relu(), DROPPED)) + self.own(at.scores)
        return margin[:, 0]  # type: ignore[no-any-return]


DROPPED, DROPPED_COLUMNS = 0.5, 0.5
"""Shares of what nodes hold, and of their columns, that are dropped while the network learns."""


@dataclass(frozen=True)
class SeededDropout:
    """Dropout by a generator of its own."""

    generator: torch.Generator

    def __call__(self, x: Tensor, share: float) -> Tensor:
        """x with this share of its cells 0 and the others grown to make up for it."""
        kept = torch.rand(x.shape, generator=self.generator) >= share
        return x * (kept / (1 - share))


def _whole(x: Tensor, share: float) -> Tensor:
    return x


@dataclass(frozen=True)
class MessageEnsemble:
    """One network per fold; the score is the mean of their log hazards. epochs: how long each has learned."""

    kinds: tuple[str, ...]
    scale: ScoreScale
    networks: tuple[MessageNetwork, ...]
    epochs: int

    def predict(
        self, graphs: Sequence[PanelGraph], own: Matrix, smooth: tuple[SmoothScore, Matrix]
    ) -> Matrix:
        """Log hazards [rows] of graphs that were not learned on, given log hazards of both own scores [rows]."""
        scores = np.stack([own, smooth[1]], 1)
        at = MessageInputs.of(graphs, scores, smooth[0], self.kinds, self.scale)
        at = at.to(self.networks[0].kinds.device)
        return np.asarray(np.mean([message_log_hazards(n, at) for n in self.networks], 0))

    def to(self, device: torch.device) -> MessageEnsemble:
        """The same on a device."""
        return replace(self, networks=tuple(deepcopy(n).to(device) for n in self.networks))

    def to_json(self) -> dict[str, Any]:
        """What it is, as plain JSON, without the weights."""
        scale = {"mean": self.scale.mean, "spread": self.scale.spread}
        return {
            "kinds": self.kinds,
            "scale": scale,
            "columns": self.networks[0].columns.in_features,
            "folds": len(self.networks),
            "epochs": self.epochs,
        }

    def state(self) -> dict[str, Tensor]:
        """The weights of all networks, their names beginning with the fold's number."""
        return {f"{i}.{k}": v for i, n in enumerate(self.networks) for k, v in n.state_dict().items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], weights: Mapping[str, Tensor]) -> MessageEnsemble:
        """Back from `to_json` and `state`. RuntimeError where the weights do not fit."""
        kinds = tuple(value["kinds"])
        with torch.random.fork_rng(devices=[]):
            networks = tuple(MessageNetwork(value["columns"], kinds) for _ in range(value["folds"]))
        for fold, network in enumerate(networks):
            network.load_state_dict(weights_below(f"{fold}.", weights))
            network.requires_grad_(False)
        mean, spread = (tuple(map(float, value["scale"][k])) for k in ("mean", "spread"))
        return cls(
            kinds, ScoreScale((mean[0], mean[1]), (spread[0], spread[1])), networks, int(value["epochs"])
        )


def weights_below(prefix: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights whose names begin so, less that beginning."""
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


@torch.no_grad()
def message_log_hazards(network: MessageNetwork, at: MessageInputs) -> Matrix:
    """Log hazards [firms] of one network."""
    return log_hazard(network(at).double().cpu().numpy())

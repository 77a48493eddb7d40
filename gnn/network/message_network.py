"""A network of messages: the own columns of a firm's neighbours, aggregated by kind of link.

    z_i      = relu(A x_i + C n_i)                                     firms; persons have no columns: relu(C n_i)
    y_i      = z_i + relu(B z_i + sum over kinds r of W_r [m_r(i), m_r(i) log(1 + d_r(i))])
    margin_i = v . relu(V y_i) + u . s_i                               PD = sigmoid(margin)

x holds a firm's own columns as ranks and flags of missing values (as in `SmoothScore`), whether it is in default and
its two own scores s; d_r(i) is the number of links of kind r into i, the two directions of a kind being different
kinds; n_i holds a 1, log(1 + d_r) and whether d_r > 0; m_r(i) is the mean of z over the senders. Mean, and mean times
log count, are two of the aggregations of PNA (Corso et al. 2020). No parameter belongs to a firm, and row numbers are
not an input.
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
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.network.message_inputs import NODE_TYPES, MessageInputs, ScoreScale
from supplyrisk.gnn.network.smooth_score import SmoothFit
from supplyrisk.graph.schema.relations import ChannelKind

Matrix = NDArray[np.float64]
HIDDEN_WIDTH = 32
DROPPED = 0.5
"""Share of the nodes' hidden values that are dropped in training."""
DROPPED_COLUMNS = 0.5
"""Share of the firms' input columns that are dropped in training."""


class MessageNetwork(nn.Module):
    """The network of the module's equations."""

    # Names of parameters and modules are keys of the checkpoint.
    def __init__(self, columns: int, kinds: tuple[str, ...]) -> None:
        super().__init__()
        receivers = [ChannelKind.parse(kind).node_types[1] for kind in kinds]
        count_width = {t: 1 + 2 * receivers.count(t) for t in NODE_TYPES}
        self.columns = nn.Linear(columns, HIDDEN_WIDTH, bias=False)
        self.counts = nn.ModuleDict(
            {t: nn.Linear(count_width[t], HIDDEN_WIDTH, bias=False) for t in NODE_TYPES}
        )
        self.itself = nn.Linear(HIDDEN_WIDTH, HIDDEN_WIDTH)
        # Half of torch's usual spread: the messages of dozens of kinds add up.
        spread = (2 * HIDDEN_WIDTH) ** 0.5
        self.kinds = nn.Parameter((torch.rand(len(kinds), 2 * HIDDEN_WIDTH, HIDDEN_WIDTH) - 0.5) / spread)
        self.head = nn.Sequential(
            nn.Linear(HIDDEN_WIDTH, HIDDEN_WIDTH), nn.ReLU(), nn.Linear(HIDDEN_WIDTH, 1)
        )
        self.own = nn.Linear(2, 1)

    def forward(self, inputs: MessageInputs, dropout: SeededDropout | None = None) -> Tensor:
        """Return margins [firms]; dropout is for training."""
        drop = dropout or _no_dropout
        # The order of the calls fixes which random numbers each layer draws.
        x = drop(inputs.columns, DROPPED_COLUMNS)
        firms = drop((self.columns(x) + self.counts["firm"](inputs.counts["firm"])).relu(), DROPPED)
        persons = drop(self.counts["person"](inputs.counts["person"]).relu(), DROPPED)
        update = self.itself(firms)  # [firms, HIDDEN_WIDTH]
        for number, incoming in inputs.links_into_firms.items():
            mean = incoming.sums.mean(persons if incoming.from_persons else firms)
            scaled = mean * incoming.sums.degree.float().log1p()[:, None]
            update = update + torch.cat([mean, scaled], 1) @ self.kinds[number]
        # The two own scores bypass the hidden layers: untrained, the network is close to a sum of them.
        margin = self.head(drop(firms + update.relu(), DROPPED)) + self.own(inputs.scores)
        return margin[:, 0]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class SeededDropout:
    """Dropout with a random generator of its own, so that folds trained side by side do not disturb each other."""

    generator: torch.Generator

    def __call__(self, x: Tensor, share: float) -> Tensor:
        """Return x with this share of its values set to 0 and the others scaled up to keep the mean."""
        mask = torch.rand(x.shape, generator=self.generator) >= share
        return x * (mask / (1 - share))


def _no_dropout(x: Tensor, share: float) -> Tensor:
    return x


@dataclass(frozen=True)
class MessageEnsemble:
    """One network per fold; the score is the mean of their log hazards.

    Parameters
    ----------
    kinds: the kinds of links in training, in the order of the networks' weights.
    scale: mean and standard deviation of the two own scores in training.
    networks: one per fold.
    epochs: for how many epochs each was trained.
    """

    kinds: tuple[str, ...]
    scale: ScoreScale
    networks: tuple[MessageNetwork, ...]
    epochs: int

    def predict(self, graphs: Sequence[PanelGraph], own: Matrix, smooth: SmoothFit) -> Matrix:
        """Return log hazards [rows] of graphs that the networks were not trained on.

        own [rows]: log hazards of the boosted own score; smooth: the smooth score, and its log hazards of the rows.
        """
        scores = np.stack([own, smooth.log_hazards], 1)
        inputs = MessageInputs.of(graphs, scores, smooth.score, self.kinds, self.scale)
        inputs = inputs.to(self.networks[0].kinds.device)
        return np.asarray(np.mean([message_log_hazards(n, inputs) for n in self.networks], 0))

    def to(self, device: torch.device) -> MessageEnsemble:
        """Return a copy on a device."""
        return replace(self, networks=tuple(deepcopy(n).to(device) for n in self.networks))

    def to_json(self) -> dict[str, Any]:
        """Return everything but the weights as plain JSON."""
        scale = {"mean": self.scale.mean, "spread": self.scale.spread}
        return {
            "kinds": self.kinds,
            "scale": scale,
            "columns": self.networks[0].columns.in_features,
            "folds": len(self.networks),
            "epochs": self.epochs,
        }

    def state(self) -> dict[str, Tensor]:
        """Return the weights of all networks; names begin with the number of the fold."""
        return {f"{i}.{k}": v for i, n in enumerate(self.networks) for k, v in n.state_dict().items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], weights: Mapping[str, Tensor]) -> MessageEnsemble:
        """Read an ensemble that `to_json` and `state` wrote. RuntimeError where the weights do not fit."""
        kinds = tuple(value["kinds"])
        # New networks draw random weights; the caller's generator must not notice.
        with torch.random.fork_rng(devices=[]):
            networks = tuple(MessageNetwork(value["columns"], kinds) for _ in range(value["folds"]))
        for fold, network in enumerate(networks):
            network.load_state_dict(weights_below(f"{fold}.", weights))
            network.requires_grad_(False)
        mean, spread = (tuple(map(float, value["scale"][k])) for k in ("mean", "spread"))
        scale = ScoreScale((mean[0], mean[1]), (spread[0], spread[1]))
        return cls(kinds, scale, networks, int(value["epochs"]))


def weights_below(prefix: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights whose names begin with prefix, without the prefix."""
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


@torch.no_grad()
def message_log_hazards(network: MessageNetwork, inputs: MessageInputs) -> Matrix:
    """Return the log hazards [firms] of one network."""
    return log_hazard(network(inputs).double().cpu().numpy())

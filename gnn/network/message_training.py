"""How the network of messages learns: out of fold by firm, all folds side by side, until held firms say stop."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from supplyrisk.gnn.baselines.boosting import folds_by_group
from supplyrisk.gnn.calibration import log_loss
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, stacked
from supplyrisk.gnn.network.message_network import (
    MessageEnsemble,
    MessageInputs,
    MessageNetwork,
    ScoreScale,
    SeededDropout,
    message_log_hazards,
)
from supplyrisk.gnn.network.smooth_score import SmoothScore
from supplyrisk.graph import ModelError

Matrix = NDArray[np.float64]
LEARNING_RATE, WEIGHT_DECAY, MAX_GRADIENT_NORM = 4e-3, 0.1, 1.0
"""Step size and weight decay of AdamW, and the longest gradient."""
MAX_EPOCHS, EPOCHS_BETWEEN_CHECKS, PATIENCE = 300, 2, 40
"""Epochs at most, how often the held firms are looked at, and how long without gain the learning goes on."""


def fit_messages(
    graphs: Sequence[PanelGraph],
    own: Matrix,
    smooth: tuple[SmoothScore, Matrix],
    seed: int,
    epochs: int | None = None,
) -> tuple[MessageEnsemble, Matrix]:
    """Networks out of fold by firm, and log hazards [rows] of every row.

    own, smooth[1] [rows]: the two own scores, out of fold. A labelled row is scored by the network that did not see its
    firm, any other row by the mean of all. epochs None: as many as the loss on held firms is least at, one number for
    all folds, as the number of trees is chosen (`best_rounds`). It learns on the processor, as trees do.
    """
    y, who = stacked(graphs, "y"), firm_numbers(graphs)
    known = np.flatnonzero(~np.isnan(y))
    scores = np.stack([own, smooth[1]], 1)
    kinds, scale = tuple(sorted({k for g in graphs for k in g.links.kinds})), ScoreScale.of(scores[known])
    at = MessageInputs.of(graphs, scores, smooth[0], kinds, scale)
    outcome = torch.from_numpy(np.nan_to_num(y)).float()
    learners = []
    for fold, (train, held) in enumerate(folds_by_group(y[known], who[known], seed)):
        number = 1000 * seed + fold
        start = float(y[known[train]].mean()), 0.5 * scale.spread[0]
        network = _started(number, (at.columns.shape[1], kinds), start)
        learners.append(_Learner(network, (at, outcome), (known[train], known[held]), number))
    last = _learned(learners, y, epochs)
    networks = tuple(learner.best.requires_grad_(False) for learner in learners)
    told = [message_log_hazards(learner.best, at) for learner in learners]
    score = np.asarray(np.mean(told, 0))
    for one, learner in zip(told, learners, strict=True):
        score[learner.held] = one[learner.held]
    return MessageEnsemble(kinds, scale, networks, last), score


def _started(seed: int, size: tuple[int, tuple[str, ...]], start: tuple[float, float]) -> MessageNetwork:
    """A network that says at first little more than the two own scores do."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MessageNetwork(*size)
    level, slope = start
    network.own.weight.data[:] = slope
    network.own.bias.data[:] = float(np.log(level / (1 - level)))
    return network


@dataclass
class _Learner:
    """One fold's network on its way: data are the inputs and outcomes, split the rows learned on and held."""

    network: MessageNetwork
    data: tuple[MessageInputs, Tensor]
    split: tuple[NDArray[np.int64], NDArray[np.int64]]
    seed: int
    best: MessageNetwork = field(init=False)

    def __post_init__(self) -> None:
        self.noise = SeededDropout(torch.Generator().manual_seed(self.seed))
        self.solver = torch.optim.AdamW(
            self.network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        self.train = torch.from_numpy(self.split[0])
        self.keep()

    @property
    def held(self) -> NDArray[np.int64]:
        """The rows held out."""
        return self.split[1]

    def step(self) -> None:
        """One epoch: all rows at once."""
        at, outcome = self.data
        self.solver.zero_grad()
        margin = self.network(at, self.noise)[self.train]
        binary_cross_entropy_with_logits(margin, outcome[self.train]).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        self.solver.step()

    def keep(self) -> None:
        """Remember the network as it is now."""
        self.best = deepcopy(self.network)


def _learned(learners: Sequence[_Learner], y: Matrix, epochs: int | None) -> int:
    """Let all learn in step; how long those that are kept have learned."""
    least, best = np.inf, 0
    for epoch in range(1, (MAX_EPOCHS if epochs is None else epochs) + 1):
        for learner in learners:
            learner.step()
        if epochs is not None or epoch % EPOCHS_BETWEEN_CHECKS:
            continue
        losses = [
            len(k.held) * log_loss(np.exp(message_log_hazards(k.network, k.data[0])[k.held]), y[k.held])
            for k in learners
        ]
        if sum(losses) < least:
            least, best = sum(losses), epoch
            for learner in learners:
                learner.keep()
        if epoch - best >= PATIENCE:
            break
    if epochs is None and not best:
        raise ModelError(
            "the network of messages found no finite loss", remedy="leave the context messages out"
        )
    if epochs is None:
        return best
    for learner in learners:
        learner.keep()
    return epochs

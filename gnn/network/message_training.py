"""Training of the network of messages: out of fold by firm, all folds in step, stopped early by held-out firms."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from supplyrisk.gnn.baselines.boosting import folds_by_group
from supplyrisk.gnn.calibration import row_losses
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.message_inputs import MessageInputs, ScoreScale
from supplyrisk.gnn.network.message_network import (
    MessageEnsemble,
    MessageNetwork,
    SeededDropout,
    message_log_hazards,
)
from supplyrisk.gnn.network.smooth_score import SmoothFit
from supplyrisk.graph import ModelError

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

LEARNING_RATE = 4e-3
WEIGHT_DECAY = 0.1
"""Of AdamW."""
MAX_GRADIENT_NORM = 1.0
"""Gradients are clipped to this norm."""
MAX_EPOCHS = 300
EPOCHS_BETWEEN_CHECKS = 2
"""Epochs between two evaluations of the held-out firms."""
PATIENCE = 40
"""Training stops after this many epochs without improvement."""


class MessageFit(NamedTuple):
    """The fitted networks and their out-of-fold log hazards [rows]."""

    ensemble: MessageEnsemble
    log_hazards: Matrix


def fit_messages(
    graphs: Sequence[PanelGraph],
    own: Matrix,
    smooth: SmoothFit,
    seed: int,
    epochs: int | None = None,
) -> MessageFit:
    """Fit one network per fold, all rows of a firm in one fold, and score every row.

    A labelled row is scored by the network that was not trained on its firm, any other row by the mean of all. Training
    runs on the processor, as that of the trees does.

    Parameters
    ----------
    graphs: graphs whose rows are stacked.
    own [rows]: out-of-fold log hazards of the boosted own score.
    smooth: the smooth score and its out-of-fold log hazards of the rows.
    seed: of the folds, the starting weights and the dropout.
    epochs: None: the number with the least loss on held-out firms, one for all folds, as `best_rounds` chooses the
        number of trees.

    Raises
    ------
    ModelError: no epoch has a finite loss.
    """
    outcomes = RowOutcomes.of_graphs(graphs)
    known = outcomes.known
    scores = np.stack([own, smooth.log_hazards], 1)
    # Sorted: the order of the kinds is the order of the weights.
    kinds = tuple(sorted({k for g in graphs for k in g.links.kinds}))
    scale = ScoreScale.of(scores[known])
    inputs = MessageInputs.of(graphs, scores, smooth.score, kinds, scale)
    learners = []
    y = outcomes.y
    for fold, (train, held_out) in enumerate(folds_by_group(y[known], outcomes.firm[known], seed)):
        network = _initial_network(
            columns=inputs.columns.shape[1],
            kinds=kinds,
            base_rate=float(np.average(y[known[train]], weights=outcomes.weight[known[train]])),
            slope=0.5 * scale.spread[0],
            seed=1000 * seed + fold,
        )
        learners.append(
            _Learner(network, inputs, outcomes, known[train], known[held_out], seed=1000 * seed + fold)
        )
    best_epochs = _train(learners, epochs)
    networks = tuple(learner.best.requires_grad_(False) for learner in learners)
    log_hazards = [message_log_hazards(learner.best, inputs) for learner in learners]
    # All rows get the mean of the folds; then each fold's held-out rows get that fold's own score.
    score = np.asarray(np.mean(log_hazards, 0))
    for fold_log_hazards, learner in zip(log_hazards, learners, strict=True):
        score[learner.held_out] = fold_log_hazards[learner.held_out]
    return MessageFit(MessageEnsemble(kinds, scale, networks, best_epochs), score)


def _initial_network(
    columns: int, kinds: tuple[str, ...], *, base_rate: float, slope: float, seed: int
) -> MessageNetwork:
    """A network that starts close to the mean of the two own scores, at the base rate."""
    # The random generator of the caller must not notice that weights are drawn.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MessageNetwork(columns, kinds)
    network.own.weight.data[:] = slope
    network.own.bias.data[:] = float(np.log(base_rate / (1 - base_rate)))
    return network


@dataclass
class _Learner:
    """One fold's network in training.

    Parameters
    ----------
    network: the network, trained in place.
    inputs, outcomes: of all rows.
    train, held_out: numbers of the rows to train on, and of those held out.
    seed: of the dropout.
    """

    network: MessageNetwork
    inputs: MessageInputs
    outcomes: RowOutcomes
    train: Numbers
    held_out: Numbers
    seed: int
    best: MessageNetwork = field(init=False)

    def __post_init__(self) -> None:
        self.dropout = SeededDropout(torch.Generator().manual_seed(self.seed))
        self.solver = torch.optim.AdamW(
            self.network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        self.train_rows = torch.from_numpy(self.train)
        rows = self.outcomes.rows(self.train)
        self.train_y = torch.from_numpy(rows.y).float()
        # Scaled to a mean of 1, so that the loss is a weighted mean.
        self.train_weight = torch.from_numpy(rows.weight / rows.weight.mean()).float()
        self.keep()

    def step(self) -> None:
        """Train for one epoch, a single step on all rows: a row's neighbours may be any other rows."""
        self.solver.zero_grad()
        margin = self.network(self.inputs, self.dropout)[self.train_rows]
        loss = binary_cross_entropy_with_logits(margin, self.train_y, self.train_weight)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        self.solver.step()

    def keep(self) -> None:
        """Remember the network as it is now."""
        self.best = deepcopy(self.network)

    def held_out_loss(self) -> float:
        """Return the weighted sum of the log losses of the held-out rows."""
        hazard = np.exp(message_log_hazards(self.network, self.inputs)[self.held_out])
        rows = self.outcomes.rows(self.held_out)
        return float(rows.weight @ row_losses(hazard, rows.y))


def _train(learners: Sequence[_Learner], epochs: int | None) -> int:
    """Train all folds in step; return after how many epochs their best networks were kept.

    The folds stop together: a common number of epochs rests on the held-out loss of all rows, where a single fold has
    only a few failures.
    """
    least_loss = np.inf
    best_epoch = 0
    for epoch in range(1, (MAX_EPOCHS if epochs is None else epochs) + 1):
        for learner in learners:
            learner.step()
        if epochs is not None or epoch % EPOCHS_BETWEEN_CHECKS:
            continue
        loss = sum([learner.held_out_loss() for learner in learners])
        if loss < least_loss:
            least_loss = loss
            best_epoch = epoch
            for learner in learners:
                learner.keep()
        if epoch - best_epoch >= PATIENCE:
            break
    if epochs is None and not best_epoch:
        raise ModelError(
            "the network of messages found no finite loss", remedy="leave the context messages out"
        )
    if epochs is None:
        return best_epoch
    # A fixed number of epochs has no held-out checks: the last state is the result.
    for learner in learners:
        learner.keep()
    return epochs

"""One member of the ensemble: own part, context and transmissions, fitted in that order, each frozen for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.baselines.boosting import BoostedModel
from supplyrisk.gnn.data.hetero_data import Channels
from supplyrisk.gnn.data.neighbourhood import feature_means, neighbourhood_summary
from supplyrisk.gnn.data.panel import (
    PanelGraph,
    firm_nodes,
    firm_numbers,
    graph_union,
    on_nodes,
    stacked,
    unstacked,
)
from supplyrisk.gnn.network import message_training as messaging
from supplyrisk.gnn.network.hazard_propagation import (
    ChannelInputs,
    PropagationResult,
    Transmission,
    propagate,
)
from supplyrisk.gnn.network.message_network import MessageEnsemble
from supplyrisk.gnn.network.smooth_score import SmoothScore

Matrix = NDArray[np.float64]
Array = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]
ROUNDS = 2
MAX_CONTEXT = 2.0
"""Context changes a hazard by at most a factor exp(2), about 7."""


def log_loss(hazard: Tensor, y: Tensor) -> Tensor:
    """Mean of -y log(1 - exp(-h)) + (1 - y) h: the log loss of PD = 1 - exp(-h). Shapes [rows]."""
    h = hazard.clamp(min=1e-12)
    return torch.where(y > 0, -torch.log(-torch.expm1(-h)), h).mean()


ALL_STAGES = frozenset({"full", "lean", "messages"})


@dataclass(frozen=True)
class StageScores:
    """What the boosted stages say of each firm row: log hazards from own columns, and from own + neighbourhood.

    smooth is the other score of own columns; lean [rows, columns] holds the few numbers about the neighbourhood that
    a lean context looks at; told is what the network of messages says (NaN where there is none).
    """

    own: Matrix
    full: Matrix
    summary: Matrix
    smooth: Matrix
    messages: Matrix

    def rows(self, at: slice | NDArray[np.int64]) -> StageScores:
        """Some of the rows."""
        return StageScores(self.own[at], self.full[at], self.summary[at], self.smooth[at], self.messages[at])


@dataclass(frozen=True)
class MemberBoosters:
    """The two boosted stages, which are the two controls as well, and the columns that the second one looks at.

    smooth, the score beside the first of them, is the same for all members; messages: the network of messages, where
    the context looks at it.
    """

    own: BoostedModel
    full: BoostedModel
    names: tuple[str, ...]
    smooth: SmoothScore
    messages: MessageEnsemble | None = None

    @classmethod
    def fit(
        cls,
        graphs: Sequence[PanelGraph],
        averaged: tuple[str, ...],
        columns: tuple[str, ...],
        grown: tuple[int, int, int],
        smooth: tuple[SmoothScore, Matrix],
    ) -> tuple[MemberBoosters, StageScores]:
        """Fit both stages out of fold by firm on the stacked rows of all graphs.

        averaged: which of the encoder's columns the second stage sees as means over neighbours; grown: the seed,
        and boosting rounds of the first and the second stage; smooth: what `smooth.fit` gave for the same rows.
        """
        x, y, who = stacked(graphs, "x"), stacked(graphs, "y"), firm_numbers(graphs)
        own, own_score = boosting.fit_boosted(x, y, who, grown[0], grown[1])
        near = NeighbourhoodColumns.of(graphs, own_score, columns, averaged)
        full, full_score = boosting.fit_boosted(np.hstack([x, near.wide]), y, who, grown[0], grown[2])
        silent = np.full(len(y), np.nan)
        return cls(own, full, near.names, smooth[0]), StageScores(
            own_score, full_score, near.summary, smooth[1], silent
        )

    def with_messages(
        self, graphs: Sequence[PanelGraph], stages: StageScores, seed: int, epochs: int | None = None
    ) -> tuple[MemberBoosters, StageScores]:
        """With a network of messages fitted on the same rows out of fold; arguments as `messaging.fit`."""
        made, told = messaging.fit_messages(graphs, stages.own, (self.smooth, stages.smooth), seed, epochs)
        return replace(self, messages=made), replace(stages, messages=told)

    def around(
        self, graphs: Sequence[PanelGraph], own: Matrix, columns: tuple[str, ...]
    ) -> NeighbourhoodColumns:
        """The neighbourhood as the second stage was trained on it, given log hazards of own [rows]."""
        return NeighbourhoodColumns.of(graphs, own, columns, names=self.names)

    def predict(
        self,
        graphs: Sequence[PanelGraph],
        columns: tuple[str, ...],
        needs: frozenset[str] = ALL_STAGES,
        known: tuple[Matrix, Matrix] | None = None,
    ) -> StageScores:
        """Both stages on graphs that they were not trained on.

        needs: which of "full", "lean" and "messages" will be looked at; what is left out is NaN, and costs nothing.
        known: log hazards of the first stage and of the smooth score, where somebody has worked them out already.
        """
        x = stacked(graphs, "x")
        own, smooth = known or (self.own.predict(x), self.smooth.predict(x))
        # Nothing is kept of what nobody looks at: one number stands for all.
        full, lean = (np.broadcast_to(np.nan, size) for size in (len(x), (len(x), 1 + len(SUMMARY_COLUMNS))))
        if "full" in needs:
            near = self.around(graphs, own, columns)
            full, lean = self.full.predict(np.hstack([x, near.wide])), near.summary
        elif "lean" in needs:
            lean = NeighbourhoodColumns.of(graphs, own, columns, names=()).summary
        told = np.broadcast_to(np.nan, len(x))
        if "messages" in needs and self.messages is not None:
            told = self.messages.predict(graphs, own, (self.smooth, smooth))
        return StageScores(own, full, lean, smooth, told)


SUMMARY_COLUMNS = tuple(
    f"{what}:{family}"
    for family in ("upstream", "downstream", "related", "via")
    for what in ("score:mean", "count")
)


@dataclass(frozen=True)
class NeighbourhoodColumns:
    """The neighbourhood's columns [rows, names], and the few of them [rows, lean] that a lean context looks at."""

    names: tuple[str, ...]
    wide: Matrix
    summary: Matrix

    @classmethod
    def of(
        cls,
        graphs: Sequence[PanelGraph],
        own: Matrix,
        columns: tuple[str, ...],
        averaged: tuple[str, ...] = (),
        names: tuple[str, ...] | None = None,
    ) -> NeighbourhoodColumns:
        """Look around every firm, own [rows] being log hazards of the firms' own data.

        names None: all columns that a graph has, with means of the `averaged` columns, for training; else these.
        """
        if names is not None:
            averaged = tuple(sorted({n.split(":", 2)[2] for n in names if n.startswith("mean:")}))
        at = [columns.index(c) for c in averaged]
        blocks = []
        for g, score in zip(graphs, unstacked(own, graphs), strict=True):
            blocks.append(
                (
                    neighbourhood_summary(g.neighbours, score, g.defaulted, g.cell),
                    feature_means(g.neighbours, g.x[:, at], averaged),
                    score,
                )
            )
        if names is None:
            names = tuple(sorted({n for b, m, _ in blocks for n in (*b.names, *m.names)}))
        here = tuple(n for n in names if not n.startswith("mean:"))
        there = tuple(n for n in names if n.startswith("mean:"))
        wide = [np.hstack([b.select(here), m.select(there)]) for b, m, _ in blocks]
        lean = [_lean(b.select(("score:cell", *SUMMARY_COLUMNS)), score) for b, _, score in blocks]
        return cls((*here, *there), np.vstack(wide), np.vstack(lean))


def _lean(block: Matrix, own: Matrix) -> Matrix:
    """Mean scores relative to the firm's own (0 where there is no neighbour), counts on a log scale."""
    out = block.copy()
    scores = [0, *range(1, out.shape[1], 2)]
    out[:, scores] = np.nan_to_num(out[:, scores] - own[:, None])
    out[:, 2::2] = np.log1p(out[:, 2::2])
    return out


class EnsembleMember(nn.Module):
    """h = own + context + caught: own = exp(a + b log h_boost + s log h_smooth), context = own (exp(c) - 1).

    c is limited to +-MOST_CONTEXT. context "lean": c is linear in the neighbourhood's mean scores and counts;
    "boosted": c = d + e (log h_full - log own), h_full being the second boosted stage's; "messages": the same with the
    geometric mean of h_full and of what the network of messages says; "none": c = 0.
    """

    centre: Tensor
    spread: Tensor
    level: Tensor

    def __init__(self, context: str, lean_width: int, kinds: tuple[str, ...]) -> None:
        super().__init__()
        self.context, self.lean_width = context, lean_width
        self.own = nn.Parameter(torch.tensor([0.0, 0.5, 0.5], dtype=torch.float64))
        width = {"none": 0, "lean": lean_width, "boosted": 1, "messages": 1}[context]
        self.weight = nn.Parameter(torch.zeros(width + 1, dtype=torch.float64))
        self.register_buffer("centre", torch.zeros(width, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(width, dtype=torch.float64))
        self.register_buffer("level", torch.tensor([0.0, 1.0], dtype=torch.float64))
        self.transmission = Transmission(kinds)

    @property
    def required_stages(self) -> frozenset[str]:
        """Which of the stages beyond the own ones its context looks at."""
        looked = {"none": (), "lean": ("lean",), "boosted": ("full",), "messages": ("full", "messages")}
        return frozenset(looked[self.context])

    @property
    def device(self) -> torch.device:
        """Where its weights are, and so its sums run."""
        return self.own.device

    def tensor(self, values: Array) -> Tensor:
        """An array as a tensor beside the weights; on the processor it is the same memory."""
        return torch.from_numpy(values).to(self.device)

    def own_part(self, stages: StageScores) -> Tensor:
        """Own hazard [rows]."""
        return torch.exp(
            self.own[0] + self.own[1] * self.tensor(stages.own) + self.own[2] * self.tensor(stages.smooth)
        )

    def _log_own(self, stages: StageScores) -> Matrix:
        with torch.no_grad():
            return np.asarray(self.own_part(stages).clamp(min=1e-300).log().cpu().numpy())

    def context_inputs(self, stages: StageScores) -> Tensor:
        """What c looks at, [rows, width], standardised on training rows."""
        if self.context == "none":
            inputs = np.empty((len(stages.own), 0))
        elif self.context == "lean":
            inputs = stages.summary
        else:
            said = stages.full if self.context == "boosted" else (stages.full + stages.messages) / 2
            inputs = (said - self._log_own(stages))[:, None]
        return (self.tensor(inputs) - self.centre) / self.spread

    def base_parts(self, stages: StageScores) -> tuple[Tensor, Tensor]:
        """Own and context hazards [rows]; context is 0 for "none"."""
        own = self.own_part(stages)
        if self.context == "none":
            return own, torch.zeros_like(own)
        c = self.weight[0] + self.context_inputs(stages) @ self.weight[1:]
        return own, own * torch.expm1(MAX_CONTEXT * torch.tanh(c / MAX_CONTEXT))

    def propagation_inputs(
        self, base: Tensor, own: Tensor, graphs: Sequence[PanelGraph]
    ) -> PropagationInputs:
        """What the rounds look at on the union of graphs, from base hazards and own hazards [rows]."""
        spread, defaulted, ends, links = self._nodes(base, own, graphs)
        return PropagationInputs(spread, defaulted, self.transmission.inputs_of(links, ends), links)

    def _nodes(
        self, base: Tensor, own: Tensor, graphs: Sequence[PanelGraph]
    ) -> tuple[Tensor, Tensor, Tensor, Channels]:
        """Base hazards, who is in default and what transmissions look at of the nodes, and the channels."""
        links = graph_union(graphs).to(self.device)
        defaulted = self.tensor(on_nodes(stacked(graphs, "defaulted").astype(float), graphs, 0.0) > 0)
        where = self.tensor(np.flatnonzero(firm_nodes(graphs)))
        spread = base.new_zeros(links.nodes).index_copy(0, where, base)
        # A person, who has no hazard of its own, counts as the average firm.
        standard = (own.clamp(min=1e-300).log() - self.level[0]) / self.level[1]
        score = base.new_zeros(links.nodes).index_copy(0, where, standard)
        degree = torch.bincount(links.pair_target, minlength=links.nodes).to(torch.float64).log1p()
        return spread, defaulted, torch.stack([score, degree], 1), links

    def propagate_for_scoring(
        self, base: Tensor, own: Tensor, graph: PanelGraph, k: int = ROUNDS
    ) -> PropagationResult:
        """k contagion rounds on one graph, for scoring: what fitting keeps between its steps is never made."""
        spread, defaulted, ends, links = self._nodes(base, own, [graph])
        return propagate(spread, defaulted, self.transmission(links, ends), links, k)

    def propagate(self, inputs: PropagationInputs, k: int = ROUNDS) -> PropagationResult:
        """k contagion rounds (tiers)."""
        return propagate(
            inputs.base,
            inputs.defaulted,
            self.transmission.transmissions(inputs.channel_inputs),
            inputs.channels,
            k,
        )


@dataclass(frozen=True)
class PropagationInputs:
    """Base hazards [nodes] (0 for persons), who is in default [nodes], what transmissions look at, channels."""

    base: Tensor
    defaulted: Tensor
    channel_inputs: ChannelInputs
    channels: Channels

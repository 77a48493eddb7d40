"""One member of the ensemble: own part, context and transmissions, fitted in that order (see `member_fitting`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from supplyrisk.gnn.data.hetero_data import Channels
from supplyrisk.gnn.data.panel import PanelGraph, at_base_rate, firm_nodes, graph_union, on_nodes, stacked
from supplyrisk.gnn.network.hazard_propagation import (
    ChannelInputs,
    PropagationResult,
    Transmission,
    propagate,
)
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.graph.schema.aliases import SUMMARY

Matrix = NDArray[np.float64]
Array = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]
ROUNDS = 2
"""Contagion rounds, that is tiers of suppliers or customers a default travels."""
MAX_CONTEXT = 2.0
"""Context changes a hazard by at most a factor of exp(2), about 7."""


def log_loss(hazard: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean of -y log(1 - exp(-h)) + (1 - y) h [rows], the log loss of PD = 1 - exp(-h)."""
    h = hazard.clamp(min=1e-12)
    return (weight * torch.where(y > 0, -torch.log(-torch.expm1(-h)), h)).sum() / weight.sum()


class BaseHazards(NamedTuple):
    """Hazards before contagion [rows]."""

    own: Tensor
    context: Tensor


class EnsembleMember(nn.Module):
    """h = own + context + caught, with own = exp(a + b log h_boost + s log h_smooth), context = own (exp(c) - 1).

    c is limited to +-MAX_CONTEXT and depends on the kind of context:

        none          c = 0
        summary       c is linear in the neighbourhood's mean scores and counts
        boosted       c = d + e (log h_full - log own), h_full being the second boosted stage's hazard
        messages      the same with the geometric mean of h_full and the hazard by the network of messages

    The summary context is stored as `SUMMARY` in settings and checkpoints.
    """

    # Names of parameters and buffers are keys of the checkpoint.
    centre: Tensor
    spread: Tensor
    level: Tensor

    def __init__(self, context: str, summary_width: int, kinds: tuple[str, ...]) -> None:
        super().__init__()
        self.context = context
        self.summary_width = summary_width
        self.own = nn.Parameter(torch.tensor([0.0, 0.5, 0.5], dtype=torch.float64))
        width = {"none": 0, SUMMARY: summary_width, "boosted": 1, "messages": 1}[context]
        self.weight = nn.Parameter(torch.zeros(width + 1, dtype=torch.float64))
        self.register_buffer("centre", torch.zeros(width, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(width, dtype=torch.float64))
        self.register_buffer("level", torch.tensor([0.0, 1.0], dtype=torch.float64))
        self.transmission = Transmission(kinds)

    @property
    def required_stages(self) -> frozenset[str]:
        """The first-stage scores that its context uses, beside those of own columns."""
        stages = {"none": (), SUMMARY: (SUMMARY,), "boosted": ("full",), "messages": ("full", "messages")}
        return frozenset(stages[self.context])

    @property
    def device(self) -> torch.device:
        """The device of its weights, on which it computes."""
        return self.own.device

    def tensor(self, values: Array) -> Tensor:
        """Return an array as a tensor on the member's device; on the processor it shares the array's memory."""
        return torch.from_numpy(values).to(self.device)

    def without_context(self, own: Matrix) -> BaseHazards:
        """Return own hazards [rows] with a context of 0."""
        hazard = self.tensor(own)
        return BaseHazards(hazard, torch.zeros_like(hazard))

    def own_part(self, stages: StageScores) -> Tensor:
        """Return the own hazard [rows]."""
        boosted = self.tensor(stages.own)
        smooth = self.tensor(stages.smooth)
        return torch.exp(self.own[0] + self.own[1] * boosted + self.own[2] * smooth)

    def _log_own(self, stages: StageScores) -> Matrix:
        # Own is frozen while context is fitted: no gradient is needed here.
        with torch.no_grad():
            return np.asarray(self.own_part(stages).clamp(min=1e-300).log().cpu().numpy())

    def context_inputs(self, stages: StageScores) -> Tensor:
        """Return the inputs of c [rows, width], standardised on training rows."""
        if self.context == "none":
            inputs = np.empty((len(stages.own), 0))
        elif self.context == SUMMARY:
            inputs = stages.summary
        else:
            log_hazard = stages.full if self.context == "boosted" else (stages.full + stages.messages) / 2
            # Relative to own: what the firm's own columns explain is not attributed to its context.
            inputs = (log_hazard - self._log_own(stages))[:, None]
        return (self.tensor(inputs) - self.centre) / self.spread

    def base_parts(self, stages: StageScores) -> BaseHazards:
        """Return own and context hazards [rows]; context is 0 for the context "none"."""
        own = self.own_part(stages)
        if self.context == "none":
            return BaseHazards(own, torch.zeros_like(own))
        c = self.weight[0] + self.context_inputs(stages) @ self.weight[1:]
        # tanh limits c smoothly, so that the gradient does not vanish at once beyond the limit.
        return BaseHazards(own, own * torch.expm1(MAX_CONTEXT * torch.tanh(c / MAX_CONTEXT)))

    def at_base_rate(self, base: BaseHazards, graphs: Sequence[PanelGraph]) -> BaseHazards:
        """Return hazards [rows] in which unlisted firms have the base rate as own hazard, and no context."""
        if all(graph.unlisted is None for graph in graphs):
            return base
        unlisted = self.tensor(~stacked(graphs, "listed").astype(bool))
        total = self.tensor(at_base_rate((base.own + base.context).detach().cpu().numpy(), graphs))
        own = torch.where(unlisted, total, base.own)
        return BaseHazards(own, torch.where(unlisted, 0.0, base.context))

    def propagation_inputs(
        self, base: Tensor, own: Tensor, graphs: Sequence[PanelGraph]
    ) -> PropagationInputs:
        """Return the inputs of the rounds on the union of graphs, from base and own hazards [rows]."""
        nodes = self._nodes(base, own, graphs)
        channel_inputs = self.transmission.inputs_of(nodes.links, nodes.ends)
        return PropagationInputs(nodes.base, nodes.defaulted, channel_inputs, nodes.links)

    def _nodes(self, base: Tensor, own: Tensor, graphs: Sequence[PanelGraph]) -> _NodeInputs:
        links = graph_union(graphs).to(self.device)
        defaulted = self.tensor(on_nodes(stacked(graphs, "defaulted").astype(float), graphs, 0.0) > 0)
        firms = self.tensor(np.flatnonzero(firm_nodes(graphs)))
        node_base = base.new_zeros(links.nodes).index_copy(0, firms, base)
        # Persons have no hazard of their own; 0 on the standardised scale makes them average firms.
        standardised = (own.clamp(min=1e-300).log() - self.level[0]) / self.level[1]
        score = base.new_zeros(links.nodes).index_copy(0, firms, standardised)
        degree = torch.bincount(links.pair_target, minlength=links.nodes).to(torch.float64).log1p()
        return _NodeInputs(node_base, defaulted, torch.stack([score, degree], 1), links)

    def propagate_for_scoring(
        self, base: Tensor, own: Tensor, graph: PanelGraph, rounds: int = ROUNDS
    ) -> PropagationResult:
        """Compute the contagion rounds on one graph without the arrays that fitting keeps between its steps."""
        nodes = self._nodes(base, own, [graph])
        transmission = self.transmission(nodes.links, nodes.ends)
        return propagate(nodes.base, nodes.defaulted, transmission, nodes.links, rounds)

    def propagate(self, inputs: PropagationInputs, rounds: int = ROUNDS) -> PropagationResult:
        """Compute the contagion rounds, differentiable by the transmissions' parameters."""
        transmission = self.transmission.transmissions(inputs.channel_inputs)
        return propagate(inputs.base, inputs.defaulted, transmission, inputs.channels, rounds)


@dataclass(frozen=True)
class PropagationInputs:
    """Inputs of the contagion rounds.

    Parameters
    ----------
    base [nodes]: own + context hazard, 0 for persons.
    defaulted [nodes]: firms in default.
    channel_inputs: inputs of the transmissions.
    channels: the channels of the union of graphs.
    """

    base: Tensor
    defaulted: Tensor
    channel_inputs: ChannelInputs
    channels: Channels


@dataclass(frozen=True)
class _NodeInputs:
    """Base hazards [nodes], firms in default [nodes], the transmissions' inputs [nodes, NODE_INPUTS], channels."""

    base: Tensor
    defaulted: Tensor
    ends: Tensor
    links: Channels

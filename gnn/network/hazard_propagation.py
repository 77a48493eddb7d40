"""Contagion rounds: hazards that add up from own, context and what is caught from each neighbour."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid
from torch_geometric.utils import scatter

from supplyrisk.gnn.data.hetero_data import MAX_ATTRIBUTES, Channels
from supplyrisk.graph.schema.relations import ChannelKind, relation_of

MAX_TRANSMISSION = 0.999
"""No link transmits with certainty: -log(1 - w q) stays finite."""
NODE_INPUTS = 2
"""Inputs of a transmission per node: its standardised log own hazard, and its log number of pairs."""
CHUNK = 1 << 18
"""Links that are scored at a time."""


@dataclass(frozen=True)
class PropagationResult:
    """State after the last round.

    Parameters
    ----------
    hazard [nodes]: base + everything caught.
    caught [pairs]: hazard that the pair's target catches from its source.
    failure [pairs]: q of the previous round, from which caught was computed.
    transmission [links]: the transmissions that were used.
    """

    hazard: Tensor
    caught: Tensor
    failure: Tensor
    transmission: Tensor


def propagate(
    base: Tensor, defaulted: Tensor, transmission: Tensor, links: Channels, rounds: int
) -> PropagationResult:
    """Compute hazards after a number of contagion rounds without direct echo.

        h_i(r)        = base_i + sum_j caught_{j->i}(r)
        caught_{j->i} = sum over links l of -log(1 - w_l q_{j\\i}(r-1))
        q_{j\\i}       = 1 - exp(-(h_j - caught_{i->j})),  1 where j is in default

    What j caught from i is subtracted from what j passes on to i; both are sums over all links of the pair.

    Parameters
    ----------
    base [nodes]: own + context hazard, 0 for persons.
    defaulted [nodes]: firms in default (bool).
    transmission [links]: w, in [0, 1).
    links: the channels.
    rounds: number of rounds, that is tiers a default travels.
    """
    caught = base.new_zeros(links.pair_source.shape)
    failure = caught
    hazard = base
    for _ in range(rounds):
        # Rounding can leave a difference just below 0.
        without_echo = (hazard[links.pair_source] - caught[links.reverse]).clamp(min=0)
        failure = torch.where(defaulted[links.pair_source], 1.0, -torch.expm1(-without_echo))
        # Small w q are the rule: log1p keeps their digits.
        per_link = -torch.log1p(-transmission * failure[links.pair])
        caught = scatter(per_link, links.pair, dim_size=links.pair_source.numel(), reduce="sum")
        hazard = base + scatter(caught, links.pair_target, dim_size=links.nodes, reduce="sum")
    return PropagationResult(hazard, caught, failure, transmission)


class Transmission(nn.Module):
    """w = share x sigmoid(level_k + edge_k . attributes + ends_k . nodes), by channel type k; at most .999.

    share is the receiver's dependence on the link; attributes are standardised by channel type, missing ones are 0.
    No parameter belongs to a single link or firm, so a new firm is treated as any other. Channel types that training
    did not have transmit nothing.
    """

    # Names of parameters and buffers are keys of the checkpoint.
    centre: Tensor
    spread: Tensor
    gate: Tensor

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__()
        self.kinds = kinds
        size = len(kinds)
        start = [relation_of(ChannelKind.parse(kind).kind).prior_level for kind in kinds]
        self.level = nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.edge = nn.Parameter(torch.zeros(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.ends = nn.Parameter(torch.zeros(size, 2 * NODE_INPUTS, dtype=torch.float64))
        self.register_buffer("centre", torch.zeros(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.register_buffer("gate", torch.ones((), dtype=torch.float64))

    def rows(self, links: Channels) -> tuple[Tensor, Tensor]:
        """Return the row of each link's channel type [links] (0 if unknown), and whether it is known [links]."""
        number = {name: i for i, name in enumerate(self.kinds)}
        known = links.kind.new_tensor([number.get(name, -1) for name in links.kinds])
        row = known[links.kind] if len(known) else links.kind
        return row.clamp(min=0), row >= 0

    def standardise(self, links: Channels) -> None:
        """Set centre and spread of every attribute by channel type, from the links of the training set."""
        row, known = self.rows(links)
        for k in range(len(self.kinds)):
            values = links.attributes[(row == k) & known].double()
            present = ~values.isnan()
            count = present.sum(0).clamp(min=1)
            mean = torch.where(present, values, 0.0).sum(0) / count
            spread = (torch.where(present, values - mean, 0.0) ** 2).sum(0).div(count).sqrt()
            self.centre[k] = mean
            # An attribute that does not vary is centred only: dividing by its spread would blow up rounding errors.
            self.spread[k] = torch.where(spread > 1e-6, spread, 1.0)

    def inputs_of(self, links: Channels, ends: Tensor) -> ChannelInputs:
        """Return the inputs of the links, computed once: fitting evaluates the transmissions at each step.

        ends [nodes, NODE_INPUTS] describes the nodes.
        """
        row, known = self.rows(links)
        if len(self.kinds):
            attributes = torch.nan_to_num((links.attributes - self.centre[row]) / self.spread[row])
        else:
            attributes = links.attributes.double()
        values = torch.cat(
            [torch.ones_like(links.share)[:, None], attributes, ends[links.source], ends[links.target]], 1
        )
        order = torch.argsort(row, stable=True)
        sizes = torch.bincount(row, minlength=len(self.kinds)).tolist()
        return ChannelInputs(values[order], sizes, torch.argsort(order), links.share * known)

    def transmissions(self, inputs: ChannelInputs) -> Tensor:
        """Return w [links] for the inputs that `inputs_of` gave, differentiable by the parameters."""
        if not inputs.share.numel() or not len(self.kinds):
            return inputs.share
        weights = torch.cat([self.level[:, None], self.edge, self.ends], 1)
        # One product per channel type instead of a row of weights per link: links are many, types are few.
        blocks = torch.split(inputs.values, inputs.sizes)
        logits = torch.cat([block @ weights[k] for k, block in enumerate(blocks)])
        return self._gated(inputs.share, logits[inputs.inverse])

    def forward(self, links: Channels, ends: Tensor) -> Tensor:
        """Return w [links]; ends [nodes, NODE_INPUTS] describes the nodes.

        Equal to `transmissions(inputs_of(links, ends))`, but a chunk of links at a time, so that the inputs of tens of
        millions of links are never in memory together.
        """
        row, known = self.rows(links)
        share = links.share * known
        if not share.numel() or not len(self.kinds):
            return share
        # [2 ends, nodes, kinds]: each node's term is computed once, not once per link.
        node_terms = ends @ torch.stack([self.ends[:, :NODE_INPUTS], self.ends[:, NODE_INPUTS:]]).transpose(
            1, 2
        )
        parts = []
        for chunk in _runs(row):
            k = int(row[chunk.start])
            attributes = torch.nan_to_num((links.attributes[chunk] - self.centre[k]) / self.spread[k])
            end_terms = node_terms[0, links.source[chunk], k] + node_terms[1, links.target[chunk], k]
            parts.append(self._gated(share[chunk], self.level[k] + attributes @ self.edge[k] + end_terms))
        return torch.cat(parts)

    def _gated(self, share: Tensor, logits: Tensor) -> Tensor:
        # exp(logsigmoid) keeps small sigmoids exact; the gate is 1, or 0 where transmissions do significant harm.
        return (self.gate * share * logsigmoid(logits).exp()).clamp(max=MAX_TRANSMISSION)


@dataclass(frozen=True)
class ChannelInputs:
    """Inputs of transmissions, sorted by channel type.

    Parameters
    ----------
    values [links, 1 + MAX_ATTRIBUTES + 2 NODE_INPUTS]: 1, the attributes, then the source's and the target's inputs.
    sizes [kinds]: number of links by channel type.
    inverse [links]: position of each link in the sorted order.
    share [links]: the receiver's dependence, in the links' own order; 0 for unknown channel types.
    """

    values: Tensor
    sizes: list[int]
    inverse: Tensor
    share: Tensor


def _runs(row: Tensor) -> list[slice]:
    """Runs of equal numbers in row [links], none longer than CHUNK."""
    ends = (torch.nonzero(row[1:] != row[:-1]).flatten() + 1).tolist()
    bounds = [0, *ends, len(row)]
    return [
        slice(at, min(at + CHUNK, stop))
        for start, stop in itertools.pairwise(bounds)
        for at in range(start, stop, CHUNK)
    ]

"""The network's rounds: hazards that add up from own, context and what is caught from each neighbour."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid
from torch_geometric.utils import scatter

from supplyrisk.gnn.data.hetero_data import MAX_ATTRIBUTES, Channels

MAX_TRANSMISSION = 0.999
"""No link transmits with certainty: -log(1 - w q) stays finite."""
START_LEVEL, START_LEVEL_TRADE = -8.3, -5.3
"""Levels that transmissions start from and are held to where the data are silent: w = .00025 x share, of trade .005.

Trade moves goods and money, and its shares are measured. What hangs on a guarantee or an owner no data say: shares
are one over their number, and at trade's level a single guarantee would outweigh all suppliers together.
"""
NODE_INPUTS = 2
"""Numbers about a node that a transmission may look at: its standardised log own hazard, its log number of pairs."""


@dataclass(frozen=True)
class PropagationResult:
    """What the last round says.

    hazard [nodes]: base + all that is caught; caught [pairs]: what each ordered pair's target catches from its
    source; failure [pairs]: the q of the round before, by which it was caught; transmission [links]: as it was given.
    """

    hazard: Tensor
    caught: Tensor
    failure: Tensor
    transmission: Tensor


def propagate(
    base: Tensor, defaulted: Tensor, transmission: Tensor, links: Channels, rounds: int
) -> PropagationResult:
    """Hazards after `rounds` rounds without straight echo.

        h_i(r)        = base_i + sum_j caught_{j->i}(r)
        caught_{j->i} = sum over links l of -log(1 - w_l q_{j\\i}(r-1))
        q_{j\\i}       = 1 - exp(-(h_j - caught_{i->j})),  1 where j is in default

    base [nodes] (own + context, 0 for persons), defaulted [nodes] (bool), transmission [links] in [0, 1).
    What j caught from i is taken out of what it gives back to i; both sides are summed over all links of the pair.
    """
    caught = base.new_zeros(links.pair_source.shape)
    failure = caught
    hazard = base
    for _ in range(rounds):
        without = (hazard[links.pair_source] - caught[links.reverse]).clamp(min=0)
        failure = torch.where(defaulted[links.pair_source], 1.0, -torch.expm1(-without))
        along = -torch.log1p(-transmission * failure[links.pair])
        caught = scatter(along, links.pair, dim_size=links.pair_source.numel(), reduce="sum")
        hazard = base + scatter(caught, links.pair_target, dim_size=links.nodes, reduce="sum")
    return PropagationResult(hazard, caught, failure, transmission)


class Transmission(nn.Module):
    """w = share x sigmoid(level_k + edge . attributes_k + ends . nodes_k), by channel type k; at most .999.

    share is the receiver's dependence on the link; attributes are standardised by channel type, missing being 0.
    Nothing is learned per link or per firm, so a firm that was never seen is treated as any other. Channel types
    that were not there in training transmit nothing.
    """

    centre: Tensor
    spread: Tensor
    gate: Tensor

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__()
        self.kinds = kinds
        size = len(kinds)
        start = [START_LEVEL_TRADE if ":supplies:" in kind else START_LEVEL for kind in kinds]
        self.level = nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.edge = nn.Parameter(torch.zeros(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.ends = nn.Parameter(torch.zeros(size, 2 * NODE_INPUTS, dtype=torch.float64))
        self.register_buffer("centre", torch.zeros(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(size, MAX_ATTRIBUTES, dtype=torch.float64))
        self.register_buffer("gate", torch.ones((), dtype=torch.float64))

    def rows(self, links: Channels) -> tuple[Tensor, Tensor]:
        """For each link the row of its channel type (0 where that is unknown), and whether it is known."""
        number = {name: i for i, name in enumerate(self.kinds)}
        known = links.kind.new_tensor([number.get(name, -1) for name in links.kinds])
        row = known[links.kind] if len(known) else links.kind
        return row.clamp(min=0), row >= 0

    def standardise(self, links: Channels) -> None:
        """Set centre and spread of every attribute by channel type, from the links of the training slice."""
        row, known = self.rows(links)
        for k in range(len(self.kinds)):
            mine = links.attributes[(row == k) & known].double()
            seen = ~mine.isnan()
            count = seen.sum(0).clamp(min=1)
            mean = torch.where(seen, mine, 0.0).sum(0) / count
            spread = (torch.where(seen, mine - mean, 0.0) ** 2).sum(0).div(count).sqrt()
            self.centre[k], self.spread[k] = mean, torch.where(spread > 1e-6, spread, 1.0)

    def inputs_of(self, links: Channels, ends: Tensor) -> ChannelInputs:
        """What the weights are applied to: fitting asks for the transmissions again and again, this stays."""
        row, known = self.rows(links)
        if len(self.kinds):
            attributes = torch.nan_to_num((links.attributes - self.centre[row]) / self.spread[row])
        else:
            attributes = links.attributes.double()
        seen = torch.cat(
            [torch.ones_like(links.share)[:, None], attributes, ends[links.source], ends[links.target]], 1
        )
        order = torch.argsort(row, stable=True)
        sizes = torch.bincount(row, minlength=len(self.kinds)).tolist()
        return ChannelInputs(seen[order], sizes, torch.argsort(order), links.share * known)

    def transmissions(self, look: ChannelInputs) -> Tensor:
        """Transmission [links]."""
        if not look.share.numel() or not len(self.kinds):
            return look.share
        weights = torch.cat([self.level[:, None], self.edge, self.ends], 1)
        # One product per channel type rather than a row of weights per link: links are many, types are few.
        logits = torch.cat([part @ weights[k] for k, part in enumerate(torch.split(look.values, look.sizes))])
        return self._gated(look.share, logits[look.inverse])

    def forward(self, links: Channels, ends: Tensor) -> Tensor:
        """Transmission [links]; ends [nodes, ENDS] describes the nodes.

        The same as `at(look(links, ends))`, some links at a time: of tens of millions no second copy is made.
        """
        row, known = self.rows(links)
        share = links.share * known
        if not share.numel() or not len(self.kinds):
            return share
        weighed = ends @ torch.stack([self.ends[:, :NODE_INPUTS], self.ends[:, NODE_INPUTS:]]).transpose(1, 2)
        parts = []
        for at in _runs(row):
            k = int(row[at.start])
            seen = torch.nan_to_num((links.attributes[at] - self.centre[k]) / self.spread[k])
            by_ends = weighed[0, links.source[at], k] + weighed[1, links.target[at], k]
            parts.append(self._gated(share[at], self.level[k] + seen @ self.edge[k] + by_ends))
        return torch.cat(parts)

    def _gated(self, share: Tensor, logits: Tensor) -> Tensor:
        return (self.gate * share * logsigmoid(logits).exp()).clamp(max=MAX_TRANSMISSION)


@dataclass(frozen=True)
class ChannelInputs:
    """Links sorted by channel type: seen [links, 1 + WIDTH + 2 ENDS], sizes per type, the way back, shares."""

    values: Tensor
    sizes: list[int]
    inverse: Tensor
    share: Tensor


def _runs(row: Tensor, most: int = 1 << 18) -> list[slice]:
    """Runs of equal numbers, none longer than `most`."""
    ends = (torch.nonzero(row[1:] != row[:-1]).flatten() + 1).tolist()
    bounds = [0, *ends, len(row)]
    return [
        slice(at, min(at + most, stop))
        for start, stop in itertools.pairwise(bounds)
        for at in range(start, stop, most)
    ]

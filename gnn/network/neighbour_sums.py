"""Sums and means over neighbours for one kind of link, forward and backward, without a tensor of messages.

The network of messages (`message_network`) aggregates with it; bench_epoch.py measures it against PyG.

    sum:  y_i = sum over links l into i of a_l x_{source(l)}        y = A x
    mean: y_i = the sum divided by the number of links into i, 0 where there is none

The gradient of y by x is a sum by A's transpose, which is built when it is first needed and cached; the a_l have no
gradient. Either direction is one call of embedding_bag, which gathers and adds without storing what each link carries,
whereas PyG's message passing stores a tensor [links, width]. Fast for rows of single precision; for a single column
scipy's sparse product is faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


@dataclass(frozen=True)
class NeighbourSums:
    """Links of one kind sorted by target: those into node i are start[i] to start[i + 1].

    Parameters
    ----------
    start [targets + 1]: the first link into each target.
    source [links]: number of the sending node.
    value [links]: weight of each link; None if all weights are 1.
    sources: number of sending nodes.
    """

    start: Tensor
    source: Tensor
    value: Tensor | None
    sources: int

    @classmethod
    def of(
        cls, source: Tensor, target: Tensor, sources: int, targets: int, value: Tensor | None = None
    ) -> NeighbourSums:
        """Sort links [links] between `sources` and `targets` nodes by target; parallel links add up."""
        # A stable sort keeps the order of the links into a target, and with it the order of summation.
        order = torch.argsort(target, stable=True)
        counted = torch.bincount(target, minlength=targets).cumsum(0)
        start = torch.cat([counted.new_zeros(1), counted])
        # 32-bit numbers halve the memory traffic per link; above two thousand million links 64 bits are needed.
        index_type = torch.int32 if max(len(source), sources, targets) < 2**31 else torch.int64
        sorted_value = None if value is None else value[order]
        return cls(start.to(index_type), source[order].to(index_type), sorted_value, sources)

    @cached_property
    def backward(self) -> NeighbourSums:
        """The same links in the opposite direction."""
        target = torch.repeat_interleave(self.degree)
        reverse = NeighbourSums.of(target, self.source.long(), len(self.degree), self.sources, self.value)
        # The reverse of the reverse is this object: neither direction is sorted twice.
        vars(reverse)["backward"] = self
        return reverse

    @property
    def degree(self) -> Tensor:
        """Number of links into each target [targets]."""
        return torch.diff(self.start)

    def part(self, dtype: torch.dtype) -> Tensor:
        """Return the weight [targets, 1] of one link in the mean of its target."""
        return (1.0 / self.degree.clamp(min=1).to(dtype))[:, None]

    def sum(self, x: Tensor) -> Tensor:
        """Return the sums [targets, width] of x [sources, width]."""
        out: Tensor = _Aggregation.apply(x, self, "sum")
        return out

    def mean(self, x: Tensor) -> Tensor:
        """Return the means [targets, width] of x [sources, width]; 0 where there is no link."""
        if self.value is not None:
            return self.sum(x) * self.part(x.dtype)
        out: Tensor = _Aggregation.apply(x, self, "mean")
        return out

    def to(self, device: torch.device) -> NeighbourSums:
        """Return the links on a device."""
        value = None if self.value is None else self.value.to(device)
        return NeighbourSums(self.start.to(device), self.source.to(device), value, self.sources)


class _Aggregation(torch.autograd.Function):
    """Sum over links, or mean over links of weight 1, which embedding_bag divides without a second pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, relation: NeighbourSums, mode: str) -> Tensor:
        ctx.relation = relation
        ctx.mode = mode
        if not len(relation.source):
            return x.new_zeros(len(relation.start) - 1, x.shape[1])
        return embedding_bag(
            relation.source,
            x.contiguous(),
            relation.start,
            mode=mode,
            per_sample_weights=None if relation.value is None else relation.value.to(x.dtype),
            include_last_offset=True,
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        if ctx.mode == "mean":
            gradient = gradient * ctx.relation.part(gradient.dtype)
        return ctx.relation.backward.sum(gradient), None, None

"""Sums and means over neighbours, one relation at a time, forward and backward, without a tensor of messages.

What the network of messages (`messages`) gathers by; bench_epoch.py measures it against PyG.

    sum:  y_i = sum over links l into i of a_l x_{source(l)}        y = A x
    mean: y_i = the sum over the number of links into i, 0 where there is none

The gradient of y by x goes by A's transpose, which is made when it is first needed and kept; the a_l get none. Either
way is one call of embedding_bag, which gathers and adds without writing down what each link carries; PyG's message
passing makes a tensor [links, width]. Quick for rows of single precision; for one column scipy's product is quicker.
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
    """Links of one kind, by target: those into i are the ones from start[i] to start[i + 1].

    start [targets + 1], source [links]; value [links], what each link counts, None where all count 1; sources is how
    many there are.
    """

    start: Tensor
    source: Tensor
    value: Tensor | None
    sources: int

    @classmethod
    def of(
        cls, source: Tensor, target: Tensor, size: tuple[int, int], value: Tensor | None = None
    ) -> NeighbourSums:
        """From links in any order, equal ones adding up; size is (sources, targets)."""
        order = torch.argsort(target, stable=True)
        counted = torch.bincount(target, minlength=size[1]).cumsum(0)
        start = torch.cat([counted.new_zeros(1), counted])
        # Half as many bytes to read per link; more than two thousand million links keep their long numbers.
        short = torch.int32 if max(len(source), *size) < 2**31 else torch.int64
        return cls(start.to(short), source[order].to(short), None if value is None else value[order], size[0])

    @cached_property
    def backward(self) -> NeighbourSums:
        """The same links the other way round."""
        target = torch.repeat_interleave(self.degree)
        made = NeighbourSums.of(target, self.source.long(), (len(self.degree), self.sources), self.value)
        vars(made)["backward"] = self
        return made

    @property
    def degree(self) -> Tensor:
        """Number of links into each target [targets]."""
        return torch.diff(self.start)

    def part(self, dtype: torch.dtype) -> Tensor:
        """What a link counts in the mean of its target [targets, 1]."""
        return (1.0 / self.degree.clamp(min=1).to(dtype))[:, None]

    def sum(self, x: Tensor) -> Tensor:
        """[targets, width] from x [sources, width]."""
        out: Tensor = _Added.apply(x, self, "sum")
        return out

    def mean(self, x: Tensor) -> Tensor:
        """[targets, width] from x [sources, width]; 0 where there is no link."""
        if self.value is not None:
            return self.sum(x) * self.part(x.dtype)
        out: Tensor = _Added.apply(x, self, "mean")
        return out

    def to(self, device: torch.device) -> NeighbourSums:
        """The same on a device."""
        value = None if self.value is None else self.value.to(device)
        return NeighbourSums(self.start.to(device), self.source.to(device), value, self.sources)


class _Added(torch.autograd.Function):
    """Sum over links; mean: of links that all count 1, divided where it is added up, without a second pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, relation: NeighbourSums, mode: str) -> Tensor:
        ctx.relation, ctx.mode = relation, mode
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

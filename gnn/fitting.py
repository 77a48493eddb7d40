"""How a member is fitted: own, then context, then transmissions, each by log loss with the earlier parts frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from supplyrisk.gnn.calibration import calibrated_log_loss
from supplyrisk.gnn.member import Matrix, Member, Stages, log_loss
from supplyrisk.gnn.panel import Graph, firm_nodes, rows

RIDGE = 1e-3
STEPS = 80
GAIN = 1e-4
"""Transmissions stay open only where they lower the log loss of the choosing slice by at least this much."""


def fit_member(
    member: Member, train: tuple[Sequence[Graph], Stages], choose: tuple[Sequence[Graph], Stages]
) -> Member:
    """Fit all parts in place and return the member.

    train: graphs and out-of-fold stages; choose: later graphs (or other firms) by which the transmissions are
    kept or closed.
    """
    graphs, stages = train
    y = torch.from_numpy(rows(graphs, "y"))
    known = ~torch.isnan(y)
    _standardise(member, stages)
    _minimise([member.own], lambda: log_loss(member.own_part(stages)[known], y[known]) + RIDGE * (member.own[1] - 1) ** 2)
    if member.context != "none":
        def context_loss() -> Tensor:
            return log_loss(sum(member.base_parts(stages))[known], y[known]) + RIDGE * (member.weight[1:] ** 2).sum()  # type: ignore[index]

        _minimise([member.weight], context_loss)
    _fit_transmission(member, graphs, stages, y)
    _gate(member, *choose)
    return member.requires_grad_(False).eval()


def _standardise(member: Member, stages: Stages) -> None:
    raw = member.context_inputs(stages)
    if raw.shape[1]:
        member.centre = raw.mean(0)
        member.spread = raw.std(0).clamp(min=1e-6)
        # A boosted context starts at full strength: what the second stage says over the first.
        if member.context == "boosted":
            member.weight.data = torch.stack([raw.mean(), raw.std()])
    own = stages.own
    member.level = torch.tensor([own.mean(), max(float(own.std()), 1e-6)], dtype=torch.float64)


def _minimise(parameters: Iterable[nn.Parameter], loss: Callable[[], Tensor]) -> None:
    solver = torch.optim.LBFGS(list(parameters), max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        value = loss()
        value.backward()
        return value

    solver.step(closure)


def _fit_transmission(member: Member, graphs: Sequence[Graph], stages: Stages, y: Tensor) -> None:
    firms = torch.from_numpy(firm_nodes(graphs))
    known = ~torch.isnan(y)
    with torch.no_grad():
        base = sum(member.base_parts(stages))
    way = member.transmission
    solver = torch.optim.Adam(way.parameters(), lr=0.1)
    for _ in range(STEPS):
        solver.zero_grad()
        hazard = member.rounds(base, stages.own, graphs).hazard[firms]  # type: ignore[arg-type]
        penalty = RIDGE * ((way.edge**2).mean() + (way.ends**2).mean() + way.level.sigmoid().mean())
        loss = log_loss(hazard[known], y[known]) + penalty
        loss.backward()  # type: ignore[no-untyped-call]
        solver.step()


@torch.no_grad()
def _gate(member: Member, graphs: Sequence[Graph], stages: Stages) -> None:
    """Close the transmissions where they do not help: then caught is exactly 0, and nothing is claimed.

    Both hazards are calibrated before they are compared: another base rate in the choosing slice is no evidence.
    """
    y = rows(graphs, "y")
    known = ~np.isnan(y)
    base = sum(member.base_parts(stages))
    hazard = member.rounds(base, stages.own, graphs).hazard.numpy()[firm_nodes(graphs)]  # type: ignore[arg-type]
    losses = [calibrated_log_loss(h[known], y[known]) for h in (base.numpy(), hazard)]  # type: ignore[union-attr]
    member.transmission.gate = torch.tensor(float(losses[1] < losses[0] - GAIN), dtype=torch.float64)

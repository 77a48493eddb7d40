"""How a member is fitted: own, then context, then transmissions, each by log loss with the earlier parts frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from supplyrisk.gnn.calibration import calibrated_log_loss
from supplyrisk.gnn.member import Member, Stages, log_loss
from supplyrisk.gnn.panel import Graph, firm_nodes, rows, union

RIDGE = 1e-3
STEPS = 40
PRIOR = 0.5
"""Weight of the penalty on transmissions, in units of one labelled row's log loss."""


def fit_member(member: Member, graphs: Sequence[Graph], stages: Stages) -> Member:
    """Fit all parts in place, in order, on the graphs' labelled rows and their out-of-fold stages.

    It is fitted on the device where the member is.
    """
    y = member.there(rows(graphs, "y"))
    known = ~torch.isnan(y)
    _standardise(member, stages)
    _minimise(
        [member.own],
        lambda: log_loss(member.own_part(stages)[known], y[known]) + RIDGE * (member.own[1] - 1) ** 2,
    )

    def context_loss() -> Tensor:
        own, context = member.base_parts(stages)
        return log_loss((own + context)[known], y[known]) + RIDGE * (member.weight[1:] ** 2).sum()

    if member.context != "none":
        _minimise([member.weight], context_loss)
    _fit_transmission(member, graphs, stages, y)
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
    member.level = member.there(np.array([own.mean(), max(float(own.std()), 1e-6)]))


def _minimise(parameters: Iterable[nn.Parameter], loss: Callable[[], Tensor], steps: int = 100) -> None:
    solver = torch.optim.LBFGS(list(parameters), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(closure)  # type: ignore[no-untyped-call]


def _fit_transmission(member: Member, graphs: Sequence[Graph], stages: Stages, y: Tensor) -> None:
    firms = member.there(firm_nodes(graphs))
    known = ~torch.isnan(y)
    with torch.no_grad():
        own, context = member.base_parts(stages)
    way = member.transmission
    if not way.kinds:
        return
    way.standardise(union(graphs).to(member.device))
    inputs = member.round_inputs(own + context, stages.own, graphs)

    def loss() -> Tensor:
        hazard = member.rounds(inputs).hazard[firms]
        # Small weights unless the data insist: few failures stand behind each channel type.
        penalty = (
            PRIOR * ((way.edge**2).sum() + (way.ends**2).sum() + way.level.sigmoid().sum()) / known.sum()
        )
        return log_loss(hazard[known], y[known]) + penalty

    _minimise(way.parameters(), loss, STEPS)


@torch.no_grad()
def gate(members: Sequence[Member], graphs: Sequence[Graph], stages: Sequence[Stages]) -> bool:
    """Close all members' transmissions unless they lower the ensemble's log loss; True where they stay open.

    Closed, caught is exactly 0 and nothing is claimed. Both hazards are calibrated before they are compared:
    another base rate in the choosing slice is no evidence. Graphs and stages are those of the choosing slice.
    """
    y = rows(graphs, "y")
    known = ~np.isnan(y)
    firms = firm_nodes(graphs)
    without, with_ = np.zeros(len(y)), np.zeros(len(y))
    for member, stage in zip(members, stages, strict=True):
        own, context = member.base_parts(stage)
        without += (own + context).cpu().numpy()
        inputs = member.round_inputs(own + context, stage.own, graphs)
        with_ += member.rounds(inputs).hazard.cpu().numpy()[firms]
    open_ = calibrated_log_loss(with_[known], y[known]) < calibrated_log_loss(without[known], y[known])
    for member in members:
        member.transmission.gate = member.there(np.array(float(open_)))
    return open_

"""How a member is fitted: own, then context, then transmissions, each by log loss with the earlier parts frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from supplyrisk.gnn.data.panel import PanelGraph, firm_nodes, firm_numbers, graph_union, stacked
from supplyrisk.gnn.network.hazard_propagation import NODE_INPUTS, Transmission
from supplyrisk.gnn.network.member import EnsembleMember, StageScores, log_loss

RIDGE = 1e-3
STEPS = 25
DATES_BETWEEN = 3
"""A member's transmissions are fitted on every third as-of date: those between share most of their outcomes."""
LEVEL_PRECISION, FORM_PRECISION = 1.0, 100.0
"""Of the normal priors around the levels to start from and the prior form, in units of one labelled row's log loss.

The level of a kind of link is what data can tell; how it varies over links must be shown by many failures.
"""


def fit_member(
    member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores, number: int = 0
) -> EnsembleMember:
    """Fit all parts in place, in order, on the graphs' labelled rows and their out-of-fold stages.

    number: of the member, by which it gets as-of dates of its own for the transmissions (see DATES_BETWEEN). It is
    fitted on the device where the member is.
    """
    y = member.tensor(stacked(graphs, "y"))
    known = ~torch.isnan(y)
    ridge = RIDGE * rows_per_failure(graphs)
    _minimise(
        [member.own],
        lambda: (
            log_loss(member.own_part(stages)[known], y[known]) + ridge * ((member.own[1:] - 0.5) ** 2).sum()
        ),
    )
    with torch.no_grad():
        scores = member.own_part(stages).log()
        member.level = torch.stack([scores.mean(), scores.std().clamp(min=1e-6)])
        _standardise(member, stages)

    def context_loss() -> Tensor:
        own, context = member.base_parts(stages)
        return log_loss((own + context)[known], y[known]) + ridge * (member.weight[1:] ** 2).sum()

    if member.context != "none":
        _minimise([member.weight], context_loss)
    return fit_transmission(member, graphs, stages, number)


def fit_transmission(
    member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores, number: int = 0
) -> EnsembleMember:
    """Fit a member's transmissions alone, from the prior; own and context stay. Arguments as `fit_member`."""
    member.transmission = Transmission(member.transmission.kinds).to(member.device)
    start = number % _stride(graphs)
    some = list(range(start, len(graphs), _stride(graphs)))
    ends = np.cumsum([0, *(g.firms for g in graphs)])
    at = np.concatenate([np.arange(ends[i], ends[i + 1]) for i in some])
    _fit_transmission(member, [graphs[i] for i in some], stages.rows(at))
    return member.requires_grad_(False).eval()


def rows_per_failure(graphs: Sequence[PanelGraph]) -> float:
    """In how many rows the failure of one firm is told, on average: as-of dates are nearer than their windows are long.

    Penalties grow by it, since so many rows are worth one.
    """
    failed = stacked(graphs, "y") == 1
    return float(failed.sum() / max(len(np.unique(firm_numbers(graphs)[failed])), 1))


def _stride(graphs: Sequence[PanelGraph]) -> int:
    """Every how-many-th graph a member's transmissions see: all where there are few."""
    return max(1, min(DATES_BETWEEN, len(graphs) // 3))


def _standardise(member: EnsembleMember, stages: StageScores) -> None:
    raw = member.context_inputs(stages)
    if raw.shape[1]:
        member.centre = raw.mean(0)
        member.spread = raw.std(0).clamp(min=1e-6)
        # A context of one score starts at full strength: what that score says over the own one.
        if member.context in {"boosted", "messages"}:
            member.weight.data = torch.stack([raw.mean(), raw.std()])


def _minimise(parameters: Iterable[nn.Parameter], loss: Callable[[], Tensor], steps: int = 100) -> None:
    solver = torch.optim.LBFGS(list(parameters), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(closure)  # type: ignore[no-untyped-call]


def _fit_transmission(member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores) -> None:
    y = member.tensor(stacked(graphs, "y"))
    firms = member.tensor(firm_nodes(graphs))
    known = ~torch.isnan(y)
    with torch.no_grad():
        own, context = member.base_parts(stages)
    way = member.transmission
    if not way.kinds:
        return
    way.standardise(graph_union(graphs).to(member.device))
    inputs = member.propagation_inputs(own + context, own, graphs)
    # The prior form is proportional: the weaker a firm by itself, the more of the same blow it takes.
    form = torch.zeros_like(way.ends)
    form[:, NODE_INPUTS] = member.level[1]
    way.ends.data = form.clone()
    start = way.level.detach().clone()

    def loss() -> Tensor:
        hazard = member.propagate(inputs).hazard[firms]
        away = (way.edge**2).sum() + ((way.ends - form) ** 2).sum()
        penalty = FORM_PRECISION * away + LEVEL_PRECISION * ((way.level - start) ** 2).sum()
        return log_loss(hazard[known], y[known]) + penalty / (2 * known.sum())

    _minimise(way.parameters(), loss, STEPS)

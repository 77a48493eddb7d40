"""Fitting of a member: own, then context, then transmissions, each by log loss with the earlier parts frozen.

The parts are not identified together: a context free to explain everything leaves nothing to be caught, and free
transmissions take homophily for contagion. The order and the priors decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from supplyrisk.gnn.data.panel import PanelGraph, firm_nodes, graph_union, stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.hazard_propagation import NODE_INPUTS, Transmission
from supplyrisk.gnn.network.member import EnsembleMember, log_loss
from supplyrisk.gnn.network.member_stages import StageScores

RIDGE = 1e-3
"""Penalty on the weights of own and context, per row that repeats a failure."""
STEPS = 25
"""Steps of the solver for the transmissions."""
DATES_BETWEEN = 3
"""A member's transmissions are fitted on every third as-of date: those between share most of their outcomes."""
LEVEL_PRECISION = 1.0
"""Precision of the normal prior around the starting levels, in units of one labelled row's log loss."""
FORM_PRECISION = 100.0
"""The same around the prior form, within a kind of link.

Data can identify the level of a kind of link; how transmissions vary over its links takes many failures to establish.
"""


def fit_member(
    member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores, number: int = 0
) -> EnsembleMember:
    """Fit all parts in place, on the member's device.

    Parameters
    ----------
    member: the member, with its starting values.
    graphs: graphs whose rows are stacked; rows with an outcome are fitted on.
    stages: out-of-fold first-stage scores of the rows.
    number: of the member in the ensemble, which decides its as-of dates for the transmissions (see DATES_BETWEEN).
    """
    return fit_transmission(fit_base(member, graphs, stages), graphs, stages, number)


def fit_base(member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores) -> EnsembleMember:
    """Fit own part and context in place; the transmissions stay as they are. Arguments as of `fit_member`."""
    outcomes = RowOutcomes.of_graphs(graphs)
    known = member.tensor(outcomes.known)
    y = member.tensor(outcomes.y)[known]
    weight = member.tensor(outcomes.weight)[known]
    ridge = RIDGE * rows_per_failure(graphs)

    def own_loss() -> Tensor:
        # The prior is an even mixture of the two own scores; the constant, own[0], is free.
        fit = log_loss(member.own_part(stages)[known], y, weight)
        return fit + ridge * ((member.own[1:] - 0.5) ** 2).sum()

    def context_loss() -> Tensor:
        own, context = member.base_parts(stages)
        return log_loss((own + context)[known], y, weight) + ridge * (member.weight[1:] ** 2).sum()

    _minimise([member.own], own_loss)
    with torch.no_grad():
        scores = member.own_part(stages).log()[member.tensor(stacked(graphs, "listed"))]
        member.level = torch.stack([scores.mean(), scores.std().clamp(min=1e-6)])
        _standardise(member, stages)
    if member.context != "none":
        _minimise([member.weight], context_loss)
    return member.requires_grad_(False).eval()


def fit_transmission(
    member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores, number: int = 0
) -> EnsembleMember:
    """Fit a member's transmissions alone, from the prior; own and context stay. Arguments as of `fit_member`."""
    member.transmission = Transmission(member.transmission.kinds).to(member.device)
    stride = _stride(graphs)
    chosen = range(number % stride, len(graphs), stride)
    ends = np.cumsum([0, *(g.firms for g in graphs)])
    rows = np.concatenate([np.arange(ends[i], ends[i + 1]) for i in chosen])
    # The dates left out share their outcomes with the chosen ones, which stand for all of them.
    share = len(graphs) / len(chosen)
    _fit_transmission(
        member,
        [replace(graphs[i], weight=np.minimum(graphs[i].weight * share, 1.0)) for i in chosen],
        stages.rows(rows),
    )
    return member.requires_grad_(False).eval()


def prior_form(member: EnsembleMember) -> Tensor:
    """Return the prior weights of both ends' inputs [kinds, 2 NODE_INPUTS]: the proportional form.

    A firm that is weaker by itself suffers more from the same loss of a partner, so log w grows as the receiver's log
    own hazard does. Column NODE_INPUTS weighs that log hazard, which is standardised: the weight level[1], its standard
    deviation, makes the slope 1.
    """
    form = torch.zeros_like(member.transmission.ends)
    form[:, NODE_INPUTS] = member.level[1]
    return form


def rows_per_failure(graphs: Sequence[PanelGraph]) -> float:
    """Return the mean weight of the failed rows per firm that failed; 0 without failures.

    As-of dates are closer together than outcome windows are long, so one failure appears in several rows. Penalties
    grow by this number, since so many rows are worth one.
    """
    outcomes = RowOutcomes.of_graphs(graphs)
    failed = outcomes.y == 1
    return float(outcomes.weight[failed].sum() / max(len(np.unique(outcomes.firm[failed])), 1))


def _stride(graphs: Sequence[PanelGraph]) -> int:
    """Distance between the graphs that a member's transmissions are fitted on: 1 where there are few."""
    return max(1, min(DATES_BETWEEN, len(graphs) // 3))


def _standardise(member: EnsembleMember, stages: StageScores) -> None:
    # Centre and spread are still 0 and 1, so these are the raw inputs.
    raw = member.context_inputs(stages)
    if raw.shape[1]:
        member.centre = raw.mean(0)
        member.spread = raw.std(0).clamp(min=1e-6)
        # A context by a single score starts at full strength: c is then that score relative to own.
        if member.context in {"boosted", "messages"}:
            member.weight.data = torch.stack([raw.mean(), raw.std()])


def _minimise(parameters: Iterable[nn.Parameter], loss: Callable[[], Tensor], steps: int = 100) -> None:
    """Minimise a loss over a few parameters by L-BFGS with a strong Wolfe line search; deterministic."""
    solver = torch.optim.LBFGS(list(parameters), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(closure)  # type: ignore[no-untyped-call]


def _fit_transmission(member: EnsembleMember, graphs: Sequence[PanelGraph], stages: StageScores) -> None:
    outcomes = RowOutcomes.of_graphs(graphs)
    known = member.tensor(outcomes.known)
    y = member.tensor(outcomes.y)[known]
    weight = member.tensor(outcomes.weight)[known]
    firms = member.tensor(firm_nodes(graphs))
    # Own and context are constants from here on, computed once.
    with torch.no_grad():
        own, context = member.at_base_rate(member.base_parts(stages), graphs)
    transmission = member.transmission
    if not transmission.kinds:
        return
    transmission.standardise(graph_union(graphs).to(member.device))
    inputs = member.propagation_inputs(own + context, own, graphs)
    form = prior_form(member)
    transmission.ends.data = form.clone()
    start = transmission.level.detach().clone()

    def loss() -> Tensor:
        hazard = member.propagate(inputs).hazard[firms]
        form_deviation = (transmission.edge**2).sum() + ((transmission.ends - form) ** 2).sum()
        level_deviation = ((transmission.level - start) ** 2).sum()
        penalty = FORM_PRECISION * form_deviation + LEVEL_PRECISION * level_deviation
        # The log loss is a mean over rows; dividing the penalty by their weight puts both on one scale.
        return log_loss(hazard[known], y, weight) + penalty / (2 * weight.sum())

    _minimise(transmission.parameters(), loss, STEPS)

"""The gate on transmissions: closed where they significantly worsen predictions of rows they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import folds_by_group
from supplyrisk.gnn.calibration import cross_fitted_losses
from supplyrisk.gnn.data.panel import PanelGraph, firm_nodes, unstacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_transmission
from supplyrisk.gnn.network.member_stages import StageScores

Matrix = NDArray[np.float64]

MIN_STANDARD_ERRORS = 2.0
"""Transmissions are closed where they raise the log loss by more than this many standard errors."""


@dataclass(frozen=True)
class GateHarm:
    """Mean rise of the log loss due to transmissions, and its standard error clustered by firm."""

    # The model card holds these names.
    mean: float
    error: float

    @property
    def significant(self) -> bool:
        """Whether transmissions are to be closed."""
        return self.mean > MIN_STANDARD_ERRORS * self.error


def close_where_harmful(members: Sequence[EnsembleMember], harm: GateHarm) -> bool:
    """Close all members' transmissions if they do significant harm; return whether they stay open.

    Closed transmissions make caught exactly 0. The burden of proof is on closing: where failures are few the prior
    keeps caught small, so leaving it in costs next to nothing if it is wrong, while a 0 would be a claim as well, with
    no better evidence.
    """
    for member in members:
        member.transmission.gate = member.tensor(np.array(float(not harm.significant)))
    return not harm.significant


def cross_fitted_harm(
    members: Sequence[EnsembleMember],
    graphs: Sequence[PanelGraph],
    stages: Sequence[StageScores],
    seed: int = 0,
) -> GateHarm:
    """Compute the harm on the rows that the members were fitted on, out of fold by firm.

    Each firm's rows are predicted with transmissions fitted without that firm. Members take turns over the folds, each
    with its own as-of dates for the transmissions.
    """
    outcomes = RowOutcomes.of_graphs(graphs)
    y = outcomes.y
    known = outcomes.known
    hazards = np.full((2, len(y)), np.nan)
    for fold, (_, held_out) in enumerate(folds_by_group(y[known], outcomes.firm[known], seed)):
        rows = known[held_out]
        number = fold % len(members)
        hidden_y = y.copy()
        hidden_y[rows] = np.nan
        without_fold = [
            replace(graph, y=graph_y)
            for graph, graph_y in zip(graphs, unstacked(hidden_y, graphs), strict=True)
        ]
        # A copy: the members themselves stay as they were fitted.
        member = fit_transmission(deepcopy(members[number]), without_fold, stages[number], number)
        with torch.no_grad():
            hazards[:, rows] = _open_and_closed(member, graphs, stages[number])[:, rows]
    return harm_of(hazards, outcomes)


def _open_and_closed(member: EnsembleMember, graphs: Sequence[PanelGraph], stage: StageScores) -> Matrix:
    """Hazards [2, rows] with open transmissions, and without caught."""
    own, context = member.at_base_rate(member.base_parts(stage), graphs)
    member.transmission.gate = torch.ones_like(member.transmission.gate)
    hazard = member.propagate(member.propagation_inputs(own + context, own, graphs)).hazard
    return np.stack([hazard.cpu().numpy()[firm_nodes(graphs)], (own + context).cpu().numpy()])


def harm_of(hazards: Matrix, outcomes: RowOutcomes) -> GateHarm:
    """Compute the rise of the log loss from hazards[1] to hazards[0] over the rows with an outcome.

    Both are calibrated with cross-fitting first: a different base rate is no evidence.

    Parameters
    ----------
    hazards [2, rows]: with transmissions, and without.
    outcomes: of the rows.
    """
    with_losses, without_losses = (cross_fitted_losses(hazard, outcomes) for hazard in hazards)
    return clustered(with_losses - without_losses, outcomes.rows(outcomes.known))


def clustered(rise: Matrix, rows: RowOutcomes) -> GateHarm:
    """Compute the weighted mean of rise [rows] and its standard error, clustered by firm.

    error = sqrt(sum over firms of (sum over its rows of weight (rise - mean))^2) / sum of weights. Rows of one firm at
    several dates are not independent, so firms are the units of the sample.
    """
    mean = float(np.average(rise, weights=rows.weight))
    deviation = np.bincount(np.unique(rows.firm, return_inverse=True)[1], rows.weight * (rise - mean))
    return GateHarm(mean, float(np.sqrt((deviation**2).sum()) / rows.weight.sum()))

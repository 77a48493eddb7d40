"""Whether what is called caught stays: closed where it clearly does harm, judged on rows it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import folds_by_group
from supplyrisk.gnn.calibration import cross_fitted, row_losses
from supplyrisk.gnn.data.panel import PanelGraph, firm_nodes, firm_numbers, stacked, unstacked
from supplyrisk.gnn.network.member import EnsembleMember, Matrix, StageScores
from supplyrisk.gnn.network.member_fitting import fit_transmission

MIN_STANDARD_ERRORS = 2.0
"""Standard errors by which the log loss must be higher with transmissions than without for these to be closed."""


@dataclass(frozen=True)
class GateHarm:
    """Mean rise of the log loss by what is called caught, and its standard error over whole firms."""

    mean: float
    error: float

    @property
    def clear(self) -> bool:
        """Whether transmissions are to be closed."""
        return self.mean > MIN_STANDARD_ERRORS * self.error


def close_where_harmful(members: Sequence[EnsembleMember], harm: GateHarm) -> bool:
    """Close all members' transmissions where they do clear harm (caught is then exactly 0); True where they stay open.

    The prior keeps what is called caught small where failures are few, so that keeping it costs next to nothing where
    it is wrong; a zero is a claim as well, which few failures bear out no better.
    """
    for member in members:
        member.transmission.gate = member.tensor(np.array(float(not harm.clear)))
    return not harm.clear


@torch.no_grad()
def validation_harm(
    members: Sequence[EnsembleMember], graphs: Sequence[PanelGraph], stages: Sequence[StageScores]
) -> GateHarm:
    """Harm on rows that the members were not fitted on: those of the choosing slice, with their stages."""
    both = np.zeros((2, sum(g.firms for g in graphs)))
    for member, stage in zip(members, stages, strict=True):
        both += _both(member, graphs, stage)
    return harm_of(both, stacked(graphs, "y"), firm_numbers(graphs))


def cross_fitted_harm(
    members: Sequence[EnsembleMember],
    graphs: Sequence[PanelGraph],
    stages: Sequence[StageScores],
    seed: int = 0,
) -> GateHarm:
    """Harm on the very rows that the members were fitted on, every firm's by transmissions fitted without that firm.

    Members take turns over the folds, each with its own as-of dates for the transmissions.
    """
    y, who = stacked(graphs, "y"), firm_numbers(graphs)
    known = np.flatnonzero(~np.isnan(y))
    both = np.full((2, len(y)), np.nan)
    for fold, (_, held) in enumerate(folds_by_group(y[known], who[known], seed)):
        at, number = known[held], fold % len(members)
        hidden = y.copy()
        hidden[at] = np.nan
        without = [replace(g, y=left) for g, left in zip(graphs, unstacked(hidden, graphs), strict=True)]
        member = fit_transmission(deepcopy(members[number]), without, stages[number], number)
        with torch.no_grad():
            both[:, at] = _both(member, graphs, stages[number])[:, at]
    return harm_of(both, y, who)


def _both(member: EnsembleMember, graphs: Sequence[PanelGraph], stage: StageScores) -> Matrix:
    """Hazards [2, rows] with open transmissions, and without what is caught."""
    own, context = member.base_parts(stage)
    member.transmission.gate = torch.ones_like(member.transmission.gate)
    hazard = member.propagate(member.propagation_inputs(own + context, own, graphs)).hazard
    return np.stack([hazard.cpu().numpy()[firm_nodes(graphs)], (own + context).cpu().numpy()])


def harm_of(hazards: Matrix, y: Matrix, firms: NDArray[np.int64]) -> GateHarm:
    """Rise of the log loss from hazards[1] to hazards[0] over the rows with an outcome, rows [rows] being of `firms`.

    Both are calibrated (cross-fitted) before they are compared: another base rate is no evidence.
    """
    known = ~np.isnan(y)
    with_, without = (row_losses(cross_fitted(h[known], y[known]), y[known]) for h in hazards)
    return clustered(with_ - without, firms[known])


def clustered(rise: Matrix, firms: NDArray[np.int64]) -> GateHarm:
    """Mean of rise [rows] and its standard error, sqrt(sum over firms of (sum of rise - mean)^2) / rows.

    Rows of one firm at several dates are not independent, so whole firms are what is drawn.
    """
    off = np.bincount(np.unique(firms, return_inverse=True)[1], rise - rise.mean())
    return GateHarm(float(rise.mean()), float(np.sqrt((off**2).sum()) / len(rise)))

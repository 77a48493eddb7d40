"""PDs of a snapshot's firms by every candidate of a model, and by the own part of its hazard alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.firm_coverage import FirmCoverage
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
OWN_PART = "own part alone"
"""Name of the PD that the own part of the hazard would give without context and contagion."""


@dataclass(frozen=True)
class CandidatePds:
    """PDs over the model's horizon, calibrated; those of the own part are not, and only their order matters.

    firm_ids [firms]. champion [firms]: PDs of the candidate that scores. others: by name the PDs [firms] of the other
    candidates and of the own part. graded [firms]: whether enough is known of each firm for a grade.
    """

    firm_ids: tuple[str, ...]
    champion: Matrix
    others: dict[str, Matrix]
    graded: NDArray[np.bool_]


def candidate_pds(model: RiskModel, snapshot: Snapshot) -> CandidatePds:
    """Return the PDs of all candidates of a model for the firms of a snapshot."""
    graph, parts = model.parts(snapshot)
    pds = {name: pd_of(model.calibrations[name].apply(parts.hazard(name))) for name in model.candidates}
    champion = pds.pop(model.champion)
    graded = FirmCoverage.of(model, model.champion, snapshot, graph).sufficient
    return CandidatePds(tuple(graph.firm_ids), champion, {OWN_PART: pd_of(parts.own), **pds}, graded)

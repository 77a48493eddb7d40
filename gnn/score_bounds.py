"""What a score says of the true PD: a 90 % interval, and the worst grade that the evidence allows."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.explain.evidence import ScoreEvidence
from supplyrisk.gnn.pd_interval import pd_interval, ratios_of
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.worst_grades import worst_grades

Matrix = NDArray[np.float64]


def interval_pds(model: RiskModel, evidence: ScoreEvidence, base_rate: float | None) -> tuple[Matrix, Matrix]:
    """Low and high PDs [firms] between which the true one lies for 90 % of firms, in synthetic dated data.

    NaN where no ratios are known: for an expert model.
    """
    ratios = ratios_of(evidence.candidate)
    if ratios is None:
        unknown = np.full(evidence.graph.firms, np.nan)
        return unknown, unknown
    hazard = evidence.parts.hazard(evidence.candidate) * evidence.factor
    low, high = pd_interval(ratios, hazard, _base_hazard(model, evidence.candidate, base_rate))
    return pd_of(low), pd_of(high)


def _base_hazard(model: RiskModel, candidate: str, base_rate: float | None) -> float:
    """Hazard of the base rate: the requested one, or else that of the calibration."""
    rate = model.calibrations[candidate].base_rate if base_rate is None else base_rate
    if rate is None:
        raise ValueError("this calibration does not know the base rate that it was fitted on")
    return -math.log1p(-rate)


def stated_worst_grades(
    model: RiskModel,
    evidence: ScoreEvidence,
    base_rate: float | None,
    known: pa.Array,
    bounds: tuple[float, ...],
) -> pa.Array:
    """Worst grade that the evidence allows [firms]; null for undated data and where nothing is stated."""
    candidate = evidence.candidate
    if not model.dated:
        return pa.nulls(len(known), pa.string())
    hazard = evidence.parts.hazard(candidate) * evidence.factor
    base = _base_hazard(model, candidate, base_rate)
    return worst_grades(candidate, hazard, base, known.to_pylist(), bounds)

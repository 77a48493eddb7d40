"""The columns of scores on grades: of PDs with the margins for missing data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.grades import GRADES, all_points, grades
from supplyrisk.gnn.margins import FirmMargins

Matrix = NDArray[np.float64]


def grade_columns(
    hazard: Matrix,
    margins: FirmMargins,
    worst: pa.Array,
    sufficient: NDArray[np.bool_],
    bounds: tuple[float, ...],
) -> dict[str, pa.Array]:
    """Return points, grade, worst_grade and what they rest on; null for firms without a grade.

    Parameters
    ----------
    hazard [firms]: calibrated hazards.
    margins: of the firms.
    worst [firms]: the worst grades that the evidence allows, by the hazard alone.
    sufficient [firms]: the firms that have a grade.
    bounds: upper bounds of the grades, see `grade`.
    """
    graded_pd = pd_of(hazard * margins.factor)
    grade = pa.array(grades(graded_pd, bounds), pa.string(), mask=~sufficient)
    reasons = ["|".join(of_firm) or None for of_firm in margins.reasons]
    return {
        "points": pa.array(all_points(graded_pd), pa.float64(), mask=~sufficient),
        "grade": grade,
        "worst_grade": _no_better(worst, grade),
        "graded_pd": pa.array(graded_pd, pa.float64(), mask=~sufficient),
        "pd_grade": pa.array(grades(pd_of(hazard), bounds), pa.string(), mask=~sufficient),
        "margin": pa.array(margins.factor, pa.float64(), mask=~sufficient),
        "margin_for": pa.array(reasons, pa.string(), mask=~sufficient),
    }


def _no_better(worst: pa.Array, grade: pa.Array) -> pa.Array:
    """The worst grades, none better than the grade; null without a grade, and where the last one excludes nothing."""
    stated = pc.max_element_wise(worst, grade, skip_nulls=False)
    return pc.if_else(pc.equal(stated, GRADES[-1]), pa.scalar(None, pa.string()), stated)

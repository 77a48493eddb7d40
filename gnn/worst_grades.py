"""The worst grade that the evidence allows: a bound that a firm's true grade exceeds one time in ten.

A score depends on the data only; a firm's true PD depends on its hidden state as well, and the less is known of a firm,
the further the two can lie apart. How far cannot be observed in real data, only in synthetic worlds, where true PDs are
known. `worst_grades.toml` holds what was measured there, by scorer and class of evidence:

    bound = h exp(level(x) + allowance(class)),   x = log(h / hazard of the base rate)

level is linear between the knots and constant beyond. The worst grade is the grade of the bound's PD, and never better
than the firm's own. Nothing is stated where it would be the last grade, which excludes nothing.

Since grades are coarse, true grades exceed the grade of the bound less often than true PDs exceed the bound. With the
shipped bounds of grades the bound is therefore lowered by `rounding` first, such that one true grade in ten is worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.grades import BOUNDS, GRADES, grades
from supplyrisk.graph import EVIDENCE_CLASSES, EVIDENCE_LABELS
from supplyrisk.graph.schema import strict_toml

Matrix = NDArray[np.float64]
Numbers = Annotated[tuple[float, ...], Field(strict=False)]

EXCEEDED = 0.1
"""Share of the firms whose true grade is worse than the stated worst grade."""


class ScorerBounds(strict_toml.StrictTable):
    """What was measured of one scorer.

    Parameters
    ----------
    knots: logs of the scored hazard over that of the base rate, increasing.
    level: logs of the bound over the scored hazard at the knots, for the class with the most evidence.
    rounding: what is added for grades with the shipped bounds, at most 0.
    allowance: what is added for each class that was measured; no statement is made for the others.
    """

    knots: Numbers
    level: Numbers
    rounding: Annotated[float, Field(le=0)] = 0.0
    allowance: dict[str, float]

    @classmethod
    def table_faults(cls, values: Mapping[str, Any], keys: Iterable[str]) -> Iterable[str]:
        """Yield what would give a firm a better bound for more risk or for less evidence."""
        knots, level = values.get("knots", ()), values.get("level", ())
        if len(knots) != len(level) or any(a >= b for a, b in pairwise(knots)):
            yield "expected as many levels as knots, and knots that increase"
        elif any(b + y <= a + x for (a, x), (b, y) in pairwise(zip(knots, level, strict=True))):
            yield "expected a bound that increases with the hazard"
        allowance = values.get("allowance", {})
        unknown = sorted(allowance.keys() - set(EVIDENCE_LABELS))
        if unknown:
            yield f"no class of evidence is called {' or '.join(unknown)}"
        for better in EVIDENCE_CLASSES:
            for worse in EVIDENCE_CLASSES:
                pair = (allowance.get(better.label), allowance.get(worse.label))
                if better.includes(worse) and None not in pair and pair[0] > pair[1]:
                    yield f"expected no lower allowance for {worse.label} than for {better.label}"

    def bound(self, hazard: Matrix, base: float, evidence: Sequence[str | None], *, rounded: bool) -> Matrix:
        """Return the hazards [firms] that true ones exceed one time in ten; NaN where nothing was measured.

        rounded: add `rounding`; the grades of true hazards are then worse than that of the result one time in ten.
        """
        # np.interp is constant beyond the outer knots.
        x = np.log(np.maximum(hazard, 1e-300) / base)
        allowance = np.array(
            [np.nan if label is None else self.allowance.get(label, np.nan) for label in evidence]
        )
        if rounded:
            allowance += self.rounding
        return np.asarray(hazard * np.exp(np.interp(x, self.knots, self.level) + allowance))


class BoundsTable(strict_toml.StrictTable):
    """The file: what was measured by scorer, and where it comes from."""

    source: str
    scorers: dict[str, ScorerBounds]


@cache
def shipped_bounds() -> BoundsTable:
    """Return the table that is shipped."""
    name = "worst_grades.toml"
    text = files("supplyrisk.gnn").joinpath(name).read_text("utf-8")
    return strict_toml.parse_toml(text, BoundsTable, name)


def worst_grades(
    scorer: str,
    hazard: Matrix,
    base: float,
    evidence: Sequence[str | None],
    bounds: tuple[float, ...],
) -> pa.Array:
    """Return the worst grade of each firm [firms], null where nothing can be said.

    Parameters
    ----------
    scorer: the candidate that scored; nothing is said of one that was not measured.
    hazard [firms]: calibrated hazards.
    base: hazard of the base rate, -log(1 - base rate).
    evidence [firms]: labels of the firms' classes of evidence; None where there is none.
    bounds: upper bounds of the grades, see `grade`. With others than the shipped ones true grades are worse less often.
    """
    measured = shipped_bounds().scorers.get(scorer)
    if measured is None:
        return pa.nulls(len(hazard), pa.string())
    bound = measured.bound(hazard, base, evidence, rounded=tuple(bounds) == BOUNDS)
    worst = grades(pd_of(np.fmax(bound, hazard)), bounds)
    return pa.array(worst, pa.string(), mask=np.isnan(bound) | (worst == GRADES[-1]))

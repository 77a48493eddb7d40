"""Calibration: a map of hazards whose PDs match observed frequencies, also at another base rate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logit

from supplyrisk.gnn.data.row_outcomes import RowOutcomes, firm_folds
from supplyrisk.graph import HazardMap

Matrix = NDArray[np.float64]

MIN_SLOPE = 0.05
"""Least slope: the map is strictly increasing, so calibration never changes the ranking."""
TINY = 1e-12
"""Hazards are clipped to at least this."""
_RIDGE = 1e-4
# Penalty on the slope's distance from 1, which decides only where the outcomes do not.
FEW_FAILED = 50
"""Where fewer firms failed, and each firm has one row, the slope of hazards that were scaled already has a prior."""
SLOPE_SD = 0.25
"""Standard deviation of that prior, whose mean is 1: a dozen failures are easily in perfect order by chance, and a
slope that they decide on alone makes PDs extreme."""


def pd_of(hazard: Matrix) -> Matrix:
    """Return the PD over the horizon of a hazard over the horizon: 1 - exp(-h)."""
    return -np.expm1(-hazard)


def row_losses(hazard: Matrix, y: Matrix) -> Matrix:
    """Return the log loss [rows] of PD = 1 - exp(-h) for outcomes y in {0, 1}."""
    h = np.clip(hazard, TINY, 500)
    return np.where(y > 0, -np.log(-np.expm1(-h)), h)


@dataclass(frozen=True)
class Calibration:
    """g(h) = exp(intercept + slope log h), fitted on data of which the share base_rate failed.

    A map with two parameters on the log hazard, as Platt scaling but on the complementary log-log scale: with some
    forty defaults in the validation set, a more flexible map would fit noise.
    """

    # Part of the checkpoint: these names are keys of a file.
    intercept: float = 0.0
    slope: float = 1.0
    base_rate: float | None = None

    def factor(self, hazard: Matrix, base_rate: float | None = None) -> Matrix:
        """Return g(h) / h [firms], the factor by which all parts of a hazard are scaled so that they still add up.

        base_rate: expected share of failures where the model is used. The odds of every PD are multiplied by its odds
        over the odds of the calibration set, which keeps the ranking. ValueError outside (0, 1).
        """
        return self.map(base_rate).apply(hazard) / np.clip(hazard, TINY, None)

    def map(self, base_rate: float | None = None) -> HazardMap:
        """Return g as a map of hazards, for a base rate as in `factor`."""
        if base_rate is None:
            return HazardMap(self.intercept, self.slope)
        if not 0 < base_rate < 1:
            raise ValueError(f"base rate {base_rate}, expected a share between 0 and 1")
        if self.base_rate is None:
            raise ValueError("this calibration does not know the base rate that it was fitted on")
        return HazardMap(self.intercept, self.slope, float(logit(base_rate) - logit(self.base_rate)))

    def apply(self, hazard: Matrix, base_rate: float | None = None) -> Matrix:
        """Return calibrated hazards g(h); base_rate as in `factor`."""
        return np.clip(hazard, TINY, None) * self.factor(hazard, base_rate)

    def to_json(self) -> dict[str, float | None]:
        """Return the map as plain JSON."""
        return asdict(self)


def fit_calibration(
    hazard: Matrix, y: Matrix, weight: Matrix | None = None, ridge: float = _RIDGE
) -> Calibration:
    """Fit the map with the least log loss, its slope at least MIN_SLOPE.

    Parameters
    ----------
    hazard [rows]: hazards before calibration.
    y [rows]: 1 failed, 0 sound.
    weight [rows]: how much each row counts, see `RowOutcomes`; None: 1.
    ridge: penalty on the slope's squared distance from 1, beside the mean loss.
    """
    z = np.log(np.clip(hazard, TINY, None))
    row_weight = np.ones(len(y)) if weight is None else weight
    total = row_weight.sum()

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        # The clip keeps trial steps of the solver finite; PDs are 1 to six digits at a hazard of exp(6).
        h = np.exp(np.clip(parameters[0] + parameters[1] * z, -60, 6))
        # Derivative of a row's loss by log h: h if it is sound, -h / (exp(h) - 1) if it failed.
        slope = np.where(y > 0, -h / np.expm1(h), h)
        slope *= row_weight / total
        gradient = np.array([slope.sum(), slope @ z + 2 * ridge * (parameters[1] - 1)])
        loss = row_weight @ row_losses(h, y) / total
        return float(loss) + ridge * float(parameters[1] - 1) ** 2, gradient

    best = minimize(
        loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (MIN_SLOPE, None)]
    )
    # Jeffreys' half keeps the base rate inside (0, 1) where no firm defaulted.
    return Calibration(float(best.x[0]), float(best.x[1]), float((row_weight @ y + 0.5) / (total + 1)))


def _ridge(rows: RowOutcomes, scaled: bool) -> float:
    """Penalty on the slope, which is that of a prior for scaled hazards of few failures."""
    one_each = len(np.unique(rows.firm)) == len(rows.firm)
    if not scaled or not one_each or rows.y.sum() >= FEW_FAILED:
        return _RIDGE
    return 1 / (2 * SLOPE_SD**2 * max(float(rows.weight.sum()), 1.0))


@dataclass(frozen=True)
class CalibrationRows:
    """Rows to calibrate on: outcomes, all of them known, and by candidate the hazards [rows] before calibration.

    The hazards are of models that did not see the outcomes: out of fold by firm, or of later dates.
    """

    rows: RowOutcomes
    hazards: Mapping[str, Matrix]


def fit_calibrations(
    pieces: Sequence[CalibrationRows], scaled: Collection[str] = ()
) -> dict[str, Calibration]:
    """Fit every candidate's map on the rows of all pieces together.

    scaled: candidates whose hazards were scaled already, see `cross_fitted`.
    """
    y = np.concatenate([piece.rows.y for piece in pieces])
    weight = np.concatenate([piece.rows.weight for piece in pieces])
    ridges = {
        # Several pieces are of several dates: a firm has more than one row.
        candidate: _ridge(pieces[0].rows, candidate in scaled and len(pieces) == 1)
        for candidate in pieces[0].hazards
    }
    return {
        candidate: fit_calibration(np.concatenate([p.hazards[candidate] for p in pieces]), y, weight, ridge)
        for candidate, ridge in ridges.items()
    }


def cross_fitted(
    hazard: Matrix, rows: RowOutcomes, folds: int = 5, seed: int = 0, *, scaled: bool = False
) -> Matrix:
    """Return calibrated hazards [rows], each by a map that was fitted without any row of its firm.

    rows: outcomes of the hazards' rows, all of them known.
    scaled: whether their slope was fitted already, as the network's is: with few failures it stays near 1.
    """
    out = np.empty_like(hazard)
    ridge = _ridge(rows, scaled)
    for inside in firm_folds(rows.firm, folds, seed):
        fitted = fit_calibration(hazard[~inside], rows.y[~inside], rows.weight[~inside], ridge)
        out[inside] = fitted.apply(hazard[inside])
    return out


def cross_fitted_losses(hazard: Matrix, outcomes: RowOutcomes, *, scaled: bool = False) -> Matrix:
    """Return the log losses [rows with an outcome] of cross-fitted hazards, by which models are compared.

    hazard [rows]: before calibration; outcomes: of the same rows. scaled: as in `cross_fitted`.
    """
    rows = outcomes.rows(outcomes.known)
    return row_losses(cross_fitted(hazard[outcomes.known], rows, scaled=scaled), rows.y)

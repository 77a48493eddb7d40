"""From a model's hazard to one whose PD means what it says, also where the base rate is another."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logit

from supplyrisk.graph import HazardMap

Matrix = NDArray[np.float64]

MIN_SLOPE = 0.05
"""The map stays strictly increasing, so calibration never changes who is riskier."""
TINY = 1e-12
_RIDGE = 1e-4


def pd_of(hazard: Matrix) -> Matrix:
    """PD over the horizon of a hazard over the horizon: 1 - exp(-h)."""
    return -np.expm1(-hazard)


def row_losses(hazard: Matrix, y: Matrix) -> Matrix:
    """Log loss of 1 - exp(-h) on outcomes y in {0, 1}, row by row."""
    h = np.clip(hazard, TINY, 500)
    return np.where(y > 0, -np.log(-np.expm1(-h)), h)


def log_loss(hazard: Matrix, y: Matrix) -> float:
    """Mean log loss of 1 - exp(-h)."""
    return float(np.mean(row_losses(hazard, y)))


@dataclass(frozen=True)
class Calibration:
    """g(h) = exp(intercept + slope log h), fitted on later data where the share base_rate failed.

    A two-parameter map on the log hazard (Platt's idea on the complementary log-log scale): with some forty
    defaults in the slice, a freer map would be noise.
    """

    intercept: float = 0.0
    slope: float = 1.0
    base_rate: float | None = None

    def factor(self, hazard: Matrix, base_rate: float | None = None) -> Matrix:
        """g(h) / h, by which all parts of a hazard are scaled so that they still add up.

        base_rate: the share that is expected to fail where the model is used; the odds are then multiplied by
        (its odds / the odds of the slice calibrated on), which keeps the order. Raises ValueError outside (0, 1).
        """
        return self.map(base_rate).apply(hazard) / np.clip(hazard, TINY, None)

    def map(self, base_rate: float | None = None) -> HazardMap:
        """g, for a base rate as in `factor`."""
        if base_rate is None:
            return HazardMap(self.intercept, self.slope)
        if not 0 < base_rate < 1:
            raise ValueError(f"base rate {base_rate}, expected a share between 0 and 1")
        if self.base_rate is None:
            raise ValueError("this calibration does not know the base rate that it was fitted on")
        return HazardMap(self.intercept, self.slope, float(logit(base_rate) - logit(self.base_rate)))

    def apply(self, hazard: Matrix, base_rate: float | None = None) -> Matrix:
        """g(h)."""
        return np.clip(hazard, TINY, None) * self.factor(hazard, base_rate)

    def to_json(self) -> dict[str, float | None]:
        """As plain JSON."""
        return asdict(self)


def fit_calibration(hazard: Matrix, y: Matrix) -> Calibration:
    """The map with the least log loss on these outcomes, slope at least LEAST_SLOPE."""
    z = np.log(np.clip(hazard, TINY, None))

    def loss(at: Matrix) -> tuple[float, Matrix]:
        h = np.exp(np.clip(at[0] + at[1] * z, -60, 6))
        # Derivative of the row's loss by log h: h where it is sound, -h / (exp(h) - 1) where it failed.
        slope = np.where(y > 0, -h / np.expm1(h), h)
        gradient = np.array([slope.mean(), (slope * z).mean() + 2 * _RIDGE * (at[1] - 1)])
        return log_loss(h, y) + _RIDGE * float(at[1] - 1) ** 2, gradient

    best = minimize(
        loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (MIN_SLOPE, None)]
    )
    # Jeffreys' half keeps the base rate inside (0, 1) on a slice without a single default.
    return Calibration(float(best.x[0]), float(best.x[1]), float((y.sum() + 0.5) / (len(y) + 1)))


def cross_fitted(hazard: Matrix, y: Matrix, folds: int = 5, seed: int = 0) -> Matrix:
    """Calibrated hazards [rows], each by a map that did not see its row: for metrics on the calibration slice."""
    fold = np.random.default_rng(seed).permutation(len(y)) % folds
    out = np.empty_like(hazard)
    for f in range(folds):
        out[fold == f] = fit_calibration(hazard[fold != f], y[fold != f]).apply(hazard[fold == f])
    return out


def calibrated_log_loss(hazard: Matrix, y: Matrix) -> float:
    """Log loss of the cross-fitted hazards: what two contenders are compared by."""
    return log_loss(cross_fitted(hazard, y), y)

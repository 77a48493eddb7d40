"""Term structure: the PD over any number of days, from the calibrated hazard over the model's horizon."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from supplyrisk.gnn.calibration import TINY, pd_of
from supplyrisk.graph import LIFETIME_DAYS

Matrix = NDArray[np.float64]

MONTH = 30
"""Days of a month: the time unit of the fit. Within the first month the hazard is constant."""
MAX_OBSERVED_DAYS = 720
"""Months are counted up to this many days after an as-of date; later ones say little about the score of that date."""
K_MIN = 0.25
K_MAX = 2.5
"""Bounds of the exponent k. A k above 0 makes the cumulative hazard increase with the term."""
MAX_SLOPE = 0.5
"""Bound on the size of k1 that holds for every horizon."""
_RANKING_MARGIN = 0.1
# Least derivative of log G by log g: with 0, firms of different hazards could tie at the shortest or longest term.
PRIOR_K0 = (1.0, 0.25)
PRIOR_K1 = (0.0, 0.1)
"""Mean and standard deviation of the normal priors: a constant hazard, unless failures say otherwise."""


@dataclass(frozen=True)
class TermStructure:
    """Cumulative hazard of a firm over any term, given its calibrated hazard g over the horizon H.

        G(t) = g (t / H)^k,   k = clip(k0 + k1 log(g / base_hazard), K_MIN, K_MAX)

    k = 1 is a constant hazard; k < 1 means that the hazard decreases with time, k > 1 that it increases. G(H) = g, G
    increases with t, and firms have the same order by G(t) at every t: d log G / d log g is 1 where k is clipped and
    1 + k1 log(t / H) elsewhere, which `k1_bounds` keep positive from MONTH to LIFETIME_DAYS. Before and after these
    days the mean hazard up to the nearest of them applies: G(t) = G(c) t / c with c = clip(t, MONTH, LIFETIME_DAYS).

    Parameters
    ----------
    horizon_days: H.
    base_hazard: hazard at which k = k0.
    k0, k1: exponent at the base hazard, and its change with the log hazard.
    observed_days: longest term that was observed in fitting; longer ones are extrapolated.
    fitted: whether k0 and k1 were estimated; otherwise the hazard is assumed constant.

    Raises
    ------
    ValueError: a parameter is out of bounds.
    """

    # Part of the checkpoint: these names are keys of a file.
    horizon_days: int
    base_hazard: float
    k0: float
    k1: float
    observed_days: int
    fitted: bool = True

    def __post_init__(self) -> None:
        if self.horizon_days < 1:
            raise ValueError(f"a horizon of {self.horizon_days} days, expected at least 1")
        if not 0 < self.base_hazard < np.inf:
            raise ValueError(f"a base hazard of {self.base_hazard}, expected a positive number")
        low, high = k1_bounds(self.horizon_days)
        # Written so that NaN fails too.
        if not (K_MIN <= self.k0 <= K_MAX and low <= self.k1 <= high):
            raise ValueError(
                f"k0 = {self.k0} and k1 = {self.k1}, expected k0 from {K_MIN} to {K_MAX} and "
                f"k1 from {low:.3f} to {high:.3f}"
            )

    @classmethod
    def constant(
        cls, horizon_days: int, base_hazard: float = 1.0, observed_days: int | None = None
    ) -> TermStructure:
        """Return a constant hazard, k = 1; observed_days defaults to the horizon."""
        observed = horizon_days if observed_days is None else observed_days
        return cls(horizon_days, base_hazard, 1.0, 0.0, observed, fitted=False)

    def exponent(self, hazard: Matrix) -> Matrix:
        """Return k [firms] for hazards over the horizon."""
        return np.asarray(np.clip(self.k0 + self.k1 * self._log_ratio(hazard), K_MIN, K_MAX))

    def factor(self, hazard: Matrix, days: int) -> Matrix:
        """Return G(days) / g [firms], by which all parts of a hazard are scaled so that they still add up.

        Exactly 1 where days is the horizon.

        Parameters
        ----------
        hazard [firms]: calibrated hazards over the horizon.
        days: the term.

        Raises
        ------
        ValueError: days is below 1.
        """
        if days < 1:
            raise ValueError(f"a term of {days} days, expected at least 1")
        log_ratio, scale = _log_time(np.array(float(days)), self.horizon_days)
        return np.asarray(np.exp(self.exponent(hazard) * log_ratio) * scale)

    def pd(self, hazard: Matrix, days: int) -> Matrix:
        """Return the PD [firms] over a term: 1 - exp(-G(days)); parameters as of `factor`."""
        return pd_of(hazard * self.factor(hazard, days))

    def extrapolated(self, days: int) -> bool:
        """Return whether a term is longer than those that were observed in fitting."""
        return days > self.observed_days

    def rebased(self, base_hazard: float) -> TermStructure:
        """Return the same structure for a population with another base hazard: k depends on the ratio to it."""
        return replace(self, base_hazard=base_hazard)

    def to_json(self) -> dict[str, float | int | bool]:
        """Return the parameters as plain JSON."""
        return asdict(self)

    def _log_ratio(self, hazard: Matrix) -> Matrix:
        return np.asarray(np.log(np.maximum(hazard, TINY) / self.base_hazard))


def k1_bounds(horizon_days: int) -> tuple[float, float]:
    """Return the bounds of k1 that keep the order of firms at every term.

    1 + k1 log(t / H) is linear in log t, so it is positive from MONTH to LIFETIME_DAYS if it is at both ends. The
    bounds keep it at .1 or more, and k1 within MAX_SLOPE.
    """
    room = 1 - _RANKING_MARGIN
    longest = np.log(max(LIFETIME_DAYS, horizon_days) / horizon_days)
    shortest = np.log(horizon_days / min(MONTH, horizon_days))
    low = -room / longest if longest * MAX_SLOPE > room else -MAX_SLOPE
    high = room / shortest if shortest * MAX_SLOPE > room else MAX_SLOPE
    return float(low), float(high)


def _log_time(days: Matrix, horizon_days: int) -> tuple[Matrix, Matrix]:
    """Return log(c / H) and t / c for terms t, with c the term clipped to those at which G is a power of t."""
    clipped = np.clip(days, min(MONTH, horizon_days), max(LIFETIME_DAYS, horizon_days))
    return np.log(clipped / horizon_days), days / clipped


def fit_terms(
    hazard: Matrix, failed_after: Matrix, observed_days: Matrix, weight: Matrix, horizon_days: int
) -> TermStructure:
    """Estimate k0 and k1 by maximum likelihood with a weak prior.

    Time is cut into months of 30 days from the as-of date. A month that a firm survives has the log likelihood -dG, a
    month in which it fails log(1 - exp(-dG)), with dG the increase of G over the month. The month in which observation
    ends without a failure counts up to its last observed day. Months within the horizon count although the horizon is
    not over yet, and months beyond it count where they were observed, up to MAX_OBSERVED_DAYS.

    The prior is k0 ~ N(1, .25^2), k1 ~ N(0, .1^2), in units of the log likelihood of a row of weight 1: a few failures
    leave the hazard constant. Without any failure the result is a constant hazard, since nothing shows when firms fail.

    Parameters
    ----------
    hazard [rows]: calibrated hazards over the horizon, out of fold: in-sample hazards would know the failures.
    failed_after [rows]: days from the as-of date to the first default; NaN if there is none.
    observed_days [rows]: days up to the default, the closure or the end of the data; NaN or 0: the row is not used.
    weight [rows]: one over the number of rows that share a default, so that it is not counted once for every as-of
        date before it. The number must not depend on whether the row's firm fails.
    horizon_days: H.

    Raises
    ------
    ValueError: no row was observed for a day.
    """
    used = (observed_days > 0) & (weight > 0)
    if not used.any():
        raise ValueError("no row was observed after its as-of date, expected at least one")
    g = np.maximum(hazard[used], TINY)
    w = weight[used]
    observed = np.minimum(observed_days[used], MAX_OBSERVED_DAYS)
    failed = failed_after[used] <= MAX_OBSERVED_DAYS
    base = float(w @ g / w.sum())
    longest = int(observed.max())
    if not failed.any():
        return TermStructure.constant(horizon_days, base, longest)
    month_end = MONTH * np.ceil(np.where(failed, failed_after[used], 0) / MONTH)
    survived = np.where(failed, month_end - MONTH, observed)
    likelihood = _TermLikelihood(
        hazard=g,
        log_ratio=np.log(g / base),
        weight=w,
        failed=failed,
        survived_time=_log_time(survived, horizon_days),
        failed_time=_log_time(month_end[failed], horizon_days),
    )
    best = minimize(
        likelihood.loss,
        np.array([PRIOR_K0[0], PRIOR_K1[0]]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(K_MIN, K_MAX), k1_bounds(horizon_days)],
    )
    return TermStructure(horizon_days, base, float(best.x[0]), float(best.x[1]), longest)


@dataclass(frozen=True)
class _TermLikelihood:
    """Negative log posterior of k0 and k1 with its gradient.

    Per row it needs G at two times only: up to the last survived day, and at the end of the month of the failure,
    because the survived months add up to G.

    Parameters
    ----------
    hazard, log_ratio, weight, failed [rows]: g, log(g / base hazard), weight, and whether the firm failed.
    survived_time [rows], failed_time [failed rows]: times as `_log_time` returns them.
    """

    hazard: Matrix
    log_ratio: Matrix
    weight: Matrix
    failed: NDArray[np.bool_]
    survived_time: tuple[Matrix, Matrix]
    failed_time: tuple[Matrix, Matrix]

    def loss(self, parameters: Matrix) -> tuple[float, Matrix]:
        """Return the value and its derivatives by k0 and k1."""
        k0, k1 = parameters
        unclipped = k0 + k1 * self.log_ratio
        k = np.clip(unclipped, K_MIN, K_MAX)
        survived, survived_slope = _cumulative(self.hazard, k, self.survived_time)
        by_failure, failure_slope = _cumulative(self.hazard[self.failed], k[self.failed], self.failed_time)
        # Clipped so that expm1 neither overflows nor is 0.
        increase = np.clip(by_failure - survived[self.failed], TINY, 500)
        failed_weight = self.weight[self.failed]
        value = self.weight @ survived - failed_weight @ np.log(-np.expm1(-increase))
        by_k = self.weight * survived_slope
        by_k[self.failed] -= (
            failed_weight / np.expm1(increase) * (failure_slope - survived_slope[self.failed])
        )
        # k does not change with the parameters where it is clipped.
        by_k[k != unclipped] = 0.0
        prior = 0.0
        gradient = np.array([by_k.sum(), by_k @ self.log_ratio])
        for number, (mean, deviation) in enumerate((PRIOR_K0, PRIOR_K1)):
            distance = float(parameters[number] - mean) / deviation
            prior += distance**2 / 2
            gradient[number] += distance / deviation
        return float(value) + prior, gradient


def _cumulative(hazard: Matrix, k: Matrix, time: tuple[Matrix, Matrix]) -> tuple[Matrix, Matrix]:
    """Return G and its derivative by k, at times as `_log_time` returns them."""
    log_ratio, scale = time
    cumulative = hazard * np.exp(k * log_ratio) * scale
    return cumulative, cumulative * log_ratio

"""The expert scorecard: stated effects at a stated base rate, moved by outcomes as they come.

With fewer defaults than can be learned from, or none, the stated effects are the model: a logistic score on ranks of a
firm's own columns, log-odds = level + sum of effect x rank. All coefficients have normal priors, and the weights are
the mode of the posterior: without outcomes they are the prior itself, and each outcome moves them a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from supplyrisk.gnn.network.expert_prior import CONDUCT, EXPERT
from supplyrisk.gnn.network.smooth_score import STRENGTH, SmoothScore, prior_score

Matrix = NDArray[np.float64]

LEVEL_SD = 0.5
"""Prior standard deviation of the level, in log-odds.

The base rate is named, not known: odds between .38 and 2.7 times the named ones have 95 % of the prior. The prior weighs
as much as 1 / (LEVEL_SD^2 rate (1 - rate)) firms of which the named share defaulted, that is about four defaults.
"""
MODEST = 0.15
"""Log-odds over half the range of ranks for a measure that credit practice reads as a weak sign only."""
SCORECARD = EXPERT | {
    "age_days": -MODEST,
    "tenure_days": -MODEST,
    "revenue": -MODEST,
    "revenue_growth": -MODEST,
    "statement_age_days": MODEST,
    "sales_trend": -MODEST,
    "sales_volatility": MODEST,
    "activity_age_days": MODEST,
    "returning_share": -MODEST,
    "supplier_hhi": MODEST,
    "customer_hhi": MODEST,
    "delivery_delay_days": MODEST,
    "delivery_dispute_rate": MODEST,
    "delivery_return_rate": MODEST,
    "loan_to_sales": CONDUCT,
}
"""By feature (without its main window, 180 days): log-odds from the middle rank to the rank of the highest value.

The trained model's prior, and further measures. There, a few dozen defaults decide on the latter; here nothing does.
"""


@dataclass(frozen=True)
class OutcomeRows:
    """Rows whose outcome is known.

    Parameters
    ----------
    x [rows, columns]: features, NaN where missing.
    y [rows]: 1 failed, 0 sound.
    exposure [rows]: observed share of the horizon, in (0, 1]; 1 where a firm failed within the horizon.
    """

    x: Matrix
    y: Matrix
    exposure: Matrix


def scorecard_prior(columns: tuple[str, ...]) -> Matrix:
    """Return the stated effect [columns] in log-odds from the middle rank to the highest; 0 where none is stated."""
    return np.array([SCORECARD.get(name.removesuffix("_180"), 0.0) for name in columns])


def fit_scorecard(
    firms: Matrix, prior: Matrix, base_rate: float, outcomes: OutcomeRows | None = None
) -> SmoothScore:
    """Return the scorecard: the mode of the posterior of level and effects.

        minimise  sum over rows of -log P(y | PD, exposure) + (level - level_0)^2 / (2 LEVEL_SD^2)
                  + |effects - prior|^2 / (2 STRENGTH)

    with PD = 1 / (1 + exp(-margin)), and 1 - (1 - PD)^exposure the probability to fail within the observed part. level_0
    is the level at which the mean PD of `firms` by the prior effects is the base rate. The loss is strictly convex, so
    that the result depends on the outcomes continuously; `largest_shift` bounds the effect of a single one.

    Parameters
    ----------
    firms [firms, columns]: features of the firms that ranks are taken among, NaN where missing.
    prior [columns]: stated effects, as of `scorecard_prior`.
    base_rate: expected share of these firms that default within the horizon, in (0, 1).
    outcomes: the known outcomes; None or no rows: the result is the prior.

    Raises
    ------
    ValueError: base_rate is outside (0, 1), or there are no firms.
    """
    if not len(firms):
        raise ValueError("no firm to take ranks among, expected at least one")
    if not 0 < base_rate < 1:
        raise ValueError(f"base rate {base_rate}, expected a share between 0 and 1")
    stated = prior_score(firms, prior)
    stated.weights[0, 0] = _level(stated.encode(firms) @ stated.weights[0, 1:], base_rate)
    if outcomes is None or not len(outcomes.y):
        return stated
    mean = stated.weights[0]
    scale = _prior_scale(len(mean))
    # Deviations from the prior in its standard deviations: the penalty is |z|^2 / 2.
    design = _with_constant(stated.encode(outcomes.x)) * scale
    offset = design @ (mean / scale)
    posterior = minimize(
        lambda z: _loss(z, design, offset, outcomes),
        np.zeros(len(mean)),
        jac=True,
        hess=lambda z: _curvature(z, design, offset, outcomes),
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    return SmoothScore(stated.knots, stated.centre, (mean + scale * posterior.x)[None])


def mean_pd(score: SmoothScore, firms: Matrix) -> float:
    """Return the mean PD of firms [firms, columns] by the scorecard alone, without contagion."""
    return float(expit(score.weights[0, 0] + score.encode(firms) @ score.weights[0, 1:]).mean())


def largest_shift(score: SmoothScore, firm: Matrix, row: Matrix) -> float:
    """Return a bound on the change of a firm's log-odds when one outcome is added.

        |change| <= sqrt(k(firm, firm) k(row, row)),   k(a, b) = LEVEL_SD^2 + STRENGTH a . b  (centred codes of a and b)

    The loss without the outcome is convex with at least the prior's curvature, and an outcome's derivative by the margin
    is at most 1, so the solution moves by at most sqrt(k(row, row)) in the norm of the prior.

    Parameters
    ----------
    score: the scorecard.
    firm [columns]: features of the firm.
    row [columns]: features of the firm whose outcome is added.
    """
    norms = [np.linalg.norm(_with_constant(score.encode(x[None])) * _prior_scale(1 + 2 * len(x))) for x in (firm, row)]
    return float(norms[0] * norms[1])


def _prior_scale(size: int) -> Matrix:
    """Prior standard deviations [size]: of the level, then of every effect."""
    scale = np.full(size, np.sqrt(STRENGTH))
    scale[0] = LEVEL_SD
    return scale


def _with_constant(encoded: Matrix) -> Matrix:
    return np.hstack([np.ones((len(encoded), 1)), encoded])


def _level(margins: Matrix, base_rate: float) -> float:
    """The level at which the mean PD of margins + level is the base rate."""
    low = float(logit(base_rate) - margins.max())
    high = float(logit(base_rate) - margins.min())
    if low == high:
        return low
    return float(brentq(lambda level: expit(level + margins).mean() - base_rate, low, high, xtol=1e-13))


def _loss(z: Matrix, design: Matrix, offset: Matrix, outcomes: OutcomeRows) -> tuple[float, Matrix]:
    """Penalised loss at z and its gradient."""
    margin = offset + design @ z
    observed = outcomes.exposure * np.logaddexp(0, margin)
    failed = outcomes.y > 0
    # The probability to survive the observed part is exp(-observed).
    loss = np.where(failed, -np.log(-np.expm1(-observed)), observed).sum() + z @ z / 2
    slope = outcomes.exposure * expit(margin)
    slope = np.where(failed, -slope / np.expm1(observed), slope)
    return float(loss), design.T @ slope + z


def _curvature(z: Matrix, design: Matrix, offset: Matrix, outcomes: OutcomeRows) -> Matrix:
    """Second derivatives of the penalised loss at z."""
    margin = offset + design @ z
    pd = expit(margin)
    observed = outcomes.exposure * np.logaddexp(0, margin)
    slope = outcomes.exposure * pd
    odds = np.expm1(observed)
    of_failed = slope / odds * (slope * np.exp(observed) / odds - (1 - pd))
    weight = np.where(outcomes.y > 0, of_failed, slope * (1 - pd))
    return np.asarray(design.T @ (design * weight[:, None]) + np.eye(len(z)))

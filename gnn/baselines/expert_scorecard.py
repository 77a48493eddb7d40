"""The expert scorecard: stated effects at a stated base rate, moved by outcomes as they come.

With fewer defaults than can be learned from, or none, the stated effects are the model: a logistic score on ranks of a
firm's own columns, log-odds = level + sum of effect x rank. Level and effects have normal priors, and the weights are
the mode of the posterior: without outcomes they are the prior itself, and each outcome moves them a little. Columns
without a stated effect stay out: with a hundred of them free, a single default could treble the odds of a firm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from supplyrisk.gnn.baselines.baseline_protocol import (
    BaselineFit,
    Explanation,
    Ratios,
    StagedGraphs,
    TrainingRows,
)
from supplyrisk.gnn.data.panel import PanelGraph, stacked
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.gnn.network.member_stages import MemberBoosters
from supplyrisk.gnn.network.smooth_score import STRENGTH, SmoothScore, prior_score

Matrix = NDArray[np.float64]

LEVEL_SD = 0.5
"""Prior standard deviation of the level, in log-odds.

The base rate is named, not known: odds between .38 and 2.7 times the named ones have 95 % of the prior. The prior
weighs as much as 1 / (LEVEL_SD^2 rate (1 - rate)) firms of which the named share defaulted: about four defaults.
"""


@dataclass(frozen=True)
class OutcomeRows:
    """Rows whose outcome is known.

    Parameters
    ----------
    codes [rows, columns]: codes of the features among the firms of the same day, see `rank_codes`.
    y [rows]: 1 failed, 0 sound.
    weight [rows]: how much each counts, at most 1: the observed share of the horizon where a firm is sound so far.
    """

    codes: Matrix
    y: Matrix
    weight: Matrix


@dataclass(frozen=True)
class ExpertScorecard:
    """The scorecard as a baseline that is used alone: its hazards are before contagion."""

    description: ClassVar[str] = "the expert scorecard with the stated transmissions"
    interval: ClassVar[Ratios | None] = None
    stages: ClassVar[frozenset[str]] = frozenset()
    own_only: ClassVar[bool] = True

    score: SmoothScore

    @classmethod
    def of(
        cls, latest: PanelGraph, known: Sequence[PanelGraph], columns: Sequence[str], base_rate: float
    ) -> Self:
        """Rank the scored firms of the latest graph; the outcomes of the other graphs count."""
        prior = scorecard_prior(columns)
        return cls(fit_scorecard(latest.x[latest.scored], prior, base_rate, outcome_rows(known, prior)))

    @classmethod
    def fit(cls, rows: TrainingRows) -> BaselineFit:
        """Fit it at the base rate; the last graph is the latest one, and its outcomes do not count.

        Raises
        ------
        ValueError: no base rate is given, or no firm to rank.
        """
        if rows.base_rate is None:
            raise ValueError("no base rate, expected the share of firms that default within the horizon")
        *known, latest = rows.graphs
        scorecard = cls.of(latest, known, rows.columns.names, rows.base_rate)
        return BaselineFit(scorecard, scorecard.hazards(StagedGraphs(rows.graphs, rows.columns.names)))

    def hazards(self, rows: StagedGraphs) -> Matrix:
        """Return the hazards [1, rows]."""
        return np.exp(self.score.predict(rows.x))[None]

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return the columns' terms."""
        x = rows.x
        return Explanation([x], [self.score.predict], lambda at: self.score.parts(x[at]), self.score.constant)

    def column_gains(self, columns: int) -> Matrix:
        """Return the sizes of the columns' effects."""
        return self.score.column_sizes

    def save(self) -> dict[str, Any]:
        """Return the score as plain JSON."""
        return self.score.to_json()

    @classmethod
    def load(cls, stored: Mapping[str, Any], boosters: tuple[MemberBoosters, ...]) -> Self:
        """Read what `save` returned."""
        return cls(SmoothScore.from_json(stored))


def outcome_rows(graphs: Sequence[PanelGraph], prior: Matrix) -> OutcomeRows | None:
    """Return the rows of some graphs whose outcome is known, each coded among the firms of its day.

    None where there is no graph, or none with a firm to score.
    """
    scored = [graph for graph in graphs if graph.scored.any()]
    if not scored:
        return None
    y = stacked(scored, "y")
    known = ~np.isnan(y)
    codes = [rank_codes(prior_score(graph.x[graph.scored], prior), graph.x) for graph in scored]
    return OutcomeRows(np.concatenate(codes)[known], y[known], stacked(scored, "weight")[known])


def scorecard_prior(columns: Sequence[str]) -> Matrix:
    """Return the stated effect [columns] in log-odds from the middle rank to the highest; 0 where none is stated."""
    return expert_prior(columns, scorecard=True)


def fit_scorecard(
    firms: Matrix, prior: Matrix, base_rate: float, outcomes: OutcomeRows | None = None
) -> SmoothScore:
    """Return the scorecard: the mode of the posterior of level and effects.

        minimise  sum over rows of weight x logistic loss + (level - level_0)^2 / (2 LEVEL_SD^2)
                  + |effects - prior|^2 / (2 STRENGTH)

    over the level and the effects of the columns that have a stated one; all other columns stay out. level_0 is
    the level at which the mean PD of `firms` by the prior effects is the base rate. The loss is strictly convex, so
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
    effects = stated.weights[0, 1 : 1 + len(prior)]
    level = _level(rank_codes(stated, firms) @ effects, base_rate)
    if outcomes is None or not len(outcomes.y):
        return _with_weights(stated, level, effects)
    # Deviations from the prior in its standard deviations: the penalty is |z|^2 / 2.
    design = _scaled(outcomes.codes, effects)
    offset = level + outcomes.codes @ effects
    posterior = minimize(
        lambda z: _loss(z, design, offset, outcomes),
        np.zeros(design.shape[1]),
        jac=True,
        hess=lambda z: _curvature(z, design, offset, outcomes),
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    moved = effects.copy()
    moved[effects != 0] += np.sqrt(STRENGTH) * posterior.x[1:]
    return _with_weights(stated, level + LEVEL_SD * float(posterior.x[0]), moved)


def mean_pd(score: SmoothScore, firms: Matrix) -> float:
    """Return the mean PD of firms [firms, columns] by the scorecard alone, without contagion."""
    return float(expit(score.weights[0, 0] + score.encode(firms) @ score.weights[0, 1:]).mean())


def rank_codes(score: SmoothScore, x: Matrix) -> Matrix:
    """Return ranks less the mean rank of the known values [rows, columns], from the knots of a score.

    It is 0 where a value is missing: what is not known of a firm neither raises nor lowers its score.
    """
    columns = len(score.knots)
    encoded = score.encode(x)
    return np.asarray(encoded[:, :columns] + _mean_ranks(score) * encoded[:, columns:])


def ranked_among(score: SmoothScore, firms: Matrix) -> SmoothScore:
    """Return the score with the same level and effects, but ranks among other firms [firms, columns].

    Firms of an earlier day are ranked among each other: all of them were younger, and sold in another season.
    """
    columns = len(score.knots)
    return _with_weights(prior_score(firms), score.weights[0, 0], score.weights[0, 1 : 1 + columns])


def largest_shift(firm: Matrix, row: Matrix, prior: Matrix) -> float:
    """Return a bound on the change of a firm's log-odds when one outcome is added.

        |change| <= sqrt(k(firm, firm) k(row, row)),   k(a, b) = LEVEL_SD^2 + STRENGTH a . b

    over the columns that have a stated effect. The loss without the outcome is convex with at least the prior's
    curvature, and an outcome's derivative by the margin is at most 1, so the solution moves by at most
    sqrt(k(row, row)) in the norm of the prior.

    Parameters
    ----------
    firm, row [columns]: codes of the firm, and of the row whose outcome is added.
    prior [columns]: stated effects.
    """
    norms = np.linalg.norm(_scaled(np.stack([firm, row]), prior), axis=1)
    return float(norms[0] * norms[1])


def _mean_ranks(score: SmoothScore) -> Matrix:
    """Mean rank [columns] of the known values."""
    columns = len(score.knots)
    # The centre is a mean over all rows, of which a missing value counts as 0.
    known_share = 1 - score.centre[columns:]
    return np.divide(score.centre[:columns], known_share, out=np.zeros(columns), where=known_share > 0)


def _with_weights(score: SmoothScore, level: float, effects: Matrix) -> SmoothScore:
    """The score with a level and effects [columns], in which a missing value counts as the mean of the known ones."""
    weights = np.concatenate([[level], effects, effects * _mean_ranks(score)])
    return SmoothScore(score.knots, score.centre, weights[None])


def _scaled(codes: Matrix, effects: Matrix) -> Matrix:
    """1 and the codes of columns with an effect [rows, 1 + effects], in standard deviations of their weights."""
    stated = codes[:, effects != 0]
    return np.hstack([np.full((len(codes), 1), LEVEL_SD), np.sqrt(STRENGTH) * stated])


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
    loss = outcomes.weight @ (np.logaddexp(0, margin) - outcomes.y * margin) + z @ z / 2
    return float(loss), design.T @ (outcomes.weight * (expit(margin) - outcomes.y)) + z


def _curvature(z: Matrix, design: Matrix, offset: Matrix, outcomes: OutcomeRows) -> Matrix:
    """Second derivatives of the penalised loss at z."""
    pd = expit(offset + design @ z)
    row_curvature = outcomes.weight * pd * (1 - pd)
    return np.asarray(design.T @ (design * row_curvature[:, None]) + np.eye(len(z)))

"""A smooth score of a firm's own columns: ridge logistic regression on their ranks, out of fold by firm.

With a few dozen failures, trees have few splits and give most sound firms the same score; a sum of small linear effects
still separates those. The ridge penalty shrinks the effects towards the expert prior (see `expert_prior`). The own part
of the network weighs both scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from supplyrisk.gnn.baselines.boosting import as_shares, folds_by_group, log_hazard
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.graph.contagion import jit

Matrix = NDArray[np.float64]

KNOTS = 33
"""Quantiles of a column that its ranks are interpolated between."""
ROWS = 1 << 14
"""Rows per task; tasks are spread over the threads."""
STRENGTH = 0.02
"""Prior variance of a coefficient: a standard deviation of .14, on ranks from -1 to 1."""


@dataclass(frozen=True)
class SmoothScore:
    """Margin = constant + weights . (encoded - centre), with a set of weights per fold; log hazards are averaged.

    encoded [rows, 2 columns]: ranks from -1 to 1 (0 where missing), then a flag per column that is 1 where missing.

    Parameters
    ----------
    knots: by column its distinct quantiles, empty for a column without values.
    centre [2 columns]: mean of encoded over the training rows.
    weights [folds, 1 + 2 columns]: the constant first.
    """

    knots: tuple[Matrix, ...]
    centre: Matrix
    weights: Matrix

    def encode(self, x: Matrix) -> Matrix:
        """Return the centred encoding [rows, 2 columns] of x [rows, columns]."""
        return _encoded(x, self.knots) - self.centre

    def predict(self, x: Matrix) -> Matrix:
        """Return log hazards [rows], the mean over all folds, for rows that none was fitted on."""
        score = np.empty(len(x))
        terms = self._terms(self.weights)

        def score_rows(start: int) -> None:
            margins = np.empty((min(ROWS, len(x) - start), len(self.weights)))
            _margins(np.ascontiguousarray(x[start : start + ROWS]), terms, self.weights[:, 0], margins)
            score[start : start + ROWS] = log_hazard(margins).mean(1)

        # The kernels release the GIL; tasks write to disjoint rows.
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(score_rows, range(0, len(x), ROWS)))
        return score

    @property
    def constant(self) -> float:
        """The constant of the mean margin."""
        return float(self.weights[:, 0].mean())

    @property
    def column_sizes(self) -> Matrix:
        """Share of each column in the sum of the sizes of all ranks' weights [columns], the mean over the folds."""
        return np.asarray(as_shares(np.abs(self.weights[:, 1 : 1 + len(self.knots)])).mean(0))

    def parts(self, x: Matrix) -> Matrix:
        """Return each column's contribution to the mean margin [rows, columns]; with the constant they sum to it."""
        out = np.empty(x.shape)
        _parts(np.ascontiguousarray(x), self._terms(self.weights.mean(0, keepdims=True)), out)
        return out

    def _terms(self, weights: Matrix) -> _Terms:
        columns = len(self.knots)
        rank = weights[:, 1 : 1 + columns]
        missing = weights[:, 1 + columns :]
        # Centring is folded into one offset per column, so that the kernels need not subtract it row by row.
        offset = -rank * self.centre[:columns] - missing * self.centre[columns:]
        return _Terms(
            knots=np.concatenate([np.empty(0), *self.knots]),
            first=np.cumsum([0, *(len(k) for k in self.knots)]),
            rank=np.ascontiguousarray(rank),
            missing=np.ascontiguousarray(missing),
            offset=np.ascontiguousarray(offset),
        )

    def to_json(self) -> dict[str, object]:
        """Return the score as plain JSON."""
        knots = [k.tolist() for k in self.knots]
        return {"knots": knots, "centre": self.centre.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SmoothScore:
        """Read a score that `to_json` wrote."""
        knots = tuple(np.array(k, dtype=np.float64) for k in value["knots"])
        return cls(knots, np.array(value["centre"]), np.array(value["weights"]))


class SmoothFit(NamedTuple):
    """A smooth score and its log hazards [rows] of some rows."""

    score: SmoothScore
    log_hazards: Matrix


class _Terms(NamedTuple):
    """Contributions of columns to margins: offset + rank x the value's rank, or offset + missing; [margins, columns].

    The knots of column c are those from first[c] to first[c + 1].
    """

    knots: Matrix
    first: NDArray[np.int64]
    rank: Matrix
    missing: Matrix
    offset: Matrix


@jit
def _rank(value: float, terms: _Terms, column: int) -> float:
    """Rank of a value among its column's knots, -1 to 1; 0 where the column is constant, NaN where it is missing."""
    first = terms.first[column]
    last = terms.first[column + 1] - 1
    if np.isnan(value):
        return np.nan
    if last <= first:
        return 0.0
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) // 2
        if value < terms.knots[middle]:
            high = middle
        else:
            low = middle
    inside = (value - terms.knots[low]) / (terms.knots[high] - terms.knots[low])
    # Values beyond the outer knots, which training did not have, get the outer ranks.
    place: float = (low - first + min(max(inside, 0.0), 1.0)) / (last - first)
    return 2.0 * place - 1.0


@jit
def _term(rank: float, terms: _Terms, margin: int, column: int) -> float:
    """Contribution of one value, by its rank, to one margin."""
    term: float = terms.missing[margin, column] if np.isnan(rank) else terms.rank[margin, column] * rank
    term += terms.offset[margin, column]
    return term


@jit
def _margins(x: Matrix, terms: _Terms, constants: Matrix, out: Matrix) -> None:
    """Set out [rows, margins] to the margins of x [rows, columns]."""
    for row in range(len(x)):
        out[row] = constants
        for column in range(x.shape[1]):
            # The rank is found once and used for the weights of every fold.
            rank = _rank(x[row, column], terms, column)
            for margin in range(len(constants)):
                out[row, margin] += _term(rank, terms, margin, column)


@jit
def _parts(x: Matrix, terms: _Terms, out: Matrix) -> None:
    """Set out [rows, columns] to each column's contribution to the first margin."""
    for row in range(len(x)):
        for column in range(x.shape[1]):
            out[row, column] = _term(_rank(x[row, column], terms, column), terms, 0, column)


def prior_score(x: Matrix, prior: Matrix | None = None) -> SmoothScore:
    """Return the score before any outcome: knots and centre of the rows of x, and the prior effects as weights.

    Parameters
    ----------
    x [rows, columns]: features, NaN where missing.
    prior [columns]: expected effect of each column in log-odds from the middle rank to the highest; None: 0. It is 0
        for a column that does not vary in x, and for every flag of missing values.
    """
    knots = tuple(_knots(column) for column in x.T)
    weights = np.zeros((1, 1 + 2 * len(knots)))
    if prior is not None:
        weights[0, 1 : 1 + len(knots)] = np.where([len(k) > 1 for k in knots], prior, 0.0)
    return SmoothScore(knots, _encoded(x, knots).mean(0), weights)


def fit_smooth(x: Matrix, outcomes: RowOutcomes, seed: int, prior: Matrix | None = None) -> SmoothFit:
    """Fit the score with a set of weights per fold, and score every row.

    A labelled row is scored by the weights that were fitted without its firm, any other row by the mean of all.

    Parameters
    ----------
    x [rows, columns]: features, NaN where missing.
    outcomes: of the rows; those without one are not trained on.
    seed: of the folds.
    prior [columns]: expected effect of each column in log-odds from the middle rank to the highest; None: 0.
    """
    labelled = outcomes.known
    y = outcomes.y
    knots = tuple(_knots(column) for column in x[labelled].T)
    encoded = _encoded(x[labelled], knots)
    centre = encoded.mean(0)
    encoded -= centre
    varies = np.array([len(k) > 1 for k in knots])
    # Flags of missing values are shrunk towards 0: credit practice has no expectation of them.
    target = np.zeros(encoded.shape[1])
    target[: len(knots)] = 0.0 if prior is None else np.where(varies, prior, 0.0)
    weights = []
    score = np.full(len(y), np.nan)
    for train, held_out in folds_by_group(y[labelled], outcomes.firm[labelled], seed):
        rows = labelled[train]
        fold_weights = _ridge(encoded[train], y[rows], outcomes.weight[rows], target)
        weights.append(fold_weights)
        score[labelled[held_out]] = log_hazard(fold_weights[0] + encoded[held_out] @ fold_weights[1:])
    smooth = SmoothScore(knots, centre, np.stack(weights))
    unlabelled = np.flatnonzero(np.isnan(score))
    if unlabelled.size:
        score[unlabelled] = smooth.predict(x[unlabelled])
    return SmoothFit(smooth, score)


def _ridge(x: Matrix, y: Matrix, row_weight: Matrix, target: Matrix) -> Matrix:
    """Constant and weights w with the least weighted logistic loss + |w - target|^2 / (2 STRENGTH).

    scikit-learn's regression shrinks towards 0 only and takes no offset. Columns that never vary get a weight of 0,
    since they are centred.
    """

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        margin = parameters[0] + x @ parameters[1:]
        deviation = parameters[1:] - target
        residual = row_weight * (expit(margin) - y)
        gradient = np.concatenate([[residual.sum()], x.T @ residual + deviation / STRENGTH])
        value = row_weight @ (np.logaddexp(0, margin) - y * margin) + deviation @ deviation / (2 * STRENGTH)
        return float(value), gradient

    rate = np.clip(np.average(y, weights=row_weight), 1e-6, 1 - 1e-6)
    start = np.concatenate([[logit(rate)], target])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12})
    return np.asarray(best.x)


def _knots(column: Matrix) -> Matrix:
    """Distinct quantiles of a column's values, of which a discrete column has fewer than KNOTS."""
    known = column[~np.isnan(column)]
    return np.unique(np.quantile(known, np.linspace(0, 1, KNOTS))) if known.size else np.empty(0)


def _encoded(x: Matrix, knots: Sequence[Matrix]) -> Matrix:
    """Ranks and flags of missing values [rows, 2 columns], not centred."""
    missing = np.isnan(x)
    ranks = np.zeros_like(x)
    for c, column_knots in enumerate(knots):
        if len(column_knots) > 1:
            ranks[:, c] = np.interp(x[:, c], column_knots, np.linspace(-1, 1, len(column_knots)))
    return np.hstack([np.where(missing, 0.0, ranks), missing.astype(float)])

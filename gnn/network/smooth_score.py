"""A smooth score of a firm's own columns: ridge logistic regression on their ranks, out of fold by firm.

With a few dozen failures, trees know few steps and leave most sound firms alike; a sum of small straight effects still
tells those apart. What the ridge draws the effects to is what credit practice holds of them (see `expert`), and 0 where
it holds nothing. The network's own part weighs both scores.
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

from supplyrisk.gnn.baselines.boosting import folds_by_group, log_hazard
from supplyrisk.graph.contagion import jit

Matrix = NDArray[np.float64]

KNOTS = 33
"""Quantiles of a column at which its rank is kept."""
ROWS = 1 << 14
"""Rows at a time, shared out over the threads."""
STRENGTH = 0.02
"""A coefficient's prior variance: its standard deviation is .14, on ranks from -1 to 1."""


@dataclass(frozen=True)
class SmoothScore:
    """Margin = constant + weights . (encoded - centre), one set of weights per fold; the mean of log hazards counts.

    knots: per column its quantiles (none where it has no values). encoded [rows, 2 columns]: ranks from -1 to 1, 0
    where missing, then a 1 where missing. weights [folds, 1 + 2 columns], the constant first.
    """

    knots: tuple[Matrix, ...]
    centre: Matrix
    weights: Matrix

    def encode(self, x: Matrix) -> Matrix:
        """[rows, 2 columns], centred."""
        return _encoded(x, self.knots) - self.centre

    def predict(self, x: Matrix) -> Matrix:
        """Log hazard [rows] of rows that none of the folds was fitted on (or the mean over all of them)."""
        score, told = np.empty(len(x)), self._terms(self.weights)

        def some(at: int) -> None:
            margins = np.empty((min(ROWS, len(x) - at), len(self.weights)))
            _margins(np.ascontiguousarray(x[at : at + ROWS]), told, self.weights[:, 0], margins)
            score[at : at + ROWS] = log_hazard(margins).mean(1)

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(some, range(0, len(x), ROWS)))
        return score

    def parts(self, x: Matrix) -> Matrix:
        """What each column adds to the mean margin, [rows, columns]; with the constant they sum to it."""
        out = np.empty(x.shape)
        _parts(np.ascontiguousarray(x), self._terms(self.weights.mean(0, keepdims=True)), out)
        return out

    def _terms(self, weights: Matrix) -> _Terms:
        columns, centre = len(self.knots), self.centre
        rank, gone = weights[:, 1 : 1 + columns], weights[:, 1 + columns :]
        first = np.cumsum([0, *(len(k) for k in self.knots)])
        least = -rank * centre[:columns] - gone * centre[columns:]
        return _Terms(
            np.concatenate([np.empty(0), *self.knots]), first, *map(np.ascontiguousarray, (rank, gone, least))
        )

    def to_json(self) -> dict[str, object]:
        """As plain JSON."""
        knots = [k.tolist() for k in self.knots]
        return {"knots": knots, "centre": self.centre.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SmoothScore:
        """Back from `to_json`."""
        knots = tuple(np.array(k, dtype=np.float64) for k in value["knots"])
        return cls(knots, np.array(value["centre"]), np.array(value["weights"]))


class _Terms(NamedTuple):
    """What columns add to margins: least + rank x the rank, or least + gone where missing, each [margins, columns].

    The knots of column c are those from first[c] to first[c + 1].
    """

    knots: Matrix
    first: NDArray[np.int64]
    rank: Matrix
    gone: Matrix
    least: Matrix


@jit
def _rank(value: float, terms: _Terms, column: int) -> float:
    """Rank of a value among the knots of its column, -1 to 1; 0 where there are none, NaN where it is missing."""
    first, last = terms.first[column], terms.first[column + 1] - 1
    if np.isnan(value):
        return np.nan
    if last <= first:
        return 0.0
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if value < terms.knots[middle]:
            high = middle
        else:
            low = middle
    inside = (value - terms.knots[low]) / (terms.knots[high] - terms.knots[low])
    place: float = (low - first + min(max(inside, 0.0), 1.0)) / (last - first)
    return 2.0 * place - 1.0


@jit
def _term(rank: float, terms: _Terms, margin: int, column: int) -> float:
    """What one value, by its rank, adds to one margin."""
    more: float = terms.gone[margin, column] if np.isnan(rank) else terms.rank[margin, column] * rank
    more += terms.least[margin, column]
    return more


@jit
def _margins(x: Matrix, terms: _Terms, constants: Matrix, out: Matrix) -> None:
    """Margins [rows, margins] of rows x [rows, columns]."""
    for row in range(len(x)):
        out[row] = constants
        for column in range(x.shape[1]):
            rank = _rank(x[row, column], terms, column)
            for margin in range(len(constants)):
                out[row, margin] += _term(rank, terms, margin, column)


@jit
def _parts(x: Matrix, terms: _Terms, out: Matrix) -> None:
    """What each column adds to the first margin, [rows, columns]."""
    for row in range(len(x)):
        for column in range(x.shape[1]):
            out[row, column] = _term(_rank(x[row, column], terms, column), terms, 0, column)


def fit_smooth(
    x: Matrix, y: Matrix, groups: NDArray[np.int64], seed: int, prior: Matrix | None = None
) -> tuple[SmoothScore, Matrix]:
    """The score, and log hazards [rows]: out of fold by group where y is 1 or 0, the mean of all folds where NaN.

    prior [columns]: what each column's effect is drawn to, in log-odds from its middle to its highest value.
    """
    labelled = np.flatnonzero(~np.isnan(y))
    knots = tuple(_knots(column) for column in x[labelled].T)
    encoded = _encoded(x[labelled], knots)
    centre = encoded.mean(0)
    encoded -= centre
    varies = np.array([len(k) > 1 for k in knots])
    drawn = np.zeros(encoded.shape[1])
    drawn[: len(knots)] = 0.0 if prior is None else np.where(varies, prior, 0.0)
    weights, score = [], np.full(len(y), np.nan)
    for train, held in folds_by_group(y[labelled], groups[labelled], seed):
        weights.append(_ridge(encoded[train], y[labelled[train]], drawn))
        score[labelled[held]] = log_hazard(weights[-1][0] + encoded[held] @ weights[-1][1:])
    smooth = SmoothScore(knots, centre, np.stack(weights))
    rest = np.flatnonzero(np.isnan(score))
    if rest.size:
        score[rest] = smooth.predict(x[rest])
    return smooth, score


def _ridge(x: Matrix, y: Matrix, drawn: Matrix) -> Matrix:
    """The constant and weights w with the least logistic loss + |w - drawn|^2 / (2 STRENGTH).

    scikit-learn's regression draws to 0 only, and takes no offset. Columns that never vary get a weight of 0, since
    they are centred.
    """

    def loss(at: Matrix) -> tuple[float, Matrix]:
        margin, away = at[0] + x @ at[1:], at[1:] - drawn
        off = expit(margin) - y
        gradient = np.concatenate([[off.sum()], x.T @ off + away / STRENGTH])
        return float((np.logaddexp(0, margin) - y * margin).sum() + away @ away / (2 * STRENGTH)), gradient

    rate = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    start = np.concatenate([[logit(rate)], drawn])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12})
    return np.asarray(best.x)


def _knots(column: Matrix) -> Matrix:
    seen = column[~np.isnan(column)]
    return np.unique(np.quantile(seen, np.linspace(0, 1, KNOTS))) if seen.size else np.empty(0)


def _encoded(x: Matrix, knots: Sequence[Matrix]) -> Matrix:
    missing = np.isnan(x)
    ranks = np.zeros_like(x)
    for c, at in enumerate(knots):
        if len(at) > 1:
            ranks[:, c] = np.interp(x[:, c], at, np.linspace(-1, 1, len(at)))
    return np.hstack([np.where(missing, 0.0, ranks), missing.astype(float)])

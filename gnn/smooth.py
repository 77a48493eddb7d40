"""A smooth score of a firm's own columns: ridge logistic regression on their ranks, out of fold by firm.

With a few dozen failures, trees know few steps and leave most sound firms alike; a sum of small straight effects still
tells those apart. The network's own part weighs both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from supplyrisk.gnn.boosting import folds_by_group, log_hazard

Matrix = NDArray[np.float64]

KNOTS = 33
"""Quantiles of a column at which its rank is kept."""
ROWS = 1 << 14
"""Rows at a time: all of a million firms at once would take gigabytes."""
STRENGTH = 0.02
"""Inverse of the ridge: a coefficient's prior standard deviation is its root, .14 on ranks from -1 to 1."""


@dataclass(frozen=True)
class Smooth:
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
        score = np.empty(len(x))
        for at in range(0, len(x), ROWS):
            margins = self.weights[:, :1] + self.weights[:, 1:] @ self.encode(x[at : at + ROWS]).T
            score[at : at + ROWS] = log_hazard(margins).mean(0)
        return score

    def parts(self, x: Matrix) -> Matrix:
        """What each column adds to the mean margin, [rows, columns]; with the constant they sum to it."""
        both = self.encode(x) * self.weights[:, 1:].mean(0)
        columns = len(self.knots)
        return np.asarray(both[:, :columns] + both[:, columns:])

    def to_json(self) -> dict[str, object]:
        """As plain JSON."""
        knots = [k.tolist() for k in self.knots]
        return {"knots": knots, "centre": self.centre.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Smooth:
        """Back from `to_json`."""
        knots = tuple(np.array(k, dtype=np.float64) for k in value["knots"])
        return cls(knots, np.array(value["centre"]), np.array(value["weights"]))


def fit(x: Matrix, y: Matrix, groups: NDArray[np.int64], seed: int) -> tuple[Smooth, Matrix]:
    """The score, and log hazards [rows]: out of fold by group where y is 1 or 0, the mean of all folds where NaN."""
    labelled = np.flatnonzero(~np.isnan(y))
    knots = tuple(_knots(column) for column in x[labelled].T)
    encoded = _encoded(x[labelled], knots)
    centre = encoded.mean(0)
    encoded -= centre
    weights, score = [], np.full(len(y), np.nan)
    for train, held in folds_by_group(y[labelled], groups[labelled], seed):
        # Columns that never vary get a weight of 0 from the ridge, since they are centred.
        model = LogisticRegression(C=STRENGTH, max_iter=200).fit(encoded[train], y[labelled[train]])
        weights.append(np.concatenate([model.intercept_, model.coef_[0]]))
        score[labelled[held]] = log_hazard(model.decision_function(encoded[held]))
    smooth = Smooth(knots, centre, np.stack(weights))
    rest = np.flatnonzero(np.isnan(score))
    if rest.size:
        score[rest] = smooth.predict(x[rest])
    return smooth, score


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

"""Boosted trees on a panel of firms, out of fold by firm: the two controls, and where the network starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

Matrix = NDArray[np.float64]

FOLDS = 4
MAX_ROUNDS = 400
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def log_hazard(margin: Matrix) -> Matrix:
    """log h of a logistic margin m: PD = sigmoid(m) = 1 - exp(-h), so h = log(1 + exp(m))."""
    hazard = np.logaddexp(0.0, margin)
    # Far below zero, log(log1p(exp(m))) is m itself; the maximum keeps the logarithm finite there.
    return np.where(margin < -30, margin, np.log(np.maximum(hazard, 1e-300)))


@dataclass(frozen=True)
class BoostedModel:
    """One booster per fold; the score is the mean of their log hazards."""

    boosters: tuple[lgb.Booster, ...]

    def predict(self, x: Matrix) -> Matrix:
        """Log hazard [rows] of rows that none of the boosters was trained on (or the mean over all of them)."""
        return np.asarray(np.mean([log_hazard(b.predict(x, raw_score=True)) for b in self.boosters], axis=0))

    def to_json(self) -> list[str]:
        """LightGBM's own text of every booster."""
        return [b.model_to_string() for b in self.boosters]

    @classmethod
    def from_json(cls, texts: Sequence[str]) -> BoostedModel:
        """Back from `to_json`."""
        return cls(tuple(lgb.Booster(model_str=t) for t in texts))


def fit_boosted(
    x: Matrix, y: Matrix, groups: NDArray[np.int64], seed: int, rounds: int
) -> tuple[BoostedModel, Matrix]:
    """Boosters out of fold by group (firm), and log hazards [rows] of every row.

    y [rows] is 1, 0 or NaN (not trained on). A labelled row is scored by the booster that did not see its firm,
    any other row by the mean of all.
    """
    labelled = np.flatnonzero(~np.isnan(y))
    score = np.full(len(y), np.nan)
    boosters = []
    for train, held in folds_by_group(y[labelled], groups[labelled], seed):
        rows = labelled[train]
        booster = lgb.train(PARAMETERS | {"seed": seed}, lgb.Dataset(x[rows], y[rows]), rounds)
        boosters.append(booster)
        score[labelled[held]] = log_hazard(booster.predict(x[labelled[held]], raw_score=True))
    model = BoostedModel(tuple(boosters))
    rest = np.flatnonzero(np.isnan(score))
    if rest.size:
        score[rest] = model.predict(x[rest])
    return model, score


def best_rounds(x: Matrix, y: Matrix, groups: NDArray[np.int64], seed: int) -> int:
    """Rounds at which the log loss out of fold is least, at most MOST_ROUNDS; chosen on training rows alone."""
    labelled = np.flatnonzero(~np.isnan(y))
    folds = list(folds_by_group(y[labelled], groups[labelled], seed))
    data = lgb.Dataset(x[labelled], y[labelled])
    stop = lgb.early_stopping(50, verbose=False)
    history = lgb.cv(
        PARAMETERS | {"seed": seed, "metric": "binary_logloss"},
        data,
        MAX_ROUNDS,
        folds=folds,
        callbacks=[stop],
    )
    return max(20, len(history["valid binary_logloss-mean"]))


def folds_by_group(
    y: Matrix, groups: NDArray[np.int64], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(train, held) rows of each fold: all rows of a group on one side, about equal shares of failures."""
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(split.split(np.empty((len(y), 0)), y, groups))

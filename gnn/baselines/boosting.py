"""Boosted trees on a panel of firms, out of fold by firm: the two baselines, and the network's first stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from supplyrisk.gnn.data.row_outcomes import RowOutcomes

Matrix = NDArray[np.float64]
Directions = NDArray[np.int64]

FOLDS = 4
MAX_ROUNDS = 400
# Shallow trees, strong shrinkage and column sampling: a panel has a hundred columns and a few dozen failures. The last
# two settings make the trees the same whatever the number of threads.
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


def constraints(directions: Directions | None) -> dict[str, object]:
    """Return the parameters by which the hazard never falls (+1) or never rises (-1) as a column grows; 0: either way.

    A missing value is in no order with the others, so its effect stays free. None: no column is constrained.
    """
    if directions is None or not directions.any():
        return {}
    return {"monotone_constraints": directions.tolist()}


def log_hazard(margin: Matrix) -> Matrix:
    """Return log h of logistic margins m: PD = sigmoid(m) = 1 - exp(-h), so h = log(1 + exp(m))."""
    hazard = np.logaddexp(0.0, margin)
    # Below -30, log(log(1 + exp(m))) equals m in double precision; the maximum keeps the unused branch finite.
    return np.where(margin < -30, margin, np.log(np.maximum(hazard, 1e-300)))


@dataclass(frozen=True)
class BoostedModel:
    """One booster per fold; the score is the mean of the boosters' log hazards."""

    boosters: tuple[lgb.Booster, ...]

    def predict(self, x: Matrix) -> Matrix:
        """Return log hazards [rows], the mean over all boosters, for rows that none was trained on."""
        return np.asarray(np.mean([log_hazard(b.predict(x, raw_score=True)) for b in self.boosters], axis=0))

    def to_json(self) -> list[str]:
        """Return LightGBM's text format of every booster."""
        return [b.model_to_string() for b in self.boosters]

    @classmethod
    def from_json(cls, texts: Sequence[str]) -> BoostedModel:
        """Read the boosters that `to_json` wrote."""
        return cls(tuple(lgb.Booster(model_str=t) for t in texts))


class BestRounds(NamedTuple):
    """The number of trees per booster, 20 to MAX_ROUNDS, and their log loss out of fold."""

    rounds: int
    loss: float


class BoostedFit(NamedTuple):
    """A fitted model and its out-of-fold log hazards [rows]."""

    model: BoostedModel
    log_hazards: Matrix


def fit_boosted(
    x: Matrix, outcomes: RowOutcomes, seed: int, rounds: int, directions: Directions | None = None
) -> BoostedFit:
    """Fit one booster per fold, all rows of a firm in one fold, and score every row.

    A labelled row is scored by the booster that was not trained on its firm, any other row by the mean of all.

    Parameters
    ----------
    x [rows, columns]: features, NaN where missing.
    outcomes: of the rows; those without one are not trained on.
    seed: of the folds and the boosters.
    rounds: trees per booster.
    directions [columns]: see `constraints`; None (default): the columns may act either way.
    """
    labelled = outcomes.known
    parameters = PARAMETERS | constraints(directions) | {"seed": seed}
    score = np.full(len(x), np.nan)
    boosters = []
    for train, held_out in folds_by_group(outcomes.y[labelled], outcomes.firm[labelled], seed):
        rows = outcomes.rows(labelled[train])
        held_rows = labelled[held_out]
        data = lgb.Dataset(x[labelled[train]], rows.y, weight=rows.weight)
        booster = lgb.train(parameters, data, rounds)
        boosters.append(booster)
        score[held_rows] = log_hazard(booster.predict(x[held_rows], raw_score=True))
    model = BoostedModel(tuple(boosters))
    unlabelled = np.flatnonzero(np.isnan(score))
    if unlabelled.size:
        score[unlabelled] = model.predict(x[unlabelled])
    return BoostedFit(model, score)


def best_rounds(
    x: Matrix, outcomes: RowOutcomes, seed: int, directions: Directions | None = None
) -> BestRounds:
    """Return the number of trees with the least out-of-fold log loss on the training rows.

    Arguments as of `fit_boosted`.
    """
    labelled = outcomes.known
    rows = outcomes.rows(labelled)
    folds = list(folds_by_group(rows.y, rows.firm, seed))
    data = lgb.Dataset(x[labelled], rows.y, weight=rows.weight)
    stop = lgb.early_stopping(50, verbose=False)
    history = lgb.cv(
        PARAMETERS | constraints(directions) | {"seed": seed, "metric": "binary_logloss"},
        data,
        MAX_ROUNDS,
        folds=folds,
        callbacks=[stop],
    )
    # At least 20 trees: with few failures, early stopping may end after one, which ranks next to nothing.
    losses = history["valid binary_logloss-mean"]
    return BestRounds(max(20, len(losses)), float(min(losses)))


def folds_by_group(
    y: Matrix, groups: NDArray[np.int64], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the (training, held-out) row numbers of each fold.

    All rows of a group are in one fold, and the folds have about equal shares of failures.
    """
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(split.split(np.empty((len(y), 0)), y, groups))

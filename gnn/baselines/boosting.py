"""Boosted trees on a panel of firms, out of fold by firm: the boosted baselines, and the network's first stage."""

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


def margin_of(log_hazards: Matrix) -> Matrix:
    """Return the logistic margins of log hazards, the inverse of `log_hazard`: m = log(exp(h) - 1)."""
    hazard = np.exp(log_hazards)
    # log(exp(h) - 1) = h + log(1 - exp(-h)) does not overflow; below -30 it equals log h in double precision.
    with_hazard = hazard + np.log(-np.expm1(-np.maximum(hazard, 1e-300)))
    return np.where(log_hazards < -30, log_hazards, with_hazard)


@dataclass(frozen=True)
class BoostedModel:
    """One booster per fold; the score is the mean of the boosters' log hazards."""

    boosters: tuple[lgb.Booster, ...]

    def predict(self, x: Matrix, start: Matrix | None = None) -> Matrix:
        """Return log hazards [rows], the mean over all boosters, for rows that none was trained on.

        start [rows]: margins that the trees' margins are added to, if they were trained so.
        """
        margins = [b.predict(x, raw_score=True) for b in self.boosters]
        return np.asarray(np.mean([log_hazard(m if start is None else start + m) for m in margins], axis=0))

    def to_json(self) -> list[str]:
        """Return LightGBM's text format of every booster."""
        return [b.model_to_string() for b in self.boosters]

    def column_gains(self) -> Matrix:
        """Return the share of each column in what the trees' splits gain [columns], the mean over the boosters."""
        gains = np.array([b.feature_importance("gain") for b in self.boosters], dtype=np.float64)
        return np.asarray(as_shares(gains).mean(0))

    @classmethod
    def from_json(cls, texts: Sequence[str]) -> BoostedModel:
        """Read the boosters that `to_json` wrote."""
        return cls(tuple(lgb.Booster(model_str=t) for t in texts))


def as_shares(sizes: Matrix) -> Matrix:
    """Return sizes of at least 0 as shares of the sum of their row [..., columns]; 0 where all are 0."""
    total = sizes.sum(-1, keepdims=True)
    return np.asarray(np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0))


class BestRounds(NamedTuple):
    """The number of trees per booster, and the log hazards out of fold by them; NaN for rows without an outcome."""

    rounds: int
    log_hazards: Matrix


class BoostedFit(NamedTuple):
    """A fitted model and its out-of-fold log hazards [rows]."""

    model: BoostedModel
    log_hazards: Matrix


@dataclass(frozen=True)
class TreeInputs:
    """What trees are grown on.

    Parameters
    ----------
    x [rows, columns]: features, NaN where missing.
    directions [columns]: see `constraints`; None (default): the columns may act either way.
    start [rows]: margins that the trees are added to, so that they learn what these leave to explain; None (default):
        the trees start from the base rate.
    """

    x: Matrix
    directions: Directions | None = None
    start: Matrix | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """LightGBM's parameters."""
        return PARAMETERS | constraints(self.directions)

    def data(self, rows: NDArray[np.int64], outcomes: RowOutcomes) -> lgb.Dataset:
        """Return some rows as LightGBM's training data."""
        at = outcomes.rows(rows)
        return lgb.Dataset(self.x[rows], at.y, weight=at.weight, init_score=self.start_of(rows))

    def start_of(self, rows: NDArray[np.int64]) -> Matrix | None:
        """Return the start of some rows."""
        return None if self.start is None else self.start[rows]

    def log_hazards(self, booster: lgb.Booster, rows: NDArray[np.int64], rounds: int) -> Matrix:
        """Return the log hazards of some rows by the first trees of a booster."""
        margin = booster.predict(self.x[rows], raw_score=True, num_iteration=rounds)
        start = self.start_of(rows)
        return log_hazard(margin if start is None else start + margin)


def fit_boosted(inputs: TreeInputs, outcomes: RowOutcomes, seed: int, rounds: int) -> BoostedFit:
    """Fit one booster per fold, all rows of a firm in one fold, and score every row.

    A labelled row is scored by the booster that was not trained on its firm, any other row by the mean of all.

    Parameters
    ----------
    inputs: what the trees are grown on.
    outcomes: of the rows; those without one are not trained on.
    seed: of the folds and the boosters.
    rounds: trees per booster.
    """
    labelled = outcomes.known
    score = np.full(len(inputs.x), np.nan)
    boosters = []
    for train, held_out in folds_by_group(outcomes.y[labelled], outcomes.firm[labelled], seed):
        data = inputs.data(labelled[train], outcomes)
        booster = lgb.train(inputs.parameters | {"seed": seed}, data, rounds)
        boosters.append(booster)
        score[labelled[held_out]] = inputs.log_hazards(booster, labelled[held_out], rounds)
    model = BoostedModel(tuple(boosters))
    unlabelled = np.flatnonzero(np.isnan(score))
    if unlabelled.size:
        score[unlabelled] = model.predict(inputs.x[unlabelled], inputs.start_of(unlabelled))
    return BoostedFit(model, score)


def best_rounds(inputs: TreeInputs, outcomes: RowOutcomes, seed: int) -> BestRounds:
    """Return the number of trees with the least out-of-fold log loss on the training rows.

    Arguments as of `fit_boosted`. The number is at most MAX_ROUNDS, and at least 20 unless the trees have a start: with
    few failures, early stopping may end after one tree, which ranks next to nothing.
    """
    labelled = outcomes.known
    rows = outcomes.rows(labelled)
    folds = folds_by_group(rows.y, rows.firm, seed)
    history = lgb.cv(
        inputs.parameters | {"seed": seed, "metric": "binary_logloss"},
        inputs.data(labelled, outcomes),
        MAX_ROUNDS,
        folds=folds,
        callbacks=[lgb.early_stopping(50, verbose=False)],
        return_cvbooster=True,
    )
    rounds = max(1 if inputs.start is not None else 20, len(history["valid binary_logloss-mean"]))
    score = np.full(len(inputs.x), np.nan)
    for (_, held_out), booster in zip(folds, history["cvbooster"].boosters, strict=True):
        score[labelled[held_out]] = inputs.log_hazards(booster, labelled[held_out], rounds)
    return BestRounds(rounds, score)


def folds_by_group(
    y: Matrix, groups: NDArray[np.int64], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the (training, held-out) row numbers of each fold.

    All rows of a group are in one fold, and the folds have about equal shares of failures.
    """
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(split.split(np.empty((len(y), 0)), y, groups))

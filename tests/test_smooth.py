"""The smooth score of own columns: sums, missing values, folds, and its way to disk and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from supplyrisk.gnn import smooth
from supplyrisk.gnn.boosting import folds_by_group
from supplyrisk.gnn.smooth import Smooth

Matrix = NDArray[np.float64]


def panel(firms: int = 200, dates: int = 2, seed: int = 0) -> tuple[Matrix, Matrix, NDArray[np.int64]]:
    """Column 0 raises risk, column 1 is noise and often missing, column 2 never varies; one firm on several dates."""
    rng = np.random.default_rng(seed)
    who = np.tile(np.arange(firms), dates)
    x = rng.normal(size=(firms * dates, 3))
    x[rng.random(len(x)) < 0.3, 1] = np.nan
    x[:, 2] = 7.0
    y = (rng.random(len(x)) < 1 / (1 + np.exp(2 - 2 * x[:, 0]))).astype(float)
    y[:5] = np.nan
    return x, y, who


def test_a_weight_worked_by_hand() -> None:
    # Knots 0, 1, 4 are ranks -1, 0, 1: 2.5 is .5, beyond the ends counts as the end, missing is 0 and flagged.
    score = Smooth((np.array([0.0, 1.0, 4.0]),), np.zeros(2), np.array([[-1.0, 2.0, 0.5]]))
    x = np.array([[2.5], [99.0], [np.nan]])
    assert score.encode(x).tolist() == [[0.5, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert score.parts(x)[:, 0].tolist() == [1.0, 2.0, 0.5]
    margins = np.array([0.0, 1.0, -0.5])
    assert score.predict(x) == pytest.approx(np.log(np.log1p(np.exp(margins))))


def test_parts_and_the_constant_sum_to_the_mean_margin() -> None:
    x, y, who = panel()
    score, _ = smooth.fit(x, y, who, seed=0)
    margins = score.weights[:, :1] + score.weights[:, 1:] @ score.encode(x).T
    assert score.parts(x).sum(1) + score.weights[:, 0].mean() == pytest.approx(margins.mean(0))


def test_what_drives_risk_is_found_and_what_never_varies_says_nothing() -> None:
    x, y, who = panel()
    score, found = smooth.fit(x, y, who, seed=0)
    weights = score.weights[:, 1:].mean(0)
    assert weights[0] > 0.3 > abs(weights[1])
    assert weights[2] == weights[5] == 0.0
    assert np.corrcoef(found, x[:, 0])[0, 1] > 0.9


def test_a_labelled_row_is_scored_by_the_fold_that_did_not_learn_from_it() -> None:
    x, y, who = panel()
    score, found = smooth.fit(x, y, who, seed=0)
    folds = list(folds_by_group(y[5:], who[5:], seed=0))
    for k, (train, held) in enumerate(folds):
        assert not set(who[5:][train]) & set(who[5:][held])
        one = Smooth(score.knots, score.centre, score.weights[k : k + 1])
        assert found[5:][held] == pytest.approx(one.predict(x[5:][held]))
    assert found[:5] == pytest.approx(score.predict(x[:5]))


def test_to_disk_and_back() -> None:
    x, y, who = panel()
    score, _ = smooth.fit(x, y, who, seed=0)
    again = Smooth.from_json(json.loads(json.dumps(score.to_json())))
    assert again.predict(x).tolist() == score.predict(x).tolist()


def test_the_order_of_rows_does_not_matter_at_scoring() -> None:
    x, y, who = panel()
    score, _ = smooth.fit(x, y, who, seed=0)
    order = np.random.default_rng(1).permutation(len(x))
    assert score.predict(x[order]) == pytest.approx(score.predict(x)[order])

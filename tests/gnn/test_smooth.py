"""The smooth score of own columns: sums, missing values, folds, and its way to disk and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import folds_by_group, log_hazard
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network import smooth_score
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.gnn.network.smooth_score import SmoothScore

Matrix = NDArray[np.float64]


def panel(firms: int = 200, dates: int = 2, seed: int = 0) -> tuple[Matrix, Matrix, NDArray[np.int64]]:
    """Column 0 raises risk, column 1 is noise and often missing, column 2 never varies; one firm on several dates."""
    rng = np.random.default_rng(seed)
    firm = np.tile(np.arange(firms), dates)
    x = rng.normal(size=(firms * dates, 3))
    x[rng.random(len(x)) < 0.3, 1] = np.nan
    x[:, 2] = 7.0
    y = (rng.random(len(x)) < 1 / (1 + np.exp(2 - 2 * x[:, 0]))).astype(float)
    y[:5] = np.nan
    return x, y, firm


def test_a_weight_worked_by_hand() -> None:
    # Knots 0, 1, 4 are ranks -1, 0, 1: 2.5 is .5, beyond the ends counts as the end, missing is 0 and flagged.
    score = SmoothScore((np.array([0.0, 1.0, 4.0]),), np.zeros(2), np.array([[-1.0, 2.0, 0.5]]))
    x = np.array([[2.5], [99.0], [np.nan]])
    assert score.encode(x).tolist() == [[0.5, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert score.parts(x)[:, 0].tolist() == [1.0, 2.0, 0.5]
    margins = np.array([0.0, 1.0, -0.5])
    assert score.predict(x) == pytest.approx(np.log(np.log1p(np.exp(margins))))


def test_parts_and_the_constant_sum_to_the_mean_margin() -> None:
    x, y, firm = panel()
    score, _ = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), seed=0)
    margins = score.weights[:, :1] + score.weights[:, 1:] @ score.encode(x).T
    assert score.parts(x).sum(1) + score.weights[:, 0].mean() == pytest.approx(margins.mean(0))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_compiled_sums_are_those_of_the_encoded_columns(seed: int) -> None:
    x, y, firm = panel(firms=60, seed=seed)
    x[:, 0] = x[:, 0].round(1)  # values at knots, and beyond them in the second half
    y = np.arange(len(y)) % 3 == 0  # enough of both in every fold
    score, _ = smooth_score.fit_smooth(x[:60], RowOutcomes.of(y[:60].astype(float), firm[:60]), seed=0)
    margins = score.weights[:, :1] + score.weights[:, 1:] @ score.encode(x).T
    assert score.predict(x) == pytest.approx(log_hazard(margins).mean(0), abs=1e-12)
    both = score.encode(x) * score.weights[:, 1:].mean(0)
    assert score.parts(x) == pytest.approx(both[:, :3] + both[:, 3:], abs=1e-12)


def test_what_drives_risk_is_found_and_what_never_varies_says_nothing() -> None:
    x, y, firm = panel()
    score, log_hazards = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), seed=0)
    weights = score.weights[:, 1:].mean(0)
    assert weights[0] > 0.3 > abs(weights[1])
    assert weights[2] == weights[5] == 0.0
    assert np.corrcoef(log_hazards, x[:, 0])[0, 1] > 0.9


def test_a_labelled_row_is_scored_by_the_fold_that_did_not_learn_from_it() -> None:
    x, y, firm = panel()
    score, log_hazards = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), seed=0)
    folds = list(folds_by_group(y[5:], firm[5:], seed=0))
    for k, (train, held) in enumerate(folds):
        assert not set(firm[5:][train]) & set(firm[5:][held])
        one = SmoothScore(score.knots, score.centre, score.weights[k : k + 1])
        assert log_hazards[5:][held] == pytest.approx(one.predict(x[5:][held]))
    assert log_hazards[:5] == pytest.approx(score.predict(x[:5]))


def test_to_disk_and_back() -> None:
    x, y, firm = panel()
    score, _ = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), seed=0)
    again = SmoothScore.from_json(json.loads(json.dumps(score.to_json())))
    assert again.predict(x).tolist() == score.predict(x).tolist()


def test_the_order_of_rows_does_not_matter_at_scoring() -> None:
    x, y, firm = panel()
    score, _ = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), seed=0)
    order = np.random.default_rng(1).permutation(len(x))
    assert score.predict(x[order]) == pytest.approx(score.predict(x)[order])


def test_where_failures_say_nothing_the_prior_stands_and_they_move_it_where_they_do() -> None:
    x, y, firm = panel(firms=400)
    against = np.array([-0.6, 0.3, 0.4])
    silent = np.where(np.isnan(y), np.nan, np.arange(len(y)) % 50 == 0).astype(float)
    informed, silent_weights = (
        smooth_score.fit_smooth(x, RowOutcomes.of(outcome, firm), 0, against)[0].weights[:, 1:].mean(0)
        for outcome in (y, silent)
    )
    assert silent_weights[:2] == pytest.approx(against[:2], abs=0.15)
    assert informed[0] > 0.3
    assert informed[2] == silent_weights[2] == 0.0  # a column that never varies, whatever is held of it
    plain = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), 0)[0]
    assert (
        smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), 0, np.zeros(3))[0].weights.tolist()
        == plain.weights.tolist()
    )


def test_the_weights_are_where_the_penalised_loss_has_no_slope() -> None:
    x, y, firm = panel()
    prior = np.array([0.5, 0.2, 0.0])
    score, _ = smooth_score.fit_smooth(x, RowOutcomes.of(y, firm), 0, prior)
    known = np.flatnonzero(~np.isnan(y))
    train, _ = folds_by_group(y[known], firm[known], 0)[0]
    encoded, weights = score.encode(x[known[train]]), score.weights[0]
    off = 1 / (1 + np.exp(-weights[0] - encoded @ weights[1:])) - y[known[train]]
    drawn = np.concatenate([prior, np.zeros(3)])
    assert off.sum() == pytest.approx(0, abs=1e-2)
    assert encoded.T @ off + (weights[1:] - drawn) / smooth_score.STRENGTH == pytest.approx(
        np.zeros(6), abs=1e-2
    )


def test_the_expert_prior_by_hand() -> None:
    columns = ["liquidity", "refund_rate_180", "refund_rate", "refund_rate_30", "industry=food", "age_days"]
    assert expert_prior(columns).tolist() == [-1.0, 0.3, 0.3, 0.0, 0.0, 0.0]

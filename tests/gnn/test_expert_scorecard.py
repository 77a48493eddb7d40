"""The expert scorecard: without outcomes it is the stated prior, and every outcome moves it a little."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit

from supplyrisk.gnn.baselines.expert_scorecard import (
    LEVEL_SD,
    OutcomeRows,
    fit_scorecard,
    largest_shift,
    mean_pd,
    rank_codes,
    ranked_among,
    scorecard_prior,
)
from supplyrisk.gnn.network.smooth_score import STRENGTH, SmoothScore, prior_score
from supplyrisk.graph import FEATURES, undated_name

Matrix = NDArray[np.float64]
COLUMNS = ("liquidity", "margin", "pay_late_days_180", "ad_share_180")
PRIOR = scorecard_prior(COLUMNS)


def features(firms: int, seed: int = 0) -> Matrix:
    """Firms with four columns, some values missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(firms, len(COLUMNS)))
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


def outcomes_of(x: Matrix, failed: int, weight: float = 1.0) -> OutcomeRows:
    """The first firms failed, the others are sound; coded among each other."""
    return OutcomeRows(coded(x), (np.arange(len(x)) < failed).astype(float), np.full(len(x), weight))


def coded(x: Matrix, among: Matrix | None = None) -> Matrix:
    """Codes of rows among some firms; None: among themselves."""
    return rank_codes(prior_score(x if among is None else among), x)


def log_odds(score: SmoothScore, x: Matrix) -> Matrix:
    """Log-odds of PDs [rows]."""
    return np.asarray(score.weights[0, 0] + score.encode(x) @ score.weights[0, 1:])


def test_without_outcomes_the_weights_are_the_prior_and_the_mean_pd_is_the_base_rate() -> None:
    x = features(300)
    for rate in (0.001, 0.02, 0.4):
        score = fit_scorecard(x, PRIOR, rate)
        assert score.weights[0, 1:5].tolist() == [-1.0, -1.0, 0.3, 0.0]
        assert mean_pd(score, x) == pytest.approx(rate, rel=1e-9)
        no_rows = OutcomeRows(np.empty((0, 4)), np.empty(0), np.empty(0))
        assert fit_scorecard(x, PRIOR, rate, no_rows).weights.tolist() == score.weights.tolist()


def test_a_firm_worked_by_hand() -> None:
    # Three firms with liquidity 1, 2, 3: ranks -1, 0, 1, weights -1. The level solves the mean PD of .1.
    x = np.array([[1.0], [2.0], [3.0]])
    score = fit_scorecard(x, np.array([-1.0]), 0.1)
    level = score.weights[0, 0]
    assert (expit(level + 1) + expit(level) + expit(level - 1)) / 3 == pytest.approx(0.1)
    assert log_odds(score, np.array([[2.5], [np.nan]])) == pytest.approx([level - 0.5, level])


def test_a_missing_value_neither_raises_nor_lowers_a_score() -> None:
    x = features(200)
    x[:50, 0] = np.nan
    for outcomes in (None, outcomes_of(x, 9)):
        score = fit_scorecard(x, PRIOR, 0.03, outcomes)
        parts = score.parts(x)
        assert parts[np.isnan(x)] == pytest.approx(np.zeros(int(np.isnan(x).sum())), abs=1e-12)
        assert np.array([p[~np.isnan(v)].mean() for p, v in zip(parts.T, x.T, strict=True)]) == pytest.approx(
            np.zeros(4), abs=1e-12
        )


def test_a_base_rate_outside_its_range_is_an_error() -> None:
    for rate in (0.0, 1.0, -0.1, 2.0):
        with pytest.raises(ValueError, match="base rate"):
            fit_scorecard(features(5), PRIOR, rate)
    with pytest.raises(ValueError, match="no firm"):
        fit_scorecard(np.empty((0, 4)), PRIOR, 0.1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40), st.floats(0.05, 1.0))
def test_the_weights_are_where_the_penalised_loss_has_no_slope(seed: int, failed: int, weight: float) -> None:
    x = features(80, seed)
    outcomes = outcomes_of(x, failed, weight)
    score = fit_scorecard(x, PRIOR, 0.03, outcomes)
    prior = fit_scorecard(x, PRIOR, 0.03).weights[0]
    off = weight * (expit(log_odds(score, x)) - outcomes.y)
    moved = score.weights[0] - prior
    assert off.sum() + moved[0] / LEVEL_SD**2 == pytest.approx(0, abs=1e-6)
    # Ranks less their mean over the known values, written out: where missing, the code is 0.
    ranks = np.array(
        [np.interp(x[:, c], knots, np.linspace(-1, 1, len(knots))) for c, knots in enumerate(score.knots)]
    ).T
    codes = np.nan_to_num(ranks - np.nanmean(ranks, axis=0))
    slope = codes.T @ off + moved[1:5] / STRENGTH
    assert slope[:3] == pytest.approx(np.zeros(3), abs=1e-6)
    # The column without a stated effect does not move.
    assert moved[4] == 0.0


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    known=st.integers(0, 60),
    failed=st.integers(0, 12),
    fails=st.booleans(),
    rate=st.floats(0.002, 0.3),
)
def test_one_more_outcome_moves_every_pd_by_less_than_the_bound(
    seed: int, known: int, failed: int, fails: bool, rate: float
) -> None:
    x = features(120, seed)
    codes = coded(x)
    y = (np.arange(known) < failed).astype(float)
    before = fit_scorecard(x, PRIOR, rate, OutcomeRows(codes[:known], y, np.ones(known)))
    more = OutcomeRows(codes[: known + 1], np.append(y, float(fails)), np.ones(known + 1))
    after = fit_scorecard(x, PRIOR, rate, more)
    change = log_odds(after, x) - log_odds(before, x)
    for firm, shift in zip(codes, change, strict=True):
        assert abs(shift) <= largest_shift(firm, codes[known], PRIOR) + 1e-9
    # The firm that failed is not safer afterwards, nor the one that survived riskier.
    assert (change[known] >= -1e-9) if fails else (change[known] <= 1e-9)


def test_the_bound_on_one_outcome_is_small() -> None:
    # Three columns of ranks: at most .25 + .02 x 3 = .31 log-odds, a factor of 1.4.
    codes = coded(np.nan_to_num(features(200)))
    assert max(largest_shift(firm, row, PRIOR) for firm in codes[:20] for row in codes[20:40]) < 0.35


def test_the_level_is_that_of_a_prior_worth_about_four_defaults() -> None:
    # One column without effect, so that only the level moves. Four defaults of 404 stated firms and 0, 4 or 8 of 400
    # observed ones are .5 %, 1 % and 1.5 %; the prior is normal in log-odds, so that the shares are near these.
    x = np.zeros((400, 1))
    x[::2] = 1.0
    none = mean_pd(fit_scorecard(x, np.zeros(1), 0.01, outcomes_of(x, 0)), x)
    four = mean_pd(fit_scorecard(x, np.zeros(1), 0.01, outcomes_of(x, 4)), x)
    eight = mean_pd(fit_scorecard(x, np.zeros(1), 0.01, outcomes_of(x, 8)), x)
    assert four == pytest.approx(0.01, rel=0.01)
    assert 0.005 < none < 0.007
    assert 0.0145 < eight < 0.016


def test_the_prior_directions_hold_without_data_and_give_way_to_many_defaults() -> None:
    x = features(2000)
    score = fit_scorecard(x, PRIOR, 0.05)
    firm = np.tile(x[~np.isnan(x).any(1)][:1], (9, 1))
    firm[:, 0] = np.linspace(-3, 3, 9)
    assert (np.diff(log_odds(score, firm)) <= 0).all()
    # Liquid firms fail here, against everything that is stated.
    y = (np.random.default_rng(1).random(2000) < expit(np.nan_to_num(2 * x[:, 0]) - 3)).astype(float)
    learned = fit_scorecard(x, PRIOR, 0.05, OutcomeRows(coded(x), y, np.ones(2000)))
    assert learned.weights[0, 1] > 0.5
    assert mean_pd(learned, x) == pytest.approx(y.mean(), rel=0.1)


def test_firms_of_another_day_are_ranked_among_each_other() -> None:
    x = features(100)
    score = fit_scorecard(x, PRIOR, 0.02, outcomes_of(x, 4))
    # A year earlier every firm had a tenth of the liquidity: the same ranks, so the same PDs.
    earlier = x.copy()
    earlier[:, 0] = earlier[:, 0] / 10 - 5
    assert log_odds(ranked_among(score, earlier), earlier) == pytest.approx(log_odds(score, x))
    assert (
        log_odds(score, earlier)[~np.isnan(x[:, 0])] > log_odds(score, x)[~np.isnan(x[:, 0])]
    ).mean() > 0.9
    assert rank_codes(prior_score(earlier), earlier) == pytest.approx(coded(x))


def test_the_order_of_firms_and_of_outcomes_does_not_matter() -> None:
    x = features(150)
    outcomes = outcomes_of(x, 5)
    score = fit_scorecard(x, PRIOR, 0.02, outcomes)
    order = np.random.default_rng(3).permutation(150)
    shuffled = OutcomeRows(outcomes.codes[order], outcomes.y[order], outcomes.weight[order])
    again = fit_scorecard(x[order[::-1]], PRIOR, 0.02, shuffled)
    assert log_odds(again, x) == pytest.approx(log_odds(score, x), abs=1e-8)


def test_stated_effects_by_hand() -> None:
    columns = ("age_days", "refund_rate_180", "sales_30", "industry=food", "loan_rate", "liquidity")
    assert scorecard_prior(columns).tolist() == [-0.15, 0.3, 0.0, 0.0, 0.15, -1.0]


def test_the_guide_lists_every_stated_effect() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "model.md").read_text("utf-8")
    rows = re.findall(r"^\| (1\.0|\.6|\.3|\.15), \w[\w ]* \| (.+?) \|", guide, flags=re.MULTILINE)
    listed = {name: float(size) for size, names in rows for name in re.findall(r"`(\w+)`", names)}
    stated = {undated_name(f.name): f.prior or f.scorecard for f in FEATURES}
    assert listed == {name: strength for name, strength in stated.items() if strength}


def test_the_level_prior_is_worth_four_defaults_as_documented() -> None:
    rate = 0.02
    firms = 1 / (LEVEL_SD**2 * rate * (1 - rate))
    assert firms * rate == pytest.approx(4.08, abs=0.01)
    assert expit(logit(rate) - 1.96 * LEVEL_SD) == pytest.approx(0.0076, abs=1e-4)

"""Conformal widening, against a slow version that follows the paper, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.gnn.forecast.conformal import conformity_scores, widened, widening


def slow_widening(outcomes: list[float], lows: list[float], highs: list[float], level: float) -> float:
    """The empirical quantile of (n + 1) level / n of the scores, in widths."""
    scores = sorted(
        max(low - y, y - high) / max(high - low, 0.05)
        for y, low, high in zip(outcomes, lows, highs, strict=True)
    )
    for score in scores:
        share = sum(other <= score for other in scores) / (len(scores) + 1)
        if share >= level - 1e-12:
            return score if score > 0 else score / 2
    return scores[-1] if scores[-1] > 0 else scores[-1] / 2


def test_by_hand() -> None:
    low = np.zeros(4)
    high = np.ones(4)
    outcome = np.array([0.5, 1.2, -0.5, 2.0])
    scores = conformity_scores(outcome, low, high)
    assert scores == pytest.approx([-0.5, 0.2, 0.5, 1.0])
    assert widening(scores, 0.6) == pytest.approx(0.5)  # the ceil(5 x .6) = third
    assert widening(scores, 0.8) == pytest.approx(1.0)
    low, high = widened(np.array([0.0]), np.array([2.0]), 0.5)
    assert (low[0], high[0]) == (-1, 3)


def test_too_wide_intervals_are_narrowed_by_half() -> None:
    assert widening(np.full(9, -0.2), 0.8) == pytest.approx(-0.1)


def test_an_interval_without_a_width_does_not_turn_round() -> None:
    low, high = widened(np.array([1.0]), np.array([1.0]), -0.2)
    assert (low[0], high[0]) == (1, 1)


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-1, 1), st.floats(0, 2)), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.8, 0.9]),
)
def test_the_fast_version_is_the_slow_one(rows: list[tuple[float, float, float]], level: float) -> None:
    outcome = np.array([row[0] for row in rows])
    low = np.array([row[1] for row in rows])
    high = low + np.array([row[2] for row in rows])
    fast = widening(conformity_scores(outcome, low, high), level)
    assert fast == pytest.approx(slow_widening(outcome.tolist(), low.tolist(), high.tolist(), level))


def test_intervals_of_exchangeable_rows_hold() -> None:
    draw = np.random.default_rng(5)
    outcome = draw.normal(size=4_000)
    low, high = np.full(4_000, -0.5), np.full(4_000, 0.5)
    by = widening(conformity_scores(outcome[:2_000], low[:2_000], high[:2_000]), 0.8)
    wide = widened(low, high, by)
    held = (outcome[2_000:] >= wide[0][2_000:]) & (outcome[2_000:] <= wide[1][2_000:])
    assert held.mean() == pytest.approx(0.8, abs=0.03)

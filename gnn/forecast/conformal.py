"""Conformalized quantile regression (Romano, Patterson and Candès 2019), scaled by the width of the interval.

The score of a row is how far its outcome lies outside of the interval, in widths (below 0 inside of it). An interval
that is widened by the right quantile of the scores of rows that the model was not fitted on holds at the stated level,
if those rows and the new one are exchangeable.
"""

from __future__ import annotations

import math

import numpy as np

from supplyrisk.gnn.forecast.shop_series import Matrix

LEAST_WIDTH = 0.05
"""Width that a narrower interval counts as, in logs: without it a constant series would divide by 0."""
NARROWING = 0.5
"""Share of a narrowing that is applied: the time after the calibration rows may be less calm than theirs."""


def conformity_scores(outcome: Matrix, low: Matrix, high: Matrix) -> Matrix:
    """Return by how many widths each outcome lies outside of its interval [rows]; below 0 inside of it."""
    return np.maximum(low - outcome, outcome - high) / widths(low, high)


def widths(low: Matrix, high: Matrix) -> Matrix:
    """Return the widths of intervals, at least LEAST_WIDTH."""
    return np.maximum(high - low, LEAST_WIDTH)


def widening(scores: Matrix, level: float) -> float:
    """Return by how many widths intervals are widened on each side to hold at a level.

    It is the ceil((n + 1) level)-th smallest of n scores, or the largest where n is too small for that. Below 0, where
    intervals are too wide, half of it.
    """
    if not len(scores):
        return 0.0
    rank = min(math.ceil((len(scores) + 1) * level), len(scores))
    score = float(np.partition(scores, rank - 1)[rank - 1])
    return score if score > 0 else NARROWING * score


def widened(low: Matrix, high: Matrix, by: Matrix | float) -> tuple[Matrix, Matrix]:
    """Return intervals that are wider by so many widths on each side."""
    width = widths(low, high)
    # Ends that are narrowed do not pass each other; an interval without a width stays what it is.
    change = np.maximum(by * width, -0.49 * (high - low))
    return low - change, high + change

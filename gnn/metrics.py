"""How good a PD is: ranking, probability, and how sure we are of either."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

Matrix = NDArray[np.float64]
Metric = Callable[[Matrix, Matrix], float]


def expected_calibration_error(y: Matrix, p: Matrix, bins: int = 10) -> float:
    """Mean over equally filled bins of |mean PD - share that failed|, weighted by the rows in each."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return float(sum(part.size * abs(p[part].mean() - y[part].mean()) for part in parts) / len(y))


METRICS: dict[str, Metric] = {
    "auc": lambda y, p: float(roc_auc_score(y, p)),
    "pr_auc": lambda y, p: float(average_precision_score(y, p)),
    "brier": lambda y, p: float(brier_score_loss(y, p)),
    "ece": expected_calibration_error,
}
"""AUC and PR-AUC (average precision): more is better; Brier score and ECE: less is better."""


def evaluate(y: Matrix, p: Matrix, draws: int = 1000, seed: int = 0) -> dict[str, dict[str, float] | None]:
    """Each metric with its 95 % bootstrap interval over rows; None where one outcome only occurs.

    Returns {"auc": {"value": ..., "low": ..., "high": ...}, ...}.
    """
    if y.min(initial=1) == y.max(initial=0):
        return dict.fromkeys(METRICS)
    samples = _samples(y, draws, seed)
    found: dict[str, dict[str, float] | None] = {}
    for name, metric in METRICS.items():
        found[name] = _interval(metric(y, p), [metric(y[s], p[s]) for s in samples])
    return found


def paired(y: Matrix, p: Matrix, other: Matrix, draws: int = 1000, seed: int = 0) -> dict[str, float] | None:
    """AUC of p minus AUC of other on the same rows, with its 95 % paired bootstrap interval."""
    if y.min(initial=1) == y.max(initial=0):
        return None
    metric = METRICS["auc"]
    gaps = [metric(y[s], p[s]) - metric(y[s], other[s]) for s in _samples(y, draws, seed)]
    return _interval(metric(y, p) - metric(y, other), gaps)


def _interval(value: float, draws: Sequence[float]) -> dict[str, float]:
    """Percentiles of the draws, moved so that their mean is the value: resampled rows inflate an ECE."""
    low, high = np.percentile(draws, [2.5, 97.5]) - np.mean(draws) + value
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def _samples(y: Matrix, draws: int, seed: int) -> list[NDArray[np.int64]]:
    """Resampled row numbers; a draw with one outcome only has no ranking and is drawn again."""
    rng = np.random.default_rng(seed)
    samples: list[NDArray[np.int64]] = []
    while len(samples) < draws:
        rows = rng.integers(0, len(y), len(y))
        if y[rows].min() < y[rows].max():
            samples.append(rows)
    return samples

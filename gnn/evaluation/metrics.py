"""Metrics of PDs: discrimination and calibration, with bootstrap intervals and paired tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

from supplyrisk.graph import draws_of_firms

Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]

BINS = 10
"""Equally filled bins of the ECE."""
_CHUNK = 4_000_000
# Draws x rows that are evaluated at a time: 32 MB per array.


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference(Interval):
    """A difference of two models' metrics with its 95 % interval and the p-value of a paired test."""

    p: float


def expected_calibration_error(y: Matrix, p: Matrix, bins: int = BINS) -> float:
    """Return the mean over equally filled bins of |mean PD - share that failed|, weighted by rows."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return float(sum(part.size * abs(p[part].mean() - y[part].mean()) for part in parts) / len(y))


def kolmogorov_smirnov(y: Matrix, p: Matrix) -> float:
    """Return the largest difference between the shares of sound and of failed firms above the same PD."""
    false_positives, true_positives, _ = roc_curve(y, p)
    return float(np.max(np.abs(true_positives - false_positives)))


def capture(y: Matrix, p: Matrix, share: float) -> float:
    """Return the share of all failures among the riskiest `share` of rows; rows with equal PDs count in part."""
    return float(weighted_metrics(y, p, np.ones((1, len(y))))[f"capture_{100 * share:.0f}"][0])


METRICS: dict[str, Callable[[Matrix, Matrix], float]] = {
    "auc": lambda y, p: float(roc_auc_score(y, p)),
    "pr_auc": lambda y, p: float(average_precision_score(y, p)),
    "brier": lambda y, p: float(brier_score_loss(y, p)),
    "ece": expected_calibration_error,
    "ks": kolmogorov_smirnov,
    "gini": lambda y, p: 2 * float(roc_auc_score(y, p)) - 1,
    "capture_5": lambda y, p: capture(y, p, 0.05),
    "capture_10": lambda y, p: capture(y, p, 0.10),
}
"""By name; higher is better, but for the Brier score and the ECE."""


def weighted_metrics(y: Matrix, p: Matrix, weights: Matrix) -> dict[str, Matrix]:
    """Compute every metric [draws] under each row of weights.

    A bootstrap draw is a row of counts. All draws share one sort, which makes a thousand of them a hundred times faster
    than the library's functions; with weights of one, results are equal to theirs. The bins of the ECE are those of the
    sample itself.

    Parameters
    ----------
    y [rows]: 1 failed, 0 sound.
    p [rows]: PDs.
    weights [draws, rows]: not negative, with both outcomes in each draw.
    """
    order = np.argsort(p, kind="stable")
    y = y[order]
    p = p[order]
    weights = weights[:, order]
    # Rows with equal PDs form one step of the curves.
    starts = np.flatnonzero(np.r_[True, np.diff(p) > 0])
    sound = np.add.reduceat(weights * (1 - y), starts, axis=1)  # [draws, distinct PDs]
    failed = np.add.reduceat(weights * y, starts, axis=1)
    total_sound = sound.sum(1)
    total_failed = failed.sum(1)
    sound_below = np.cumsum(sound, 1) - sound
    # From the riskiest down: failures so far, and rows so far.
    failed_above = np.cumsum(failed[:, ::-1], 1)
    rows_above = np.cumsum((sound + failed)[:, ::-1], 1)
    precision = np.divide(failed_above, rows_above, out=np.zeros_like(failed_above), where=rows_above > 0)
    edges = np.array([part[0] for part in np.array_split(np.arange(len(y)), BINS) if part.size])
    gaps = np.abs(np.add.reduceat(weights * (p - y), edges, axis=1)).sum(1)
    # Mann-Whitney: a tie between a failed and a sound firm counts one half.
    auc = (failed * (sound_below + sound / 2)).sum(1) / (total_sound * total_failed)
    sound_share_above = (rows_above - failed_above) / total_sound[:, None]
    return {
        "auc": auc,
        "pr_auc": (failed[:, ::-1] * precision).sum(1) / total_failed,
        "brier": weights @ (p - y) ** 2 / weights.sum(1),
        "ece": gaps / weights.sum(1),
        "ks": np.abs(failed_above / total_failed[:, None] - sound_share_above).max(1),
        "gini": 2 * auc - 1,
        "capture_5": _captured(rows_above, failed_above, 0.05),
        "capture_10": _captured(rows_above, failed_above, 0.10),
    }


def _captured(rows: Matrix, failed: Matrix, share: float) -> Matrix:
    """Share of the failures [draws] among the riskiest `share` of rows, linear between distinct PDs.

    rows, failed [draws, distinct PDs]: cumulative counts from the riskiest down.
    """
    # The curves start at (0, 0).
    draws = zip(np.pad(rows, ((0, 0), (1, 0))), np.pad(failed, ((0, 0), (1, 0))), strict=True)
    return np.array([np.interp(share * r[-1], r, f) / f[-1] for r, f in draws])


def intervals(y: Matrix, p: Matrix, drawn: Mapping[str, Matrix]) -> dict[str, Interval]:
    """Compute each metric with its 95 % interval from draws that `bootstrap` returned."""
    by_metric = {}
    for name, metric in METRICS.items():
        interval = _interval(metric(y, p), drawn[name])
        # Centring the draws can move them out of the metric's range where failures are few.
        lowest = -1.0 if name == "gini" else 0.0
        by_metric[name] = replace(interval, low=max(interval.low, lowest), high=min(interval.high, 1.0))
    return by_metric


def auc_difference(y: Matrix, p: Matrix, other: Matrix, first: Matrix, second: Matrix) -> Interval:
    """Compute the AUC of p minus that of other with its 95 % interval, from the AUCs [draws] of paired draws."""
    return _interval(METRICS["auc"](y, p) - METRICS["auc"](y, other), first - second)


def compare_draws(value: float, first: Matrix, second: Matrix) -> Difference:
    """Compute the 95 % interval and the two-sided bootstrap p-value of a difference of two metrics.

    p is twice the smaller share of draws on either side of 0, at least one over the draws; the draws are centred as
    those of the interval.

    Parameters
    ----------
    value: the difference on the sample.
    first, second [draws]: both metrics on the same draws.
    """
    gaps = first - second
    centred = gaps - gaps.mean() + value
    p = 2 * min(float(np.mean(centred <= 0)), float(np.mean(centred >= 0)))
    interval = _interval(value, gaps)
    return Difference(interval.value, interval.low, interval.high, p=min(1.0, max(p, 1 / len(gaps))))


def failed_firms(y: Matrix, firms: Rows) -> int:
    """Count the firms that failed in at least one of their rows; y, firms [rows]: outcome and number of the firm."""
    return len(np.unique(firms[y == 1]))


def one_sided(y: Matrix) -> bool:
    """Return whether at most one outcome occurs, so that nothing can be ranked."""
    # Without any row the least is 1 and the largest 0.
    return bool(y.min(initial=1) >= y.max(initial=0))


def _interval(value: float, drawn: Matrix) -> Interval:
    """2.5 and 97.5 percentiles of the draws, centred on the value: resampling inflates an ECE."""
    low, high = np.percentile(drawn, [2.5, 97.5]) - drawn.mean() + value
    return Interval(value, float(min(low, value)), float(max(high, value)))


def bootstrap(y: Matrix, p: Matrix, firms: Rows, draws: int, seed: int = 0) -> dict[str, Matrix]:
    """Compute the metrics [draws] of resampled firms; a draw with only one outcome is replaced by another.

    The draws are those of `draws_of_firms`. They depend on y, firms and seed alone, so those of two scores of the same
    rows are paired.

    Parameters
    ----------
    y [rows]: 1 failed, 0 sound.
    p [rows]: PDs.
    firms [rows]: number of each row's firm; gaps do not matter.
    draws: number of draws.
    seed: of the draws.
    """
    drawn = draws_of_firms(firms, seed)
    parts: list[dict[str, Matrix]] = []
    missing = draws
    while missing:
        batch = min(missing, max(1, _CHUNK // len(y)))
        counts = np.stack([*islice(drawn, batch)])  # [batch, rows]
        counts = counts[(counts @ y > 0) & (counts @ (1 - y) > 0)]
        missing -= len(counts)
        if len(counts):
            parts.append(weighted_metrics(y, p, counts))
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}

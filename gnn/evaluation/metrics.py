"""How good a PD is: ranking, probability, and how sure we are of either."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]

BINS = 10
"""Equally filled bins of the ECE."""
_CHUNK = 4_000_000


def expected_calibration_error(y: Matrix, p: Matrix, bins: int = BINS) -> float:
    """Mean over equally filled bins of |mean PD - share that failed|, weighted by the rows in each."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return float(sum(part.size * abs(p[part].mean() - y[part].mean()) for part in parts) / len(y))


def kolmogorov_smirnov(y: Matrix, p: Matrix) -> float:
    """The largest gap between the shares of failed and of sound firms above one and the same PD."""
    found, false, _ = roc_curve(y, p)
    return float(np.max(np.abs(false - found)))


def capture(y: Matrix, p: Matrix, share: float) -> float:
    """Share of all failures among the riskiest `share` of rows; rows of one PD count in part."""
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
"""AUC, PR-AUC (average precision), KS, Gini and capture: more is better; Brier score and ECE: less is better."""
LESS_IS_BETTER = ("brier", "ece")


def weighted_metrics(y: Matrix, p: Matrix, weights: Matrix) -> dict[str, Matrix]:
    """Every metric under each row of weights [draws, rows], as arrays [draws].

    A bootstrap draw is a row of counts. All draws share one sort, which makes a thousand of them a hundred times
    faster than as many calls of the library's functions; with weights of one they are equal to those. The ECE's
    bins are those of the sample itself.
    """
    order = np.argsort(p, kind="stable")
    y, p, weights = y[order], p[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, np.diff(p) > 0])
    good, bad = (np.add.reduceat(weights * of, starts, axis=1) for of in (1 - y, y))
    total_good, total_bad = good.sum(1), bad.sum(1)
    below = np.cumsum(good, 1) - good
    # From the riskiest down: the share of failures found, and how many of those looked at had failed.
    found, seen = (np.cumsum(a[:, ::-1], 1) for a in (bad, good + bad))
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    edges = np.array([part[0] for part in np.array_split(np.arange(len(y)), BINS) if part.size])
    gaps = np.abs(np.add.reduceat(weights * (p - y), edges, axis=1)).sum(1)
    auc = (bad * (below + good / 2)).sum(1) / (total_good * total_bad)
    rest = (seen - found) / total_good[:, None]
    return {
        "auc": auc,
        "pr_auc": (bad[:, ::-1] * precision).sum(1) / total_bad,
        "brier": weights @ (p - y) ** 2 / weights.sum(1),
        "ece": gaps / weights.sum(1),
        "ks": np.abs(found / total_bad[:, None] - rest).max(1),
        "gini": 2 * auc - 1,
        "capture_5": _captured(seen, found, 0.05),
        "capture_10": _captured(seen, found, 0.10),
    }


def _captured(seen: Matrix, found: Matrix, share: float) -> Matrix:
    """Share of the failures found once `share` of the rows are looked at, in a straight line between PDs."""
    drawn = zip(np.pad(seen, ((0, 0), (1, 0))), np.pad(found, ((0, 0), (1, 0))), strict=True)
    return np.array([np.interp(share * s[-1], s, f) / f[-1] for s, f in drawn])


def evaluate_metrics(
    y: Matrix, p: Matrix, draws: int = 1000, seed: int = 0, firms: Rows | None = None
) -> dict[str, dict[str, float] | None]:
    """Each metric with its 95 % bootstrap interval; None where one outcome only occurs.

    firms [rows]: whose row it is, 0 to the number of firms less one; whole firms are then drawn, with all of their
    rows, since rows of one firm are not independent. None: every row is a firm of its own.

    Returns {"auc": {"value": ..., "low": ..., "high": ...}, ...}.
    """
    if one_sided(y):
        return dict.fromkeys(METRICS)
    return intervals(y, p, bootstrap(y, p, draws, seed, firms))


def intervals(y: Matrix, p: Matrix, drawn: Mapping[str, Matrix]) -> dict[str, dict[str, float] | None]:
    """As `evaluate`, of draws that are there already."""
    found: dict[str, dict[str, float] | None] = {}
    for name, metric in METRICS.items():
        one = _interval(metric(y, p), drawn[name])
        # Draws are moved, over the end of what the metric can be where failures are few.
        least = -1.0 if name == "gini" else 0.0
        found[name] = one | {"low": max(one["low"], least), "high": min(one["high"], 1.0)}
    return found


def paired_auc_difference(
    y: Matrix, p: Matrix, other: Matrix, draws: int = 1000, seed: int = 0
) -> dict[str, float] | None:
    """AUC of p minus AUC of other on the same rows, with its 95 % paired bootstrap interval."""
    if one_sided(y):
        return None
    gaps = bootstrap(y, p, draws, seed)["auc"] - bootstrap(y, other, draws, seed)["auc"]
    return _interval(METRICS["auc"](y, p) - METRICS["auc"](y, other), gaps)


def compare_draws(value: float, one: Matrix, other: Matrix) -> dict[str, float]:
    """A difference of two metrics on the same draws: value, 95 % interval, and two-sided bootstrap p.

    p is twice the smaller share of draws on either side of 0, the draws being moved as those of the interval; it is
    never below one over the draws.
    """
    gaps = one - other
    moved = gaps - gaps.mean() + value
    p = 2 * min(float(np.mean(moved <= 0)), float(np.mean(moved >= 0)))
    return {**_interval(value, gaps), "p": min(1.0, max(p, 1 / len(gaps)))}


def one_sided(y: Matrix) -> bool:
    """Whether only one outcome occurs: nothing can be ranked then."""
    return bool(y.min(initial=1) == y.max(initial=0))


def _interval(value: float, drawn: Matrix) -> dict[str, float]:
    """Percentiles of the draws, moved so that their mean is the value: resampled rows inflate an ECE."""
    low, high = np.percentile(drawn, [2.5, 97.5]) - drawn.mean() + value
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def bootstrap(
    y: Matrix, p: Matrix, draws: int, seed: int = 0, firms: Rows | None = None
) -> dict[str, Matrix]:
    """The metrics of resampled firms [draws]; a draw with one outcome only has no ranking and is drawn again.

    The draws depend on y, seed and firms alone, so those of two scores of the same rows are pairs.
    """
    rng = np.random.default_rng(seed)
    size = len(y) if firms is None else int(firms.max()) + 1
    parts: list[dict[str, Matrix]] = []
    missing = draws
    while missing:
        batch = min(missing, max(1, _CHUNK // len(y)))
        counts = rng.multinomial(size, np.full(size, 1 / size), batch).astype(float)
        counts = counts if firms is None else counts[:, firms]
        counts = counts[(counts @ y > 0) & (counts @ (1 - y) > 0)]
        missing -= len(counts)
        if len(counts):
            parts.append(weighted_metrics(y, p, counts))
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}

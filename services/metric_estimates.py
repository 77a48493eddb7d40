"""Metrics of candidate models with their intervals, as results carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplyrisk.gnn import evaluation
from supplyrisk.graph import stored_as
from supplyrisk.graph.schema.aliases import CANDIDATE
from supplyrisk.graph.schema.few_failures import too_few_failures

METRIC_LABELS = {
    "auc": "AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier",
    "ece": "ECE",
    "ks": "KS",
    "gini": "Gini",
    "capture_5": "capture 5 %",
    "capture_10": "capture 10 %",
}
"""Label of each metric, by its key in model cards."""
TRAINING_METRICS = ("auc", "pr_auc", "brier", "ece")
"""The metrics that `train` reports; `evaluate` reports all of them."""


@dataclass(frozen=True, kw_only=True)
class MetricEstimate:
    """A metric of a candidate model on a split, with its 95 % interval; all three are None where it is undefined.

    split: "test", or the key of the validation set. metric: a key of METRIC_LABELS. failed_firms: how many failed firms
    it rests on. too_few_failures: whether they are fewer than TOO_FEW, so that it supports no statement.
    """

    split: str = stored_as("slice")
    candidate: str = stored_as(CANDIDATE)
    metric: str
    value: float | None
    low: float | None
    high: float | None
    failed_firms: int
    too_few_failures: bool


def metric_estimates(
    split: str,
    candidate: str,
    metrics: Mapping[str, evaluation.Interval | None] | None,
    names: Iterable[str] = METRIC_LABELS,
    *,
    failed_firms: int,
) -> list[MetricEstimate]:
    """A candidate's metrics on a split, from the metrics in a card (None: all of them are undefined)."""
    intervals = {name: (metrics or {}).get(name) for name in names}
    return [
        MetricEstimate(
            split=split,
            candidate=candidate,
            metric=name,
            value=interval.value if interval else None,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            failed_firms=failed_firms,
            too_few_failures=too_few_failures(failed_firms),
        )
        for name, interval in intervals.items()
    ]

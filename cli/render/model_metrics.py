"""Metrics of candidate models on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import Talk, show_table
from supplyrisk.graph.schema.few_failures import failed_firms_text
from supplyrisk.services import METRIC_LABELS, TRAINING_METRICS

if TYPE_CHECKING:
    from supplyrisk.services import MetricEstimate, TrainResult

METRIC_COLUMNS = ("candidate", *(METRIC_LABELS[metric] for metric in TRAINING_METRICS), "failed firms")


def show_training(talk: Talk, result: TrainResult) -> None:
    """The metrics of each candidate on stdout, the verdict on stderr."""
    show_table(METRIC_COLUMNS, candidate_rows(result.metrics()))
    for line in result.verdict:
        talk.say(line)


def candidate_rows(metrics: Sequence[MetricEstimate]) -> list[list[str]]:
    """A row per candidate, one cell per METRIC_COLUMNS."""
    cells: dict[str, list[str]] = {}
    failed: dict[str, str] = {}
    for metric in metrics:
        cells.setdefault(metric.candidate, []).append(_interval(metric))
        failed[metric.candidate] = failed_firms_text(metric.failed_firms)
    return [[candidate, *values, failed[candidate]] for candidate, values in cells.items()]


def _interval(metric: MetricEstimate) -> str:
    if metric.value is None:
        return "-"
    return f"{metric.value:.4f} [{metric.low:.4f}, {metric.high:.4f}]"

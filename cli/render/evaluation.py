"""Model cards on the terminal: metrics of all candidates on the same rows, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import Talk, show_table
from supplyrisk.graph.schema.few_failures import failed_firms_text
from supplyrisk.services import METRIC_LABELS

if TYPE_CHECKING:
    from supplyrisk.gnn.evaluation import Difference, Interval, ModelCard
    from supplyrisk.services import MetricMean, SuiteResult

STANDING_COLUMNS = ("candidate", *METRIC_LABELS.values(), "AUC - champion's", "failed firms")
_WITH_INTERVAL = ("auc", "pr_auc", "brier")


def show_card(talk: Talk, card: ModelCard, *, title: str | None = None) -> None:
    """The standings on stdout, the verdict on stderr."""
    show_table(STANDING_COLUMNS, standing_rows(card), title=title)
    for line in card.verdict:
        talk.say(line)


def show_suite(talk: Talk, result: SuiteResult) -> None:
    """The first seed's card, and where there are several seeds the means over them."""
    first = result.cards[0]
    show_card(talk, first, title=f"seed {first.settings['seed']}")
    if len(result.cards) < 2:
        return
    columns = ("candidate", "seeds", *METRIC_LABELS.values(), "failed firms")
    failed = failed_firms_text(first.failed_firms)
    rows = [
        [
            row.candidate,
            row.seeds,
            *(_mean_and_deviation(row.metrics[metric]) for metric in METRIC_LABELS),
            failed,
        ]
        for row in result.means()
    ]
    show_table(columns, rows, title=f"mean of {len(result.cards)} seeds")


def standing_rows(card: ModelCard) -> list[list[str | None]]:
    """A row per candidate, one cell per STANDING_COLUMNS; "AUC - champion's" is the paired difference."""
    failed = failed_firms_text(card.failed_firms)
    rows: list[list[str | None]] = []
    for row in card.candidates:
        metrics = row.metrics or {}
        cells = [_metric(metrics.get(name), name in _WITH_INTERVAL) for name in METRIC_LABELS]
        difference = "champion" if row.candidate == card.champion else _auc_difference(row.against)
        rows.append([row.candidate, *cells, difference, failed])
    return rows


def _metric(estimate: Interval | None, with_interval: bool) -> str | None:
    if estimate is None:
        return None
    if not with_interval:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _auc_difference(differences: Mapping[str, Difference] | None) -> str | None:
    if differences is None:
        return None
    auc = differences["auc"]
    return f"{auc.value:+.3f} [{auc.low:+.3f}, {auc.high:+.3f}] p {auc.p:.3f}"


def _mean_and_deviation(metric: MetricMean) -> str | None:
    if metric.mean is None:
        return None
    return f"{metric.mean:.4f}" if metric.deviation is None else f"{metric.mean:.4f} ({metric.deviation:.4f})"

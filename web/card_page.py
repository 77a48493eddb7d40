"""A model card as one HTML page."""

from __future__ import annotations

from supplyrisk.gnn.evaluation import ModelCard
from supplyrisk.graph.schema.aliases import VALIDATION_DATES
from supplyrisk.graph.schema.detection import LABELS_AS_OF, detection_note
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.graph.schema.few_failures import TOO_FEW, TOO_FEW_FAILURES, failed_firms_text, too_few_text
from supplyrisk.services import METRIC_LABELS, SYNTHETIC_MODEL
from supplyrisk.web.charts import IntervalPoint, interval_chart
from supplyrisk.web.pages import render_page


def render_model_card(card: ModelCard) -> str:
    """Return the page of a card as HTML."""
    bins = card.calibration[card.champion].curve
    curve = [IntervalPoint(bin_.mean_pd, bin_.failed_share, bin_.low, bin_.high) for bin_ in bins]
    warnings = {
        "Synthetic data: this shows nothing about real firms.": card.synthetic,
        _sentence(SYNTHETIC_MODEL): card.synthetic_model and not card.synthetic,
        _sentence(EXPERT_NOTE): card.expert,
    }
    labels_as_of = card.training.get(LABELS_AS_OF)
    if labels_as_of:
        warnings[_sentence(detection_note(labels_as_of))] = True
    dates = card.training.get("as_of", {})
    return render_page(
        "card.html",
        title=f"Model card: {card.model}",
        card=card,
        warnings=[text for text, holds in warnings.items() if holds],
        too_few=_sentence(too_few_text(card.failed_firms)) if card.too_few_failures else "",
        labels=METRIC_LABELS,
        curve=interval_chart(
            "calibration", curve, x_label=_pd_label(card.horizon_days), y_label="share that failed"
        ),
        training_dates=dates.get("train", ()),
        validation_dates=dates.get(VALIDATION_DATES, ()),
        failed_firms_text=failed_firms_text,
        TOO_FEW=TOO_FEW,
        TOO_FEW_FAILURES=TOO_FEW_FAILURES,
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _pd_label(days: int | None) -> str:
    return "mean PD" if days is None else f"mean PD over {days} days"

"""What the card of a trained model says: metrics of the candidate models, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph.schema.aliases import VALIDATION, VALIDATION_LOG_LOSS
from supplyrisk.graph.schema.detection import LABELS_AS_OF, detection_note
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE, PRIOR_CAUGHT
from supplyrisk.graph.schema.few_failures import failed_firms_of, too_few_failures, too_few_text
from supplyrisk.services.metric_estimates import TRAINING_METRICS, MetricEstimate, metric_estimates

TEST = "test"

Card = Mapping[str, Any]


def evaluation_split(card: Card) -> str:
    """The key of the split that a model is evaluated on: the test set where there is one, else the validation set."""
    return TEST if TEST in card else VALIDATION


def metrics_on(card: Card, split: str) -> list[MetricEstimate]:
    """The metrics of every candidate on a split."""
    return [
        estimate
        for candidate, metrics in card[split]["scores"].items()
        for estimate in metric_estimates(
            split, candidate, _intervals(metrics), TRAINING_METRICS, failed_firms=failed_firms_of(card[split])
        )
    ]


def _intervals(metrics: Mapping[str, Any] | None) -> dict[str, evaluation.Interval | None]:
    return {name: stored and evaluation.Interval(**stored) for name, stored in (metrics or {}).items()}


def all_metrics(card: Card) -> list[MetricEstimate]:
    """The metrics on the validation set, and on the test set where there is one."""
    return [row for split in (VALIDATION, TEST) if split in card for row in metrics_on(card, split)]


def training_verdict(model: gnn.RiskModel) -> list[str]:
    """What the model was evaluated on, which candidate is champion and why, and what may not be claimed."""
    card: Card = model.card
    if model.expert:
        return _expert_verdict(card)
    split = evaluation_split(card)
    how = {
        TEST: "out of time, on a day whose outcomes were used neither for training nor for validation",
        VALIDATION: f"cross-fitted on {_validation_rows(card)}, as there is no test set",
    }[split]
    measured = card[split]
    # Cards from before the rows were counted apart from the firms state the rows as firms.
    rows = measured.get("rows", measured["firms"])
    failed = failed_firms_of(measured)
    few = too_few_text(failed) if too_few_failures(failed) else None
    losses = card[VALIDATION_LOG_LOSS]
    ranked = ", ".join(f"{c} {losses[c]:.4f}" for c in sorted(losses, key=lambda c: (losses[c], c)))
    lines = [
        *([detection_note(card[LABELS_AS_OF])] if LABELS_AS_OF in card else []),
        f"evaluated {how}: {rows:,} rows of {measured['firms']:,} firms; {measured['failed']:,} rows of {failed:,} "
        "firms failed; in brackets 95 % intervals, which resample whole firms",
        f"champion: {model.champion}, by the lowest cross-fitted log loss on {_validation_rows(card)} ({ranked})"
        + _few_to_choose_by(card),
        *_deployed(card),
    ]
    lines += [_network_against(baseline, gain, few) for baseline, gain in measured["network_minus"].items()]
    by_term = gnn.defaults_by_term_text(card.get("terms", {}).get("defaults", ()))
    if by_term:
        lines.append(by_term)
    if LABELS_AS_OF in card and list(card["settings"].get("contexts", ())) == ["none"]:
        lines.append(
            f"no context was compared, since fewer than {gnn.MIN_CONTEXT_FIRMS} firms defaulted: the context effect of "
            "every firm is 0"
        )
    elif card.get("context") == "none":
        lines.append("no context model was better than none: the context effect of every firm is 0")
    if not card.get("caught_identified"):
        lines.append(f"caught is not identified: {_disagreement(card)}; do not interpret it as contagion")
    return lines


def _validation_rows(card: Card) -> str:
    """What the choice was validated on, in words."""
    rows = {
        "later dates": "folds over firms and later dates",
        "folds over firms": "folds over firms",
        "a second data set": "the second data set",
        "firms held out": "the firms held out",
    }
    # Cards of earlier versions do not say it.
    return rows.get(card.get("validated_by", ""), "the validation set")


def _deployed(card: Card) -> list[str]:
    """What the deployed model was fitted on beyond the tested one; nothing where both are one."""
    deployed = card.get("deployed")
    if deployed is None:
        return []
    known = (
        "all outcomes"
        if deployed["outcomes_until"] is None
        else f"the outcomes up to {deployed['outcomes_until']}"
    )
    return [
        f"the deployed model is the same recipe fitted on {known}: {deployed['failed_firms']:,} of "
        f"{deployed['firms']:,} firms defaulted; the metrics are those of the tested model"
    ]


def _few_to_choose_by(card: Card) -> str:
    """Whether too few firms of the validation set failed to choose a champion by them, as the end of a sentence."""
    failed = failed_firms_of(card[VALIDATION])
    return f", where there were {too_few_text(failed)}" if too_few_failures(failed) else ""


def _network_against(baseline: str, difference: Mapping[str, float] | None, few: str | None) -> str:
    """The network against a baseline by AUC.

    difference None: the rows have only one outcome. few: why no statement is made, where too few firms failed.
    """
    if difference is None:
        return f"the network was not compared with {baseline}: all firms have the same outcome"
    if few is not None:
        words = f"is not compared with {baseline}, {few}"
    elif difference["low"] > 0:
        words = f"ranks better than {baseline}"
    elif difference["high"] < 0:
        words = f"ranks worse than {baseline}"
    else:
        words = f"is not significantly different from {baseline}"
    interval = f"{difference['value']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    return f"the network {words}: AUC {interval}"


def expert_level(card: Card) -> str:
    """The base rate of an expert model's card, and what the known outcomes made of it."""
    scorecard = card["scorecard"]
    named = f"base rate {scorecard['base_rate']:g}, as named"
    if not scorecard["failed"] + scorecard["sound"]:
        return f"{named}; no outcome is known"
    return (
        f"{named}, moved to {scorecard['rate']:.4g} by the known outcomes: {scorecard['failed']:,} firms defaulted, "
        f"{scorecard['sound']:,} survived a window"
    )


def _expert_verdict(card: Card) -> list[str]:
    """What an expert model rests on, how it was tested, and what may not be claimed."""
    scorecard = card["scorecard"]
    effects = scorecard["effects"]
    lines = [
        f"{EXPERT_NOTE}; {expert_level(card)}",
        f"{len(effects)} columns of these data have a stated effect: {', '.join(sorted(effects))}",
        _expert_test(card),
        f"the context effect of every firm is 0; {PRIOR_CAUGHT}",
    ]
    if scorecard["failed"] >= gnn.MIN_FIRMS and scorecard["sound"] >= gnn.MIN_FIRMS:
        lines.append(
            f"{scorecard['failed']:,} firms defaulted: training without --expert is possible, too (it needs "
            f"{gnn.REQUIREMENT}); scgraph compare shows which of the models ranks better"
        )
    return lines


def _expert_test(card: Card) -> str:
    """How an expert model was tested."""
    split = evaluation_split(card)
    measured = card[split]
    how = {
        TEST: "tested out of time, as it was made from what was known on the test date",
        VALIDATION: "tested out of fold, each firm by a scorecard that saw no outcome of it",
    }[split]
    failed = failed_firms_of(measured)
    if not measured["firms"]:
        return "not tested: no outcome is known"
    if failed in (0, measured["firms"]):
        return f"not tested: of {measured['firms']:,} firms with a known outcome, {failed:,} defaulted"
    few = f"; {too_few_text(failed)}" if too_few_failures(failed) else ""
    return f"{how}: {measured['rows']:,} rows of {measured['firms']:,} firms, {failed:,} firms failed{few}"


def _disagreement(card: Card) -> str:
    """Why the caught part is not identified."""
    agreement = card.get("caught_agreement")
    if agreement is not None:
        return f"its rank correlation between the networks of the ensemble is {agreement:.2f}, below .90"
    if card["settings"]["members"] == 1:
        return "the ensemble has only one network, which cannot be compared with another"
    return "at least one network of the ensemble estimates none"

"""The evaluation of a model in words: what its figures support, and what they do not."""

from __future__ import annotations

from supplyrisk.gnn.baselines.baseline_registry import BASELINES, NETWORK
from supplyrisk.gnn.data.distribution import SHIFTED
from supplyrisk.gnn.evaluation.candidates import CAUGHT_OFF, DESCRIPTIONS, SWAPPED
from supplyrisk.gnn.evaluation.deletion import REQUIRED_RATIO
from supplyrisk.gnn.evaluation.dip import MAX_HALF_LIFE_DAYS
from supplyrisk.gnn.evaluation.evaluation_card import ModelCard
from supplyrisk.gnn.evaluation.metrics import Difference
from supplyrisk.gnn.term_fitting import TERMS, defaults_by_term_text
from supplyrisk.graph.schema.aliases import VALIDATION, VALIDATION_LOG_LOSS
from supplyrisk.graph.schema.detection import LABELS_AS_OF, detection_note
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE, PRIOR_CAUGHT
from supplyrisk.graph.schema.few_failures import failed_firms_of, too_few_failures, too_few_text
from supplyrisk.graph.texts.figures import percent


def verdict(card: ModelCard) -> list[str]:
    """Return the evaluation as sentences."""
    out_of_time = f"out of time, as of {', '.join(card.as_of)}" if card.as_of else "on the test data"
    rows = {
        "test": out_of_time,
        VALIDATION: "with cross-fitting on the validation set, since there is no test set",
    }[card.slice]
    labels_as_of = card.training.get(LABELS_AS_OF)
    if labels_as_of:
        rows = "out of fold by firm, since there is no test set"
    head = (
        f"evaluated {rows}: {card.rows:,} rows of {card.firms:,} firms; {card.failed:,} rows of "
        f"{card.failed_firms:,} firms failed; confidence intervals and tests resample whole firms"
    )
    few = too_few_text(card.failed_firms)
    warning = f"{few}: no model is called better or worse, and calibration is not assessed"
    if card.expert:
        models = [f"{EXPERT_NOTE}; {PRIOR_CAUGHT}, so contagion is not claimed"]
    else:
        models = [_champion(card), *_contagion(card), *_stability(card)]
    return [
        *([detection_note(labels_as_of)] if labels_as_of else []),
        head,
        *([warning] if card.too_few_failures else []),
        *models,
        _calibration(card),
        *_terms(card),
        _drift(card),
        _deletion(card),
        *_dip(card),
    ]


def _interval(gain: Difference) -> str:
    return f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], p {gain.p:.3f}"


def _comparison(gain: Difference) -> str:
    if gain.low > 0:
        return "is better than"
    return "is worse than" if gain.high < 0 else "is not significantly different from"


def _champion(card: ModelCard) -> str:
    """The champion, why it was selected, and whether the evaluation rows confirm it."""
    losses = card.training.get(VALIDATION_LOG_LOSS, {})
    reason = "least cross-fitted log loss on the validation set"
    if losses:
        ranked = ", ".join(f"{c} {losses[c]:.4f}" for c in sorted(losses, key=lambda c: (losses[c], c)))
        reason += f" ({ranked})"
    validation = card.training.get(VALIDATION)
    if validation and too_few_failures(failed_firms_of(validation)):
        reason += f", where there were {too_few_text(failed_firms_of(validation))}"
    sentence = f"champion: {card.champion}, {DESCRIPTIONS[card.champion]}; {reason}"
    if card.too_few_failures:
        return f"{sentence}; these rows have too few failures to confirm or refute it"
    # Ablations and placebos cannot replace the champion, but counts of links would be a simpler model.
    better = [
        row.candidate
        for row in card.candidates
        if row.candidate in (NETWORK, *BASELINES) and row.against and row.against["auc"].low > 0
    ]
    if better:
        names = " and ".join(better)
        return f"{sentence}; on these rows a paired test ranks {names} significantly better: train again"
    return f"{sentence}; on these rows no other candidate model ranks significantly better"


def _contagion(card: ModelCard) -> list[str]:
    """The network against the other models, and whether contagion may be claimed."""
    gains = {c: gain for c, gain in card.network_minus.items() if gain is not None}
    if not gains:
        return ["models are not compared: the rows have only one outcome"]
    if card.too_few_failures:
        few = too_few_text(card.failed_firms)
        sentences = [f"the network is not compared with {c}, {few}: AUC {_interval(gains[c])}" for c in gains]
        return [*sentences, f"contagion is not claimed: {few}"]
    sentences = [f"the network {_comparison(gains[c])} {c}: AUC {_interval(gains[c])}" for c in gains]
    if SWAPPED not in gains:
        return [*sentences, "contagion is not claimed: the placebo with swapped sources was not trained"]
    gain_over_swapped = gains[SWAPPED].low > 0
    gain_over_caught_off = gains[CAUGHT_OFF].low > 0
    if gain_over_swapped and gain_over_caught_off and card.caught_identified:
        claim = "contagion is claimed: the network gains over swapped sources, which keep observed homophily"
        return [*sentences, claim]
    agreed = card.training.get("caught_agreement")
    agreement = "do not agree" if agreed is not None else "could not be compared"
    lacking = []
    if not gain_over_swapped:
        lacking.append("no significant gain over swapped sources")
    if not gain_over_caught_off:
        lacking.append("no significant gain over caught switched off")
    if not card.caught_identified:
        lacking.append(f"the members {agreement} on what is caught")
    return [*sentences, f"contagion is not claimed: {', '.join(lacking)}"]


def _stability(card: ModelCard) -> list[str]:
    """The agreement of whole models between seeds, where they were trained."""
    stability = card.stability
    if stability.over_seeds is None:
        return []
    values = {n: "not measured" if v is None else f"{v:.3f}" for n, v in stability.over_seeds.items()}
    agreed = ", ".join(f"{n} {v}" for n, v in values.items())
    return [f"models of {stability.seeds} seeds agree by rank correlation: {agreed}"]


def _calibration(card: ModelCard) -> str:
    calibration = card.calibration[card.champion]
    mean_pd = sum(b.mean_pd * b.rows for b in calibration.curve) / card.rows
    slope = calibration.slope
    sentence = f"mean PD {mean_pd:.4f}, failed {card.failed / card.rows:.4f}; calibration slope {slope:.2f}"
    if card.too_few_failures:
        return f"{sentence}, not assessed: {too_few_text(card.failed_firms)}"
    if 0.9 <= slope <= 1.1:
        return sentence
    # A slope above 1 means that true log hazards vary more than the model's.
    extent = "too little" if slope > 1 else "too much"
    return f"{sentence}, outside .9 to 1.1: PDs vary {extent} between firms"


def _terms(card: ModelCard) -> list[str]:
    """Defaults by term, predicted and observed; nothing for undated data and for models of earlier versions."""
    text = defaults_by_term_text(card.training.get(TERMS, {}).get("defaults", ()))
    return [text] if text else []


def _drift(card: ModelCard) -> str:
    shifted = [r.column for r in card.drift.columns if r.psi > SHIFTED]
    score = f"PSI of the score against training {card.drift.score:.3f}"
    if not shifted:
        return f"{score}; no column is above {SHIFTED}"
    return f"{score}; {len(shifted)} columns are above {SHIFTED}, the largest: {', '.join(shifted[:5])}"


def _deletion(card: ModelCard) -> str:
    deletion = card.deletion
    if deletion.ratio is None:
        return "deletion test: no deletion moved the score"
    result = "passed" if deletion.ratio >= REQUIRED_RATIO else "failed"
    return (
        f"deletion test {result}: parts that reasons name move the score {deletion.ratio:.1f} times as far as "
        f"random parts [{deletion.low:.1f}, {deletion.high:.1f}], at least {REQUIRED_RATIO:g} required"
    )


def _dip(card: ModelCard) -> list[str]:
    dip = card.dip
    if dip is None:
        return []
    if not dip.reacted:
        return [f"short dip: 14 bad days move the hazard by less than 1 % ({dip.shops} shops)"]
    half_life = dip.half_life_days
    recovery = (
        f"half of the rise is gone after {half_life:.0f} days"
        if half_life is not None
        else "half of the rise is not gone by the last week"
    )
    slow = half_life is None or half_life > MAX_HALF_LIFE_DAYS
    limit = f", more than the {MAX_HALF_LIFE_DAYS} days allowed" if slow else ""
    return [f"short dip: 14 bad days raise the hazard by at most {percent(dip.peak, 1)}; {recovery}{limit}"]

"""Training: fit the ensemble and its baselines, select the context and the champion, calibrate, and test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.calibration import calibrated_log_loss, cross_fitted, fit_calibration, row_losses
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of, stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.data.training_panels import require_outcomes, training_panels_of
from supplyrisk.gnn.devices import device
from supplyrisk.gnn.model_card import ValidationResult, write_card
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_member
from supplyrisk.gnn.network.member_stages import MemberBoosters, StageFit, StageOptions, StageScores
from supplyrisk.gnn.network.neighbourhood_columns import NeighbourhoodColumns
from supplyrisk.gnn.network.smooth_score import fit_smooth
from supplyrisk.gnn.network.transmission_gate import (
    GateHarm,
    close_where_harmful,
    cross_fitted_harm,
    validation_harm,
)
from supplyrisk.gnn.risk_model import (
    CANDIDATES,
    NETWORK,
    HazardParts,
    RiskModel,
    average_members,
    column_names,
)
from supplyrisk.graph import DataError

Matrix = NDArray[np.float64]
Members = tuple[EnsembleMember, ...]
Progress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is (0: unknown)."""
MAX_AVERAGED = 40
"""At most this many own columns are averaged over neighbours, for the baseline with neighbours and the context."""


def train(
    name: str,
    splits: DataSplits,
    settings: TrainingSettings | None = None,
    progress: Progress | None = None,
) -> RiskModel:
    """Fit the network and both baselines on the same rows, choose the champion, test, and write the card.

    Parameters
    ----------
    name: of the model.
    splits: training, validation and test sets.
    settings: default settings if None.
    progress: called at each step.

    Raises
    ------
    DataError: too few defaulted or sound firms, or no column that varies between firms.
    ModelError: a device that torch does not find.
    """
    settings = settings or TrainingSettings()
    where = device(settings.device)
    report = progress or (lambda step, done, of: None)
    encoder = Encoder.fit(splits.train)
    panels = training_panels_of(splits, encoder, settings.seed)
    require_outcomes(panels)
    columns = column_names(encoder)
    if not columns:
        raise DataError(
            "no column of the firms' own data tells them apart", "at least one that varies between firms"
        )
    stages = _fit_stages(panels.train, columns, settings, report)
    train_scores = [fit.scores for fit in stages]
    # Without a separate validation set, held-out firms are in the same graph as training firms. The scores of their
    # neighbours must then be the out-of-fold ones: in-sample scores would reveal the neighbours' outcomes.
    validation_scores = [
        fit.boosters.predict(panels.validation, columns) if splits.validation else fit.scores
        for fit in stages
    ]
    fitted = {
        context: _fit_members(context, panels.train, train_scores, report, where)
        for context in settings.contexts
    }
    # Transmissions are gated before contexts are compared, since the gate changes what a context is worth.
    harms = {
        context: validation_harm(members, panels.validation, validation_scores)
        for context, members in fitted.items()
    }
    for context, members in fitted.items():
        close_where_harmful(members, harms[context])
    selected = _select_context(fitted, panels.validation, validation_scores)
    harm = harms[selected.context]
    outcomes = RowOutcomes.of_graphs(panels.validation)
    rows = outcomes.rows(outcomes.known)
    hazards = _candidate_hazards(selected.parts, outcomes.known)
    model = RiskModel(
        name=name,
        encoder=encoder,
        # A network of messages that the selected context does not use is not stored.
        boosters=tuple(
            fit.boosters if selected.context == "messages" else replace(fit.boosters, messages=None)
            for fit in stages
        ),
        members=selected.members,
        calibrations={c: fit_calibration(h, rows.y, rows.weight) for c, h in hazards.items()},
        champion=min(CANDIDATES, key=lambda c: calibrated_log_loss(hazards[c], rows)),
        horizon_days=splits.train[0].horizon_days,
        default_definition=splits.train[0].default_definition,
        card={},
    )
    if settings.refit and splits.dated and splits.validation:
        gap = [panel_graph_of(s, encoder) for s in splits.gap]
        panel = [*panels.train, *gap, *panels.validation]
        model, harm = _refitted(model, selected.context, panel, settings, report)
    report("testing", 0, 1)
    validation = ValidationResult(selected.context, selected.parts, rows, hazards)
    card = write_card(model, splits, settings, validation)
    return replace(model, card=card | {"caught_harm": asdict(harm)})


def _refitted(
    model: RiskModel, context: str, panel: list[PanelGraph], settings: TrainingSettings, report: Progress
) -> tuple[RiskModel, GateHarm]:
    """The selected model fitted again on every date whose outcomes are known by the test date.

    Champion and context stay. Calibration uses hazards out of fold by firm over all of these dates instead of the few
    failures of the validation set, and so does the decision whether transmissions stay open.
    """
    refit_settings = replace(settings, contexts=(context,))
    stages = _fit_stages(panel, column_names(model.encoder), refit_settings, report)
    scores = [fit.scores for fit in stages]
    members = _fit_members(context, panel, scores, report, model.members[0].device)
    report("evidence on contagion", 0, 1)
    harm = cross_fitted_harm(members, panel, scores, settings.seed)
    close_where_harmful(members, harm)
    parts = [average_members(g, members, _rows_of(scores, panel, i)) for i, g in enumerate(panel)]
    # Out of fold by firm: the first stage's scores are, and the few parameters fitted on top hardly overfit.
    outcomes = RowOutcomes.of_graphs(panel)
    rows = outcomes.rows(outcomes.known)
    hazards = _candidate_hazards(parts, outcomes.known)
    refitted = replace(
        model,
        boosters=tuple(fit.boosters for fit in stages),
        members=members,
        calibrations={c: fit_calibration(h, rows.y, rows.weight) for c, h in hazards.items()},
    )
    return refitted, harm


def _candidate_hazards(parts: Sequence[HazardParts], known: NDArray[np.int64]) -> dict[str, Matrix]:
    """By candidate the hazards [rows with an outcome] before calibration."""
    return {c: np.concatenate([p.hazard(c) for p in parts])[known] for c in CANDIDATES}


def _fit_stages(
    graphs: list[PanelGraph], columns: tuple[str, ...], settings: TrainingSettings, report: Progress
) -> list[StageFit]:
    """Fit every member's first stage."""
    x = stacked(graphs, "x")
    outcomes = RowOutcomes.of_graphs(graphs)
    report("number of trees", 0, 1)
    # The numbers of trees, the averaged columns and the smooth score are the same for all members.
    own_rounds = boosting.best_rounds(x, outcomes, settings.seed)
    own = boosting.fit_boosted(x, outcomes, settings.seed, own_rounds)
    averaged = _most_used(own.model, columns)
    near = NeighbourhoodColumns.of(graphs, own.log_hazards, columns, averaged)
    full_rounds = boosting.best_rounds(np.hstack([x, near.wide]), outcomes, settings.seed)
    smooth = fit_smooth(x, outcomes, settings.seed, expert_prior(columns))
    options = StageOptions(columns, averaged, own_rounds, full_rounds, smooth)
    stages = []
    for k in range(settings.members):
        report("boosted stages", k, settings.members)
        stages.append(MemberBoosters.fit(graphs, settings.seed + k, options))
    return _with_messages(graphs, stages, settings, report) if "messages" in settings.contexts else stages


def _with_messages(
    graphs: list[PanelGraph], stages: list[StageFit], settings: TrainingSettings, report: Progress
) -> list[StageFit]:
    """Every member's first stage with a network of messages; early stopping of the first one sets all epochs."""
    epochs = None
    with_messages: list[StageFit] = []
    for k, fit in enumerate(stages):
        report("network of messages", k, len(stages))
        with_messages.append(fit.boosters.with_messages(graphs, fit.scores, settings.seed + k, epochs))
        first = with_messages[0].boosters.messages
        epochs = first.epochs if first else None
    return with_messages


def _most_used(model: boosting.BoostedModel, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The own columns with the largest gain: their means over neighbours are the most likely to be useful."""
    gain = np.sum([b.feature_importance("gain") for b in model.boosters], axis=0)
    best = np.argsort(-gain, kind="stable")[:MAX_AVERAGED]
    # Back in the order of the columns: the ranking must not decide the order of inputs.
    return tuple(columns[i] for i in sorted(best) if gain[i] > 0)


def _fit_members(
    context: str, graphs: list[PanelGraph], stages: list[StageScores], report: Progress, where: torch.device
) -> Members:
    kinds = tuple(sorted({k for g in graphs for k in g.links.kinds}))
    members = []
    for k, scores in enumerate(stages):
        report(f"network, {context} context", k, len(stages))
        member = EnsembleMember(context, scores.summary.shape[1], kinds).to(where)
        members.append(fit_member(member, graphs, scores, k))
    return tuple(members)


@dataclass(frozen=True)
class _SelectedContext:
    """A context, its members, and their hazards of each validation graph."""

    context: str
    members: Members
    parts: list[HazardParts]


def _select_context(
    fitted: dict[str, Members], graphs: list[PanelGraph], stages: list[StageScores]
) -> _SelectedContext:
    """The context whose ensemble has the least cross-fitted log loss on the validation set.

    Contexts come in order of capacity, and a richer one must be better by more than one standard error of the
    paired difference: a context that is free to explain everything leaves nothing to be caught.
    """
    outcomes = RowOutcomes.of_graphs(graphs)
    rows = outcomes.rows(outcomes.known)
    best: _SelectedContext | None = None
    best_loss = np.empty(0)
    for context, members in fitted.items():
        parts = [average_members(g, members, _rows_of(stages, graphs, i)) for i, g in enumerate(graphs)]
        hazard = np.concatenate([p.hazard(NETWORK) for p in parts])[outcomes.known]
        loss = row_losses(cross_fitted(hazard, rows), rows.y)
        gain = best_loss - loss if best else loss
        if best is None or gain.mean() > gain.std(ddof=1) / np.sqrt(len(loss)):
            best = _SelectedContext(context, members, parts)
            best_loss = loss
    if best is None:
        raise ValueError("no context to compare; expected at least one in TrainingSettings.contexts")
    return best


def _rows_of(stages: list[StageScores], graphs: list[PanelGraph], number: int) -> list[StageScores]:
    """The rows of one graph, from scores that cover several graphs."""
    start = sum(g.firms for g in graphs[:number])
    rows = slice(start, start + graphs[number].firms)
    return [s.rows(rows) for s in stages]

"""Training: what is learned on, chosen by and tested on, the ensemble and its controls, and who is champion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import torch

from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.calibration import calibrated_log_loss, cross_fitted, fit_calibration, row_losses
from supplyrisk.gnn.data.data_splits import MIN_FIRMS, REQUIREMENT, DataSplits, TrainingSettings
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, panel_graph_of, stacked
from supplyrisk.gnn.devices import device
from supplyrisk.gnn.model_card import known_outcomes, write_card
from supplyrisk.gnn.network import smooth_score as smooth
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.gnn.network.member import EnsembleMember, MemberBoosters, NeighbourhoodColumns, StageScores
from supplyrisk.gnn.network.member_fitting import fit_member
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

Progress = Callable[[str, int, int], None]
MAX_AVERAGED = 40
"""At most this many own columns are averaged over neighbours for the second control and the boosted context."""


def train(
    name: str, slices: DataSplits, settings: TrainingSettings | None = None, progress: Progress | None = None
) -> RiskModel:
    """Fit the ensemble and both controls on the same rows, choose the champion, test, and write the card.

    Raises
    ------
    DataError: too few defaulted or sound firms, or nothing that tells them apart.
    ModelError: a device that is not there.
    """
    settings = settings or TrainingSettings()
    where = device(settings.device)
    say = progress or (lambda what, done, of: None)
    encoder = Encoder.fit(slices.train)
    learn, choose = _graphs(slices, encoder, settings.seed)
    _enough(learn, choose)
    columns = column_names(encoder)
    if not columns:
        raise DataError(
            "no column of the firms' own data tells them apart", "at least one that varies between firms"
        )
    stages = _fit_stages(learn, columns, settings, say)
    # Held-out firms stand among the learned ones: there the neighbours' scores must be those out of fold.
    ahead = [b.predict(choose, columns) if slices.validation else seen for b, seen in stages]
    fitted = {c: _fit_members(c, learn, [s for _, s in stages], say, where) for c in settings.contexts}
    harms = {c: validation_harm(members, choose, ahead) for c, members in fitted.items()}
    for c, members in fitted.items():
        close_where_harmful(members, harms[c])
    context, members, parts = _choose_context(fitted, choose, ahead)
    harm = harms[context]
    y, kept = known_outcomes(choose)
    hazards = {c: np.concatenate([p.hazard(c) for p in parts])[kept] for c in CANDIDATES}
    model = RiskModel(
        name=name,
        encoder=encoder,
        # What the chosen context does not look at is not kept.
        boosters=tuple(b if context == "messages" else replace(b, messages=None) for b, _ in stages),
        members=members,
        calibrations={c: fit_calibration(h, y) for c, h in hazards.items()},
        champion=min(CANDIDATES, key=lambda c: calibrated_log_loss(hazards[c], y)),
        horizon_days=slices.train[0].horizon_days,
        default_kinds=slices.default_kinds,
        card={},
    )
    if settings.refit and slices.dated and slices.validation:
        between = [panel_graph_of(s, encoder) for s in slices.gap]
        model, harm = _refitted(model, context, [*learn, *between, *choose], settings, say)
    say("testing", 0, 1)
    card = write_card(model, slices, settings, context, parts, (y, hazards))
    return replace(model, card=card | {"caught_harm": asdict(harm)})


def _refitted(
    model: RiskModel, context: str, panel: list[PanelGraph], settings: TrainingSettings, say: Progress
) -> tuple[RiskModel, GateHarm]:
    """The same choices fitted again on every date whose outcomes are known by the test date.

    The calibration is of hazards out of fold by firm over all of these dates, rather than of the few failures of the
    choosing slice; and so is the evidence on which the transmissions stay open or are closed.
    """
    chosen = replace(settings, contexts=(context,))
    stages = _fit_stages(panel, column_names(model.encoder), chosen, say)
    ahead = [s for _, s in stages]
    members = _fit_members(context, panel, ahead, say, model.members[0].device)
    say("evidence on contagion", 0, 1)
    harm = cross_fitted_harm(members, panel, ahead, settings.seed)
    close_where_harmful(members, harm)
    parts = [average_members(g, members, _only(ahead, panel, i)) for i, g in enumerate(panel)]
    y, kept = known_outcomes(panel)
    hazards = {c: np.concatenate([p.hazard(c) for p in parts])[kept] for c in CANDIDATES}
    again = replace(
        model,
        boosters=tuple(b for b, _ in stages),
        members=members,
        calibrations={c: fit_calibration(h, y) for c, h in hazards.items()},
    )
    return again, harm


def _graphs(slices: DataSplits, encoder: Encoder, seed: int) -> tuple[list[PanelGraph], list[PanelGraph]]:
    learn = [panel_graph_of(s, encoder) for s in slices.train]
    if slices.validation:
        hidden = set(slices.hidden)
        return [g.without_outcomes(hidden) for g in learn], [
            panel_graph_of(s, encoder) for s in slices.validation
        ]
    held = held_out(learn, slices.validation_share, seed)
    learned = {f for g in learn for f in g.firm_ids} - held
    return [g.without_outcomes(set(held)) for g in learn], [g.without_outcomes(learned) for g in learn]


def held_out(graphs: Sequence[PanelGraph], share: float, seed: int) -> frozenset[str]:
    """The firms with an outcome that are chosen by rather than learned on, where there is no second data set."""
    ids = sorted({f for g in graphs for f, y in zip(g.firm_ids, g.y, strict=True) if not np.isnan(y)})
    return frozenset(np.random.default_rng(seed).choice(ids, int(len(ids) * share), replace=False).tolist())


def _enough(learn: Sequence[PanelGraph], choose: Sequence[PanelGraph]) -> None:
    """Whether both slices hold enough outcomes; one error for all that lacks."""
    lacking = []
    for graphs, what in ((learn, "to learn from"), (choose, "to choose by")):
        failed, sound = (len(_with_outcome(graphs, y)) for y in (1.0, 0.0))
        if min(failed, sound) < MIN_FIRMS:
            lacking.append(f"{failed:,} firms that defaulted and {sound:,} that did not {what}")
    if lacking:
        raise DataError(
            " and ".join(lacking),
            REQUIREMENT,
            "load more history or labels; a longer --horizon sees more defaults, but needs more days",
        )


def _with_outcome(graphs: Sequence[PanelGraph], outcome: float) -> set[str]:
    """The firms that had this outcome on any date: in dated data one firm has a row on each."""
    return {graph.firm_ids[at] for graph in graphs for at in np.flatnonzero(graph.y == outcome)}


def _fit_stages(
    learn: list[PanelGraph], columns: tuple[str, ...], settings: TrainingSettings, say: Progress
) -> list[tuple[MemberBoosters, StageScores]]:
    x, y, who = stacked(learn, "x"), stacked(learn, "y"), firm_numbers(learn)
    say("number of trees", 0, 1)
    first = boosting.best_rounds(x, y, who, settings.seed)
    model, own = boosting.fit_boosted(x, y, who, settings.seed, first)
    averaged = _most_used(model, columns)
    near = NeighbourhoodColumns.of(learn, own, columns, averaged)
    second = boosting.best_rounds(np.hstack([x, near.wide]), y, who, settings.seed)
    evenly = smooth.fit_smooth(x, y, who, settings.seed, expert_prior(columns))
    found = []
    for k in range(settings.members):
        say("boosted stages", k, settings.members)
        found.append(MemberBoosters.fit(learn, averaged, columns, (settings.seed + k, first, second), evenly))
    return _with_messages(learn, found, settings, say) if "messages" in settings.contexts else found


def _with_messages(
    learn: list[PanelGraph],
    found: list[tuple[MemberBoosters, StageScores]],
    settings: TrainingSettings,
    say: Progress,
) -> list[tuple[MemberBoosters, StageScores]]:
    """Every member's stages with a network of messages; the first one's held firms say how long all of them learn."""
    epochs, more = None, []
    for k, (boosters, stages) in enumerate(found):
        say("network of messages", k, len(found))
        more.append(boosters.with_messages(learn, stages, settings.seed + k, epochs))
        told = more[0][0].messages
        epochs = told.epochs if told else None
    return more


def _most_used(model: boosting.BoostedModel, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that tell most about a firm itself: their means over neighbours are worth looking at."""
    gain = np.sum([b.feature_importance("gain") for b in model.boosters], axis=0)
    best = np.argsort(-gain, kind="stable")[:MAX_AVERAGED]
    return tuple(columns[i] for i in sorted(best) if gain[i] > 0)


def _fit_members(
    context: str, learn: list[PanelGraph], stages: list[StageScores], say: Progress, where: torch.device
) -> tuple[EnsembleMember, ...]:
    kinds = tuple(sorted({k for g in learn for k in g.links.kinds}))
    members = []
    for k, seen in enumerate(stages):
        say(f"network, {context} context", k, len(stages))
        members.append(
            fit_member(EnsembleMember(context, seen.summary.shape[1], kinds).to(where), learn, seen, k)
        )
    return tuple(members)


def _choose_context(
    fitted: dict[str, tuple[EnsembleMember, ...]], choose: list[PanelGraph], ahead: list[StageScores]
) -> tuple[str, tuple[EnsembleMember, ...], list[HazardParts]]:
    """The context whose ensemble has the least cross-fitted log loss on the choosing slice.

    Contexts come in order of capacity, and a richer one must be better by more than one standard error of the
    paired difference: a context free enough to explain everything leaves nothing to be caught.
    """
    y, kept = known_outcomes(choose)
    best, best_parts, best_loss = "", [], np.empty(0)
    for context, members in fitted.items():
        parts = [average_members(g, members, _only(ahead, choose, i)) for i, g in enumerate(choose)]
        hazard = np.concatenate([p.hazard(NETWORK) for p in parts])[kept]
        loss = row_losses(cross_fitted(hazard, y), y)
        gain = best_loss - loss if best else loss
        if not best or gain.mean() > gain.std(ddof=1) / np.sqrt(len(y)):
            best, best_parts, best_loss = context, parts, loss
    return best, fitted[best], best_parts


def _only(stages: list[StageScores], graphs: list[PanelGraph], number: int) -> list[StageScores]:
    """The rows of one graph out of stages that cover several."""
    start = sum(g.firms for g in graphs[:number])
    at = slice(start, start + graphs[number].firms)
    return [s.rows(at) for s in stages]

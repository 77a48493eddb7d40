"""One fit of the recipe on a panel: first stages, own and context of every member, then its transmissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.baselines.baseline_protocol import Baseline, StagedGraphs, TrainingRows
from supplyrisk.gnn.baselines.baseline_registry import NETWORK, Use, baseline_class, baseline_names
from supplyrisk.gnn.baselines.boosting import TreeInputs
from supplyrisk.gnn.calibration import CalibrationRows, cross_fitted_losses
from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.data_splits import TrainingSettings
from supplyrisk.gnn.data.panel import PanelGraph, stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.expert_prior import expert_prior
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_base, fit_transmission
from supplyrisk.gnn.network.member_stages import (
    MemberBoosters,
    NeighbourhoodRecipe,
    OwnScores,
    StageFit,
    StageOptions,
    StageScores,
)
from supplyrisk.gnn.network.smooth_score import fit_smooth
from supplyrisk.gnn.network.transmission_gate import (
    GateHarm,
    close_where_harmful,
    clustered,
    cross_fitted_harm,
)
from supplyrisk.gnn.risk_model import HazardParts, average_members
from supplyrisk.gnn.training_stages import BASE, BOOSTERS, EVIDENCE, MESSAGES, TRANSMISSIONS, TREES

Matrix = NDArray[np.float64]
Members = tuple[EnsembleMember, ...]
Progress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is (0: unknown)."""
MAX_AVERAGED = 40
"""At most this many own columns are averaged over neighbours, for the baseline with neighbours and the context."""


@dataclass(frozen=True)
class ScoredRows:
    """Graphs with the scores of their rows: what a choice is judged on.

    Scores of rows that were trained on are those out of fold by firm.

    Parameters
    ----------
    graphs: graphs whose rows are stacked.
    scores: each member's first-stage scores.
    baselines: by name the baselines' hazards [members, rows].
    """

    graphs: Sequence[PanelGraph]
    scores: Sequence[StageScores]
    baselines: Mapping[str, Matrix] = field(default_factory=dict)

    @cached_property
    def outcomes(self) -> RowOutcomes:
        """The outcomes of all rows."""
        return RowOutcomes.of_graphs(self.graphs)

    @torch.no_grad()
    def base_hazard(self, members: Members) -> Matrix:
        """Return own + context [rows], the mean over the members."""
        total = np.zeros(sum(g.firms for g in self.graphs))
        for member, scores in zip(members, self.scores, strict=True):
            own, context = member.base_parts(scores)
            total += (own + context).cpu().numpy()
        return total / len(members)

    @torch.no_grad()
    def parts(self, members: Members) -> list[HazardParts]:
        """Return the hazards of every graph."""
        parts = []
        start = 0
        for graph in self.graphs:
            at = slice(start, start + graph.firms)
            baselines = {name: hazards[:, at] for name, hazards in self.baselines.items()}
            bases = [m.base_parts(s.rows(at)) for m, s in zip(members, self.scores, strict=True)]
            parts.append(average_members(graph, members, bases, baselines))
            start = at.stop
        return parts

    def calibration_rows(self, parts: Sequence[HazardParts]) -> CalibrationRows:
        """Return the rows with an outcome, and their hazards by candidate; parts: of every graph."""
        known = self.outcomes.known
        hazards = {
            candidate: np.concatenate([p.hazard(candidate) for p in parts])[known]
            for candidate in (NETWORK, *self.baselines)
        }
        return CalibrationRows(self.outcomes.rows(known), hazards)


@dataclass(frozen=True)
class PanelFit:
    """First stages and members fitted on one panel.

    Parameters
    ----------
    panel: the graphs, with their out-of-fold scores.
    columns: names of the columns of PanelGraph.x.
    boosters: the first stage of each member.
    members: by context; their transmissions are not fitted yet.
    baselines: by name those that can be champion.
    """

    panel: ScoredRows
    columns: tuple[str, ...]
    boosters: tuple[MemberBoosters, ...]
    members: dict[str, Members]
    baselines: Mapping[str, Baseline]

    def scored(self, graphs: Sequence[PanelGraph]) -> ScoredRows:
        """Return graphs that it was not fitted on with their scores."""
        scores = [b.predict(graphs, self.columns) for b in self.boosters]
        rows = StagedGraphs(graphs, self.columns, scores)
        return ScoredRows(graphs, scores, {name: b.hazards(rows) for name, b in self.baselines.items()})

    def for_context(self, context: str) -> tuple[MemberBoosters, ...]:
        """Return the first stages that a context needs: a network of messages that it does not use is left out."""
        if context == "messages":
            return self.boosters
        return tuple(replace(b, messages=None) for b in self.boosters)


def fit_panel(
    graphs: Sequence[PanelGraph],
    columns: OwnColumns,
    settings: TrainingSettings,
    report: Progress,
    where: torch.device,
) -> PanelFit:
    """Fit first stages, baselines, and the own part and context of every member for each of settings.contexts."""
    stages = _fit_stages(graphs, columns, settings, report)
    scores = [fit.scores for fit in stages]
    kinds = tuple(sorted({k for g in graphs for k in g.links.kinds}))
    members = {}
    for number, context in enumerate(settings.contexts):
        report(BASE, number, len(settings.contexts))
        members[context] = tuple(
            fit_base(EnsembleMember(context, s.summary.shape[1], kinds).to(where), graphs, s) for s in scores
        )
    rows = TrainingRows(graphs, columns, settings, stages)
    baselines = {name: baseline_class(name).fit(rows) for name in baseline_names(Use.CANDIDATE)}
    return PanelFit(
        ScoredRows(graphs, scores, {name: fit.hazards for name, fit in baselines.items()}),
        columns.names,
        tuple(fit.boosters for fit in stages),
        members,
        {name: fit.baseline for name, fit in baselines.items()},
    )


def fit_contagion(fit: PanelFit, context: str, settings: TrainingSettings, report: Progress) -> GateHarm:
    """Fit the transmissions of a context's members in place; close them where they do significant harm.

    The harm is out of fold by firm over all rows of the panel.
    """
    members = fit.members[context]
    for number, (member, scores) in enumerate(zip(members, fit.panel.scores, strict=True)):
        report(TRANSMISSIONS, number, len(members))
        fit_transmission(member, fit.panel.graphs, scores, number)
    report(EVIDENCE, 0, 0)
    harm = cross_fitted_harm(members, fit.panel.graphs, fit.panel.scores, settings.seed)
    close_where_harmful(members, harm)
    return harm


def _fit_stages(
    graphs: Sequence[PanelGraph], columns: OwnColumns, settings: TrainingSettings, report: Progress
) -> list[StageFit]:
    """Fit every member's first stage."""
    x = stacked(graphs, "x")
    outcomes = RowOutcomes.of_graphs(graphs)
    report(TREES, 0, 0)
    # The numbers of trees, the recipe and the smooth score are the same for all members.
    own_inputs = TreeInputs(x, columns.directions)
    own_rounds = boosting.best_rounds(own_inputs, outcomes, settings.seed).rounds
    own = boosting.fit_boosted(own_inputs, outcomes, settings.seed, own_rounds)
    smooth = fit_smooth(x, outcomes, settings.seed, expert_prior(columns.names))
    recipe, full_rounds = _neighbourhood_choice(
        graphs, own, OwnScores(own.log_hazards, smooth.log_hazards), columns, settings.seed
    )
    options = StageOptions(columns, recipe, own_rounds, full_rounds, smooth)
    stages = []
    for k in range(settings.members):
        report(BOOSTERS, k, settings.members)
        stages.append(MemberBoosters.fit(graphs, settings.seed + k, options))
    return _with_messages(graphs, stages, settings, report) if "messages" in settings.contexts else stages


def _neighbourhood_choice(
    graphs: Sequence[PanelGraph],
    own: boosting.BoostedFit,
    scores: OwnScores,
    columns: OwnColumns,
    seed: int,
) -> tuple[NeighbourhoodRecipe, int]:
    """The recipe of the second boosted stage, and its number of trees.

    Few failures cannot show the effects of hundreds of columns. Trees on all columns are therefore grown only where
    they are clearly better than a correction of the own scores.
    """
    x = stacked(graphs, "x")
    outcomes = RowOutcomes.of_graphs(graphs)
    recipes = [
        NeighbourhoodRecipe(from_own=True),
        NeighbourhoodRecipe(from_own=False, averaged=_most_used(own.model, columns.names)),
    ]
    rounds = []
    for recipe in recipes:
        near = recipe.columns(graphs, own.log_hazards, columns.names)
        inputs = recipe.inputs(x, near.wide, columns.with_neighbourhood(near.names), scores)
        rounds.append(boosting.best_rounds(inputs, outcomes, seed))
    chosen = int(_clearly_better(rounds[1], rounds[0], outcomes))
    return recipes[chosen], rounds[chosen].rounds


def _clearly_better(rich: boosting.BestRounds, plain: boosting.BestRounds, outcomes: RowOutcomes) -> bool:
    """Whether the richer trees' log loss out of fold is lower by more than one standard error.

    Both are calibrated with cross-fitting first: another level or slope is no evidence for columns.
    """
    rich_losses, plain_losses = (
        cross_fitted_losses(np.exp(trees.log_hazards), outcomes) for trees in (rich, plain)
    )
    gain = clustered(plain_losses - rich_losses, outcomes.rows(outcomes.known))
    return bool(gain.mean > gain.error)


def _most_used(model: boosting.BoostedModel, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The own columns with the largest gain: their means over neighbours are the most likely to be useful."""
    gain = np.sum([b.feature_importance("gain") for b in model.boosters], axis=0)
    best = np.argsort(-gain, kind="stable")[:MAX_AVERAGED]
    # Back in the order of the columns: the ranking must not decide the order of inputs.
    return tuple(columns[i] for i in sorted(best) if gain[i] > 0)


def _with_messages(
    graphs: Sequence[PanelGraph], stages: list[StageFit], settings: TrainingSettings, report: Progress
) -> list[StageFit]:
    """Every member's first stage with a network of messages; early stopping of the first one sets all epochs."""
    epochs = None
    with_messages: list[StageFit] = []
    for k, fit in enumerate(stages):
        report(MESSAGES, k, len(stages))
        with_messages.append(fit.boosters.with_messages(graphs, fit.scores, settings.seed + k, epochs))
        first = with_messages[0].boosters.messages
        epochs = first.epochs if first else None
    return with_messages

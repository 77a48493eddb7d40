"""The first stage of a member: boosted trees, the smooth score and the network of messages, fitted out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import BoostedModel, TreeInputs, fit_boosted, margin_of
from supplyrisk.gnn.data.column_directions import Directions, OwnColumns
from supplyrisk.gnn.data.panel import PanelGraph, stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.message_network import MessageEnsemble
from supplyrisk.gnn.network.message_training import fit_messages
from supplyrisk.gnn.network.neighbourhood_columns import SUMMARY_COLUMNS, NeighbourhoodColumns
from supplyrisk.gnn.network.smooth_score import SmoothFit, SmoothScore
from supplyrisk.graph.schema.aliases import SUMMARY

Matrix = NDArray[np.float64]

ALL_STAGES = frozenset({"full", SUMMARY, "messages"})


@dataclass(frozen=True)
class StageScores:
    """First-stage scores of each firm row; a score that no context uses is NaN.

    Parameters
    ----------
    own [rows]: log hazard of the trees on own columns.
    full [rows]: log hazard of the trees with the neighbourhood's columns.
    summary [rows, columns]: the few figures about the neighbourhood that the summary context uses.
    smooth [rows]: log hazard of the smooth score of own columns.
    messages [rows]: log hazard of the network of messages.
    """

    own: Matrix
    full: Matrix
    summary: Matrix
    smooth: Matrix
    messages: Matrix

    def rows(self, at: slice | NDArray[np.int64]) -> StageScores:
        """Return the scores of some rows."""
        return StageScores(self.own[at], self.full[at], self.summary[at], self.smooth[at], self.messages[at])


@dataclass(frozen=True)
class OwnScores:
    """Log hazards [rows] by own columns: of the boosted trees, and of the smooth score."""

    boosted: Matrix
    smooth: Matrix

    @property
    def margin(self) -> Matrix:
        """The mean of both scores as a logistic margin [rows]."""
        return np.asarray((margin_of(self.boosted) + margin_of(self.smooth)) / 2)


@dataclass(frozen=True)
class NeighbourhoodRecipe:
    """How the second boosted stage is built.

    Parameters
    ----------
    from_own: whether its trees start from the mean margin of the own scores and are grown on the columns about risk
        around the firm alone; else they are grown on own columns and all of the neighbourhood's.
    averaged: own columns whose means over neighbours it uses; none where it starts from the own scores.
    """

    from_own: bool
    averaged: tuple[str, ...] = ()

    def columns(
        self, graphs: Sequence[PanelGraph], own: Matrix, columns: tuple[str, ...]
    ) -> NeighbourhoodColumns:
        """Compute its columns about the neighbourhood; own [rows]: log own hazards; columns: names of own columns."""
        near = NeighbourhoodColumns.of(graphs, own, columns, self.averaged)
        return near.about_risk() if self.from_own else near

    def inputs(self, x: Matrix, near: Matrix, directions: Directions, own: OwnScores) -> TreeInputs:
        """Return what its trees are grown on.

        Parameters
        ----------
        x [rows, own columns], near [rows, columns about the neighbourhood].
        directions: of both, own columns first.
        own: the own scores of the rows.
        """
        if self.from_own:
            return TreeInputs(near, directions[x.shape[1] :], own.margin)
        return TreeInputs(np.hstack([x, near]), directions)


@dataclass(frozen=True)
class StageOptions:
    """Choices that all members share, made once per training.

    Parameters
    ----------
    columns: the columns of PanelGraph.x.
    recipe: how the second boosted stage is built.
    own_rounds, full_rounds: trees per booster of the first and of the second boosted stage.
    smooth: the smooth score and its out-of-fold log hazards of the rows.
    """

    columns: OwnColumns
    recipe: NeighbourhoodRecipe
    own_rounds: int
    full_rounds: int
    smooth: SmoothFit


@dataclass(frozen=True)
class MemberBoosters:
    """The fitted first stage of one member; its two boosted models are the baselines as well.

    Parameters
    ----------
    own: trees on own columns.
    full: trees with the neighbourhood's columns.
    names: the neighbourhood's columns in full.
    smooth: the smooth score, the same for all members.
    messages: the network of messages; None where the context does not use it.
    from_own: whether full starts from the own scores, see `NeighbourhoodRecipe`.
    """

    own: BoostedModel
    full: BoostedModel
    names: tuple[str, ...]
    smooth: SmoothScore
    messages: MessageEnsemble | None = None
    from_own: bool = False

    @classmethod
    def fit(cls, graphs: Sequence[PanelGraph], seed: int, options: StageOptions) -> StageFit:
        """Fit both boosted stages out of fold by firm on the stacked rows of all graphs."""
        x = stacked(graphs, "x")
        outcomes = RowOutcomes.of_graphs(graphs)
        columns = options.columns
        own = fit_boosted(TreeInputs(x, columns.directions), outcomes, seed, options.own_rounds)
        # The second stage uses out-of-fold scores, of the neighbours too: in-sample ones would reveal their outcomes.
        near = options.recipe.columns(graphs, own.log_hazards, columns.names)
        inputs = options.recipe.inputs(
            x,
            near.wide,
            columns.with_neighbourhood(near.names),
            OwnScores(own.log_hazards, options.smooth.log_hazards),
        )
        full = fit_boosted(inputs, outcomes, seed, options.full_rounds)
        return StageFit(
            cls(
                own.model,
                full.model,
                near.names,
                options.smooth.score,
                from_own=options.recipe.from_own,
            ),
            StageScores(
                own=own.log_hazards,
                full=full.log_hazards,
                summary=near.summary,
                smooth=options.smooth.log_hazards,
                # Filled by `with_messages`, which needs these scores first.
                messages=np.full(len(x), np.nan),
            ),
        )

    def with_messages(
        self, graphs: Sequence[PanelGraph], stages: StageScores, seed: int, epochs: int | None = None
    ) -> StageFit:
        """Add a network of messages, fitted out of fold on the same rows; arguments as of `fit_messages`."""
        smooth = SmoothFit(self.smooth, stages.smooth)
        fitted = fit_messages(graphs, stages.own, smooth, seed, epochs)
        return StageFit(replace(self, messages=fitted.ensemble), replace(stages, messages=fitted.log_hazards))

    def neighbourhood(
        self, graphs: Sequence[PanelGraph], own: Matrix, columns: tuple[str, ...]
    ) -> NeighbourhoodColumns:
        """Compute the neighbourhood's columns that the second stage was trained on; own [rows]: log own hazards."""
        return NeighbourhoodColumns.of(graphs, own, columns, names=self.names)

    def full_score(self, x: Matrix, near: Matrix, own: OwnScores | None = None) -> Matrix:
        """Return the log hazards [rows] of the second boosted stage.

        Parameters
        ----------
        x [rows, own columns], near [rows, names]: as of `neighbourhood`.
        own: the own scores of the rows, if they have been computed already.
        """
        if not self.from_own:
            return self.full.predict(np.hstack([x, near]))
        own = own or OwnScores(self.own.predict(x), self.smooth.predict(x))
        return self.full.predict(near, own.margin)

    def predict(
        self,
        graphs: Sequence[PanelGraph],
        columns: tuple[str, ...],
        required: frozenset[str] = ALL_STAGES,
        known: OwnScores | None = None,
    ) -> StageScores:
        """Score graphs that the stages were not trained on.

        Parameters
        ----------
        graphs: graphs whose rows are stacked.
        columns: names of the columns of PanelGraph.x.
        required: which of ALL_STAGES to compute; the others are NaN and cost nothing.
        known: the own scores of the same rows, if they have been computed already.
        """
        x = stacked(graphs, "x")
        if known is None:
            known = OwnScores(self.own.predict(x), self.smooth.predict(x))
        # A broadcast NaN takes the memory of one number.
        full = np.broadcast_to(np.nan, len(x))
        summary = np.broadcast_to(np.nan, (len(x), 1 + len(SUMMARY_COLUMNS)))
        if "full" in required:
            near = self.neighbourhood(graphs, known.boosted, columns)
            full = self.full_score(x, near.wide, known)
            summary = near.summary
        elif SUMMARY in required:
            # The summary alone needs no means of own columns, the costly part of the neighbourhood.
            summary = NeighbourhoodColumns.of(graphs, known.boosted, columns, names=()).summary
        messages = np.broadcast_to(np.nan, len(x))
        if "messages" in required and self.messages is not None:
            messages = self.messages.predict(graphs, known.boosted, SmoothFit(self.smooth, known.smooth))
        return StageScores(known.boosted, full, summary, known.smooth, messages)


class StageFit(NamedTuple):
    """A member's fitted first stage and its out-of-fold scores of the training rows."""

    boosters: MemberBoosters
    scores: StageScores

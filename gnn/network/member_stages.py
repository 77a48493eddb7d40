"""The first stage of a member: boosted trees, the smooth score and the network of messages, fitted out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import BoostedModel, fit_boosted
from supplyrisk.gnn.data.column_directions import OwnColumns
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
    full [rows]: log hazard of the trees on own columns and the neighbourhood's.
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


@dataclass(frozen=True)
class StageOptions:
    """Choices that all members share, made once per training.

    Parameters
    ----------
    columns: the columns of PanelGraph.x.
    averaged: those whose means over neighbours the second boosted stage uses.
    own_rounds, full_rounds: trees per booster of the first and of the second boosted stage.
    smooth: the smooth score and its out-of-fold log hazards of the rows.
    """

    columns: OwnColumns
    averaged: tuple[str, ...]
    own_rounds: int
    full_rounds: int
    smooth: SmoothFit


@dataclass(frozen=True)
class MemberBoosters:
    """The fitted first stage of one member; its two boosted models are the baselines as well.

    Parameters
    ----------
    own: trees on own columns.
    full: trees on own columns and the neighbourhood's.
    names: the neighbourhood's columns in full.
    smooth: the smooth score, the same for all members.
    messages: the network of messages; None where the context does not use it.
    """

    own: BoostedModel
    full: BoostedModel
    names: tuple[str, ...]
    smooth: SmoothScore
    messages: MessageEnsemble | None = None

    @classmethod
    def fit(cls, graphs: Sequence[PanelGraph], seed: int, options: StageOptions) -> StageFit:
        """Fit both boosted stages out of fold by firm on the stacked rows of all graphs."""
        x = stacked(graphs, "x")
        outcomes = RowOutcomes.of_graphs(graphs)
        own = fit_boosted(x, outcomes, seed, options.own_rounds, options.columns.directions)
        # The second stage uses the neighbours' out-of-fold scores: in-sample ones would reveal their outcomes.
        near = NeighbourhoodColumns.of(graphs, own.log_hazards, options.columns.names, options.averaged)
        directions = options.columns.with_neighbourhood(near.names)
        full = fit_boosted(np.hstack([x, near.wide]), outcomes, seed, options.full_rounds, directions)
        return StageFit(
            cls(own.model, full.model, near.names, options.smooth.score),
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
            full = self.full.predict(np.hstack([x, near.wide]))
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

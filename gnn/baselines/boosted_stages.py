"""The boosted-tree baselines. Their trees are the first stages of the network, which are fitted and stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_protocol import (
    BaselineFit,
    Explanation,
    Ratios,
    StagedGraphs,
    TrainingRows,
)
from supplyrisk.gnn.baselines.forest import ForestOutput, evaluate_forest
from supplyrisk.gnn.network.member_stages import MemberBoosters

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _BoostedStage:
    """One of the scores of every member's first stage; score: its name in StageScores."""

    members: tuple[MemberBoosters, ...]
    score: ClassVar[str]

    @classmethod
    def fit(cls, rows: TrainingRows) -> BaselineFit:
        """Take over the first stages, which have been fitted on the same rows."""
        hazards = np.exp([getattr(fit.scores, cls.score) for fit in rows.stages])
        return BaselineFit(cls(tuple(fit.boosters for fit in rows.stages)), hazards)  # type: ignore[arg-type]

    def column_gains(self, columns: int) -> Matrix:
        """Return the shares of the own columns in what the trees' splits gain."""
        return np.asarray(np.mean([b.own.column_gains() for b in self.members], axis=0))

    def hazards(self, rows: StagedGraphs) -> Matrix:
        """Return the hazards [members, rows] by this score."""
        return np.asarray(np.exp([getattr(scores, self.score) for scores in rows.scores]))

    def save(self) -> dict[str, Any]:
        """Return nothing: the first stages are stored with the network."""
        return {}

    @classmethod
    def load(cls, stored: Mapping[str, Any], boosters: tuple[MemberBoosters, ...]) -> Self:
        """Take the first stages of a stored network."""
        return cls(boosters)

    def _own_trees(self, rows: StagedGraphs) -> ForestOutput:
        return rows.own_trees or evaluate_forest([b.own for b in self.members], rows.x)


class BoostedOwn(_BoostedStage):
    """LightGBM on own columns; its hazard is the geometric mean over the members."""

    description: ClassVar[str] = "LightGBM on own columns"
    interval: ClassVar[Ratios | None] = (
        (-9.48, -9.03, -8.55, -8.3, -8.02),
        (0.06, 0.04, 0.16, 0.79, 2.55),
    )
    stages: ClassVar[frozenset[str]] = frozenset()
    own_only: ClassVar[bool] = True
    score: ClassVar[str] = "own"

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return the trees' columns."""
        trees = self._own_trees(rows)
        return Explanation(
            inputs=[rows.x] * len(self.members),
            scores=[b.own.predict for b in self.members],
            parts=lambda at: trees.parts[at].astype(float),
            constant=trees.constant,
        )


class BoostedNeighbours(_BoostedStage):
    """LightGBM with columns about the neighbourhood; its hazard is the geometric mean over the members."""

    description: ClassVar[str] = (
        "LightGBM on the own scores and risk around the firm, or on all columns with neighbours' means"
    )
    interval: ClassVar[Ratios | None] = (
        (-9.34, -9.07, -8.73, -8.26, -6.91),
        (0.0, 0.0, 0.1, 0.61, 1.77),
    )
    stages: ClassVar[frozenset[str]] = frozenset({"full"})
    own_only: ClassVar[bool] = False
    score: ClassVar[str] = "full"

    def column_gains(self, columns: int) -> Matrix:
        """Return the shares of the own columns: in the own scores that the trees start from, or in the trees."""
        if not self.members[0].from_own:
            return np.asarray(np.mean([b.full.column_gains()[:columns] for b in self.members], axis=0))
        # As in `explain`: the trees start from the mean of both own scores.
        return 0.5 * super().column_gains(columns) + 0.5 * self.members[0].smooth.column_sizes

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return own columns, by the own scores that the trees start from or by the trees, and the neighbourhood's."""
        x = rows.x
        width = x.shape[1]
        # Each member's inputs are its own: neighbours' scores are by its first boosted stage.
        inputs = [
            np.hstack([x, b.neighbourhood(rows.graphs, b.own.predict(x), rows.columns).wide])
            for b in self.members
        ]
        first = self.members[0]
        start = width if first.from_own else 0
        forests = [
            evaluate_forest([b.full], x_full[:, start:])
            for b, x_full in zip(self.members, inputs, strict=True)
        ]
        parts = np.asarray(np.mean([forest.parts for forest in forests], axis=0))
        constant = float(np.mean([forest.constant for forest in forests]))
        scores = [partial(_full_score, b, width) for b in self.members]
        if not first.from_own:
            return Explanation(
                inputs, scores, lambda at: parts[at].astype(float), constant, names=first.names
            )
        own = self._own_trees(rows)
        smooth = first.smooth

        def parts_from_own(at: slice) -> Matrix:
            # The trees start from the mean of both own scores' margins.
            own_parts = 0.5 * own.parts[at].astype(float) + 0.5 * smooth.parts(x[at])
            return np.hstack([own_parts, parts[at].astype(float)])

        constant += 0.5 * own.constant + 0.5 * smooth.constant
        return Explanation(inputs, scores, parts_from_own, constant, names=first.names)


def _full_score(boosters: MemberBoosters, width: int, inputs: Matrix) -> Matrix:
    """The second boosted stage by own columns, so many, and the neighbourhood's side by side."""
    return boosters.full_score(inputs[:, :width], inputs[:, width:])

"""What each column of a boosted score, the context and the neighbours weigh in each firm's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.boosting import BoostedModel
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import ScoreEvidence
from supplyrisk.gnn.risk_model import BOOSTED_NEIGHBOURS, NETWORK, RiskModel, column_names

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ReasonTrees:
    """The boosted models behind a score: what each member's looks at [firms, columns], and the columns' names.

    A column of the firm's own data is (feature, word), one about its neighbourhood a text.
    """

    boosted: list[BoostedModel]
    inputs: list[Matrix]
    columns: Sequence[tuple[str, str] | str]


def reason_trees_of(model: RiskModel, graph: PanelGraph, candidate: str) -> ReasonTrees:
    """The boosted models that a contender's reasons come from: of own columns, or of the neighbourhood's as well."""
    columns: list[tuple[str, str] | str] = list(model.encoder.columns)
    if candidate != BOOSTED_NEIGHBOURS:
        boosted = [b.own for b in model.boosters]
        return ReasonTrees(boosted, [graph.x] * len(boosted), columns)
    inputs = []
    for b in model.boosters:
        near = b.around([graph], b.own.predict(graph.x), column_names(model.encoder))
        inputs.append(np.hstack([graph.x, near.wide]))
    return ReasonTrees([b.full for b in model.boosters], inputs, [*columns, *model.boosters[0].names])


@dataclass(frozen=True)
class ColumnWeights:
    """Weighs the columns of some firms at a time: all of a million at once would take gigabytes.

    pushed [firms, columns] is what each column adds to the mean boosted margin.
    """

    model: RiskModel
    evidence: ScoreEvidence
    trees: ReasonTrees
    margin_parts: NDArray[np.float32]

    @classmethod
    def of(cls, model: RiskModel, seen: ScoreEvidence) -> ColumnWeights:
        """Of what the scoring contender looks at."""
        trees, pushed = reason_trees_of(model, seen.graph, seen.candidate), seen.parts.column_parts
        if seen.candidate == BOOSTED_NEIGHBOURS or pushed is None:
            each = [evaluate_forest([b], x).parts for b, x in zip(trees.boosted, trees.inputs, strict=True)]
            pushed = np.asarray(np.mean(each, axis=0))
        return cls(model, seen, trees, pushed)

    def columns(self, at: slice) -> Matrix:
        """Weight of every column for some firms: its share of what raises the boosted score, times the own hazard."""
        parts, margin = self.evidence.parts, self.margin_parts[at].astype(float)
        if self.evidence.candidate == NETWORK:
            margin = self._own_margin(margin, self.evidence.graph.x[at])
        raised = np.clip(margin, 0, None)
        total = raised.sum(1, keepdims=True)
        share = np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
        hazard = parts.own if self.evidence.candidate == NETWORK else parts.hazard(self.evidence.candidate)
        return np.asarray(share * hazard[at, None])

    def _own_margin(self, boosted: Matrix, x: Matrix) -> Matrix:
        """Both scores' parts, weighed as the members weigh the scores."""
        weights = np.mean([m.own.detach().cpu().numpy() for m in self.model.members], axis=0)
        return np.asarray(weights[1] * boosted + weights[2] * self.model.boosters[0].smooth.parts(x))

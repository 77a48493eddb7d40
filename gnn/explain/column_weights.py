"""Weight of each own or neighbourhood column in each firm's score."""

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
    """The boosted models behind a score, one per member.

    Parameters
    ----------
    boosted: the models.
    inputs: each model's input [firms, columns].
    columns: (feature, word) for a column of the firm's own data, a text for one about its neighbourhood.
    """

    boosted: list[BoostedModel]
    inputs: list[Matrix]
    columns: Sequence[tuple[str, str] | str]


def reason_trees_of(model: RiskModel, graph: PanelGraph, candidate: str) -> ReasonTrees:
    """Return the boosted models that a candidate's reasons come from, with or without neighbourhood columns."""
    columns: list[tuple[str, str] | str] = list(model.encoder.columns)
    if candidate != BOOSTED_NEIGHBOURS:
        boosted = [b.own for b in model.boosters]
        return ReasonTrees(boosted, [graph.x] * len(boosted), columns)
    inputs = []
    for b in model.boosters:
        # Each member's inputs are its own: neighbours' scores are by its first boosted stage.
        near = b.neighbourhood([graph], b.own.predict(graph.x), column_names(model.encoder))
        inputs.append(np.hstack([graph.x, near.wide]))
    return ReasonTrees([b.full for b in model.boosters], inputs, [*columns, *model.boosters[0].names])


@dataclass(frozen=True)
class ColumnWeights:
    """Computes weights for some firms at a time: those of a million firms at once would take gigabytes.

    margin_parts [firms, columns]: each column's part in the mean boosted margin.
    """

    model: RiskModel
    evidence: ScoreEvidence
    trees: ReasonTrees
    margin_parts: NDArray[np.float32]

    @classmethod
    def of(cls, model: RiskModel, evidence: ScoreEvidence) -> ColumnWeights:
        """Prepare the weights of the candidate that scores."""
        trees = reason_trees_of(model, evidence.graph, evidence.candidate)
        margin_parts = evidence.parts.column_parts
        if evidence.candidate == BOOSTED_NEIGHBOURS or margin_parts is None:
            by_member = [
                evaluate_forest([b], x).parts for b, x in zip(trees.boosted, trees.inputs, strict=True)
            ]
            margin_parts = np.asarray(np.mean(by_member, axis=0))
        return cls(model, evidence, trees, margin_parts)

    def columns(self, at: slice) -> Matrix:
        """Return the weight of every column for some firms [firms, columns].

        It is the column's share of everything that raises the boosted margin, times the own hazard (the whole hazard
        where a baseline scores).
        """
        parts = self.evidence.parts
        margin = self.margin_parts[at].astype(float)
        if self.evidence.candidate == NETWORK:
            margin = self._own_margin(margin, self.evidence.graph.x[at])
        # Columns that lower the score are no reasons for it.
        raised = np.clip(margin, 0, None)
        total = raised.sum(1, keepdims=True)
        share = np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
        by_network = self.evidence.candidate == NETWORK
        hazard = parts.own if by_network else parts.hazard(self.evidence.candidate)
        return np.asarray(share * hazard[at, None])

    def _own_margin(self, boosted: Matrix, x: Matrix) -> Matrix:
        """Parts of both own scores, weighted as the members weigh the scores on average."""
        weights = np.mean([m.own.detach().cpu().numpy() for m in self.model.members], axis=0)
        return np.asarray(weights[1] * boosted + weights[2] * self.model.boosters[0].smooth.parts(x))

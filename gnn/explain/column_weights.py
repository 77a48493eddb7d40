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
from supplyrisk.gnn.risk_model import BOOSTED_NEIGHBOURS, NETWORK, SEPARATING, RiskModel, column_names
from supplyrisk.graph.schema.expert_mark import EXPERT

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ReasonTrees:
    """The boosted models behind a score, one per member.

    Parameters
    ----------
    boosted: the models; none for an expert model.
    inputs: each model's input [firms, columns]; an expert model's scorecard has the first one.
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
        return ReasonTrees(boosted, [graph.x] * max(len(boosted), 1), columns)
    inputs = []
    for b in model.boosters:
        # Each member's inputs are its own: neighbours' scores are by its first boosted stage.
        near = b.neighbourhood([graph], b.own.predict(graph.x), column_names(model.encoder))
        inputs.append(np.hstack([graph.x, near.wide]))
    return ReasonTrees([b.full for b in model.boosters], inputs, [*columns, *model.boosters[0].names])


@dataclass(frozen=True)
class ColumnWeights:
    """Computes weights for some firms at a time: those of a million firms at once would take gigabytes.

    margin_parts [firms, columns]: each column's part in the mean boosted margin; None for an expert model.
    """

    model: RiskModel
    evidence: ScoreEvidence
    trees: ReasonTrees
    margin_parts: NDArray[np.float32] | None

    @classmethod
    def of(cls, model: RiskModel, evidence: ScoreEvidence) -> ColumnWeights:
        """Prepare the weights of the candidate that scores."""
        trees = reason_trees_of(model, evidence.graph, evidence.candidate)
        if evidence.candidate == EXPERT:
            return cls(model, evidence, trees, None)
        margin_parts = evidence.parts.column_parts
        if evidence.candidate == BOOSTED_NEIGHBOURS or margin_parts is None:
            by_member = [
                evaluate_forest([b], x).parts for b, x in zip(trees.boosted, trees.inputs, strict=True)
            ]
            margin_parts = np.asarray(np.mean(by_member, axis=0))
        return cls(model, evidence, trees, margin_parts)

    def columns(self, at: slice) -> Matrix:
        """Return the weight of every column for some firms [firms, columns].

        It is the column's share of everything that raises the margin (boosted, or of the scorecard), times the own
        hazard (the whole hazard where a baseline scores).
        """
        parts = self.evidence.parts
        margin = self._margin(at)
        # Columns that lower the score are no reasons for it.
        raised = np.clip(margin, 0, None)
        total = raised.sum(1, keepdims=True)
        share = np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
        separated = self.evidence.candidate in SEPARATING
        hazard = parts.own if separated else parts.hazard(self.evidence.candidate)
        return np.asarray(share * hazard[at, None])

    def _margin(self, at: slice) -> Matrix:
        """Each column's part in the margin of some firms [firms, columns]."""
        x = self.evidence.graph.x[at]
        if self.model.scorecard is not None:
            return self.model.scorecard.parts(x)
        if self.margin_parts is None:
            raise ValueError("no parts of the boosted margin; a trained model needs them")
        boosted = self.margin_parts[at].astype(float)
        if self.evidence.candidate != NETWORK:
            return boosted
        # Both own scores, weighted as the members weigh them on average.
        weights = np.mean([m.own.detach().cpu().numpy() for m in self.model.members], axis=0)
        return np.asarray(weights[1] * boosted + weights[2] * self.model.boosters[0].smooth.parts(x))

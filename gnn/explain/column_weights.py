"""Weight of each own or neighbourhood column in each firm's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import ScoreEvidence
from supplyrisk.gnn.network.member_stages import MemberBoosters
from supplyrisk.gnn.risk_model import BOOSTED_NEIGHBOURS, NETWORK, SEPARATING, RiskModel, column_names
from supplyrisk.graph.schema.expert_mark import EXPERT

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ReasonTrees:
    """The boosted models behind a score, one per member.

    Parameters
    ----------
    scores: log hazards [rows] of each model by its inputs [rows, columns]; none for an expert model.
    inputs: each model's input [firms, columns]; an expert model's scorecard has the first one.
    columns: (feature, word) for a column of the firm's own data, a text for one about its neighbourhood.
    """

    scores: Sequence[Callable[[Matrix], Matrix]]
    inputs: list[Matrix]
    columns: Sequence[tuple[str, str] | str]


def reason_trees_of(model: RiskModel, graph: PanelGraph, candidate: str) -> ReasonTrees:
    """Return the boosted models that a candidate's reasons come from, with or without neighbourhood columns."""
    columns: list[tuple[str, str] | str] = list(model.encoder.columns)
    if candidate != BOOSTED_NEIGHBOURS:
        own = [b.own.predict for b in model.boosters]
        return ReasonTrees(own, [graph.x] * max(len(own), 1), columns)
    inputs = []
    for b in model.boosters:
        # Each member's inputs are its own: neighbours' scores are by its first boosted stage.
        near = b.neighbourhood([graph], b.own.predict(graph.x), column_names(model.encoder))
        inputs.append(np.hstack([graph.x, near.wide]))
    full = [_full_score(b, len(columns)) for b in model.boosters]
    return ReasonTrees(full, inputs, [*columns, *model.boosters[0].names])


def _full_score(boosters: MemberBoosters, own_columns: int) -> Callable[[Matrix], Matrix]:
    """The second boosted stage by own columns and the neighbourhood's side by side."""
    return lambda inputs: boosters.full_score(inputs[:, :own_columns], inputs[:, own_columns:])


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
        if margin_parts is None:
            margin_parts = evaluate_forest([b.own for b in model.boosters], evidence.graph.x).parts
        if evidence.candidate == BOOSTED_NEIGHBOURS:
            margin_parts = _full_parts(model, trees, margin_parts)
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
        margin = self.margin_parts[at].astype(float)
        weights = self._own_weights()
        if weights is not None:
            own = margin[:, : x.shape[1]]
            own[:] = weights[0] * own + weights[1] * self.model.boosters[0].smooth.parts(x)
        return margin

    def _own_weights(self) -> tuple[float, float] | None:
        """Weights of the boosted and of the smooth own score in the margin; None where the trees alone score."""
        if self.evidence.candidate == NETWORK:
            # As the members weigh both scores on average.
            _, boosted, smooth = np.mean([m.own.detach().cpu().numpy() for m in self.model.members], axis=0)
            return float(boosted), float(smooth)
        if self.evidence.candidate == BOOSTED_NEIGHBOURS and self.model.boosters[0].from_own:
            return 0.5, 0.5
        return None


def _full_parts(model: RiskModel, trees: ReasonTrees, own_parts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column's part [firms, columns] in the mean margin of the second boosted stage.

    own_parts [firms, own columns]: parts in the mean margin of the first stage, which the second may start from.
    """
    from_own = model.boosters[0].from_own
    first = own_parts.shape[1] if from_own else 0
    by_member = [
        evaluate_forest([b.full], x[:, first:]).parts
        for b, x in zip(model.boosters, trees.inputs, strict=True)
    ]
    parts = np.asarray(np.mean(by_member, axis=0))
    return np.hstack([own_parts, parts]) if from_own else parts

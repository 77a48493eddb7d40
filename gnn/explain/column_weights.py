"""Weight of each own or neighbourhood column in each firm's score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_protocol import Explanation, StagedGraphs
from supplyrisk.gnn.baselines.baseline_registry import NETWORK, SEPARATING
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import ScoreEvidence
from supplyrisk.gnn.risk_model import HazardParts, RiskModel

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnWeights:
    """Computes weights for some firms at a time: those of a million firms at once would take gigabytes.

    Parameters
    ----------
    evidence: the scored snapshot.
    explanation: the score column by column; of the network, that of its own part.
    columns: (feature, word) for a column of the firm's own data, a text for one about its neighbourhood.
    """

    evidence: ScoreEvidence
    explanation: Explanation
    columns: tuple[tuple[str, str] | str, ...]

    @classmethod
    def of(cls, model: RiskModel, evidence: ScoreEvidence) -> ColumnWeights:
        """Prepare the weights of the candidate that scores."""
        explanation = _explanation(model, evidence.graph, evidence.parts, evidence.candidate)
        own = model.encoder.columns if explanation.own else ()
        return cls(evidence, explanation, (*own, *explanation.names))

    def weights(self, at: slice) -> Matrix:
        """Return the weight of every column for some firms [firms, columns].

        It is the column's share of everything that raises the margin (boosted, or of the scorecard), times the own
        hazard (the whole hazard where a baseline scores).
        """
        parts = self.evidence.parts
        # Columns that lower the score are no reasons for it.
        raised = np.clip(self.explanation.parts(at), 0, None)
        total = raised.sum(1, keepdims=True)
        share = np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
        separated = self.evidence.candidate in SEPARATING
        hazard = parts.own if separated else parts.hazard(self.evidence.candidate)
        return np.asarray(share * hazard[at, None])


def _explanation(model: RiskModel, graph: PanelGraph, parts: HazardParts, candidate: str) -> Explanation:
    """A baseline's explanation of its scores, or the network's of its own part."""
    if candidate != NETWORK:
        rows = StagedGraphs([graph], model.encoder.column_names, own_trees=parts.own_trees)
        return model.baselines[candidate].explain(rows)
    x = graph.x
    trees = parts.own_trees or evaluate_forest([b.own for b in model.boosters], x)
    smooth = model.boosters[0].smooth
    # Both own scores, weighted as the members weigh them on average.
    level, boosted, straight = np.mean([m.own.detach().cpu().numpy() for m in model.members], axis=0)
    return Explanation(
        inputs=[x],
        scores=[],
        parts=lambda at: boosted * trees.parts[at].astype(float) + straight * smooth.parts(x[at]),
        constant=float(level + boosted * trees.constant + straight * smooth.constant),
    )

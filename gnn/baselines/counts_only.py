"""The baseline on numbers of links alone: what a firm's place in the network says without any figure about a firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from supplyrisk.gnn.baselines.boosting import BoostedModel, TreeInputs, best_rounds, fit_boosted
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.data.neighbourhood import neighbourhood_summary
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member_stages import MemberBoosters

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class CountsOnly:
    """LightGBM on counts of links; one row of hazards, the geometric mean of the ensemble.

    names: of the counts; none where the graphs have no links, and then there is only the base rate.
    """

    description: ClassVar[str] = "LightGBM on counts of links alone"
    interval: ClassVar[Ratios | None] = None
    stages: ClassVar[frozenset[str]] = frozenset()
    own_only: ClassVar[bool] = False

    names: tuple[str, ...]
    models: tuple[BoostedModel, ...]
    base_rate: float

    @classmethod
    def fit(cls, rows: TrainingRows) -> BaselineFit:
        """Fit it as the network's own trees are fitted."""
        names, x = _counts(rows.graphs)
        outcomes = RowOutcomes.of_graphs(rows.graphs)
        known = outcomes.rows(outcomes.known)
        base_rate = float(np.average(known.y, weights=known.weight))
        if not names:
            return BaselineFit(cls(names, (), base_rate), np.full((1, len(x)), base_rate))
        inputs = TreeInputs(x)
        seed = rows.settings.seed
        rounds = best_rounds(inputs, outcomes, seed).rounds
        fits = [fit_boosted(inputs, outcomes, seed + k, rounds) for k in range(rows.settings.members)]
        models = tuple(fit.model for fit in fits)
        return BaselineFit(cls(names, models, base_rate), _geometric_mean([fit.log_hazards for fit in fits]))

    def hazards(self, rows: StagedGraphs) -> Matrix:
        """Return the hazards [1, rows]."""
        if not self.models or not rows.graphs:
            return np.full((1, sum(g.firms for g in rows.graphs)), self.base_rate)
        x = _counts(rows.graphs, self.names)[1]
        return _geometric_mean([m.predict(x) for m in self.models])

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return the trees' counts."""
        x = _counts(rows.graphs, self.names)[1]
        if not self.models:
            margin = float(np.log(np.expm1(self.base_rate)))
            return Explanation([x], [], lambda at: np.zeros_like(x[at]), margin, own=False)
        trees = evaluate_forest(self.models, x)
        return Explanation(
            inputs=[x] * len(self.models),
            scores=[m.predict for m in self.models],
            parts=lambda at: trees.parts[at].astype(float),
            constant=trees.constant,
            own=False,
            names=self.names,
        )

    def column_gains(self, columns: int) -> Matrix:
        """Return 0 for every column: it uses none of a firm's own."""
        return np.zeros(columns)

    def save(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        models = [m.to_json() for m in self.models]
        return {"names": list(self.names), "models": models, "base_rate": self.base_rate}

    @classmethod
    def load(cls, stored: Mapping[str, Any], boosters: tuple[MemberBoosters, ...]) -> Self:
        """Read what `save` returned."""
        models = tuple(BoostedModel.from_json(m) for m in stored["models"])
        return cls(tuple(stored["names"]), models, stored["base_rate"])


def _geometric_mean(log_hazards: Sequence[Matrix]) -> Matrix:
    return np.asarray(np.exp(np.mean(log_hazards, axis=0, keepdims=True)))


def _counts(
    graphs: Sequence[PanelGraph], names: tuple[str, ...] | None = None
) -> tuple[tuple[str, ...], Matrix]:
    """Names and values [rows, names] of the counts of links by kind and of neighbours by family."""
    # Counts do not depend on scores and defaults, so zeros stand in for them.
    blocks = [
        neighbourhood_summary(g.neighbours, np.zeros(g.firms), np.zeros(g.firms, dtype=bool), g.cell)
        for g in graphs
    ]
    if names is None:
        present = {n for b in blocks for n in b.names}
        names = tuple(sorted(n for n in present if n.startswith("count:") and ":defaulted:" not in n))
    if not names:
        return (), np.empty((sum(g.firms for g in graphs), 0))
    return names, np.vstack([b.select(names) for b in blocks])

"""Stability: whether the parts of a hazard agree between the ensemble's members, and between seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from supplyrisk.gnn.data.data_splits import DataSplits
from supplyrisk.gnn.evaluation.candidates import ModelViews, Progress, settings_of, validation_views
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.gnn.training import train

Matrix = NDArray[np.float64]

PARTS: dict[str, Callable[[Matrix], Matrix]] = {
    "own": lambda parts: parts[0],
    "context": lambda parts: parts[1],
    "caught": lambda parts: parts[2],
    "hazard": lambda parts: np.asarray(parts.sum(0)),
}
"""Of own, context and caught [3, firms]."""


def stability_over_members(model: RiskModel, views: ModelViews) -> dict[str, float | None]:
    """Compute each part's mean rank correlation between the ensemble's members, over the rows with an outcome.

    None where there is only one member, or one for which the part is the same for all rows (nothing caught).
    """
    return _agreement(
        [
            {name: views.stacked(lambda p, k=k, of=of: of(p.by_member[:, k])) for name, of in PARTS.items()}  # type: ignore[misc]
            for k in range(len(model.members))
        ]
    )


def seed_prefix(number: int, seeds: int) -> str:
    """Return the prefix of the stages of training the model of a seed."""
    return f"seed {number} of {seeds}: "


def stability_over_seeds(
    model: RiskModel, splits: DataSplits, seeds: int, progress: Progress
) -> dict[str, float | None]:
    """Compute the same between whole models: this one, and others trained with the next seeds on the same data."""
    settings = settings_of(model)
    models = [model]
    for k in range(1, seeds):
        other = replace(settings, seed=settings.seed + k)

        # The default binds the loop's current value.
        def report(step: str, done: int, of: int, k: int = k) -> None:
            progress(seed_prefix(k + 1, seeds) + step, done, of)

        models.append(train(f"{model.name}-{other.seed}", splits, other, report, deploy=False))
    snapshots = splits.test or validation_views(model, splits)[0]
    views = [ModelViews.of(m, snapshots) for m in models]
    return _agreement(
        [
            {name: v.stacked(lambda p, of=of: of(p.by_member.mean(1))) for name, of in PARTS.items()}  # type: ignore[misc]
            for v in views
        ]
    )


def _agreement(parts: Sequence[dict[str, Matrix]]) -> dict[str, float | None]:
    """Mean Spearman correlation over all pairs, by part; parts holds one entry per member or model."""
    out: dict[str, float | None] = {}
    for name in PARTS:
        values = [p[name] for p in parts]
        # A constant has no ranks to correlate.
        undefined = len(values) < 2 or any(v.min() == v.max() for v in values)
        pairs = [] if undefined else [float(spearmanr(a, b).statistic) for a, b in combinations(values, 2)]
        out[name] = float(np.mean(pairs)) if pairs else None
    return out

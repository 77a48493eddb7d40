"""Do the parts of a hazard stay where they are when the seed is another?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from supplyrisk.gnn.data.data_splits import DataSplits
from supplyrisk.gnn.evaluation.candidates import ModelViews, Progress, settings_of, validation_views
from supplyrisk.gnn.risk_model import NETWORK, HazardParts, RiskModel, average_members, column_names
from supplyrisk.gnn.training import train

Matrix = NDArray[np.float64]

PARTS: dict[str, Callable[[HazardParts], Matrix]] = {
    "own": lambda p: p.own,
    "context": lambda p: p.context,
    "caught": lambda p: p.caught,
    "hazard": lambda p: p.hazard(NETWORK),
}


def stability_over_members(model: RiskModel, seen: ModelViews) -> dict[str, float | None]:
    """Mean rank correlation, over the rows with an outcome, of each part between the ensemble's members.

    None where there is one member only, or a member for which the part is the same for all (nothing caught).
    """
    found: list[list[HazardParts]] = [[] for _ in model.members]
    columns = column_names(model.encoder)
    for graph in seen.graphs:
        stages = [b.predict([graph], columns) for b in model.boosters]
        for k, (member, stage) in enumerate(zip(model.members, stages, strict=True)):
            found[k].append(average_members(graph, (member,), [stage]))
    kept = seen.has_outcome
    return _agreement(
        [{n: np.concatenate([of(p) for p in f])[kept] for n, of in PARTS.items()} for f in found]
    )


def stability_over_seeds(
    model: RiskModel, slices: DataSplits, seeds: int, progress: Progress
) -> dict[str, float | None]:
    """The same between whole models: this one and others that are trained with the next seeds, on the same data."""
    settings = settings_of(model)
    models = [model]
    for k in range(1, seeds):
        other = type(settings)(**{**vars(settings), "seed": settings.seed + k})

        def say(what: str, done: int, of: int, k: int = k) -> None:
            progress(f"seed {k + 1} of {seeds}: {what}", done, of)

        models.append(train(f"{model.name}-{other.seed}", slices, other, say))
    rows = slices.test or validation_views(model, slices)[0]
    seen = [ModelViews.of(m, rows) for m in models]
    return _agreement([{n: s.stacked(of) for n, of in PARTS.items()} for s in seen])


def _agreement(found: Sequence[dict[str, Matrix]]) -> dict[str, float | None]:
    out: dict[str, float | None] = {}
    for name in PARTS:
        values = [f[name] for f in found]
        alike = len(values) < 2 or any(v.min() == v.max() for v in values)
        pairs = [] if alike else [float(spearmanr(a, b).statistic) for a, b in combinations(values, 2)]
        out[name] = float(np.mean(pairs)) if pairs else None
    return out

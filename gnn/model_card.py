"""The model card: what was measured, on which slice, and what may not be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from scipy.stats import spearmanr

from supplyrisk.gnn.calibration import calibrated_log_loss, cross_fitted, pd_of
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.panel import PanelGraph, stacked
from supplyrisk.gnn.evaluation.metrics import evaluate_metrics, paired_auc_difference
from supplyrisk.gnn.network.member import Matrix
from supplyrisk.gnn.risk_model import (
    BOOSTED_NEIGHBOURS,
    BOOSTED_OWN,
    CANDIDATES,
    NETWORK,
    HazardParts,
    RiskModel,
)
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.aliases import VALIDATION, VALIDATION_DATES, VALIDATION_LOG_LOSS

AGREEMENT = 0.9
"""Caught hazards whose rank correlation between members is below this are called not identified."""


def known_outcomes(graphs: Sequence[PanelGraph]) -> tuple[Matrix, Matrix]:
    """Outcomes (1 failed, 0 sound) of the stacked rows that have one, and which rows those are."""
    y = stacked(graphs, "y")
    kept = ~np.isnan(y)
    return y[kept], kept


def write_card(  # noqa: PLR0913, PLR0917
    model: RiskModel,
    slices: DataSplits,
    settings: TrainingSettings,
    context: str,
    parts: list[HazardParts],
    chosen: tuple[Matrix, dict[str, Matrix]],
) -> dict[str, object]:
    """The card of a model that was just fitted, as plain JSON.

    chosen: outcomes of the choosing slice, and each contender's hazards before calibration. Its metrics are of
    cross-fitted calibrations, so none is measured on rows that it was fitted on; `test` holds those of snapshots
    that nothing was fitted to or chosen by, where there are any.
    """
    y, hazards = chosen
    card: dict[str, object] = {
        "settings": asdict(settings),
        "as_of": {
            "train": _days(slices.train),
            VALIDATION_DATES: _days(slices.validation),
            "test": _days(slices.test),
        },
        "context": context,
        "default_kinds": list(model.default_kinds),
        "device": model.members[0].device.type,
        "champion": model.champion,
        VALIDATION_LOG_LOSS: {c: calibrated_log_loss(h, y) for c, h in hazards.items()},
        VALIDATION: _metrics(y, {c: cross_fitted(h, y) for c, h in hazards.items()}, settings),
        "synthetic": slices.train[0].info.synthetic,
        "data": [s.info.content_hash for s in (*slices.train[:1], *slices.validation[:1])],
        "register": model.encoder.fingerprint,
        "calibrations": {c: k.to_json() for c, k in model.calibrations.items()},
    }
    if slices.test:
        card["test"] = _test(model, slices.test, settings)
    return card | _agreement(parts)


def _days(snapshots: Sequence[Snapshot]) -> list[str]:
    return [str(snapshot.as_of) for snapshot in snapshots if snapshot.as_of]


def _metrics(y: Matrix, hazards: dict[str, Matrix], settings: TrainingSettings) -> dict[str, object]:
    pds = {c: pd_of(h) for c, h in hazards.items()}
    scores: dict[str, object] = {c: evaluate_metrics(y, p, settings.bootstrap) for c, p in pds.items()}
    gain = {
        c: paired_auc_difference(y, pds[NETWORK], pds[c], settings.bootstrap)
        for c in (BOOSTED_OWN, BOOSTED_NEIGHBOURS)
    }
    return {"firms": len(y), "failed": int(y.sum()), "scores": scores, "network_minus": gain}


def _test(model: RiskModel, snapshots: Sequence[Snapshot], settings: TrainingSettings) -> dict[str, object]:
    """Metrics on snapshots that neither learning nor choosing has seen."""
    ys: list[Matrix] = []
    hazards: dict[str, list[Matrix]] = {c: [] for c in CANDIDATES}
    for snapshot in snapshots:
        graph, parts = model.parts(snapshot)
        y, kept = known_outcomes([graph])
        ys.append(y)
        for c in CANDIDATES:
            hazards[c].append(model.calibrations[c].apply(parts.hazard(c)[kept]))
    return _metrics(np.concatenate(ys), {c: np.concatenate(h) for c, h in hazards.items()}, settings)


def _agreement(parts: list[HazardParts]) -> dict[str, object]:
    """Mean rank correlation of caught between members; None where nothing is caught."""
    caught = np.concatenate([p.caught_members for p in parts], axis=1)
    # Firms without any neighbour agree on nothing but that.
    caught = caught[:, caught.max(0) > 0]
    share = float(sum(p.caught.sum() for p in parts) / sum(p.hazard(NETWORK).sum() for p in parts))
    varied = [c for c in caught if c.size > 1 and c.max() > c.min()]
    pairs = [float(spearmanr(a, b).statistic) for i, a in enumerate(varied) for b in varied[:i]]
    agreed = float(np.mean(pairs)) if pairs and len(varied) == len(caught) else None
    identified = agreed is not None and agreed >= AGREEMENT
    return {"caught_share": share, "caught_agreement": agreed, "caught_identified": identified}

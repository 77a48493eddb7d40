"""The model card: the metrics of a model, the rows they were measured on, and what may not be claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from supplyrisk.gnn.baselines.baseline_registry import NETWORK, Use, baseline_names
from supplyrisk.gnn.calibration import CalibrationRows, cross_fitted, pd_of
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.evaluation.metrics import (
    METRICS,
    auc_difference,
    bootstrap,
    failed_firms,
    intervals,
    one_sided,
)
from supplyrisk.gnn.network.transmission_gate import GateHarm
from supplyrisk.gnn.panel_fit import ScoredRows
from supplyrisk.gnn.risk_model import HazardParts, RiskModel
from supplyrisk.graph import Snapshot, document_json
from supplyrisk.graph.schema.aliases import VALIDATION, VALIDATION_DATES, VALIDATION_LOG_LOSS
from supplyrisk.graph.schema.detection import labels_entry
from supplyrisk.graph.schema.few_failures import too_few_failures

Matrix = NDArray[np.float64]
Firms = NDArray[np.int64]

LATER_DATES = "later dates"
"""What the choice was validated by in dated data, unless too few firms defaulted before or on these dates."""
AGREEMENT = 0.9
"""Least rank correlation of caught between members for caught to count as identified."""


@dataclass(frozen=True)
class ValidationResult:
    """The rows that the choice was validated on.

    Parameters
    ----------
    context: the context that was selected.
    validated_by: what these rows are, in words.
    graphs: their graphs.
    parts: the hazards of each graph.
    rows: those with an outcome, and their hazards by candidate.
    losses: by candidate the cross-fitted log loss over everything that the choice rests on.
    """

    context: str
    validated_by: str
    graphs: Sequence[PanelGraph]
    parts: Sequence[HazardParts]
    rows: CalibrationRows
    losses: Mapping[str, float]

    @property
    def days(self) -> list[str]:
        """The forward dates; none where the choice was not validated forward in time."""
        if self.validated_by != LATER_DATES:
            return []
        return [str(graph.follow_up.as_of) for graph in self.graphs if graph.follow_up]

    def metrics(self, settings: TrainingSettings) -> dict[str, object]:
        """Return the metrics of the candidates on rows whose window is complete, by cross-fitted calibrations."""
        rows = self.rows.rows
        # A window that is still open counts less than a complete one: whether a firm survives it is unknown.
        complete = rows.weight > 0.999 * rows.weight.max()
        hazards = {
            c: cross_fitted(h, rows, scaled=c == NETWORK)[complete] for c, h in self.rows.hazards.items()
        }
        return candidate_metrics(rows.y[complete], rows.firm[complete], hazards, settings)


def write_card(
    model: RiskModel,
    splits: DataSplits,
    settings: TrainingSettings,
    validation: ValidationResult,
    harm: GateHarm,
) -> dict[str, object]:
    """Return the card of a tested model that was just fitted, as plain JSON.

    Metrics of the validation use cross-fitted calibrations, so that no row is measured with a map fitted on it; `test`
    holds the metrics of snapshots that were used neither for fitting nor for selection, where there are any.
    """
    card: dict[str, object] = {
        "settings": asdict(settings),
        "as_of": {
            "train": _days(splits.train),
            VALIDATION_DATES: validation.days or _days(splits.validation),
            "test": _days(splits.test),
        },
        "outcomes_until": splits.known_until and str(splits.known_until),
        **labels_entry(splits.labels_as_of),
        "context": validation.context,
        **model.default_definition.to_json(),
        "device": model.members[0].device.type,
        "champion": model.champion,
        "validated_by": validation.validated_by,
        VALIDATION_LOG_LOSS: dict(validation.losses),
        VALIDATION: validation.metrics(settings),
        "synthetic": splits.train[0].info.synthetic,
        "data": [s.info.content_hash for s in (*splits.train[:1], *splits.validation[:1])],
        "register": model.encoder.fingerprint,
        "calibrations": {c: k.to_json() for c, k in model.calibrations.items()},
        "caught_harm": asdict(harm),
    }
    if splits.test:
        card["test"] = out_of_time_metrics(model, splits.test, settings)
    return card | _agreement(validation.parts)


@dataclass(frozen=True)
class DeployedFit:
    """The rows that the deployed model was fitted on, their hazards out of fold, and the evidence on contagion."""

    panel: ScoredRows
    parts: Sequence[HazardParts]
    harm: GateHarm


def deployed_card(
    tested: Mapping[str, object], model: RiskModel, splits: DataSplits, fit: DeployedFit
) -> dict[str, object]:
    """Return the card of the deployed model: the tested model's metrics, and what the deployed one was fitted on."""
    outcomes = fit.panel.outcomes
    failed = np.unique(outcomes.firm[outcomes.y == 1])
    snapshots = (*splits.train, *splits.validation, *splits.test, *splits.recent)
    return {
        **tested,
        "register": model.encoder.fingerprint,
        "calibrations": {c: k.to_json() for c, k in model.calibrations.items()},
        "caught_harm": asdict(fit.harm),
        "deployed": {
            "as_of": _days(snapshots),
            "outcomes_until": splits.last_day and str(splits.last_day),
            "firms": len(np.unique(outcomes.firm[outcomes.known])),
            "failed_firms": len(failed),
        },
        **_agreement(fit.parts),
    }


def _days(snapshots: Sequence[Snapshot]) -> list[str]:
    return [str(snapshot.as_of) for snapshot in snapshots if snapshot.as_of]


def candidate_metrics(
    y: Matrix, firms: Firms, hazards: Mapping[str, Matrix], settings: TrainingSettings
) -> dict[str, object]:
    """Return the metrics of candidates on rows with an outcome, with intervals that resample whole firms.

    y, firms [rows]: outcome and number of the firm. hazards: by candidate [rows].
    """
    pds = {c: pd_of(h) for c, h in hazards.items()}
    scores: dict[str, object] = {c: dict.fromkeys(METRICS) for c in pds}
    gains: dict[str, object] = dict.fromkeys(c for c in baseline_names(Use.CANDIDATE) if c in pds)
    if not one_sided(y):
        drawn = {c: bootstrap(y, p, firms, settings.bootstrap) for c, p in pds.items()}
        scores = {c: intervals(y, p, drawn[c]) for c, p in pds.items()}
        gains = {
            c: auc_difference(y, pds[NETWORK], pds[c], drawn[NETWORK]["auc"], drawn[c]["auc"]) for c in gains
        }
    failed = failed_firms(y, firms)
    return {
        "rows": len(y),
        "firms": len(np.unique(firms)),
        "failed": int(y.sum()),
        "failed_firms": failed,
        "too_few_failures": too_few_failures(failed),
        "scores": document_json(scores),
        "network_minus": document_json(gains),
    }


def out_of_time_metrics(
    model: RiskModel, snapshots: Sequence[Snapshot], settings: TrainingSettings
) -> dict[str, object]:
    """Return the metrics of a model's candidates on snapshots used neither for fitting nor for selection."""
    graphs: list[PanelGraph] = []
    hazards: dict[str, list[Matrix]] = {c: [] for c in model.candidates}
    for snapshot in snapshots:
        graph, parts = model.parts(snapshot)
        graphs.append(graph)
        for c in model.candidates:
            hazards[c].append(model.calibrations[c].apply(parts.hazard(c)))
    outcomes = RowOutcomes.of_graphs(graphs)
    rows = outcomes.rows(outcomes.known)
    calibrated = {c: np.concatenate(h)[outcomes.known] for c, h in hazards.items()}
    return candidate_metrics(rows.y, rows.firm, calibrated, settings)


def _agreement(parts: Sequence[HazardParts]) -> dict[str, object]:
    """Mean rank correlation of caught between members; None if a member catches nothing."""
    caught = np.concatenate([p.by_member[2] for p in parts], axis=1)  # [members, rows]
    # Firms without neighbours catch nothing in any member: they would inflate the agreement.
    caught = caught[:, caught.max(0) > 0]
    share = float(sum(p.caught.sum() for p in parts) / sum(p.hazard(NETWORK).sum() for p in parts))
    varied = [c for c in caught if c.size > 1 and c.max() > c.min()]
    pairs = [float(spearmanr(a, b).statistic) for i, a in enumerate(varied) for b in varied[:i]]
    agreed = float(np.mean(pairs)) if pairs and len(varied) == len(caught) else None
    identified = agreed is not None and agreed >= AGREEMENT
    return {"caught_share": share, "caught_agreement": agreed, "caught_identified": identified}

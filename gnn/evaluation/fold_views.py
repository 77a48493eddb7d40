"""Hazards out of fold by firm of a model whose training set is all that there is: its recipe is fitted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.data_splits import TrainingSettings
from supplyrisk.gnn.data.training_panels import Panel, panel_of
from supplyrisk.gnn.panel_fit import fit_contagion, fit_panel
from supplyrisk.gnn.risk_model import HazardParts, RiskModel
from supplyrisk.graph import Snapshot


class FoldParts(NamedTuple):
    """The graphs of snapshots, and the hazards of each, out of fold where a firm has an outcome."""

    panel: Panel
    parts: list[HazardParts]


def fold_parts(model: RiskModel, snapshots: Sequence[Snapshot], settings: TrainingSettings) -> FoldParts:
    """Fit a model's recipe again on the snapshots that it was trained on.

    A stored model has learned the outcomes of all firms; those of the folds are not stored. The same settings and seed
    give the same folds, so that the metrics are those of the training.
    """
    context = model.members[0].context
    settings = replace(settings, contexts=(context,))
    panel = panel_of(snapshots, model.encoder, None)
    columns = OwnColumns.of(model.encoder, snapshots)
    fit = fit_panel(panel, columns, settings, _unheard, model.members[0].device)
    fit_contagion(fit, context, settings, _unheard)
    return FoldParts(panel, fit.panel.parts(fit.members[context]))


def _unheard(step: str, done: int, of: int) -> None:
    """Report no progress: the fit is a part of a stage."""

"""The models under evaluation, all on one set of rows: candidates, ablations and placebos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_protocol import BaselineFit, StagedGraphs, TrainingRows
from supplyrisk.gnn.baselines.baseline_registry import BASELINES, NETWORK, Use, baseline_class, baseline_names
from supplyrisk.gnn.baselines.expert_model import held_out_hazards
from supplyrisk.gnn.calibration import cross_fitted, fit_calibration, pd_of
from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, panel_graph_of, stacked
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.data.training_panels import held_out, panel_of, undated_panels
from supplyrisk.gnn.evaluation.fold_views import fold_parts
from supplyrisk.gnn.evaluation.placebos import PlaceboSnapshot, rewired, swapped
from supplyrisk.gnn.risk_model import HazardParts, RiskModel
from supplyrisk.gnn.training import train
from supplyrisk.graph import DataError, Snapshot

Matrix = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

CAUGHT_OFF = "network-caught-off"
REWIRED = "network-rewired"
SWAPPED = "network-swapped"
DESCRIPTIONS = {
    NETWORK: "the network",
    **{name: baseline_class(name).description for name in BASELINES},
    CAUGHT_OFF: "the network with caught switched off",
    REWIRED: "the network trained on a graph rewired with degrees kept",
    SWAPPED: "the network trained with sources swapped within industry x region x size",
}
"""Description of each model under evaluation, in the order in which they are listed."""
PLACEBOS: dict[str, Callable[[Snapshot, int], PlaceboSnapshot]] = {REWIRED: rewired, SWAPPED: swapped}


DEFAULTS = TrainingSettings()


@dataclass(frozen=True)
class ModelViews:
    """Snapshots as a model sees them, an entry of graphs and parts for each.

    columns: names of the columns of PanelGraph.x. hidden: firms whose outcomes are not used.
    """

    snapshots: tuple[Snapshot, ...]
    graphs: tuple[PanelGraph, ...]
    parts: tuple[HazardParts, ...]
    columns: tuple[str, ...]
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, model: RiskModel, snapshots: Sequence[Snapshot], hidden: frozenset[str] = frozenset()
    ) -> ModelViews:
        """Run the model on the snapshots."""
        computed = [model.parts(s) for s in snapshots]
        graphs = tuple(c.graph.without_outcomes(set(hidden)) for c in computed)
        parts = tuple(c.parts for c in computed)
        return cls(tuple(snapshots), graphs, parts, model.encoder.column_names, hidden)

    @classmethod
    def by_folds(cls, model: RiskModel, snapshots: Sequence[Snapshot]) -> ModelViews:
        """Return the snapshots that a model was trained on, with hazards out of fold by firm (see `fold_parts`)."""
        panel, parts = fold_parts(model, snapshots, settings_of(model))
        return cls(tuple(snapshots), tuple(panel), tuple(parts), model.encoder.column_names)

    @property
    def has_outcome(self) -> NDArray[np.bool_]:
        """Mask of the stacked rows that have an outcome."""
        return ~np.isnan(stacked(self.graphs, "y"))

    @property
    def y(self) -> Matrix:
        """Outcomes [rows with an outcome], 1 failed, 0 sound."""
        return stacked(self.graphs, "y")[self.has_outcome]

    @property
    def firm(self) -> NDArray[np.int64]:
        """Number of each row's firm [rows with an outcome], without gaps."""
        numbers = np.unique(firm_numbers(self.graphs)[self.has_outcome], return_inverse=True)[1]
        return np.asarray(numbers, dtype=np.int64)

    @property
    def outcomes(self) -> RowOutcomes:
        """Outcomes [rows with an outcome], of which each counts alike."""
        return RowOutcomes.of(self.y, self.firm)

    def stacked(self, of: Callable[[HazardParts], Matrix]) -> Matrix:
        """Return a figure of the hazard parts for every row with an outcome."""
        return np.concatenate([of(p) for p in self.parts])[self.has_outcome]

    def cross_fitted_pds(self, hazards: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """Return the PDs [rows with an outcome] of uncalibrated hazards, each by a map that saw no row of its firm."""
        scaled = (NETWORK, CAUGHT_OFF)
        return {c: pd_of(cross_fitted(h, self.outcomes, scaled=c in scaled)) for c, h in hazards.items()}

    def hazards(self, evaluated: Mapping[str, BaselineFit] | None = None) -> dict[str, Matrix]:
        """Return the uncalibrated hazards [rows with an outcome] of the model's candidates and of further baselines."""
        candidates = (NETWORK, *self.parts[0].baselines)
        hazards = {c: self.stacked(lambda p, c=c: p.hazard(c)) for c in candidates}  # type: ignore[misc]
        hazards[CAUGHT_OFF] = self.stacked(lambda p: p.own + p.context)
        rows = StagedGraphs(self.graphs, self.columns)
        for name, fit in (evaluated or {}).items():
            hazards[name] = fit.baseline.hazards(rows).mean(0)[self.has_outcome]
        return hazards


@dataclass(frozen=True)
class EvaluationRows:
    """The rows on which all models are evaluated.

    Parameters
    ----------
    y [rows]: outcomes.
    firm [rows]: number of the firm.
    pds: by model [rows].
    out_of_time: whether the rows were used neither for fitting nor for selection; else the PDs are by cross-fitted
        calibrations.
    views: the model's view of the snapshots.
    """

    y: Matrix
    firm: NDArray[np.int64]
    pds: Mapping[str, Matrix]
    out_of_time: bool
    views: ModelViews


def settings_of(model: RiskModel) -> TrainingSettings:
    """Return the settings that a model was trained with, from its card."""
    stored = dict(model.card["settings"])  # type: ignore[call-overload]
    # An older model's card may lack settings, a newer one's may have more.
    known = set(DEFAULTS.__dataclass_fields__)
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in stored.items() if k in known
    }
    return replace(DEFAULTS, **values)


def evaluation_rows_of(model: RiskModel, splits: DataSplits) -> EvaluationRows:
    """Compute the PDs of the candidates, of counts alone and of the network with caught switched off.

    The rows are those of the test set, where there is one, else of the validation set, which is all rows out of fold
    by firm where outcomes are known by a day. An expert model has its
    scorecard only, and without a test set each firm is scored by a scorecard that saw no outcome of it.
    """
    if model.expert:
        return _expert_rows(model, splits)
    if splits.dated:
        return _out_of_time_rows(model, splits)
    if splits.labels_as_of:
        return _fold_rows(model, splits)
    validation = ModelViews.of(model, *validation_views(model, splits))
    panels = undated_panels(splits, model.encoder, settings_of(model))
    evaluated = _fit_evaluated(model, panels.train, splits.train)
    hazards = validation.hazards(evaluated)
    if not splits.test:
        pds = validation.cross_fitted_pds(hazards)
        return EvaluationRows(validation.y, validation.firm, pds, False, validation)
    maps = {c: fit_calibration(h, validation.y) for c, h in hazards.items()} | dict(model.calibrations)
    tested = ModelViews.of(model, splits.test)
    pds = {c: pd_of(maps[c].apply(h)) for c, h in tested.hazards(evaluated).items()}
    return EvaluationRows(tested.y, tested.firm, pds, True, tested)


def _fold_rows(model: RiskModel, splits: DataSplits) -> EvaluationRows:
    """The rows of data whose outcomes are known by a day, each by models and maps that saw no outcome of its firm."""
    views = ModelViews.by_folds(model, splits.train)
    hazards = views.hazards()
    for name, fit in _fit_evaluated(model, views.graphs, splits.train).items():
        hazards[name] = fit.hazards.mean(0)[views.has_outcome]
    pds = views.cross_fitted_pds(hazards)
    return EvaluationRows(views.y, views.firm, pds, False, views)


def _expert_rows(model: RiskModel, splits: DataSplits) -> EvaluationRows:
    """The rows of an expert model; DataError where no outcome is known that it has not seen."""
    candidate = model.separating
    views = ModelViews.of(model, splits.test if splits.dated else splits.train)
    if not len(views.y):
        raise DataError(
            "no outcome is known that the model has not seen",
            "events after the test date, or labels",
            "an expert model needs no outcomes to score, but it cannot be evaluated without any",
        )
    if splits.dated:
        hazard = model.calibrations[candidate].apply(views.stacked(lambda p: p.hazard(candidate)))
    else:
        hazard = held_out_hazards(model, views.graphs[0], settings_of(model).seed)[views.has_outcome]
    return EvaluationRows(views.y, views.firm, {candidate: pd_of(hazard)}, splits.dated, views)


def _out_of_time_rows(model: RiskModel, splits: DataSplits) -> EvaluationRows:
    """The rows of the test dates; calibrations are out of fold on the dates that the model was fitted on."""
    panel = panel_of(splits.train, model.encoder, splits.known_until)
    evaluated = _fit_evaluated(model, panel, splits.train)
    outcomes = RowOutcomes.of_graphs(panel)
    known = outcomes.rows(outcomes.known)
    maps = dict(model.calibrations) | {CAUGHT_OFF: model.calibrations[NETWORK]}
    for name, fit in evaluated.items():
        maps[name] = fit_calibration(fit.hazards.mean(0)[outcomes.known], known.y, known.weight)
    tested = ModelViews.of(model, splits.test)
    pds = {c: pd_of(maps[c].apply(h)) for c, h in tested.hazards(evaluated).items()}
    return EvaluationRows(tested.y, tested.firm, pds, True, tested)


def validation_views(model: RiskModel, splits: DataSplits) -> tuple[tuple[Snapshot, ...], frozenset[str]]:
    """Return the validation snapshots, and the firms in them whose outcomes were trained on instead."""
    if splits.validation:
        return splits.validation, frozenset()
    graphs = [panel_graph_of(s, model.encoder) for s in splits.train]
    held = held_out(graphs, splits.validation_share, settings_of(model).seed)
    return splits.train, frozenset(f for g in graphs for f in g.firm_ids) - held


def _fit_evaluated(
    model: RiskModel, panel: Sequence[PanelGraph], snapshots: Sequence[Snapshot]
) -> dict[str, BaselineFit]:
    """Fit the baselines of evaluations alone on the panel that the model was fitted on."""
    rows = TrainingRows(panel, OwnColumns.of(model.encoder, snapshots), settings_of(model))
    return {name: baseline_class(name).fit(rows) for name in baseline_names(Use.EVALUATED)}


@dataclass(frozen=True)
class PlaceboResult:
    """A trained placebo: PDs of the evaluation rows, share of links moved, and caught's share of its hazard."""

    pd: Matrix
    moved: float
    caught_share: float


def train_placebo(name: str, model: RiskModel, splits: DataSplits, progress: Progress) -> PlaceboResult:
    """Train the network on the graphs of a placebo in PLACEBOS, with the model's settings, and score the same rows."""
    settings = settings_of(model)
    moved: list[float] = []

    def placebo_of(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
        placebos = [PLACEBOS[name](s, settings.seed) for s in snapshots]
        moved.extend(p.moved for p in placebos)
        return tuple(p.snapshot for p in placebos)

    # Test snapshots are not trained on; their placebo graphs are scored below.
    placebo_splits = replace(
        splits,
        train=placebo_of(splits.train),
        validation=placebo_of(splits.validation),
        test=(),
        recent=(),
    )
    fitted = train(
        name,
        placebo_splits,
        settings,
        lambda step, done, of: progress(f"{name}: {step}", done, of),
        deploy=False,
    )
    if splits.test:
        views = ModelViews.of(fitted, placebo_of(splits.test))
        pd = pd_of(fitted.calibrations[NETWORK].apply(views.hazards()[NETWORK]))
    else:
        if splits.labels_as_of:
            views = ModelViews.by_folds(fitted, placebo_splits.train)
        else:
            views = ModelViews.of(fitted, *validation_views(fitted, placebo_splits))
        pd = views.cross_fitted_pds(views.hazards())[NETWORK]
    caught_share = views.stacked(lambda p: p.caught).sum() / views.hazards()[NETWORK].sum()
    return PlaceboResult(pd, float(np.mean(moved)), float(caught_share))

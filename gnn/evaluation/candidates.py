"""Everybody who is judged, on one set of rows: the model, its controls, and what is taken away from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines import boosting
from supplyrisk.gnn.baselines.boosting import BoostedModel
from supplyrisk.gnn.calibration import cross_fitted, fit_calibration, pd_of
from supplyrisk.gnn.data.data_splits import DataSplits, TrainingSettings
from supplyrisk.gnn.data.neighbourhood import neighbourhood_summary
from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, panel_graph_of, stacked
from supplyrisk.gnn.evaluation.placebos import PlaceboSnapshot, rewired, swapped
from supplyrisk.gnn.risk_model import CANDIDATES, NETWORK, HazardParts, RiskModel
from supplyrisk.gnn.training import held_out, train
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

COUNTS_ONLY, CAUGHT_OFF, REWIRED, SWAPPED = (
    "counts-only",
    "network-caught-off",
    "network-rewired",
    "network-swapped",
)
DESCRIPTIONS = {
    NETWORK: "the network",
    "boosted-own": "LightGBM on own columns",
    "boosted-neighbours": "LightGBM on own columns, counts of links and neighbours' means",
    COUNTS_ONLY: "LightGBM on counts of links alone",
    CAUGHT_OFF: "the network with caught switched off",
    REWIRED: "the network trained on a graph rewired with degrees kept",
    SWAPPED: "the network trained with sources swapped within industry x region x size",
}
"""What each contender is, in the order in which they are shown."""
PLACEBOS: dict[str, Callable[[Snapshot, int], PlaceboSnapshot]] = {REWIRED: rewired, SWAPPED: swapped}


DEFAULTS = TrainingSettings()


@dataclass(frozen=True)
class ModelViews:
    """Snapshots as a model sees them, one entry each; hidden are firms whose outcomes are not judged by."""

    snapshots: tuple[Snapshot, ...]
    graphs: tuple[PanelGraph, ...]
    parts: tuple[HazardParts, ...]
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, model: RiskModel, snapshots: Sequence[Snapshot], hidden: frozenset[str] = frozenset()
    ) -> ModelViews:
        """Run the model on the snapshots."""
        found = [model.parts(s) for s in snapshots]
        graphs = tuple(g.without_outcomes(set(hidden)) for g, _ in found)
        return cls(tuple(snapshots), graphs, tuple(p for _, p in found), hidden)

    @property
    def has_outcome(self) -> NDArray[np.bool_]:
        """Which of the stacked rows have an outcome."""
        return ~np.isnan(stacked(self.graphs, "y"))

    @property
    def y(self) -> Matrix:
        """Outcomes [judged rows], 1 failed, 0 sound."""
        return stacked(self.graphs, "y")[self.has_outcome]

    @property
    def firm(self) -> NDArray[np.int64]:
        """Whose row it is [judged rows], numbered without gaps."""
        found = np.unique(firm_numbers(self.graphs)[self.has_outcome], return_inverse=True)[1]
        return np.asarray(found, dtype=np.int64)

    def stacked(self, of: Callable[[HazardParts], Matrix]) -> Matrix:
        """A number of the parts for every judged row."""
        return np.concatenate([of(p) for p in self.parts])[self.has_outcome]

    def hazards(self) -> dict[str, Matrix]:
        """Uncalibrated hazards [judged rows] of all that need no training of their own."""
        found = {c: self.stacked(lambda p, c=c: p.hazard(c)) for c in CANDIDATES}  # type: ignore[misc]
        return found | {CAUGHT_OFF: self.stacked(lambda p: p.own + p.context)}


@dataclass(frozen=True)
class EvaluationRows:
    """The rows that all are judged on.

    y [rows] outcomes, firm [rows] whose row it is, pds by contender [rows], out_of_time: whether nothing was fitted
    to or chosen by these rows; else the PDs are by cross-fitted calibrations. seen is the model's own view of them.
    """

    y: Matrix
    firm: NDArray[np.int64]
    pds: Mapping[str, Matrix]
    out_of_time: bool
    views: ModelViews


def settings_of(model: RiskModel) -> TrainingSettings:
    """What a model was trained with, from its card."""
    kept = dict(model.card["settings"])  # type: ignore[call-overload]
    known = set(DEFAULTS.__dataclass_fields__)
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.items() if k in known}
    return replace(DEFAULTS, **given)


def evaluation_rows_of(model: RiskModel, slices: DataSplits) -> EvaluationRows:
    """The model, its two controls, counts alone and the network with caught switched off, on the judged rows."""
    chosen = ModelViews.of(model, *validation_views(model, slices))
    counted = _counts_only(
        model, slices, (chosen.graphs, tuple(panel_graph_of(s, model.encoder) for s in slices.test))
    )
    raw = chosen.hazards() | {COUNTS_ONLY: counted[0][chosen.has_outcome]}
    if not slices.test:
        pds = {c: pd_of(cross_fitted(h, chosen.y)) for c, h in raw.items()}
        return EvaluationRows(chosen.y, chosen.firm, pds, False, chosen)
    maps = {c: fit_calibration(h, chosen.y) for c, h in raw.items()} | dict(model.calibrations)
    if slices.dated and settings_of(model).refit:
        # The second fit has learned on the choosing slice: a map fitted there would be of rows that it knows.
        maps[CAUGHT_OFF] = model.calibrations[NETWORK]
    tested = ModelViews.of(model, slices.test)
    later = tested.hazards() | {COUNTS_ONLY: counted[1][tested.has_outcome]}
    pds = {c: pd_of(maps[c].apply(h)) for c, h in later.items()}
    return EvaluationRows(tested.y, tested.firm, pds, True, tested)


def validation_views(model: RiskModel, slices: DataSplits) -> tuple[tuple[Snapshot, ...], frozenset[str]]:
    """The snapshots that the champion was chosen by, and the firms in them that were learned on instead."""
    if slices.validation:
        return slices.validation, frozenset()
    graphs = [panel_graph_of(s, model.encoder) for s in slices.train]
    held = held_out(graphs, slices.validation_share, settings_of(model).seed)
    return slices.train, frozenset(f for g in graphs for f in g.firm_ids) - held


def _counts_only(
    model: RiskModel, slices: DataSplits, ahead: tuple[Sequence[PanelGraph], Sequence[PanelGraph]]
) -> tuple[Matrix, Matrix]:
    """Hazards by counts of links, of the stacked rows of the choosing and of the testing graphs."""
    settings = settings_of(model)
    learn = [panel_graph_of(s, model.encoder).without_outcomes(set(slices.hidden)) for s in slices.train]
    if not slices.validation:
        held = held_out(learn, slices.validation_share, settings.seed)
        learn = [g.without_outcomes(set(held)) for g in learn]
    names, x = _counts(learn)
    y, who = stacked(learn, "y"), firm_numbers(learn)
    if not names:
        level = float(np.nanmean(y))
        return tuple(np.full(sum(g.firms for g in part), level) for part in ahead)  # type: ignore[return-value]
    rounds = boosting.best_rounds(x, y, who, settings.seed)
    models = [boosting.fit_boosted(x, y, who, settings.seed + k, rounds)[0] for k in range(settings.members)]
    return _mean_hazard(models, ahead[0], names), _mean_hazard(models, ahead[1], names)


def _mean_hazard(
    models: Sequence[BoostedModel], graphs: Sequence[PanelGraph], names: tuple[str, ...]
) -> Matrix:
    if not graphs:
        return np.empty(0)
    x = _counts(graphs, names)[1]
    return np.asarray(np.exp(np.mean([m.predict(x) for m in models], axis=0)))


def _counts(
    graphs: Sequence[PanelGraph], names: tuple[str, ...] | None = None
) -> tuple[tuple[str, ...], Matrix]:
    """How many links of each kind a firm has, and how many firms are around it."""
    blocks = [
        neighbourhood_summary(g.neighbours, np.zeros(g.firms), np.zeros(g.firms, dtype=bool), g.cell)
        for g in graphs
    ]
    if names is None:
        found = {n for b in blocks for n in b.names}
        names = tuple(sorted(n for n in found if n.startswith("count:") and ":defaulted:" not in n))
    if not names:
        return (), np.empty((sum(g.firms for g in graphs), 0))
    return names, np.vstack([b.select(names) for b in blocks])


@dataclass(frozen=True)
class PlaceboResult:
    """A placebo that was trained: PDs on the judged rows, share of links moved, and what it calls caught."""

    pd: Matrix
    moved: float
    caught_share: float


def train_placebo(which: str, model: RiskModel, slices: DataSplits, progress: Progress) -> PlaceboResult:
    """Train the network on a placebo's graphs, with the model's own settings, and score the judged rows with it."""
    settings = settings_of(model)
    found: list[PlaceboSnapshot] = []

    def made(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
        mine = [PLACEBOS[which](s, settings.seed) for s in snapshots]
        found.extend(mine)
        return tuple(p.snapshot for p in mine)

    learn, between, choose = (made(run) for run in (slices.train, slices.gap, slices.validation))
    other = replace(slices, train=learn, gap=between, validation=choose, test=())
    fitted = train(which, other, settings, lambda what, done, of: progress(f"{which}: {what}", done, of))
    if slices.test:
        seen = ModelViews.of(fitted, made(slices.test))
        pd = pd_of(fitted.calibrations[NETWORK].apply(seen.hazards()[NETWORK]))
    else:
        seen = ModelViews.of(fitted, *validation_views(fitted, other))
        pd = pd_of(cross_fitted(seen.hazards()[NETWORK], seen.y))
    caught = seen.stacked(lambda p: p.caught).sum() / seen.hazards()[NETWORK].sum()
    return PlaceboResult(pd, float(np.mean([p.moved for p in found])), float(caught))

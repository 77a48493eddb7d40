"""The contract of registered baselines: fit, hazards, explain, save and load; only the registry names them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from firm_ring import supplied
from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_protocol import BaselineFit, StagedGraphs, TrainingRows
from supplyrisk.gnn.baselines.baseline_registry import BASELINES, Use, baseline_class, baseline_names
from supplyrisk.gnn.baselines.boosting import margin_of
from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member_stages import MemberBoosters, NeighbourhoodRecipe, StageOptions
from supplyrisk.gnn.network.smooth_score import fit_smooth

Matrix = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
FIRMS = 400
SETTINGS = gnn.TrainingSettings(members=2)
COLUMNS = OwnColumns(("liquidity", "margin"), np.array([-1, -1]))
ROWS = np.arange(FIRMS)
SHUFFLED = np.random.default_rng(5).permutation(FIRMS)


@cache
def graph_in(order: tuple[int, ...], date: int = 0) -> PanelGraph:
    """Firms that fail by their own figures and by their suppliers', of whom each has none to six."""
    rng = np.random.default_rng(date)
    x = rng.normal(size=(FIRMS, 2))
    x[::9, 1] = np.nan
    links = (rng.random((FIRMS, FIRMS)) < 3 / FIRMS) & ~np.eye(FIRMS, dtype=bool)
    upstream = sp.csr_array(links.astype(float))
    weak = np.maximum(-x[:, 0], 0) + 0.4 * (upstream @ np.maximum(-x[:, 0], 0))
    y = (rng.random(FIRMS) < 1 / (1 + np.exp(3 - weak))).astype(float)
    return supplied(x, y, upstream, np.array(order))


def graphs_in(order: NDArray[np.int64]) -> list[PanelGraph]:
    return [graph_in(tuple(order.tolist()), date) for date in (0, 1)]


@cache
def training_rows(order: tuple[int, ...], *, from_own: bool = True) -> TrainingRows:
    graphs = graphs_in(np.array(order))
    smooth = fit_smooth(np.vstack([g.x for g in graphs]), RowOutcomes.of_graphs(graphs), 0)
    recipe = NeighbourhoodRecipe(from_own, () if from_own else ("margin",))
    options = StageOptions(COLUMNS, recipe, 20, 20, smooth)
    stages = [MemberBoosters.fit(graphs, seed, options) for seed in range(SETTINGS.members)]
    return TrainingRows(graphs, COLUMNS, SETTINGS, stages, base_rate=0.05)


@cache
def fitted(name: str) -> BaselineFit:
    return baseline_class(name).fit(training_rows(tuple(ROWS.tolist())))


def seen(order: NDArray[np.int64], rows: TrainingRows | None = None) -> StagedGraphs:
    """A later date, scored by the first stages."""
    rows = rows or training_rows(tuple(ROWS.tolist()))
    graphs = [graph_in(tuple(order.tolist()), 2)]
    scores = [fit.boosters.predict(graphs, COLUMNS.names) for fit in rows.stages]
    return StagedGraphs(graphs, COLUMNS.names, scores)


def mean_hazard(hazards: Matrix) -> Matrix:
    return np.asarray(np.exp(np.log(hazards).mean(0)))


each_baseline = pytest.mark.parametrize("name", BASELINES)


@each_baseline
def test_hazards_are_finite_and_not_negative_and_differ(name: str) -> None:
    baseline, out_of_fold = fitted(name)
    hazards = baseline.hazards(seen(ROWS))
    for values, rows in ((out_of_fold, 2 * FIRMS), (hazards, FIRMS)):
        assert values.shape == (len(hazards), rows)
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        assert len(np.unique(values[0])) > 5
    # Hazards are over the horizon: their PDs are near the share of failures, or the stated base rate.
    failed = float(np.concatenate([g.y for g in graphs_in(ROWS)]).mean())
    assert 0.02 < -np.expm1(-mean_hazard(hazards)).mean() < 2 * failed


@each_baseline
def test_the_order_of_the_firms_changes_nothing(name: str) -> None:
    baseline = fitted(name).baseline
    hazards = baseline.hazards(seen(ROWS))
    assert baseline.hazards(seen(SHUFFLED)) == pytest.approx(hazards[:, SHUFFLED], rel=1e-9)


@each_baseline
def test_what_is_saved_scores_to_the_same_bit(name: str) -> None:
    baseline = fitted(name).baseline
    stored = json.loads(json.dumps(baseline.save(), allow_nan=False))
    boosters = tuple(fit.boosters for fit in training_rows(tuple(ROWS.tolist())).stages)
    loaded = baseline_class(name).load(stored, boosters)
    assert loaded.hazards(seen(ROWS)).tolist() == baseline.hazards(seen(ROWS)).tolist()
    rows = slice(3, 40)
    assert (
        loaded.explain(seen(ROWS)).parts(rows).tolist() == baseline.explain(seen(ROWS)).parts(rows).tolist()
    )


@each_baseline
@pytest.mark.parametrize("from_own", [True, False])
def test_parts_and_constant_sum_to_the_margin(name: str, from_own: bool) -> None:
    rows = training_rows(tuple(ROWS.tolist()), from_own=from_own)
    baseline = baseline_class(name).fit(rows).baseline
    staged = seen(ROWS, rows)
    explanation = baseline.explain(staged)
    width = len(explanation.names) + (len(COLUMNS.names) if explanation.own else 0)
    assert {x.shape for x in explanation.inputs} == {(FIRMS, width)}
    parts = explanation.parts(slice(None))
    margin = margin_of(np.log(mean_hazard(baseline.hazards(staged))))
    # Hazards are averaged over folds and members by their logarithms, parts by their margins.
    assert parts.sum(1) + explanation.constant == pytest.approx(margin, abs=0.05)
    assert margin.std() > 0.1
    assert explanation.parts(slice(10, 20)).tolist() == parts[10:20].tolist()
    log_hazards = [score(x) for score, x in zip(explanation.scores, explanation.inputs, strict=True)]
    assert np.exp(np.mean(log_hazards, axis=0)) == pytest.approx(mean_hazard(baseline.hazards(staged)))


@each_baseline
def test_every_baseline_describes_itself(name: str) -> None:
    baseline = baseline_class(name)
    assert baseline.description
    assert baseline.interval is None or len(baseline.interval) == 2
    # A baseline without contagion does not look at the suppliers.
    if baseline.own_only:
        alone = seen(ROWS)
        graph = alone.graphs[0]
        cut = supplied(graph.x, graph.y, sp.csr_array((FIRMS, FIRMS)), ROWS)
        rows = training_rows(tuple(ROWS.tolist()))
        scores = [fit.boosters.predict([cut], COLUMNS.names) for fit in rows.stages]
        unlinked = fitted(name).baseline.hazards(StagedGraphs([cut], COLUMNS.names, scores))
        assert unlinked.tolist() == fitted(name).baseline.hazards(alone).tolist()


def test_uses_fit_what_scoring_and_evaluation_need() -> None:
    # Where the champion catches from neighbours, contagion models are seeded by a baseline that does not.
    assert any(baseline_class(name).own_only for name in baseline_names(Use.CANDIDATE))
    # What evaluate alone fits gets no first stage of the network.
    assert not any(baseline_class(name).stages for name in baseline_names(Use.EVALUATED))


def test_no_other_module_names_a_baseline() -> None:
    # "expert" also marks scores and models (graph/schema/expert_mark.py), and is a word.
    names = [name for name in BASELINES if "-" in name]
    assert names
    for folder in ("queries", "graph", "loaders", "gnn", "services", "web", "cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name != "baseline_registry.py":
                text = path.read_text(encoding="utf-8")
                assert not [name for name in names if name in text], path


def test_a_baseline_that_is_not_registered_is_an_error() -> None:
    with pytest.raises(KeyError):
        baseline_class("forest")

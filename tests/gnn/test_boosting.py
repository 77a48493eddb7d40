"""Boosted trees: directions, a start that they add to, and the recipe of the baseline with neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firm_ring import ring_of
from supplyrisk import gnn
from supplyrisk.gnn.baselines.boosting import TreeInputs, best_rounds, fit_boosted, log_hazard, margin_of
from supplyrisk.gnn.data.column_directions import RAISING, OwnColumns
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import panel_graph_of
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.member_stages import MemberBoosters, NeighbourhoodRecipe, OwnScores, StageOptions
from supplyrisk.gnn.network.smooth_score import fit_smooth
from supplyrisk.gnn.panel_fit import _neighbourhood_choice
from supplyrisk.graph import Snapshot

Matrix = NDArray[np.float64]
ROWS = 600


def draw(seed: int = 0) -> tuple[Matrix, RowOutcomes]:
    """Two columns, of which the first raises the hazard; every tenth value is missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, 2))
    y = (rng.random(ROWS) < 1 / (1 + np.exp(2 - 1.5 * x[:, 0]))).astype(float)
    x[::10, 0] = np.nan
    return x, RowOutcomes.of(y, np.arange(ROWS))


@given(st.floats(-200, 50))
def test_margins_and_log_hazards_are_inverse(margin: float) -> None:
    assert margin_of(log_hazard(np.array([margin])))[0] == pytest.approx(margin, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_direction_holds_for_every_value(direction: int) -> None:
    x, outcomes = draw()
    grid = np.column_stack([np.linspace(-3, 3, 200), np.zeros(200)])
    constrained = fit_boosted(TreeInputs(x, np.array([direction, 0])), outcomes, 0, 60).model.predict(grid)
    assert (direction * np.diff(constrained) >= 0).all()
    # Noise makes the same trees without constraints go both ways.
    free = fit_boosted(TreeInputs(x), outcomes, 0, 60).model.predict(grid)
    assert (np.diff(free) > 0).any()
    assert (np.diff(free) < 0).any()


def test_trees_add_to_their_start() -> None:
    x, outcomes = draw()
    start = np.where(np.isnan(x[:, 0]), -2.0, 1.5 * x[:, 0] - 2)
    # What the start explains is not learned again: columns without further information leave it as it is.
    nothing = TreeInputs(np.ones((ROWS, 1)), None, start)
    assert fit_boosted(nothing, outcomes, 0, 5).log_hazards == pytest.approx(log_hazard(start))
    assert best_rounds(nothing, outcomes, 0).log_hazards == pytest.approx(log_hazard(start))
    # A start that is wrong for half of the rows is corrected there.
    side = (np.arange(ROWS) % 2).astype(float)
    wrong = TreeInputs(side[:, None], None, start - 3 * side)
    fit = fit_boosted(wrong, outcomes, 0, 200)
    assert np.abs(margin_of(fit.log_hazards) - start).mean() < 0.5
    model_score = fit.model.predict(wrong.x, wrong.start)
    margins = [b.predict(wrong.x, raw_score=True) for b in fit.model.boosters]
    assert model_score == pytest.approx(np.mean([log_hazard(wrong.start + m) for m in margins], axis=0))


def test_rows_without_an_outcome_are_scored_from_their_start() -> None:
    x, outcomes = draw()
    y = outcomes.y.copy()
    y[:50] = np.nan
    inputs = TreeInputs(x, None, np.full(ROWS, -1.0))
    fit = fit_boosted(inputs, RowOutcomes.of(y, outcomes.firm), 0, 20)
    assert fit.log_hazards[:50] == pytest.approx(fit.model.predict(x[:50], np.full(50, -1.0)))
    assert np.isnan(best_rounds(inputs, RowOutcomes.of(y, outcomes.firm), 0).log_hazards).sum() == 50


@pytest.mark.parametrize("from_own", [True, False])
def test_all_columns_are_used_only_where_the_own_scores_do_not_suffice(from_own: bool) -> None:
    # Firms fail by their own capital, or by their supplier's, which does not make the supplier fail.
    rng = np.random.default_rng(0)
    capital = rng.permutation(np.arange(1.0, ROWS + 1))
    by_own = 0.7 * (1 - capital / ROWS) ** 2
    by_supplier = np.where(np.roll(capital, 1) < ROWS / 3, 0.8, 0.05)
    y = (rng.random(ROWS) < (by_own if from_own else by_supplier)).astype(float)
    graph, columns = ring_of(capital, y)
    outcomes = RowOutcomes.of_graphs([graph])
    own_inputs = TreeInputs(graph.x, columns.directions)
    own = fit_boosted(own_inputs, outcomes, 0, best_rounds(own_inputs, outcomes, 0).rounds)
    smooth = fit_smooth(graph.x, outcomes, 0)
    # Without gain, no column would be averaged.
    assert any(b.feature_importance("gain").any() for b in own.model.boosters)
    scores = OwnScores(own.log_hazards, smooth.log_hazards)
    recipe, rounds = _neighbourhood_choice([graph], own, scores, columns, 0)
    assert recipe.from_own == from_own
    assert recipe.averaged == (() if from_own else ("capital",))
    assert rounds >= 1


def test_a_stage_from_own_scores_sees_risk_around_the_firm_alone() -> None:
    graph, columns = ring_of(np.arange(1.0, ROWS + 1), (np.arange(ROWS) % 6 == 0).astype(float))
    outcomes = RowOutcomes.of_graphs([graph])
    smooth = fit_smooth(graph.x, outcomes, 0)
    options = StageOptions(columns, NeighbourhoodRecipe(from_own=True), 20, 5, smooth)
    fit = MemberBoosters.fit([graph], 0, options)
    boosters = fit.boosters
    assert boosters.from_own
    assert boosters.names and all(name.startswith(RAISING) for name in boosters.names)
    stages = boosters.predict([graph], columns.names)
    near = boosters.neighbourhood([graph], stages.own, columns.names)
    own = OwnScores(boosters.own.predict(graph.x), boosters.smooth.predict(graph.x))
    margins = [b.predict(near.wide, raw_score=True) for b in boosters.full.boosters]
    expected = np.mean([log_hazard(own.margin + m) for m in margins], axis=0)
    assert stages.full == pytest.approx(expected)
    assert boosters.full_score(graph.x, near.wide) == pytest.approx(expected)


def test_the_start_is_the_mean_margin_of_the_own_scores() -> None:
    own = OwnScores(log_hazard(np.array([-3.0, 0.0])), log_hazard(np.array([-1.0, 2.0])))
    assert own.margin.tolist() == pytest.approx([-2.0, 1.0])


def test_more_risk_around_a_firm_never_lowers_its_hazard(model: gnn.RiskModel, now: Snapshot) -> None:
    graph = panel_graph_of(now, model.encoder)
    raised = 0
    for boosters in model.boosters:
        near = boosters.neighbourhood([graph], boosters.own.predict(graph.x), model.encoder.column_names)
        before = boosters.full_score(graph.x, near.wide)
        for c, name in enumerate(near.names):
            if not name.startswith(RAISING):
                continue
            more = near.wide.copy()
            more[:, c] += np.abs(more[:, c]) + 0.5
            after = boosters.full_score(graph.x, more)
            assert (after >= before - 1e-12).all(), name
            raised += int((after > before + 1e-9).any())
    assert raised > 0


def test_own_columns_have_the_directions_of_their_features(now: Snapshot) -> None:
    encoder = Encoder.fit([now])
    columns = OwnColumns.of(encoder, [now])
    direction = dict(zip(columns.names, columns.directions.tolist(), strict=True))
    assert direction["pay_late_days"] == direction["pay_late_days_peers"] == 1
    assert direction["cash_weeks"] == -1
    assert direction["ad_share_180"] == 0
    assert all(d == 0 for n, d in direction.items() if "=" in n)
    both = columns.with_neighbourhood(["failed_90:upstream", "count:upstream", "score:cell", "mean:via:cash"])
    assert both[len(columns.names) :].tolist() == [1, 0, 1, 0]

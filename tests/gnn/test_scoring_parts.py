"""Grades, points, calibration, metrics and attribution: small cases worked by hand, and laws that must hold."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supplyrisk.gnn import grade, points
from supplyrisk.gnn.baselines.boosting import BoostedModel, log_hazard
from supplyrisk.gnn.baselines.forest import evaluate_forest
from supplyrisk.gnn.calibration import (
    FEW_FAILED,
    Calibration,
    CalibrationRows,
    cross_fitted,
    fit_calibration,
    fit_calibrations,
    pd_of,
    row_losses,
)
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.evaluation.metrics import (
    METRICS,
    Interval,
    auc_difference,
    bootstrap,
    expected_calibration_error,
    intervals,
    one_sided,
    weighted_metrics,
)
from supplyrisk.gnn.explain.evidence import _heaviest
from supplyrisk.gnn.explain.reason_tables import strongest


def test_points_as_in_the_definition() -> None:
    # odds 99 and 9 against 50: 600 + 20 log2(99 / 50) and 600 + 20 log2(9 / 50)
    assert points(0.01) == pytest.approx(619.71, abs=0.005)
    assert points(0.10) == pytest.approx(550.52, abs=0.005)
    assert points(1 / 51) == pytest.approx(600.0)


@pytest.mark.parametrize(
    ("pd", "expected"),
    [
        (0.0, "A"),
        (0.00249, "A"),
        (0.0025, "B"),
        (0.005, "C"),
        (0.01, "D"),
        (0.02, "E"),
        (0.05, "F"),
        (0.15, "G"),
        (1.0, "G"),
    ],
)
def test_grade_bounds_belong_to_the_worse_grade(pd: float, expected: str) -> None:
    assert grade(pd) == expected


def test_unordered_grade_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="six increasing"):
        grade(0.1, (0.1, 0.05, 0.2, 0.3, 0.4, 0.5))


def test_log_hazard_is_that_of_the_logistic_pd() -> None:
    margin = np.array([-40.0, -5.0, 0.0, 3.0])
    assert log_hazard(margin) == pytest.approx(np.log(np.log1p(np.exp(margin))), rel=1e-9)


def test_log_loss_by_hand() -> None:
    # one failure at PD .5 and one sound firm at hazard .2
    losses = row_losses(np.array([np.log(2.0), 0.2]), np.array([1.0, 0.0]))
    assert losses == pytest.approx([np.log(2), 0.2])


def test_calibration_finds_the_map_it_was_drawn_from() -> None:
    rng = np.random.default_rng(3)
    hazard = np.exp(rng.normal(-2, 1, 40_000))
    truth = np.exp(0.4 + 0.7 * np.log(hazard))
    fitted = fit_calibration(hazard, (rng.random(40_000) < pd_of(truth)).astype(float))
    assert fitted.intercept == pytest.approx(0.4, abs=0.06)
    assert fitted.slope == pytest.approx(0.7, abs=0.04)


def test_another_base_rate_multiplies_the_odds() -> None:
    # PD .2 calibrated where 20 % fail, used where 5 % do: odds 1/4 x (1/19) / (1/4) = 1/19, PD 5 %.
    mild = Calibration(0.0, 1.0, 0.2)
    assert pd_of(mild.apply(np.array([-np.log(0.8)]), 0.05)) == pytest.approx([0.05])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(1e-6, 50), min_size=2, max_size=20),
    st.floats(-2, 2),
    st.floats(0.05, 3),
    st.floats(0.01, 0.9),
)
def test_calibration_never_changes_who_is_riskier(
    hazards: list[float], a: float, b: float, rate: float
) -> None:
    hazard = np.sort(np.array(hazards))
    for base_rate in (None, rate):
        assert (np.diff(Calibration(a, b, 0.3).apply(hazard, base_rate)) >= -1e-12).all()


def test_cross_fitting_does_not_look_at_any_row_of_its_firm() -> None:
    rng = np.random.default_rng(0)
    hazard, y = np.exp(rng.normal(-1, 1, 200)), (rng.random(200) < 0.3).astype(float)
    firm = np.arange(200) // 2
    before = cross_fitted(hazard, RowOutcomes.of(y, firm))
    flipped = y.copy()
    flipped[6:8] = 1 - y[6:8]
    after = cross_fitted(hazard, RowOutcomes.of(flipped, firm))
    assert after[6:8].tolist() == before[6:8].tolist()
    assert after.tolist() != before.tolist()


def test_a_row_of_weight_two_is_two_rows() -> None:
    rng = np.random.default_rng(1)
    hazard, y = np.exp(rng.normal(-1, 1, 200)), (rng.random(200) < 0.3).astype(float)
    twice = fit_calibration(np.tile(hazard, 2), np.tile(y, 2))
    weighted = fit_calibration(hazard, y, np.full(200, 2.0))
    assert weighted.to_json() == pytest.approx(twice.to_json(), rel=1e-6)


def test_ece_by_hand() -> None:
    # two bins: PDs .1 .3 (mean .2, one of two failed) and .6 .8 (mean .7, both failed): (.3 + .3) / 2
    assert expected_calibration_error(
        np.array([0, 1, 1, 1.0]), np.array([0.1, 0.3, 0.6, 0.8]), 2
    ) == pytest.approx(0.3)


def test_metrics_bracket_their_value_and_need_both_outcomes() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(300)
    y = (rng.random(300) < p).astype(float)
    drawn = bootstrap(y, p, np.arange(300), draws=100)
    for interval in intervals(y, p, drawn).values():
        assert interval.low <= interval.value <= interval.high
    assert one_sided(np.zeros(5)) and not one_sided(y)
    assert auc_difference(y, p, p, drawn["auc"], drawn["auc"]) == Interval(0.0, 0.0, 0.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=12, max_size=30))
def test_weighted_metrics_are_those_of_repeated_rows(rows: list[tuple[bool, int, int]]) -> None:
    y, p = (np.array(v, dtype=float) for v in zip(*((f, s / 7) for f, s, _ in rows), strict=True))
    counts = np.array([c for _, _, c in rows])
    again = np.repeat(y, counts)
    assume(0 < again.sum() < len(again) and 0 < y.sum() < len(y))
    values = weighted_metrics(y, p, np.stack([np.ones(len(y)), counts.astype(float)]))
    for name, metric in METRICS.items():
        assert values[name][0] == pytest.approx(metric(y, p)), name
        if name != "ece":  # the ECE of a draw keeps the sample's bins
            assert values[name][1] == pytest.approx(metric(again, np.repeat(p, counts))), name


@pytest.mark.parametrize("parameters", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_a_walk_says_what_lightgbm_says_and_its_parts_are_complete(parameters: dict[str, bool]) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(600, 6))
    x[rng.random(x.shape) < 0.1] = np.nan
    x[rng.random(x.shape) < 0.1] = 0.0
    x[:, 5] = 1.0
    y = (rng.random(600) < 1 / (1 + np.exp(-np.nan_to_num(x[:, 0]) + 1))).astype(float)
    settings_ = {"objective": "binary", "num_leaves": 7, "verbose": -1} | parameters
    boosted = [
        BoostedModel(tuple(lgb.train(settings_ | {"seed": s}, lgb.Dataset(x, y), 30) for s in seeds))
        for seeds in ((0, 1), (2, 3))
    ]
    # The second half has missing values and zeros where training had none of them, too.
    x = np.vstack([x, np.where(rng.random(x.shape) < 0.3, np.nan, x), np.zeros((1, 6))])
    x[:, 5] = 1.0
    forest = evaluate_forest(boosted, x)
    assert (forest.hazards == np.array([b.predict(x) for b in boosted])).all()
    margin = np.mean([b.predict(x, raw_score=True) for one in boosted for b in one.boosters], axis=0)
    assert forest.parts.sum(1) + forest.constant == pytest.approx(margin, abs=1e-5)
    assert (forest.parts[:, 5] == 0).all()
    assert np.abs(forest.parts[:, 0]).mean() > np.abs(forest.parts[:, 1:5]).mean()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 3)), min_size=7, max_size=7), max_size=5)
)
def test_the_strongest_reasons_are_those_of_a_readable_choice(drawn: list[list[tuple[int, int]]]) -> None:
    codes, weights = (np.array([[c[k] for c in row] for row in drawn]).reshape(-1, 7) for k in (0, 1))
    expected = []
    for number, row in enumerate(drawn):
        chosen: dict[int, int] = {}
        for place in sorted(range(7), key=lambda p: (-row[p][1], row[p][0], p)):
            if row[place][1] > 0 and len(chosen) < 4:
                chosen.setdefault(row[place][0], place)
        expected += [(number, place) for place in chosen.values()]
    result = strongest(weights.astype(float), codes)
    assert list(zip(*(v.tolist() for v in result), strict=True)) == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=25))
def test_the_heaviest_of_each_group(drawn: list[tuple[int, int]]) -> None:
    drawn = sorted(drawn, key=lambda d: d[0])
    heaviest = _heaviest(*(np.array([d[k] for d in drawn], dtype=t) for k, t in ((0, int), (1, float))), 6)
    for group in range(6):
        mine = sorted((-w, place) for place, (g, w) in enumerate(drawn) if g == group)[:3]
        assert heaviest[group].tolist() == [place for _, place in mine] + [-1] * (3 - len(mine))


def test_no_interval_goes_beyond_what_a_metric_can_be() -> None:
    """Three failures: the draws of PR-AUC lie so low that, moved to its value, they would end below 0."""
    rng = np.random.default_rng(4)
    y, p = np.repeat([1.0, 0.0], [3, 57]), rng.random(60)
    drawn = bootstrap(y, p, np.arange(60), 300)
    evaluated = intervals(y, p, drawn)
    pr_auc = drawn["pr_auc"]
    assert np.percentile(pr_auc, 2.5) - pr_auc.mean() + evaluated["pr_auc"].value < 0
    for name, one in evaluated.items():
        assert (-1.0 if name == "gini" else 0.0) <= one.low <= one.value <= one.high <= 1.0, name


def test_few_failures_in_perfect_order_do_not_make_scaled_hazards_extreme() -> None:
    hazard = np.geomspace(0.01, 1, 40)
    y = (np.arange(40) >= 30).astype(float)
    firm = np.arange(40)
    rows = RowOutcomes.of(y, firm)
    free = cross_fitted(hazard, rows)
    near_one = cross_fitted(hazard, rows, scaled=True)
    assert free.max() / free.min() > 1e6
    assert near_one.max() / near_one.min() < 1e4
    pieces = [CalibrationRows(rows, {"trees": hazard, "network": hazard})]
    slopes = {name: map_.slope for name, map_ in fit_calibrations(pieces, ("network",)).items()}
    assert slopes["trees"] > 3
    assert 1 < slopes["network"] < 2


def test_the_prior_on_the_slope_is_for_few_failures_with_one_row_each() -> None:
    rng = np.random.default_rng(2)
    hazard = np.exp(rng.normal(-1, 1, 400))
    y = (rng.random(400) < pd_of(hazard**2)).astype(float)
    assert y.sum() >= FEW_FAILED
    many = RowOutcomes.of(y, np.arange(400))
    assert cross_fitted(hazard, many, scaled=True).tolist() == cross_fitted(hazard, many).tolist()
    some = RowOutcomes.of(y[:100], np.arange(100))
    assert cross_fitted(hazard[:100], some, scaled=True).tolist() != cross_fitted(hazard[:100], some).tolist()
    pairs = RowOutcomes.of(y[:100], np.arange(100) // 2)
    assert (
        cross_fitted(hazard[:100], pairs, scaled=True).tolist() == cross_fitted(hazard[:100], pairs).tolist()
    )

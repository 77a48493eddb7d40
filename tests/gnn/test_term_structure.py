"""The term structure: hand-worked values, invariants at any parameters, and its fit against a slow readable one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import approx_fprime

from supplyrisk.gnn import term_structure
from supplyrisk.gnn.term_structure import K_MAX, K_MIN, MAX_SLOPE, TermStructure, fit_terms, k1_bounds
from supplyrisk.graph.schema.terms import LIFETIME_DAYS, TERM_DAYS

Matrix = NDArray[np.float64]

HORIZON = 180


@st.composite
def structures(draw: st.DrawFn) -> TermStructure:
    """Any valid structure, its extremes included."""
    horizon = draw(st.integers(1, 2500))
    low, high = k1_bounds(horizon)
    return TermStructure(
        horizon_days=horizon,
        base_hazard=draw(st.floats(1e-6, 1.0)),
        k0=draw(st.floats(K_MIN, K_MAX)),
        k1=draw(st.floats(low, high)),
        observed_days=720,
    )


def hazards_of(values: list[float]) -> Matrix:
    """Distinct hazards, lowest first, further apart than rounding errors."""
    hazards = np.unique(np.array(values))
    return hazards[np.concatenate([[True], np.diff(np.log(hazards)) > 1e-9])]


many_hazards = st.lists(st.floats(1e-9, 20.0), min_size=1, max_size=20).map(hazards_of)
any_days = st.integers(1, 5000)


def test_hand_worked_values() -> None:
    terms = TermStructure(HORIZON, base_hazard=0.01, k0=0.5, k1=0.25, observed_days=720)
    hazard = np.array([0.01, 0.01 * math.e**2, 0.01 * math.e**100, 0.01 * math.e**-100])
    # k = .5, .5 + .25 x 2 = 1, and the bounds.
    assert terms.exponent(hazard) == pytest.approx(np.array([0.5, 1.0, K_MAX, K_MIN]))
    # Four horizons: 4^.5 = 2 and 4^1 = 4.
    assert terms.factor(hazard, 720)[:2] == pytest.approx(np.array([2.0, 4.0]))
    assert terms.pd(hazard, 720)[0] == pytest.approx(1 - math.exp(-0.02))
    # 30 days are a sixth of the horizon, and 10 days a third of 30.
    assert terms.factor(hazard, 30)[0] == pytest.approx(math.sqrt(1 / 6))
    assert terms.factor(hazard, 10)[0] == pytest.approx(math.sqrt(1 / 6) / 3)
    # 1,800 days are ten horizons; after them the mean hazard of these days goes on.
    assert terms.factor(hazard, 3600)[0] == pytest.approx(2 * math.sqrt(10))
    assert terms.extrapolated(721)
    assert not terms.extrapolated(720)


@given(structures(), many_hazards, any_days, any_days)
def test_the_cumulative_hazard_increases_with_the_term(
    terms: TermStructure, hazard: Matrix, first: int, second: int
) -> None:
    shorter, longer = sorted((first, second))
    before = hazard * terms.factor(hazard, shorter)
    after = hazard * terms.factor(hazard, longer)
    assert (before > 0).all()
    assert np.isfinite(after).all()
    assert (after > before).all() if longer > shorter else (after == before).all()


@given(structures(), many_hazards, any_days)
def test_the_order_of_firms_is_that_of_their_hazards_at_every_term(
    terms: TermStructure, hazard: Matrix, days: int
) -> None:
    assert (np.diff(hazard * terms.factor(hazard, days)) > 0).all()


@given(structures(), many_hazards)
def test_at_the_horizon_nothing_changes(terms: TermStructure, hazard: Matrix) -> None:
    assert (terms.factor(hazard, terms.horizon_days) == 1.0).all()


@given(structures(), many_hazards, any_days, st.floats(0, 1), st.floats(-0.5, 0.5))
def test_the_parts_add_up_at_every_term(
    terms: TermStructure, hazard: Matrix, days: int, own_share: float, context_share: float
) -> None:
    parts = hazard * np.array([[own_share], [context_share], [1 - own_share - context_share]])
    factor = terms.factor(hazard, days)
    assert (parts * factor).sum(0) == pytest.approx(hazard * factor, rel=1e-12)
    assert terms.pd(hazard, days) == pytest.approx(-np.expm1(-(parts * factor).sum(0)), rel=1e-12)


@given(st.integers(1, 2500))
def test_the_bounds_of_k1_are_those_of_the_ranking(horizon: int) -> None:
    for k1 in k1_bounds(horizon):
        slopes = [
            1 + k1 * math.log(days / horizon) for days in (min(30, horizon), max(LIFETIME_DAYS, horizon))
        ]
        assert min(slopes) >= 0.1 - 1e-12
        # A bound is no tighter than needed.
        assert min(slopes) == pytest.approx(0.1) or abs(k1) == MAX_SLOPE


def test_a_k1_beyond_its_bound_would_turn_the_order_round() -> None:
    low, _ = k1_bounds(HORIZON)
    with pytest.raises(ValueError, match="k1"):
        TermStructure(HORIZON, 0.01, 1.0, low - 0.01, 720)
    steep = TermStructure(HORIZON, 0.01, 1.0, low, 720)
    # Past the check on purpose: the bound exists because this happens without it.
    object.__setattr__(steep, "k1", -0.5)
    hazard = np.array([0.01, 0.012])
    assert np.diff(hazard * steep.factor(hazard, LIFETIME_DAYS))[0] < 0


@pytest.mark.parametrize(
    "faulty",
    [
        {"horizon_days": 0},
        {"base_hazard": 0.0},
        {"base_hazard": math.nan},
        {"k0": 0.1},
        {"k0": math.nan},
        {"k1": 0.6},
        {"k1": math.nan},
    ],
)
def test_parameters_out_of_bounds_are_refused(faulty: dict[str, float]) -> None:
    parameters = {"horizon_days": 180, "base_hazard": 0.01, "k0": 1.0, "k1": 0.0, "observed_days": 720}
    with pytest.raises(ValueError, match="expected"):
        TermStructure(**parameters | faulty)  # type: ignore[arg-type]


def test_a_term_of_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        TermStructure.constant(HORIZON).factor(np.ones(1), 0)


def test_a_constant_hazard_is_proportional_to_the_term() -> None:
    terms = TermStructure.constant(HORIZON)
    hazard = np.array([0.0, 0.02, 3.0])
    for days in TERM_DAYS.values():
        assert hazard * terms.factor(hazard, days) == pytest.approx(hazard * days / HORIZON)
    assert terms.observed_days == HORIZON
    assert not terms.fitted


def test_another_base_hazard_moves_all_exponents_alike() -> None:
    terms = TermStructure(HORIZON, base_hazard=0.01, k0=0.9, k1=-0.1, observed_days=720)
    hazard = np.array([0.002, 0.01, 0.3])
    assert terms.rebased(0.03).exponent(3 * hazard) == pytest.approx(terms.exponent(hazard))


def simulated(
    terms: TermStructure, rows: int, seed: int, hazards: tuple[float, float] = (-6.0, 0.0)
) -> tuple[Matrix, Matrix, Matrix]:
    """Hazards, days to default and observed days of firms that fail by a known structure and are cut off at random."""
    rng = np.random.default_rng(seed)
    hazard = np.exp(rng.uniform(*hazards, rows))
    # G at the day of the failure is exponential with mean 1, so the day is the inverse of G.
    failed_at = terms.horizon_days * (rng.exponential(size=rows) / hazard) ** (1 / terms.exponent(hazard))
    last = rng.integers(1, 900, rows).astype(float)
    failed_after = np.where(failed_at <= last, np.maximum(np.ceil(failed_at), 1), np.nan)
    return hazard, failed_after, np.where(np.isnan(failed_after), last, failed_after)


@pytest.mark.parametrize(("k0", "k1"), [(0.7, -0.12), (1.0, 0.0), (1.3, 0.1)])
def test_planted_parameters_are_recovered(k0: float, k1: float) -> None:
    truth = TermStructure(HORIZON, base_hazard=0.15, k0=k0, k1=k1, observed_days=720)
    hazard, failed_after, observed = simulated(truth, 40_000, seed=3)
    fitted = fit_terms(hazard, failed_after, observed, np.ones(len(hazard)), HORIZON)
    # The fit measures hazards against the mean one.
    assert fitted.rebased(0.15).k1 == pytest.approx(k1, abs=0.02)
    assert fitted.exponent(np.array([0.15]))[0] == pytest.approx(k0, abs=0.02)
    assert fitted.base_hazard == pytest.approx(hazard.mean())
    assert fitted.observed_days == 720
    assert fitted.fitted


def slow_loss(
    parameters: tuple[float, float], data: tuple[Matrix, Matrix, Matrix, Matrix], horizon: int, base: float
) -> float:
    """The definition: month by month and row by row."""
    terms = TermStructure(horizon, base, *parameters, observed_days=720)
    total = ((parameters[0] - 1) / 0.25) ** 2 / 2 + (parameters[1] / 0.1) ** 2 / 2
    for hazard, failed_after, observed, weight in zip(*data, strict=True):

        def cumulative(day: float, hazard: float = hazard) -> float:
            return 0.0 if day <= 0 else float(hazard * terms.factor(np.array([hazard]), day)[0])  # type: ignore[arg-type]

        for month in range(1, 25):
            start, end = 30.0 * (month - 1), 30.0 * month
            if start < failed_after <= end:
                total -= weight * math.log(1 - math.exp(-(cumulative(end) - cumulative(start))))
                break
            seen_until = min(end, observed)
            if math.isnan(failed_after) and seen_until <= start:
                break
            end = end if not math.isnan(failed_after) else seen_until
            total += weight * (cumulative(end) - cumulative(start))
    return total


@pytest.mark.parametrize("horizon", [90, 180, 400])
def test_the_fast_likelihood_is_the_slow_one(monkeypatch: pytest.MonkeyPatch, horizon: int) -> None:
    truth = TermStructure(horizon, base_hazard=0.1, k0=0.8, k1=-0.1, observed_days=720)
    hazard, failed_after, observed = simulated(truth, 60, seed=1, hazards=(-5.0, 1.5))
    # Beyond the last counted month: survived as a whole.
    failed_after[:2] = observed[:2] = (721.0, 899.0)
    weight = np.random.default_rng(2).uniform(0.1, 1, 60)
    seen = []
    minimize = term_structure.minimize

    def recording(loss: object, *rest: object, **options: object) -> object:
        seen.append(loss)
        return minimize(loss, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(term_structure, "minimize", recording)
    fitted = fit_terms(hazard, failed_after, observed, weight, horizon)
    (loss,) = seen
    data = (hazard, failed_after, observed, weight)
    base = float(weight @ hazard / weight.sum())
    assert fitted.base_hazard == pytest.approx(base)
    for parameters in ((1.0, 0.0), (0.7, -0.15), (1.4, 0.12), (2.4, 0.1)):
        value, gradient = loss(np.array(parameters))
        assert value == pytest.approx(slow_loss(parameters, data, horizon, base), rel=1e-9)
        numeric = approx_fprime(np.array(parameters), lambda at: loss(at)[0], 1e-7)
        assert gradient == pytest.approx(numeric, rel=1e-4, abs=1e-4)
    best = slow_loss((fitted.k0, fitted.k1), data, horizon, base)
    for moved in ((0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)):
        near = (fitted.k0 + moved[0], fitted.k1 + moved[1])
        assert slow_loss(near, data, horizon, base) > best - 1e-9


def test_without_a_failure_the_hazard_is_constant() -> None:
    rows = 1000
    observed = np.full(rows, 400.0)
    fitted = fit_terms(np.full(rows, 0.01), np.full(rows, np.nan), observed, np.ones(rows), HORIZON)
    assert (fitted.k0, fitted.k1, fitted.observed_days) == (1.0, 0.0, 400)
    assert not fitted.fitted


def test_a_few_failures_hardly_move_the_prior() -> None:
    rows = 300
    failed_after = np.full(rows, np.nan)
    # Two failures in the first month of six: most unlikely at a constant hazard, and still only two.
    failed_after[:2] = 10.0
    observed = np.where(np.isnan(failed_after), 180.0, failed_after)
    fitted = fit_terms(np.full(rows, 2 / rows), failed_after, observed, np.ones(rows), HORIZON)
    assert 0.7 < fitted.k0 < 1.0
    assert fitted.k1 == pytest.approx(0.0, abs=1e-6)
    # The same pattern a hundred times over is evidence.
    often = fit_terms(np.full(rows, 2 / rows), failed_after, observed, np.full(rows, 100.0), HORIZON)
    assert often.k0 < 0.5


def test_an_unfinished_horizon_is_used() -> None:
    truth = TermStructure(HORIZON, base_hazard=0.3, k0=0.6, k1=0.0, observed_days=90)
    hazard, failed_after, observed = simulated(truth, 40_000, seed=5, hazards=(-1.3, -1.0))
    failed_after = np.where(failed_after <= 90, failed_after, np.nan)
    fitted = fit_terms(hazard, failed_after, np.minimum(observed, 90), np.ones(len(hazard)), HORIZON)
    assert fitted.observed_days == 90
    assert fitted.k0 == pytest.approx(0.6, abs=0.04)


def test_rows_without_an_observed_day_or_weight_do_not_count() -> None:
    truth = TermStructure(HORIZON, base_hazard=0.15, k0=0.8, k1=0.0, observed_days=720)
    hazard, failed_after, observed = simulated(truth, 500, seed=4)
    weight = np.ones(500)
    fitted = fit_terms(hazard, failed_after, observed, weight, HORIZON)
    longer = [
        np.append(column, extra)
        for column, extra in zip(
            (hazard, failed_after, observed, weight),
            ([9.0, 9.0, 9.0], [np.nan, np.nan, 5.0], [0.0, np.nan, 5.0], [1.0, 1.0, 0.0]),
            strict=True,
        )
    ]
    assert fit_terms(*longer, HORIZON) == fitted
    with pytest.raises(ValueError, match="no row was observed"):
        fit_terms(*(column[-3:] for column in longer), HORIZON)

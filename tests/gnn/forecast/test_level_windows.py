"""Levels such as cash: what is known, changes as targets, the lowest level, and what must not move them."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from supplyrisk.gnn.forecast import FitOptions, LevelWindows, ShopSeries, Window, fit_lowest, fit_weeks

LAST_DAY = date(2025, 9, 14)
FEW = FitOptions(seed=3, rounds=8)


def series(values: np.ndarray, step: int = 7) -> ShopSeries:
    return ShopSeries([f"S{n:03}" for n in range(len(values))], values, LAST_DAY, step)


def levels(values: np.ndarray, step: int = 7) -> LevelWindows:
    return LevelWindows(series(values, step), series(np.full_like(values, np.nan), step))


@cache
def cash() -> np.ndarray:
    """Forty shops over 80 weeks whose cash wanders, some of them overdrawn."""
    draw = np.random.default_rng(9)
    walks = draw.normal(0, 1, (40, 80)).cumsum(axis=1) * draw.lognormal(3, 1, (40, 1))
    values = walks + draw.lognormal(5, 1, (40, 1))
    values[draw.random((40, 80)) < 0.03] = np.nan
    return values


def test_the_last_level_is_known_for_four_weeks() -> None:
    values = np.full((1, 30), np.nan)
    values[0, 10] = 5
    found = levels(values)
    assert np.flatnonzero(~np.isnan(found.known[0])).tolist() == [10, 11, 12, 13]
    assert np.flatnonzero(~np.isnan(found.week_ends[0])).tolist() == [10]


def test_targets_are_changes_in_the_shops_own_unit() -> None:
    values = np.full((1, 40), 100.0)
    values[0, 30:] = [90, 80, 70, 60, 70, 80, 90, 100, 110, 120]
    found = levels(values)
    features = found.features(29)
    # The mean size is 100, and no week has changed yet.
    assert features.level.tolist() == [100]
    assert found.targets(features, 29, Window(1, 2, 2)) == pytest.approx([-0.2])
    assert found.targets(features, 29, Window(0, 10)) == pytest.approx([-0.4])
    # A window that only rises has its lowest level at the start.
    assert found.targets(found.features(33), 33, Window(0, 6)) == pytest.approx([0])


def test_a_constant_level_stays() -> None:
    constant = levels(np.arange(1, 21)[:, None] * np.full((20, 80), 50.0))
    for forecast in (
        *fit_weeks(constant, FEW).forecast(constant),
        *fit_lowest(constant, FEW).forecast(constant),
    ):
        assert forecast.quantiles[1] == pytest.approx(50.0 * np.arange(1, 21))


def test_ten_times_the_cash_is_ten_times_the_forecast() -> None:
    small, large = levels(cash()), levels(cash() * 10)
    for one, other in zip(
        fit_weeks(small, FEW).forecast(small), fit_weeks(large, FEW).forecast(large), strict=True
    ):
        assert other.quantiles == pytest.approx(one.quantiles * 10, rel=1e-6)


def test_the_order_of_shops_changes_nothing() -> None:
    order = np.random.default_rng(2).permutation(40)
    plain = levels(cash())
    ids = [f"S{n:03}" for n in order]
    shuffled = LevelWindows(ShopSeries(ids, cash()[order], LAST_DAY, 7), plain.sales.take(order))
    [one], [other] = fit_lowest(plain, FEW).forecast(plain), fit_lowest(shuffled, FEW).forecast(shuffled)
    assert dict(zip(other.rows.tolist(), other.quantiles[1], strict=True)) == pytest.approx(
        dict(enumerate(one.quantiles[1][order]))
    )


def test_the_lowest_level_is_not_above_the_present_one() -> None:
    found = levels(cash())
    [lowest] = fit_lowest(found, FEW).forecast(found)
    now = found.known[lowest.rows, -1]
    assert (lowest.quantiles <= now + 1e-9).all()
    assert (np.diff(lowest.quantiles, axis=0) >= 0).all()


def test_nothing_after_a_step_moves_its_features() -> None:
    later = cash().copy()
    later[:, 60:] = 1e6
    one, other = levels(cash()).features(59), levels(later).features(59)
    assert np.array_equal(one.columns, other.columns, equal_nan=True)
    assert np.array_equal(one.level, other.level)

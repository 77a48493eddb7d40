"""The forecast of sales on a few made-up shops: what it must do exactly, whatever the trees learn."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from supplyrisk.gnn.forecast import FitOptions, SalesWindows, ShopSeries, WindowForecast, fit_total, fit_weeks
from supplyrisk.gnn.forecast.window_rows import Window, past_rows
from supplyrisk.graph import DataError

LAST_DAY = date(2025, 9, 14)
FEW = FitOptions(seed=3, rounds=12)
SHOPS = 60
DAYS = 330


@cache
def sales() -> np.ndarray:
    """Sixty shops of different size with growth, weekdays and noise; some opened later, some have gaps."""
    draw = np.random.default_rng(11)
    days = np.arange(DAYS)
    size = draw.lognormal(6, 1, (SHOPS, 1))
    growth = np.exp(draw.normal(0.0005, 0.001, (SHOPS, 1)) * days)
    week = 1 + 0.3 * ((days % 7) >= 5)
    values = size * growth * week * draw.lognormal(0, 0.25, (SHOPS, DAYS))
    values[draw.random((SHOPS, DAYS)) < 0.05] = np.nan
    for shop in range(0, SHOPS, 6):
        values[shop, : draw.integers(0, 280)] = np.nan
    return values


def series(values: np.ndarray, ids: list[str] | None = None) -> ShopSeries:
    return ShopSeries(ids or [f"S{n:03}" for n in range(len(values))], values, LAST_DAY)


def windows_of(values: np.ndarray) -> SalesWindows:
    return SalesWindows(series(values))


def total(values: np.ndarray, ids: list[str] | None = None) -> WindowForecast:
    shops = series(values, ids)
    [forecast] = fit_total(shops, 91, FEW).forecast(SalesWindows(shops))
    return forecast


@cache
def plain_total() -> WindowForecast:
    return total(sales())


def test_a_constant_series_forecasts_itself() -> None:
    shops = series(np.full((20, DAYS), 50.0) * np.arange(1, 21)[:, None])
    [forecast] = fit_total(shops, 91, FEW).forecast(SalesWindows(shops))
    assert forecast.quantiles[1] == pytest.approx(91 * 50.0 * np.arange(1, 21))
    for week in fit_weeks(SalesWindows(shops), FEW).forecast(SalesWindows(shops)):
        assert week.quantiles[1] == pytest.approx(7 * 50.0 * np.arange(1, 21))


def test_ten_times_the_sales_are_ten_times_the_forecast() -> None:
    assert total(sales() * 10).quantiles == pytest.approx(plain_total().quantiles * 10, rel=1e-9)


def test_one_larger_shop_moves_its_own_unit_alone() -> None:
    model = fit_total(series(sales()), 91, FEW)
    larger = sales().copy()
    larger[7] *= 10
    [before], [after] = (
        model.forecast(SalesWindows(series(sales()))),
        model.forecast(SalesWindows(series(larger))),
    )
    factors = after.quantiles / before.quantiles
    assert factors[:, 7] == pytest.approx([10, 10, 10])
    assert np.delete(factors, 7, axis=1) == pytest.approx(1)


def test_the_order_of_shops_changes_nothing() -> None:
    order = np.random.default_rng(2).permutation(SHOPS)
    ids = [f"S{n:03}" for n in order]
    assert np.array_equal(total(sales()[order], ids).quantiles, plain_total().quantiles[:, order])


def test_the_same_seed_gives_the_same_forecast_and_another_one_does_not() -> None:
    shops = series(sales())
    [again] = fit_total(shops, 91, FEW).forecast(SalesWindows(shops))
    [other] = fit_total(shops, 91, FitOptions(seed=4, rounds=12)).forecast(SalesWindows(shops))
    assert np.array_equal(again.quantiles, plain_total().quantiles)
    assert not np.array_equal(other.quantiles, again.quantiles)


def test_quantiles_are_in_order_and_weeks_follow_each_other() -> None:
    shops = series(sales())
    weeks = fit_weeks(SalesWindows(shops), FEW).forecast(SalesWindows(shops))
    assert [week.window for week in weeks] == [Window(7 * n - 7, 7 * n, n) for n in range(1, 14)]
    for forecast in (*weeks, plain_total()):
        assert (np.diff(forecast.quantiles, axis=0) >= 0).all()
        assert (forecast.quantiles >= 0).all()


def test_no_row_to_learn_from_ends_after_the_last_step() -> None:
    windows = [Window(0, 30), Window(0, 91)]
    rows = past_rows(windows_of(sales()), windows, 10**9, 0)
    assert rows.known_at.max() == DAYS - 1
    assert (rows.known_at - rows.end).min() >= 27
    assert set(rows.end.tolist()) == {30, 91}
    few = past_rows(windows_of(sales()), windows, len(rows) // 4, 0)
    assert len(few) == pytest.approx(len(rows) / 4, rel=0.2)


def test_targets_are_logs_of_sums_over_the_level() -> None:
    values = np.full((1, 100), 10.0)
    values[0, 50:60] = 20.0
    rows = past_rows(windows_of(values), [Window(0, 10)], 10**9, 0)
    [row] = np.flatnonzero(rows.known_at == 57)
    # The window is of steps 48 to 57: two days of 10 and eight of 20.
    assert rows.target[row] == pytest.approx(np.log(180 / 100), abs=1e-9)


def test_a_shop_that_stays_closed_is_forecast_near_zero() -> None:
    values = np.full((40, DAYS), 100.0)
    values[::2, -91:] = 0.0
    shops = series(values[:, :-60])
    # A closed shop's level is that of its open days before; what has been 0 for a month is not the level itself.
    [forecast] = fit_total(shops, 91, FEW).forecast(SalesWindows(shops))
    closed = forecast.quantiles[1][::2]
    assert (closed < 0.6 * 91 * 100).all()


def test_too_little_history_is_an_error_that_says_so() -> None:
    with pytest.raises(
        DataError, match=r"^0 past windows of 91 days to learn a forecast from, by 2025-09-14"
    ):
        total(sales()[:, -60:])

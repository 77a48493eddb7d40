"""Features of series, by hand on short ones, and what may not move them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from supplyrisk.gnn.forecast.sales_calendar import SalesCalendar
from supplyrisk.gnn.forecast.series_features import features_at, year_ago
from supplyrisk.gnn.forecast.shop_series import ShopSeries, calendar_columns

LAST_DAY = date(2025, 8, 31)
"""A Sunday, long after the last festival."""


def series(*values: np.ndarray, step: int = 1) -> ShopSeries:
    ids = [f"S{number}" for number in range(len(values))]
    return ShopSeries(ids, np.array(values, dtype=float), LAST_DAY, step)


def rising(days: int = 200) -> np.ndarray:
    return 100 + np.arange(days) * 2.0


def test_the_level_is_the_geometric_mean_of_four_means() -> None:
    shop = np.full(70, 10.0)
    shop[-7:] = 40
    # Means of the last 7, 14, 28 and 60 days: 40, 25, 17.5 and 13.5.
    expected = (40 * 25 * 17.5 * 13.5) ** 0.25
    assert features_at(series(shop), 69).level == pytest.approx([expected])


def test_days_without_a_row_are_absent_and_not_zero() -> None:
    absent = np.full(100, 10.0)
    absent[-60::2] = np.nan
    zero = np.where(np.isnan(absent), 0.0, absent)
    found = features_at(series(absent, zero), 99)
    assert found.level == pytest.approx([10, 5], rel=0.05)
    shares = found.columns[:, 6:12]  # of the last 7, 14, 28, 60, 90 and 180 days
    assert shares[0] == pytest.approx([4 / 7, 0.5, 0.5, 0.5, 60 / 90, 0.7], abs=0.05)
    assert shares[1] == pytest.approx([1] * 6)


def test_a_festival_does_not_stand_for_the_level() -> None:
    # 2025-01-29 is the Chinese New Year: a shop that is closed for two weeks around it, a month before the last day.
    shop = np.full(120, 10.0)
    begin = 119 - (date(2025, 2, 20) - date(2025, 1, 22)).days
    shop[begin : begin + 14] = 0
    plain = ShopSeries(["A"], shop[None], date(2025, 2, 20), 1)
    assert features_at(plain, 119).level == pytest.approx([10])


def test_nothing_after_the_step_moves_a_feature() -> None:
    later = rising()
    later[150:] = 1e6
    assert np.array_equal(
        features_at(series(rising()), 149).columns, features_at(series(later), 149).columns, equal_nan=True
    )


@pytest.mark.parametrize("factor", [10, 0.001])
def test_features_have_no_unit(factor: float) -> None:
    noisy = rising() + np.random.default_rng(1).normal(0, 20, 200)
    one, other = features_at(series(noisy), 199), features_at(series(noisy * factor), 199)
    assert np.array_equal(one.columns, other.columns, equal_nan=True)
    assert other.level == pytest.approx(one.level * factor)


def test_shops_with_less_than_a_week_of_rows_have_no_features_and_young_ones_are_thin() -> None:
    six, seven, old, gone = (np.full(200, np.nan) for _ in range(4))
    six[-6:] = 5
    seven[-7:] = 5
    old[:] = 5
    gone[:100] = 5
    found = features_at(series(six, seven, old, gone), 199)
    assert found.rows.tolist() == [1, 2]
    assert found.thin.tolist() == [True, False]


def test_weekends_are_compared_with_other_days() -> None:
    days = np.arange(120)
    weekday = (LAST_DAY.weekday() - 119 + days) % 7
    found = features_at(series(np.where(weekday >= 5, 30.0, 10.0)), 119)
    assert np.log(3) == pytest.approx(found.columns[0, -3], abs=1e-5)


def test_the_same_window_a_year_ago_is_over_the_month_before_it() -> None:
    shop = np.full(500, 10.0)
    then = 499 + 1 - 364
    shop[then + 7 : then + 14] = 40
    assert year_ago(series(shop), 499, 7, 14) == pytest.approx([np.log(4)])
    assert year_ago(series(shop), 499, 0, 7) == pytest.approx([0])
    assert np.isnan(year_ago(series(shop[-300:]), 299, 0, 7)).all()


def test_weeks_as_steps_have_the_windows_of_days() -> None:
    weekly = series(np.full(80, 70.0), step=7)
    found = features_at(weekly, 79)
    assert found.level == pytest.approx([70])
    assert not found.thin[0]
    assert weekly.first_day == date(2024, 2, 19)


def test_an_own_event_is_no_ordinary_day() -> None:
    from supplyrisk.gnn.forecast import CalendarEvent

    shop = np.full(70, 10.0)
    shop[-3:] = 1000
    event = CalendarEvent("fair", date(2025, 8, 29), LAST_DAY)
    plain = ShopSeries(["A"], shop[None], LAST_DAY, 1, SalesCalendar((event,)))
    assert features_at(plain, 69).level == pytest.approx([10])


def test_the_calendar_of_a_week_begins_on_the_day_after_the_step() -> None:
    # 2024-10-01 to 10-07 are days off; the last step ends on Sunday 29 September.
    daily = ShopSeries(["A"], np.ones((1, 30)), date(2024, 9, 29), 1)
    weekly = ShopSeries(["A"], np.ones((1, 30)), date(2024, 9, 29), 7)
    assert calendar_columns(daily, 29, 0, 7, 1)[0, 0] == pytest.approx(6 / 7)
    assert calendar_columns(daily, 29, 7, 14, 1)[0, 0] == pytest.approx(1 / 7)
    assert calendar_columns(weekly, 29, 1, 2, 1)[0, 0] == pytest.approx(1 / 7)

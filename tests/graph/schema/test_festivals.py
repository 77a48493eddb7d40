"""Festivals of China by year: days taken from the announcements of the State Council."""

from __future__ import annotations

from datetime import date

import pytest

from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.schema.festivals import FESTIVALS, SPRING_FESTIVAL, festivals, festivals_between


def span(year: int, key: str) -> tuple[date, date]:
    [row] = [row for row in festivals(year) if row.key == key]
    return row.first_day, row.last_day


@pytest.mark.parametrize(
    ("year", "key", "first", "last"),
    [
        (2016, SPRING_FESTIVAL, date(2016, 2, 8), date(2016, 2, 12)),
        (2020, SPRING_FESTIVAL, date(2020, 1, 25), date(2020, 2, 2)),  # extended because of the epidemic
        (2026, SPRING_FESTIVAL, date(2026, 2, 16), date(2026, 2, 23)),  # from the eve on
        (2016, "national_day", date(2016, 10, 1), date(2016, 10, 7)),
        (2015, "mid_autumn", date(2015, 9, 27), date(2015, 9, 27)),  # days off in October are not its own
        (2020, "mid_autumn", date(2020, 10, 1), date(2020, 10, 1)),  # on the same day as National Day
        (
            2025,
            "national_day",
            date(2025, 10, 1),
            date(2025, 10, 5),
        ),  # the weekend before Mid-Autumn is its own
        (2025, "mid_autumn", date(2025, 10, 6), date(2025, 10, 8)),
        (2023, "mid_autumn", date(2023, 9, 29), date(2023, 9, 30)),  # with the Saturday before National Day
        (2023, "national_day", date(2023, 10, 1), date(2023, 10, 6)),
        (2016, "dragon_boat", date(2016, 6, 9), date(2016, 6, 10)),
    ],
)
def test_festivals_have_their_days_off(year: int, key: str, first: date, last: date) -> None:
    assert span(year, key) == (first, last)


@pytest.mark.parametrize("year", range(2008, 2101))
def test_each_year_has_each_festival_once(year: int) -> None:
    rows = festivals(year)
    assert sorted(row.key for row in rows) == sorted(FESTIVALS)
    assert [row.first_day for row in rows] == sorted(row.first_day for row in rows)
    assert all(row.first_day <= row.last_day and row.first_day.year == year for row in rows)


def test_festivals_between_two_days_are_those_with_a_day_off_there() -> None:
    keys = [row.key for row in festivals_between(date(2016, 2, 12), date(2016, 4, 4))]
    assert keys == [SPRING_FESTIVAL, "tomb_sweeping"]
    assert festivals_between(date(2016, 2, 13), date(2016, 4, 3)) == ()


def test_names_are_in_both_languages() -> None:
    assert [row.name for row in festivals(2016)][:2] == [
        ("New Year's Day", "元旦"),
        ("Spring Festival", "春节"),
    ]


def test_years_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(RequestError, match="year 1949"):
        festivals(1949)

"""Special days: the Chinese New Year and its surroundings, days off, shopping festivals, a user's events."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from supplyrisk.gnn.forecast import CalendarEvent, SalesCalendar, read_events
from supplyrisk.graph import DataError


def test_the_days_around_the_new_year_of_2016_are_special() -> None:
    days = SalesCalendar().days(date(2016, 1, 1), date(2016, 3, 31))
    special = {day for day in range(91) if days.special[day]}
    # 2016-02-08 is day 38; 14 days before and after it, and New Year's Day. Women's Day sales are 7 and 8 March.
    assert special == {0, *range(24, 53), 66, 67}


@pytest.mark.parametrize(
    ("year", "new_year"),
    [
        (2015, date(2015, 2, 19)),
        (2016, date(2016, 2, 8)),
        (2020, date(2020, 1, 25)),
        (2025, date(2025, 1, 29)),  # statutory days begin on the eve since 2025
        (2026, date(2026, 2, 17)),
        (2027, date(2027, 2, 6)),
    ],
)
def test_distances_are_to_the_first_day_of_the_lunar_year(year: int, new_year: date) -> None:
    days = SalesCalendar().days(date(year, 1, 1), date(year, 3, 31))
    [number] = [n for n, distance in enumerate(days.to_spring) if distance == 0]
    assert date.fromordinal(date(year, 1, 1).toordinal() + number) == new_year


def test_features_of_a_week_are_shares_and_the_distance_of_its_middle() -> None:
    days = SalesCalendar((CalendarEvent("fair", date(2016, 2, 9), date(2016, 2, 9)),)).days(
        date(2016, 2, 1), date(2016, 2, 29)
    )
    # Monday 8 to Sunday 14 February: five days off, one own event, the 11th is three days after the New Year.
    assert days.features(7, 13) == pytest.approx((5 / 7, 0, 1 / 7, 3))


def test_double_eleven_is_a_shopping_festival_and_not_a_day_off() -> None:
    days = SalesCalendar().days(date(2019, 11, 9), date(2019, 11, 12))
    assert days.sales.tolist() == [False, True, True, False]
    assert not days.off.any()


def test_shopping_festivals_are_none_before_their_first_year() -> None:
    assert SalesCalendar().days(date(2015, 9, 8), date(2015, 9, 9)).sales.tolist() == [False, False]
    assert SalesCalendar().days(date(2016, 9, 8), date(2016, 9, 9)).sales.tolist() == [True, True]


def test_events_are_read_with_one_or_two_days(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("name,first_day,last_day\nfair,2025-05-01,2025-05-03\nopening,2025-06-01,\n")
    assert read_events(path) == (
        CalendarEvent("fair", date(2025, 5, 1), date(2025, 5, 3)),
        CalendarEvent("opening", date(2025, 6, 1), date(2025, 6, 1)),
    )


def test_all_faults_of_a_calendar_are_in_one_error(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("name,first_day,last_day\nfair,5 May,\nsale,2025-06-02,2025-06-01\n")
    with pytest.raises(DataError, match=r"line 2: .*5 May.*; line 3: 2025-06-01 is before 2025-06-02"):
        read_events(path)


def test_a_calendar_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("day,title\n2025-05-01,fair\n")
    with pytest.raises(DataError, match="has the columns day, title"):
        read_events(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_events(tmp_path / "none.csv")

"""Days on which sales move for no reason of a shop's own: public and shopping festivals, and a user's own days."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import DataError
from supplyrisk.graph.schema import festivals

AROUND_SPRING = 14
"""Days before and after the Chinese New Year in which shops stock up, close and open again."""
_SPRING_REACH = 35


@dataclass(frozen=True)
class CalendarEvent:
    """Days on which sales are out of the ordinary, both included."""

    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class SalesCalendar:
    """Which days are special, by kind; `own` are the events of a user's file."""

    own: tuple[CalendarEvent, ...] = ()

    def days(self, first: date, last: date) -> CalendarDays:
        """Return the calendar from `first` to `last`, both included."""
        count = (last - first).days + 1
        off = np.zeros(count, dtype=bool)
        sales = np.zeros(count, dtype=bool)
        own = np.zeros(count, dtype=bool)
        to_spring = np.full(count, np.nan)
        reach = timedelta(days=_SPRING_REACH)
        for festival in festivals.festivals_between(first - reach, last + reach):
            _mark(off, first, festival.first_day, festival.last_day)
            if festival.key == festivals.SPRING_FESTIVAL:
                offset = np.arange(count) - (_new_year(festival) - first).days
                to_spring = np.where(np.abs(offset) <= _SPRING_REACH, offset, to_spring)
        for event in _shopping_events(first.year, last.year):
            _mark(sales, first, event.first_day, event.last_day)
        for event in self.own:
            _mark(own, first, event.first_day, event.last_day)
        return CalendarDays(first, off, sales, own, to_spring)


@dataclass(frozen=True)
class CalendarDays:
    """A run of days from `first` on [days each]: days off, shopping festivals, own events, days since the New Year.

    to_spring is negative before the Chinese New Year, and NaN where it is more than five weeks away.
    """

    first: date
    off: NDArray[np.bool_]
    sales: NDArray[np.bool_]
    own: NDArray[np.bool_]
    to_spring: NDArray[np.float64]

    @property
    def special(self) -> NDArray[np.bool_]:
        """Whether a day is left out where a shop's ordinary level is computed."""
        return self.off | self.sales | self.own | (np.abs(self.to_spring) <= AROUND_SPRING)

    def features(self, first: int, last: int) -> tuple[float, float, float, float]:
        """Return share of days off, of shopping days and of own events, and the distance to the New Year.

        first, last: day numbers of a window, both included. The distance is that of the window's middle, in days.
        """
        window = slice(first, last + 1)
        middle = self.to_spring[(first + last) // 2]
        shares = [float(np.mean(kind[window])) for kind in (self.off, self.sales, self.own)]
        return shares[0], shares[1], shares[2], float(middle)


def read_events(path: Path) -> tuple[CalendarEvent, ...]:
    """Read a user's events: a CSV file with the columns name, first_day and last_day (ISO days).

    An empty last_day is the first one.

    Raises
    ------
    DataError: the file cannot be read, or rows are not of that form; all faults at once.
    """
    expected = "a CSV file in UTF-8 with the columns name, first_day and last_day"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise DataError(f"calendar {path} cannot be read ({fault})", expected) from fault
    if rows and not {"name", "first_day"} <= set(rows[0]):
        raise DataError(f"calendar {path} has the columns {', '.join(map(str, rows[0]))}", expected)
    events = []
    faults = []
    for line, row in enumerate(rows, start=2):
        try:
            first = date.fromisoformat(str(row["first_day"]).strip())
            last = date.fromisoformat((row.get("last_day") or "").strip() or first.isoformat())
        except ValueError as fault:
            faults.append(f"line {line}: {fault}")
            continue
        if last < first:
            faults.append(f"line {line}: {last} is before {first}")
        events.append(CalendarEvent(str(row["name"]).strip(), first, last))
    if faults:
        raise DataError(f"calendar {path}: {'; '.join(faults)}", "ISO days, last_day not before first_day")
    return tuple(events)


@cache
def _shopping_events(first_year: int, last_year: int) -> tuple[CalendarEvent, ...]:
    text = files("supplyrisk.gnn.forecast").joinpath("shopping_festivals.toml").read_text("utf-8")
    return tuple(
        CalendarEvent(
            row["en"],
            date.fromisoformat(f"{year}-{row['first']}"),
            date.fromisoformat(f"{year}-{row['last']}"),
        )
        for row in tomllib.loads(text)["festival"]
        for year in range(max(first_year, row["since"]), last_year + 1)
    )


def _new_year(festival: festivals.Festival) -> date:
    """The first day of the lunar year: the statutory days begin on it or on its eve."""
    import holidays  # noqa: PLC0415 - as in graph/schema/festivals.py

    names = holidays.country_holidays("CN", years=festival.first_day.year, language="zh_CN")
    return festival.first_day + timedelta(days="除夕" in names.get(festival.first_day, ""))


def _mark(days: NDArray[np.bool_], origin: date, first: date, last: date) -> None:
    days[max((first - origin).days, 0) : max((last - origin).days + 1, 0)] = True

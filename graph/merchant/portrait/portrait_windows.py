"""The windows of a portrait: the last days, the days before them, and the same weeks a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import duckdb

YEAR_DAYS = 364
"""Days between a window and the same weeks a year ago: whole weeks, so that both have the same weekdays."""
SHORTEST_WINDOW = 7
"""Shortest window in days."""
LONGEST_WINDOW = 180
"""Longest window in days: with a longer one, the window before would reach into the one of a year ago."""
_LEAST_DAYS = 4
"""Least number of different days from which rows are taken to come by the week or the month."""
_LEAST_SPAN = 190
"""Days that are looked at for this at least: half a year holds six months."""
_MONTH = (27, 32)
"""Least and greatest days between rows that come by the month."""


@dataclass(frozen=True)
class PortraitWindows:
    """The three windows, each from an age in days (`starts`) up to but not including another one (`stops`).

    The age of the first day of a window is how many days ago the window ended.
    """

    starts: tuple[int, int, int]
    stops: tuple[int, int, int]

    @classmethod
    def of_days(cls, days: int) -> PortraitWindows:
        """Return windows of a length in days."""
        return cls((0, days, YEAR_DAYS), (days, 2 * days, YEAR_DAYS + days))

    @property
    def days(self) -> int:
        """Length of the window."""
        return self.stops[0]

    def number_of(self, age: str) -> str:
        """Return the SQL of the window that an age in days lies in: 0, 1 (before), 2 (a year ago); NULL outside."""
        bounds = zip(self.starts, self.stops, strict=True)
        cases = " ".join(
            f"WHEN {age} BETWEEN {start} AND {stop - 1} THEN {w}" for w, (start, stop) in enumerate(bounds)
        )
        return f"CASE {cases} END"

    @property
    def ends(self) -> str:
        """SQL of how many days ago each window `w` ended."""
        cases = " ".join(f"WHEN {w} THEN {start}" for w, start in enumerate(self.starts))
        return f"CASE w {cases} END"

    @property
    def ends_relation(self) -> str:
        """SQL relation ends(w, ended) of the three windows."""
        rows = ", ".join(f"({w}, {start})" for w, start in enumerate(self.starts))
        return f"(VALUES {rows}) AS ends(w, ended)"


def windows_of_rows(con: duckdb.DuckDBPyConnection, relation: str, age: str, days: int) -> PortraitWindows:
    """Return the windows of rows of one table.

    Where all rows of the table lie on days that are whole weeks or a month apart, a row is a period's, and windows of
    equal length may have different numbers of periods: 60 days hold two ends of months or three. The window before and
    that of a year ago have then as many periods as the window.
    """
    plain = PortraitWindows.of_days(days)
    rows = con.execute(
        f"SELECT DISTINCT {age} FROM {relation} WHERE {age} BETWEEN 0 AND {plain.stops[2] + 31} ORDER BY 1"
    ).fetchall()
    ages = [int(row[0]) for row in rows]
    per_year = _periods_per_year(ages, max(2 * days, _LEAST_SPAN))
    number = sum(each < days for each in ages)
    if per_year is None or len(ages) < 2 * number:
        return plain
    year = ages[per_year : per_year + number] or [YEAR_DAYS, YEAR_DAYS + days - 1]
    return PortraitWindows((0, ages[number], year[0]), (days, ages[2 * number - 1] + 1, year[-1] + 1))


def _periods_per_year(ages: list[int], span: int) -> int | None:
    """Return 52 or 12 where the days of all rows are weeks or months apart; None elsewhere.

    ages: of the different days, in order. span: days that are looked at.
    """
    gaps = np.diff([age for age in ages if age < span])
    if len(gaps) < _LEAST_DAYS - 1:
        return None
    # The last period may be a part of one.
    latest, gaps = gaps[0], gaps[1:]
    if (gaps % 7 == 0).all() and (gaps == 7).any() and latest <= 7:
        return 52
    least, greatest = _MONTH
    return 12 if ((gaps >= least) & (gaps <= greatest)).all() and latest <= greatest else None

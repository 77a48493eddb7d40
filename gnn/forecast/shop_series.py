"""Series of many shops over the same steps, and sums over windows of their ordinary steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.forecast.sales_calendar import CalendarDays, SalesCalendar

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

AHEAD_DAYS = 400
"""Days after the last one that the calendar covers: more than the longest horizon."""


@dataclass(frozen=True)
class ShopSeries:
    """Values of shops by step; the last step ends on `last_day`.

    Parameters
    ----------
    ids: of the shops, in any order.
    values [shops, steps]: what a step adds (sales) or its level at the end (stock); NaN where there is no row, which is
        not the same as 0.
    last_day: the last day of the last step: the as-of day.
    step: days of a step, 1 or 7.
    calendar: which days are special.
    """

    ids: Sequence[str]
    values: Matrix
    last_day: date
    step: int = 1
    calendar: SalesCalendar = field(default_factory=SalesCalendar)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return int(self.values.shape[1])

    @property
    def first_day(self) -> date:
        """The first day of the first step."""
        return self.last_day - timedelta(days=self.steps * self.step - 1)

    def in_steps(self, days: float) -> int:
        """Days as a number of steps, at least 1."""
        return max(1, round(days / self.step))

    def take(self, rows: Numbers) -> ShopSeries:
        """Return some shops."""
        ids = [self.ids[row] for row in rows]
        return ShopSeries(ids, self.values[rows], self.last_day, self.step, self.calendar)

    @property
    def id_order(self) -> Numbers:
        """The rows in the order of their ids."""
        return np.argsort(np.array(self.ids, dtype=object), kind="stable")

    @cached_property
    def calendar_days(self) -> CalendarDays:
        """The calendar from the first day to AHEAD_DAYS after the last."""
        return self.calendar.days(self.first_day, self.last_day + timedelta(days=AHEAD_DAYS))

    @cached_property
    def ordinary(self) -> Numbers:
        """The steps of which less than half of the days are special, oldest first."""
        special = self.calendar_days.special[: self.steps * self.step].reshape(self.steps, self.step)
        return np.flatnonzero(special.mean(axis=1) < 0.5)

    @cached_property
    def first_step(self) -> Numbers:
        """The step of each shop's first row [shops]; `steps` where it has none."""
        present = ~np.isnan(self.values)
        return np.where(present.any(axis=1), present.argmax(axis=1), self.steps)

    @cached_property
    def totals(self) -> SeriesSums:
        """Sums over windows of all steps."""
        return SeriesSums.of(self.values)

    @cached_property
    def ordinary_sums(self) -> SeriesSums:
        """Sums over windows of ordinary steps alone, so that a festival does not stand for a shop's level."""
        return SeriesSums.of(self.values[:, self.ordinary])


@dataclass(frozen=True)
class SeriesSums:
    """Running sums [shops, steps + 1] of values, of their squares and of the steps that have a value."""

    value: Matrix
    square: Matrix
    count: Matrix

    @classmethod
    def of(cls, values: Matrix) -> SeriesSums:
        """Add up values [shops, steps], NaN where there is none."""
        filled = np.nan_to_num(values)
        return cls(_running(filled), _running(filled**2), _running(~np.isnan(values)))

    def sums(self, begin: int, end: int) -> Matrix:
        """Return the sum over the steps begin..end-1 [shops]; steps outside of the series add nothing."""
        return _difference(self.value, begin, end)

    def counts(self, begin: int, end: int) -> Matrix:
        """Return the number of steps with a value among begin..end-1 [shops]."""
        return _difference(self.count, begin, end)

    def means(self, begin: int, end: int) -> Matrix:
        """Return the mean of the values there are among the steps begin..end-1 [shops]; NaN where there is none."""
        return ratio(self.sums(begin, end), self.counts(begin, end))

    def deviations(self, begin: int, end: int) -> Matrix:
        """Return their standard deviation [shops]."""
        mean_square = ratio(_difference(self.square, begin, end), self.counts(begin, end))
        return np.sqrt(np.maximum(mean_square - self.means(begin, end) ** 2, 0.0))


def calendar_columns(series: ShopSeries, step: int, begin: int, end: int, count: int) -> Matrix:
    """Return the calendar of the steps begin..end-1 after a step [count, 4], the same for all shops."""
    first = (step + 1 + begin) * series.step
    last = (step + 1 + end) * series.step - 1
    return np.tile(series.calendar_days.features(first, last), (count, 1))


def ratio(above: Matrix, below: Matrix) -> Matrix:
    """Return above / below, NaN where below is not positive."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def _running(values: NDArray[np.generic]) -> Matrix:
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _difference(running: Matrix, begin: int, end: int) -> Matrix:
    last = running.shape[1] - 1
    return running[:, min(max(end, 0), last)] - running[:, min(max(begin, 0), last)]

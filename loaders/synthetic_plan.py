"""What a synthetic data set is asked to be, and the few words that all of its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
import numpy.typing as npt

from supplyrisk.graph.errors import DataError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NEVER = 10**6
"""A day number later than any end: what never happens, and so is null in the files."""
LEAST_FIRMS = 20
LEAST_WEEKS = 4

CAUSES = ("own", "supplier", "customer", "guarantee")
"""What a default came from, in the order of the numbers that stand for them."""

TIERS = ("materials", "components", "manufacturing", "wholesale", "retail", "logistics")
MATERIALS, COMPONENTS, MANUFACTURING, WHOLESALE, RETAIL, LOGISTICS = range(6)
LINES = ("apparel", "electronics", "food", "homeware", "toys")
REGIONS = ("Zhejiang", "Guangdong", "Jiangsu", "Shandong", "Fujian", "Sichuan", "Hebei", "Henan")


@dataclass(frozen=True)
class Plan:
    """Size, length, seed and strengths of a synthetic economy.

    Days are whole numbers, days since 1970-01-01; weeks are numbered from 0 and end on the weekday of `end`.

    Raises
    ------
    DataError: a size or a strength outside its bounds.
    """

    firms: int
    weeks: int
    seed: int
    contagion: float
    likeness: float
    supplies_rows: int | None
    end: date

    def __post_init__(self) -> None:
        faults = (
            (self.firms < LEAST_FIRMS, f"firms = {self.firms}", f"at least {LEAST_FIRMS}"),
            (self.weeks < LEAST_WEEKS, f"weeks = {self.weeks}", f"at least {LEAST_WEEKS}"),
            (self.seed < 0, f"seed = {self.seed}", "0 or more"),
            (not 0 <= self.contagion < np.inf, f"contagion = {self.contagion}", "0 or more"),
            (not 0 <= self.likeness <= 1, f"likeness = {self.likeness}", "0 to 1"),
            ((self.supplies_rows or 0) < 0, f"supplies_rows = {self.supplies_rows}", "0 or more"),
        )
        for wrong, got, expected in faults:
            if wrong:
                raise DataError(got, expected, "ask for another synthetic data set")

    @property
    def last(self) -> int:
        """The last day, as a day number."""
        return (self.end - EPOCH).days

    @property
    def first(self) -> int:
        """The first day of week 0."""
        return self.last - 7 * self.weeks + 1

    def week_start(self, week: Ints) -> Ints:
        """First days of weeks."""
        return self.first + 7 * week

    def rng(self, part: str) -> np.random.Generator:
        """A stream of its own for each part: a change in one leaves the others' draws as they were."""
        return np.random.default_rng([self.seed, crc32(part.encode())])

    def season(self) -> Floats:
        """Demand by week, about 1: a mild year, a dip at the spring festival, a peak in November."""
        turn = ((self.week_start(np.arange(self.weeks)) + 3) % 365.2425) / 365.2425
        peak = 0.8 * np.exp(-0.5 * ((turn - 0.865) / 0.02) ** 2)
        dip = 0.35 * np.exp(-0.5 * ((turn - 0.1) / 0.025) ** 2)
        level: Floats = 1 + 0.08 * np.sin(2 * np.pi * (turn - 0.4)) + peak - dip
        return level

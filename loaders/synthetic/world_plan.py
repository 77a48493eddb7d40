"""What a synthetic world is asked to be: size, strengths, presets, and the streams of random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
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
GRAINS = ("week", "month")
DIRT = ("duplicates", "missing_days", "encoding", "swapped_ids", "corrections", "unseen_links")

TIERS = ("materials", "components", "manufacturing", "wholesale", "retail", "logistics")
MATERIALS, COMPONENTS, MANUFACTURING, WHOLESALE, RETAIL, LOGISTICS = range(6)
LINES = ("apparel", "electronics", "food", "homeware", "toys")
REGIONS = ("Zhejiang", "Guangdong", "Jiangsu", "Shandong", "Fujian", "Sichuan", "Hebei", "Henan")
LINE_PEAKS = (0.9, 1.0, 0.4, 0.7, 1.1)
"""How far demand rises around Double 11, by line; upstream tiers feel half of it."""


@dataclass(frozen=True)
class ContagionStrengths:
    """The share of a failed neighbour's loss that reaches a firm, by mechanism; the rest is replaced or insured.

    supply: goods that a supplier no longer sends. demand: orders that a customer no longer gives. invoices:
    what a failed customer still owed, and what a strained one pays late. guarantees: what a guarantor is
    called for. carriers: goods that a failed carrier holds up.
    """

    supply: float = 0.9
    demand: float = 0.9
    invoices: float = 0.9
    guarantees: float = 0.8
    carriers: float = 0.5

    def times(self, contagion: float) -> ContagionStrengths:
        """Each times the world's contagion, at most 1."""
        return ContagionStrengths(*(min(1.0, contagion * getattr(self, f.name)) for f in fields(self)))


NONE = ContagionStrengths(0.0, 0.0, 0.0, 0.0, 0.0)
CHANNELS = tuple(f.name for f in fields(ContagionStrengths))
OWN_CAUSES = ("demand_loss", "cost_rise", "mismanagement", "fraud", "ordinary")
CAUSES = (*OWN_CAUSES, "common", *CHANNELS)
"""What took a firm's cash: its own shocks, the shocks of its industry and region, and the channels."""


@dataclass(frozen=True)
class WorldPlan:
    """Size, length, seed and strengths of a synthetic world; see `synthesize`.

    Days are whole numbers, days since 1970-01-01; weeks are numbered from 0 and end on the weekday of `end`.

    Raises
    ------
    DataError: a size or a strength outside its bounds.
    """

    firms: int = 2000
    weeks: int = 120
    seed: int = 7
    contagion: float = 1.0
    likeness: float = 0.5
    supplies_rows: int | None = None
    end: date = date(2025, 12, 28)
    replicas: int = 0
    forced_replicas: int | None = None
    forced_firms: int = 300
    grain: str = "week"
    dirt: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    strengths: ContagionStrengths = field(default_factory=ContagionStrengths)

    def __post_init__(self) -> None:
        faults = (
            (self.firms < LEAST_FIRMS, f"firms = {self.firms}", f"at least {LEAST_FIRMS}"),
            (self.weeks < LEAST_WEEKS, f"weeks = {self.weeks}", f"at least {LEAST_WEEKS}"),
            (self.seed < 0, f"seed = {self.seed}", "0 or more"),
            (not 0 <= self.contagion < np.inf, f"contagion = {self.contagion}", "0 or more"),
            (not 0 <= self.likeness <= 1, f"likeness = {self.likeness}", "0 to 1"),
            ((self.supplies_rows or 0) < 0, f"supplies_rows = {self.supplies_rows}", "0 or more"),
            (self.replicas < 0 or self.replicas == 1, f"replicas = {self.replicas}", "0, or at least 2"),
            ((self.forced_replicas or 2) < 2, f"forced_replicas = {self.forced_replicas}", "at least 2"),
            (self.forced_firms < 0, f"forced_firms = {self.forced_firms}", "0 or more"),
            (self.grain not in GRAINS, f"grain = {self.grain!r}", " or ".join(GRAINS)),
            (not set(self.dirt) <= set(DIRT), f"dirt = {', '.join(self.dirt)}", ", ".join(DIRT)),
            (not all(0 < s < 1 for s in self.dirt.values()), "a share of dirt", "more than 0, less than 1"),
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

    @property
    def horizon(self) -> int:
        """Weeks over which the truth looks ahead: 26, in short worlds a third of them."""
        return max(1, min(26, self.weeks // 3))

    @property
    def as_of_weeks(self) -> tuple[int, int]:
        """Numbers of weeks that have passed at the truth's two as-of dates; both horizons lie in the data."""
        return self.weeks - 2 * self.horizon, self.weeks - self.horizon

    @property
    def in_force(self) -> ContagionStrengths:
        """The strengths of the channels, contagion and all."""
        return self.strengths.times(self.contagion)

    def week_start(self, week: Ints) -> Ints:
        """First days of weeks."""
        return self.first + 7 * week

    def stream(self, purpose: str, *numbers: int) -> np.random.Generator:
        """A counter-based stream of its own for each purpose, week and block of replicas.

        Nothing that happens in the world moves a draw: runs with and without contagion, or with a firm forced
        to fail, share all their random numbers.
        """
        key = np.random.SeedSequence([self.seed, crc32(purpose.encode()), *numbers])
        return np.random.Generator(np.random.Philox(key))

    def periods(self) -> tuple[Ints, Ints, Ints]:
        """First week, last week, and last day of each period of the tables.

        Months are calendar months; a week belongs to the one in which it ends.
        """
        week = np.arange(self.weeks)
        ends = self.week_start(week) + 6
        if self.grain == "week":
            return week, week, ends
        months = ends.astype("datetime64[D]").astype("datetime64[M]")
        first = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
        month_ends = (months[first] + 1).astype("datetime64[D]").astype(np.int64) - 1
        return first, np.append(first[1:], self.weeks) - 1, np.minimum(month_ends, self.last)

    def season(self) -> Floats:
        """Demand by week, line and kind of tier (0 retail, 1 upstream), about 1.

        A mild year, a dip at the spring festival and a peak in November, each line with one of its own.
        """
        turn = ((self.week_start(np.arange(self.weeks)) + 3) % 365.2425) / 365.2425
        peak = np.exp(-0.5 * ((turn - 0.865) / 0.02) ** 2)
        dip = 0.28 * np.exp(-0.5 * ((turn - 0.1) / 0.025) ** 2)
        mild = 1 + 0.08 * np.sin(2 * np.pi * (turn - 0.4)) - dip
        felt = np.outer(LINE_PEAKS, (1.0, 0.5))
        level: Floats = mild[:, None, None] + peak[:, None, None] * felt
        return level


PRESETS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "small": {"firms": 300, "weeks": 80},
        "demo": {"firms": 1600, "weeks": 156, "contagion": 2.0},
        "judge": {"firms": 2000, "weeks": 120, "replicas": 6144, "forced_replicas": 32},
        "placebo": {"firms": 2000, "weeks": 120, "contagion": 0.0, "likeness": 0.9, "replicas": 400},
        "million": {"firms": 1_000_000, "weeks": 152, "supplies_rows": 10_050_000, "grain": "month"},
    }
)
"""Worlds by name; what is given beside the name goes before it."""

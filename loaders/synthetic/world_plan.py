"""The plan of a synthetic world: size, strengths, presets, and the streams of random numbers."""

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
"""A day number later than any last day: what never happens, written as null."""
MIN_FIRMS = 20
MIN_WEEKS = 4
GRAINS = ("week", "month")
FRAUD = ("no_shipment", "ring", "round_amounts", "one_day_burst", "returned_payment")
DIRT = ("duplicates", "missing_days", "encoding", "swapped_ids", "corrections", "unseen_links")

TIERS = ("materials", "components", "manufacturing", "wholesale", "retail", "logistics")
MATERIALS, COMPONENTS, MANUFACTURING, WHOLESALE, RETAIL, LOGISTICS = range(6)
LINES = ("apparel", "electronics", "food", "homeware", "toys")
REGIONS = ("Zhejiang", "Guangdong", "Jiangsu", "Shandong", "Fujian", "Sichuan", "Hebei", "Henan")
LINE_PEAKS = (0.9, 1.0, 0.4, 0.7, 1.1)
"""Relative rise of demand around Double 11 (11 November), by line of goods; upstream tiers feel half of it."""


@dataclass(frozen=True)
class ContagionStrengths:
    """The share of a failed neighbour's loss that reaches a firm, by channel; the rest is replaced or insured.

    Parameters
    ----------
    supply: goods that a failed supplier no longer delivers.
    demand: orders that a failed customer no longer places.
    invoices: receivables from a failed customer that are lost, and from a strained one that are paid late.
    guarantees: the amount for which a guarantor is called.
    carriers: goods held up by a failed carrier.
    """

    supply: float = 0.9
    demand: float = 0.9
    invoices: float = 0.9
    guarantees: float = 0.8
    carriers: float = 0.5

    def scaled_by(self, contagion: float) -> ContagionStrengths:
        """Return the strengths multiplied by the world's contagion, each at most 1."""
        return ContagionStrengths(*(min(1.0, contagion * getattr(self, f.name)) for f in fields(self)))


NO_CONTAGION = ContagionStrengths(0.0, 0.0, 0.0, 0.0, 0.0)
CHANNELS = tuple(f.name for f in fields(ContagionStrengths))
OWN_CAUSES = ("demand_loss", "cost_rise", "mismanagement", "fraud", "ordinary")
CAUSES = (*OWN_CAUSES, "common", *CHANNELS)
"""Causes of a loss of cash: the firm's own shocks, those of its industry and region, and the channels."""


@dataclass(frozen=True)
class Periods:
    """Periods of the tables (weeks or months), one entry per period.

    Parameters
    ----------
    first_week, last_week: numbers of the weeks that the period spans.
    last_day: day number of the period's last day.
    """

    first_week: Ints
    last_week: Ints
    last_day: Ints


@dataclass(frozen=True)
class WorldPlan:
    """Size, length, seed and strengths of a synthetic world; `synthesize` documents each field.

    Days are integers, counted from 1970-01-01. Weeks are numbered from 0 and end on the weekday of `end`.

    Raises
    ------
    DataError: a size or a strength is outside its bounds.
    """

    firms: int = 2000
    weeks: int = 120
    seed: int = 7
    contagion: float = 1.0
    homophily: float = 0.5
    supplies_rows: int | None = None
    end: date = date(2025, 12, 28)
    replicas: int = 0
    forced_replicas: int | None = None
    forced_firms: int = 300
    grain: str = "week"
    dirt: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    strengths: ContagionStrengths = field(default_factory=ContagionStrengths)
    fraud: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        # comparisons are written so that NaN fails them
        checks = (
            (self.firms < MIN_FIRMS, f"firms = {self.firms}", f"at least {MIN_FIRMS}"),
            (self.weeks < MIN_WEEKS, f"weeks = {self.weeks}", f"at least {MIN_WEEKS}"),
            (self.seed < 0, f"seed = {self.seed}", "0 or more"),
            (not 0 <= self.contagion < np.inf, f"contagion = {self.contagion}", "0 or more"),
            (not 0 <= self.homophily <= 1, f"homophily = {self.homophily}", "0 to 1"),
            ((self.supplies_rows or 0) < 0, f"supplies_rows = {self.supplies_rows}", "0 or more"),
            (self.replicas < 0 or self.replicas == 1, f"replicas = {self.replicas}", "0, or at least 2"),
            ((self.forced_replicas or 2) < 2, f"forced_replicas = {self.forced_replicas}", "at least 2"),
            (self.forced_firms < 0, f"forced_firms = {self.forced_firms}", "0 or more"),
            (self.grain not in GRAINS, f"grain = {self.grain!r}", " or ".join(GRAINS)),
            (not set(self.dirt) <= set(DIRT), f"dirt = {', '.join(self.dirt)}", ", ".join(DIRT)),
            (not all(0 < s < 1 for s in self.dirt.values()), "a share of dirt", "more than 0, less than 1"),
            (not set(self.fraud) <= set(FRAUD), f"fraud = {', '.join(self.fraud)}", ", ".join(FRAUD)),
            (not all(0 < s < 1 for s in self.fraud.values()), "a share of fraud", "more than 0, less than 1"),
        )
        for is_wrong, actual, expected in checks:
            if is_wrong:
                raise DataError(actual, expected, "change that argument")

    @property
    def last_day(self) -> int:
        """Day number of the last day of the data."""
        return (self.end - EPOCH).days

    @property
    def first_day(self) -> int:
        """Day number of the first day of week 0."""
        return self.last_day - 7 * self.weeks + 1

    @property
    def horizon(self) -> int:
        """Weeks that the truth looks ahead: 26, or a third of a short world."""
        return max(1, min(26, self.weeks // 3))

    @property
    def as_of_weeks(self) -> tuple[int, int]:
        """Weeks that have passed at the truth's two as-of dates; both horizons end within the data."""
        return self.weeks - 2 * self.horizon, self.weeks - self.horizon

    @property
    def effective_strengths(self) -> ContagionStrengths:
        """Strengths of the channels, multiplied by the world's contagion."""
        return self.strengths.scaled_by(self.contagion)

    def week_start(self, week: Ints) -> Ints:
        """Return the day numbers of the first days of weeks."""
        return self.first_day + 7 * week

    def stream(self, purpose: str, *numbers: int) -> np.random.Generator:
        """Return an independent, counter-based random stream for a purpose, week and block of replicas.

        A stream is keyed by what it is for, never by what was drawn before it. So no event in the world shifts
        another draw: runs with and without contagion, or with one firm forced to fail, share all random numbers.
        """
        # crc32, not hash(): Python's hash of a text changes from process to process
        key = np.random.SeedSequence([self.seed, crc32(purpose.encode()), *numbers])
        return np.random.Generator(np.random.Philox(key))

    def periods(self) -> Periods:
        """Return the periods of the tables: weeks, or calendar months (a week belongs to the month it ends in)."""
        week = np.arange(self.weeks)
        week_ends = self.week_start(week) + 6
        if self.grain == "week":
            return Periods(week, week, week_ends)
        months = week_ends.astype("datetime64[D]").astype("datetime64[M]")
        # the first week always begins a period
        first_week = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
        month_ends = (months[first_week] + 1).astype("datetime64[D]").astype(np.int64) - 1
        # the last month ends with the data, the calendar's month may not
        return Periods(
            first_week,
            np.append(first_week[1:], self.weeks) - 1,
            np.minimum(month_ends, self.last_day),
        )

    def season(self) -> Floats:
        """Return relative demand, weeks x lines x 2 (0: retail, 1: upstream tiers), about 1.

        A slow yearly wave, a dip at the spring festival and a peak in November whose height depends on the line.
        """
        # share of the year that has passed at the week's middle
        year_share = ((self.week_start(np.arange(self.weeks)) + 3) % 365.2425) / 365.2425
        peak = np.exp(-0.5 * ((year_share - 0.865) / 0.02) ** 2)
        dip = 0.28 * np.exp(-0.5 * ((year_share - 0.1) / 0.025) ** 2)
        # wave and dip are the same for all lines; only the height of the peak differs
        yearly_wave = 1 + 0.08 * np.sin(2 * np.pi * (year_share - 0.4)) - dip
        peak_heights = np.outer(LINE_PEAKS, (1.0, 0.5))
        level: Floats = yearly_wave[:, None, None] + peak[:, None, None] * peak_heights
        return level


PRESETS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "small": {"firms": 300, "weeks": 80},
        "demo": {"firms": 1600, "weeks": 156, "contagion": 2.0},
        "judge": {"firms": 2000, "weeks": 120, "replicas": 6144, "forced_replicas": 32},
        "placebo": {"firms": 2000, "weeks": 120, "contagion": 0.0, "homophily": 0.9, "replicas": 400},
        "million": {"firms": 1_000_000, "weeks": 152, "supplies_rows": 10_050_000, "grain": "month"},
    }
)
"""Worlds by name; arguments given beside the name override its values."""

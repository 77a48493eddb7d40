"""What counts as a temporary dip: its bounds as data."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.festivals import Festival

FESTIVAL_DIP = "festival"
SHORT_DIP = "short_dip"
DIP_CAUSES = (FESTIVAL_DIP, SHORT_DIP)
"""Causes of a dip: most of what was lost fell into a festival's shutdown, or it did not."""

DIP_VERDICTS = (
    "temporary",
    "default",
    "too_long",
    "stale",
    "unsound_history",
    "overdue",
    "disputes",
    "partner_lost",
)
"""What a dip is, the first that applies after "temporary": the firm is in default, closed or suspended; the dip is
longer than the stated weeks; no sales are known since; the weeks before were too few or not steady; the firm pays late;
disputes jumped; a main partner was lost or is in default."""


@dataclass(frozen=True)
class DipRules:
    """Bounds of a temporary dip. Weeks are counted back from the day, seven days each.

    Parameters
    ----------
    low_share: a week is low below this share of usual sales, the median of the `usual_weeks` before it (at least
        `least_usual_weeks` of them known).
    short_weeks, festival_weeks: most weeks of usual sales that a dip may last, other than over the Spring Festival and
        over it. A dip's weeks are the sales that it lost, divided by those of its deepest week.
    sound_weeks, festival_sound_weeks: weeks before the dip that must be steady (not low), but for `unsteady_share` of
        them; a week without data is not steady. The calendar explains a dip at a festival, so that fewer weeks do.
    seen_weeks: a dip that ended longer ago is not listed.
    absent_is_zero: whether the weeks in which a shop has no row of activity are weeks without sales: for sources that
        leave out days without sales. By default they are unknown.
    overdue_share: least share of the purchases due within 180 days that is overdue, for a firm that pays late.
    dispute_factor, least_disputes: disputes jumped if there are so many since the dip began, and so many times as many
        per sales as before.
    partner_share: share of sales or purchases from which a partner is a main one; it is lost if it has not traded
        since the dip began, where by its rhythm it would have `missed_trades` times.
    spring_days, other_days: days (before, after) a festival that belong to its shutdown.
    least_festival_days: days off from which a festival shuts shops.
    calendar: the festivals; None (default): those of China; none for shops elsewhere: ().
    """

    low_share: float = 0.6
    usual_weeks: int = 26
    least_usual_weeks: int = 8
    short_weeks: float = 2.0
    festival_weeks: float = 4.0
    sound_weeks: int = 26
    festival_sound_weeks: int = 16
    unsteady_share: float = 0.1
    seen_weeks: int = 13
    absent_is_zero: bool = False
    overdue_share: float = 0.05
    dispute_factor: float = 2.0
    least_disputes: int = 3
    partner_share: float = defaults.WATCH_SHARE
    missed_trades: float = 2.0
    spring_days: tuple[int, int] = (14, 12)
    other_days: tuple[int, int] = (3, 3)
    least_festival_days: int = 3
    calendar: tuple[Festival, ...] | None = None

    @property
    def weeks(self) -> int:
        """Weeks of sales that are read: the dip, and the history before it."""
        longest = int(max(self.short_weeks, self.festival_weeks)) + 1
        return self.seen_weeks + longest + max(self.sound_weeks, self.usual_weeks)

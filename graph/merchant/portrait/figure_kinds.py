"""Words of portraits: units, directions, and whether a figure is known."""

from __future__ import annotations

from enum import StrEnum


class Better(StrEnum):
    """Which values of an indicator are better for a shop."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Unit(StrEnum):
    """What an indicator is measured in: times are ratios of two amounts of one kind, such as liquid assets to debt."""

    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    TIMES = "times"


class Figure(StrEnum):
    """Which figure of an indicator is ranked: its value, or its change since the window before or a year ago."""

    VALUE = "value"
    CHANGE = "change"
    YEARLY_CHANGE = "yearly_change"


class FigureState(StrEnum):
    """Whether an indicator has a value, and why it has none.

    KNOWN: it has a value, which may be 0. EMPTY: its source is recorded and recent, but the window has nothing that it
    is a share or mean of. STALE: the last row that records it is too old. MISSING: no row about the shop records it.
    """

    KNOWN = "known"
    EMPTY = "empty"
    STALE = "stale"
    MISSING = "missing"

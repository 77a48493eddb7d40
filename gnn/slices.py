"""What is learned on, what is chosen by and what is tested on: dates and snapshots, with the horizon as gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from supplyrisk.graph import ModelError, Snapshot

CONTEXTS = ("lean", "boosted")
"""Contexts that are tried, in order of capacity."""


@dataclass(frozen=True)
class Settings:
    """Knobs of a training run; they are written into the model card."""

    seed: int = 0
    members: int = 5
    contexts: tuple[str, ...] = CONTEXTS
    step_days: int = 30
    history_days: int = 180
    bootstrap: int = 1000


@dataclass(frozen=True)
class Slices:
    """Snapshots by use: learned on, chosen and calibrated by, and tested on (empty for undated data).

    hidden are firms that are left out of learning because they are also in the choosing slice. held is the share
    of firms held out for choosing where an undated data set has no second one; their outcomes are not learned on.
    """

    train: tuple[Snapshot, ...]
    choose: tuple[Snapshot, ...] = ()
    test: tuple[Snapshot, ...] = ()
    hidden: frozenset[str] = field(default_factory=frozenset)
    held: float = 0.25


def as_of_dates(
    first: date, last: date, horizon_days: int, settings: Settings
) -> tuple[list[date], list[date], list[date]]:
    """As-of dates to learn on, to choose and calibrate by, and to test on.

    The horizon is the gap: each slice's last outcome window ends before the next slice's first as-of date. first
    and last are the first and last day of the data; the first as-of date leaves history_days to look back on. Of
    the days that the gaps leave, two thirds are learned on and one third is chosen by; the test date is the last
    one whose outcomes are known.

    Raises
    ------
    ModelError: the data covers too few days.
    """
    horizon = timedelta(days=horizon_days)
    test, earliest = last - horizon, first + timedelta(days=settings.history_days)
    spare = (test - 2 * horizon - earliest).days
    if spare < 0:
        need = settings.history_days + 3 * horizon_days
        raise ModelError(
            f"the data covers {(last - first).days} days, from {first} to {last}",
            f"at least {need}: {settings.history_days} of history and three outcome windows of {horizon_days}",
            "load more history or choose a shorter --horizon",
        )
    choose_end = test - horizon
    choose_start = choose_end - timedelta(days=spare // 3)
    learn_end = choose_start - horizon
    return (_stepped(earliest, learn_end, settings), _stepped(choose_start, choose_end, settings), [test])


def _stepped(start: date, end: date, settings: Settings) -> list[date]:
    """Dates from end back to start, step_days apart, in order."""
    steps = (end - start).days // settings.step_days
    return [end - timedelta(days=settings.step_days * k) for k in range(steps, -1, -1)]

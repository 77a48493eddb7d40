"""What is learned on, what is chosen by and what is tested on: dates and snapshots, with the horizon as gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from supplyrisk.gnn.baselines.boosting import FOLDS
from supplyrisk.graph import DEFAULT_KINDS, DataError, Snapshot

CONTEXTS = ("none", "lean", "boosted", "messages")
"""Contexts that are tried, in order of capacity."""
MIN_FIRMS = 2 * FOLDS
"""Defaulted and sound firms that learning needs at least, and choosing too: two of each in every fold."""
REQUIREMENT = (
    f"at least {MIN_FIRMS} firms that defaulted and {MIN_FIRMS} that did not, "
    "to learn from and again to choose by"
)
"""The same in words, as documented; a firm counts once, on however many dates it stands."""


@dataclass(frozen=True)
class TrainingSettings:
    """Knobs of a training run; they are written into the model card.

    step_days lie between two as-of dates, at most most_dates of which are learned on and as many chosen by: the
    latest. refit: whether all is fitted again on every date whose outcomes were known when the test date came. device:
    "auto", "cpu" or "cuda", see `device`.
    """

    seed: int = 0
    members: int = 5
    contexts: tuple[str, ...] = CONTEXTS
    step_days: int = 30
    most_dates: int = 24
    history_days: int = 180
    bootstrap: int = 1000
    refit: bool = True
    device: str = "auto"


@dataclass(frozen=True)
class DataSplits:
    """Snapshots by use: learned on, chosen and calibrated by, and tested on (empty for undated data).

    hidden are firms that are left out of learning because they are also in the choosing slice. held is the share
    of firms held out for choosing where an undated data set has no second one; their outcomes are not learned on.
    default_kinds are the kinds of events that the snapshots took for defaults; the model keeps them. between are
    snapshots of the gap before the choosing slice, whose outcomes reach into it: only the second fit learns on them.
    """

    train: tuple[Snapshot, ...]
    validation: tuple[Snapshot, ...] = ()
    test: tuple[Snapshot, ...] = ()
    hidden: frozenset[str] = field(default_factory=frozenset)
    validation_share: float = 0.25
    default_kinds: tuple[str, ...] = DEFAULT_KINDS
    gap: tuple[Snapshot, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether there is a time that goes on."""
        return bool(self.train) and self.train[0].as_of is not None


def as_of_dates(
    first: date, last: date, horizon_days: int, settings: TrainingSettings
) -> tuple[list[date], list[date], list[date]]:
    """As-of dates to learn on, to choose and calibrate by, and to test on.

    The horizon is the gap: each slice's last outcome window ends on the next slice's first as-of date at the latest,
    at whose end all of it is known. first and last are the first and last day of the data; the first as-of date leaves
    history_days to look back on. Of the days that the gaps leave, two thirds are learned on and one third is chosen
    by, but no more than most_dates of each, the latest; the test date is the last one whose outcomes are known.

    Raises
    ------
    DataError: the data covers too few days.
    """
    horizon = timedelta(days=horizon_days)
    test, earliest = last - horizon, first + timedelta(days=settings.history_days)
    spare = (test - 2 * horizon - earliest).days
    if spare < 0:
        need = settings.history_days + 3 * horizon_days
        raise DataError(
            f"the data covers {(last - first).days} days, from {first} to {last}",
            f"at least {need}: {settings.history_days} of history and three outcome windows of {horizon_days}",
            f"load more history or choose a shorter --horizon; besides, training needs {REQUIREMENT}",
        )
    choose_end = test - horizon
    longest = settings.step_days * (settings.most_dates - 1)
    choose_start = choose_end - timedelta(days=min(spare // 3, longest))
    learn_end = choose_start - horizon
    learn_start = max(earliest, learn_end - timedelta(days=longest))
    return (_stepped(learn_start, learn_end, settings), _stepped(choose_start, choose_end, settings), [test])


def dates_between(learn: list[date], choose: list[date], settings: TrainingSettings) -> list[date]:
    """As-of dates after the last to learn on and before the first to choose by, step_days apart, in order."""
    steps = ((choose[0] - learn[-1]).days - 1) // settings.step_days
    return [choose[0] - timedelta(days=settings.step_days * k) for k in range(steps, 0, -1)]


def _stepped(start: date, end: date, settings: TrainingSettings) -> list[date]:
    """Dates from end back to start, step_days apart, in order."""
    steps = (end - start).days // settings.step_days
    return [end - timedelta(days=settings.step_days * k) for k in range(steps, -1, -1)]

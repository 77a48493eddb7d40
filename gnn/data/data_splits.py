"""Training, validation and test sets of snapshots; dated ones lie a whole horizon apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from supplyrisk.gnn.baselines.boosting import FOLDS
from supplyrisk.graph import DEFAULT_KINDS, DataError, Snapshot
from supplyrisk.graph.schema.aliases import SUMMARY

CONTEXTS = ("none", SUMMARY, "boosted", "messages")
"""Contexts that training compares, in order of capacity."""
MIN_FIRMS = 2 * FOLDS
"""Least number of defaulted firms, and of sound firms, in the training and in the validation set: two per fold."""
REQUIREMENT = (
    f"at least {MIN_FIRMS} firms that defaulted and {MIN_FIRMS} that did not, "
    "to learn from and again to choose by"
)
"""The same requirement in words, as documented; a firm counts once, however many dates it appears on."""


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a training run; the model card records them.

    Parameters
    ----------
    seed: of all random draws.
    members: networks in the ensemble.
    contexts: the contexts to compare, see `CONTEXTS`.
    step_days: days between two as-of dates.
    most_dates: as-of dates in the training set at most, and in the validation set; the latest ones are used.
    history_days: days of data before the first as-of date.
    bootstrap: draws behind each confidence interval.
    refit: fit the selected model again on every date whose outcomes are known on the test date.
    device: "auto", "cpu" or "cuda", see `device`.
    """

    # The card and old checkpoints hold these names: they are part of the file format.
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
    """Snapshots by use.

    Parameters
    ----------
    train: snapshots to fit on.
    validation: snapshots to choose the champion and to calibrate on; empty where an undated data set is split by firm.
    test: snapshots for the final metrics; empty for undated data.
    hidden: firms whose outcomes are left out of training because they are in the validation set too.
    validation_share: share of the firms held out for validation where `validation` is empty.
    default_kinds: kinds of events that count as a default in these snapshots; the model records them.
    gap: snapshots between the training and the validation set. Their outcome windows reach into the validation
        set, so only the second fit may train on them.
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
        """Whether the snapshots have as-of dates."""
        return bool(self.train) and self.train[0].as_of is not None


class SplitDates(NamedTuple):
    """As-of dates of the training, the validation and the test set, each in order."""

    train: list[date]
    validation: list[date]
    test: list[date]


def as_of_dates(first: date, last: date, horizon_days: int, settings: TrainingSettings) -> SplitDates:
    """Divide the days from first to last into training, validation and test dates.

    Each set's last outcome window ends on or before the next set's first as-of date, so that its outcomes are known
    by then. The first as-of date leaves history_days before it. Of the days that remain, two thirds are for training
    and one third for validation, at most most_dates as-of dates each, the latest ones. The test date is the last one
    whose outcomes are known.

    Raises
    ------
    DataError: the data covers too few days.
    """
    horizon = timedelta(days=horizon_days)
    # Three windows of a horizon each: after the training set, after the validation set, and after the test date.
    test = last - horizon
    earliest = first + timedelta(days=settings.history_days)
    spare_days = (test - 2 * horizon - earliest).days
    if spare_days < 0:
        need = settings.history_days + 3 * horizon_days
        raise DataError(
            f"the data covers {(last - first).days} days, from {first} to {last}",
            f"at least {need}: {settings.history_days} of history and three outcome windows of {horizon_days}",
            f"load more history or choose a shorter --horizon; besides, training needs {REQUIREMENT}",
        )
    # Counted from the end backwards, so that all sets are as recent as the data allow.
    validation_end = test - horizon
    longest = settings.step_days * (settings.most_dates - 1)
    validation_start = validation_end - timedelta(days=min(spare_days // 3, longest))
    train_end = validation_start - horizon
    train_start = max(earliest, train_end - timedelta(days=longest))
    return SplitDates(
        _stepped(train_start, train_end, settings),
        _stepped(validation_start, validation_end, settings),
        [test],
    )


def dates_between(train: list[date], validation: list[date], settings: TrainingSettings) -> list[date]:
    """Return the as-of dates of the gap: after the last training date and before the first validation date.

    They lie step_days apart, counted back from the validation date, and come in order.
    """
    steps = ((validation[0] - train[-1]).days - 1) // settings.step_days
    return [validation[0] - timedelta(days=settings.step_days * k) for k in range(steps, 0, -1)]


def _stepped(start: date, end: date, settings: TrainingSettings) -> list[date]:
    """Dates from end back to start, step_days apart, in order."""
    steps = (end - start).days // settings.step_days
    return [end - timedelta(days=settings.step_days * k) for k in range(steps, -1, -1)]

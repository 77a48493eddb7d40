"""The as-of dates that a model is fitted, chosen and tested on, and the snapshots of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from supplyrisk.gnn.data.panel import MIN_OBSERVED_DAYS
from supplyrisk.graph import DataError, Snapshot
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import SUMMARY

CONTEXTS = ("none", SUMMARY, "boosted", "messages")
"""Contexts that training compares, in order of capacity."""
MIN_FIRMS = defaults.MIN_FIRMS
"""Least number of defaulted firms, and of sound firms, to learn from: two per fold."""
REQUIREMENT = f"at least {MIN_FIRMS} firms that defaulted and {MIN_FIRMS} that did not, to learn from"
"""The same requirement in words, as documented; a firm counts once, however many dates it appears on."""


MIN_CONTEXT_FIRMS = 50
"""Least number of defaulted firms of one date from which contexts are compared: fewer choose one by chance."""


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a training run; the model card records them.

    Parameters
    ----------
    seed: of all random draws.
    members: networks in the ensemble.
    contexts: the contexts to compare, see `CONTEXTS`.
    step_days: days between two as-of dates at most.
    least_step_days: the same at least: a history that holds fewer than most_dates gets denser dates.
    most_dates: as-of dates before the test date at most; the latest ones are used.
    history_days: days of data before the first as-of date.
    bootstrap: draws behind each confidence interval.
    device: "auto", "cpu" or "cuda", see `device`.
    """

    # The card and old checkpoints hold these names: they are part of the file format.
    seed: int = 0
    members: int = 5
    contexts: tuple[str, ...] = CONTEXTS
    step_days: int = 30
    least_step_days: int = 15
    most_dates: int = 24
    history_days: int = defaults.HISTORY_DAYS
    bootstrap: int = 1000
    device: str = "auto"

    def for_labels(self, failed_firms: int) -> TrainingSettings:
        """Return the settings for outcomes that are known by a day: without a context where few firms defaulted.

        No later date shows whether what resembles a context is one (see `choose_context`), and richer contexts make
        the PDs of few firms extreme.
        """
        return self if failed_firms >= MIN_CONTEXT_FIRMS else replace(self, contexts=("none",))


@dataclass(frozen=True)
class DataSplits:
    """Snapshots by use.

    Parameters
    ----------
    train: snapshots to fit the tested model on, in the order of their dates.
    validation: undated data only: a second data set to choose the champion and to calibrate on. Without one, a share of
        the firms is held out.
    test: snapshots for the final metrics; empty for undated data and for short histories.
    hidden: firms whose outcomes are left out of training because they are in the validation set too.
    validation_share: share of the firms held out for validation in undated data without a second data set. Where
        outcomes are known by a day, each firm is judged out of fold instead: such data have few labels.
    known_until: the last day whose outcomes the tested model may learn from: the test date, where there is one.
    recent: snapshots after the test date, for the deployed model only.
    last_day: the last day of the data, up to which the deployed model learns.
    """

    train: tuple[Snapshot, ...]
    validation: tuple[Snapshot, ...] = ()
    test: tuple[Snapshot, ...] = ()
    hidden: frozenset[str] = field(default_factory=frozenset)
    validation_share: float = 0.25
    known_until: date | None = None
    recent: tuple[Snapshot, ...] = ()
    last_day: date | None = None

    def without_test(self) -> DataSplits:
        """Return the same snapshots as one training set, with all outcomes known on the last day, and no test set."""
        return replace(
            self,
            train=(*self.train, *self.test, *self.recent),
            test=(),
            recent=(),
            known_until=self.last_day,
        )

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots, as the deployed model is fitted on them."""
        return (*self.train, *self.validation, *self.test, *self.recent)

    @property
    def dated(self) -> bool:
        """Whether outcomes lie in a window after an as-of date, so that the splits are by time."""
        return bool(self.train) and self.train[0].horizon_days is not None

    @property
    def by_folds(self) -> bool:
        """Whether a fit is judged on its own rows, out of fold by firm; otherwise on held-out firms or other data."""
        return self.dated or self.labels_as_of is not None

    @property
    def labels_as_of(self) -> str | None:
        """The day by which outcomes without a day are known; None where there is no such day."""
        return self.train[0].info.labels_as_of if self.train else None


class SplitDates(NamedTuple):
    """As-of dates, each part in order.

    Parameters
    ----------
    train: dates before the test date, of which the tested model learns what was known on the test date.
    test: the last date whose window ends with the data; empty where the history is too short for a test.
    recent: dates after the test date, whose windows are still open on the last day.
    """

    train: list[date]
    test: list[date]
    recent: list[date]


def as_of_dates(first: date, last: date, horizon_days: int, settings: TrainingSettings) -> SplitDates:
    """Divide the days from first to last into as-of dates by use.

    The first as-of date leaves history_days before it. The test date lies one horizon before the last day: its outcomes
    are known, and those of no training date are used beyond it. An as-of date is of use as soon as MIN_OBSERVED_DAYS of
    its window were observed, so the last training date lies that long before the test date, and the last recent date
    that long before the last day. Dates are counted backwards from these two, at equal distances: such that most_dates
    of them fill the time before the test date, but least_step_days at least and step_days at most.

    A history too short for a test date leaves all dates for training.

    Raises
    ------
    DataError: not even one as-of date is possible.
    """
    earliest = first + timedelta(days=settings.history_days)
    test = last - timedelta(days=horizon_days)
    observed = timedelta(days=min(MIN_OBSERVED_DAYS, horizon_days))
    if earliest > last - observed:
        need = settings.history_days + observed.days
        raise DataError(
            f"the data covers {(last - first).days} days, from {first} to {last}",
            f"at least {need}: {settings.history_days} of history and {observed.days} in which firms can default",
            f"load more history (training also needs {REQUIREMENT}), or ship a scorecard: scgraph train --expert "
            "--base-rate RATE",
        )
    if earliest > test - observed:
        step = _step_days(earliest, last - observed, settings)
        return SplitDates(_stepped(earliest, last - observed, step)[-settings.most_dates :], [], [])
    step = _step_days(earliest, test - observed, settings)
    train = _stepped(earliest, test - observed, step)[-settings.most_dates :]
    recent = _stepped(test + timedelta(days=1), last - observed, step)
    return SplitDates(train, [test], recent)


def _step_days(start: date, end: date, settings: TrainingSettings) -> int:
    """Days between two dates, of which most_dates are to lie between start and end."""
    fitting = (end - start).days // max(settings.most_dates - 1, 1)
    return min(max(fitting, settings.least_step_days), settings.step_days)


def _stepped(start: date, end: date, step_days: int) -> list[date]:
    """Dates from end back to start, step_days apart, in order."""
    steps = (end - start).days // step_days
    return [end - timedelta(days=step_days * k) for k in range(steps, -1, -1)]

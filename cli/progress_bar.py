"""The progress of a job on a terminal: its stage, a bar, the time it has taken, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from supplyrisk.cli.error_reports import one_line
from supplyrisk.cli.job_position import JobPosition, TimeLeft
from supplyrisk.services import StagePlan

_BAR = 1000
"""Steps of the bar for a whole job."""
_BAR_WIDTH = 16


class ProgressBar:
    """A bar on a terminal, from the first report on; `stop` removes it.

    clock: seconds from any fixed moment.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._position = JobPosition(clock)
        columns = (
            SpinnerColumn(),
            _StageColumn(),
            BarColumn(bar_width=None, table_column=Column(min_width=4, max_width=_BAR_WIDTH)),
            TimeElapsedColumn(),
            _TimeLeftColumn(self._position),
        )
        self._bar = Progress(
            *columns, console=console, get_time=clock, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("", total=None)

    def plan(self, stages: StagePlan, /) -> None:
        """Take the stages of the job that begins."""
        self._position.plan(stages)

    def __call__(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Show a report."""
        self._position.report(stage, done, total)
        share = self._position.share
        self._bar.update(
            self._task,
            description=self._description(),
            completed=0 if share is None else round(share * _BAR),
            total=None if share is None else _BAR,
        )
        # Not started before: a bar that is on draws over the question that a job asks before it writes.
        self._bar.start()

    def stop(self) -> None:
        """Remove the bar."""
        self._bar.stop()

    def _description(self) -> str:
        position = self._position
        number = position.number
        place = "" if number is None else f"{number.number}/{number.count} "
        # Reports come when a step begins: with 3 of 5 done, the fourth is being worked on.
        step = (
            f" {min(position.done + 1, position.total):,} of {position.total:,}" if position.total > 1 else ""
        )
        return f"{place}{one_line(position.stage)}{step}"


class _StageColumn(ProgressColumn):
    """The stage; on a narrow terminal it is cut, and the bar shortened, before the times are."""

    def __init__(self) -> None:
        super().__init__(table_column=Column())

    def render(self, task: Task) -> Text:
        """The description of the task on one line."""
        return Text(task.description, no_wrap=True, overflow="ellipsis")


class _TimeLeftColumn(ProgressColumn):
    """The time left in words; empty where it is unknown."""

    def __init__(self, position: JobPosition) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._position = position

    def render(self, task: Task) -> Text:
        """The estimate of this moment."""
        left = self._position.time_left()
        return Text("" if left is None else time_left_text(left), style="progress.remaining")


def time_left_text(left: TimeLeft) -> str:
    """An estimate in words, no more exact than it is."""
    extent = "at least" if left.at_least else "about"
    of = "" if left.whole_job else " in this stage"
    return f"{extent} {_rounded(left.seconds)} left{of}"


def _rounded(seconds: float) -> str:
    if seconds < 60:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    tens = round(minutes / 10)
    return f"{tens // 6} h" + (f" {tens % 6}0 min" if tens % 6 else "")

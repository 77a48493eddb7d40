"""How far a job is: the number of its stage, the share that is done, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from supplyrisk.services import StagePlan

MIN_SECONDS = 3.0
"""No time left is estimated from less than this: the first steps are not typical."""
MIN_SHARE = 0.02
"""No time left of a whole job is estimated from less than this share of it."""


@dataclass(frozen=True)
class TimeLeft:
    """Estimated seconds left, of the whole job or of its current stage only.

    at_least: the current stage takes longer than expected; the seconds are those of the stages after it.
    """

    seconds: float
    whole_job: bool
    at_least: bool = False


@dataclass(frozen=True)
class StageNumber:
    """The number of a stage, from 1, and of all stages of the job."""

    number: int
    count: int


class JobPosition:
    """Follows the reports of a job.

    Where the job has stated its stages with their expected durations, share and time left are of the whole job: the
    durations only matter relative to each other, and the pace is that of the part that is done. Otherwise both are of
    the current stage, if it counts its steps, and else unknown.

    clock: seconds from any fixed moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.stage = ""
        self.done = 0
        self.total = 0
        self._clock = clock
        self._stages: tuple[str, ...] = ()
        self._weights: tuple[float, ...] = ()
        self._index: int | None = None
        # Moments of the clock, and the shares that were done then: the second half of a load begins in the middle of
        # its stages, and a run that was interrupted in the middle of a stage.
        self._job_began = self._stage_began = self._reported = clock()
        self._job_began_at = self._stage_began_at = 0.0

    def plan(self, stages: StagePlan) -> None:
        """Take the stages of the job that begins; the same stages again change nothing."""
        if tuple(stages) == self._stages:
            return
        self._stages = tuple(stages)
        self._weights = tuple(stages.values())
        self._index = None
        self.stage = ""

    def report(self, stage: str, done: int, total: int) -> bool:
        """Take a report; return whether a stage begins with it."""
        begins = stage != self.stage
        counts_again = done < self.done
        is_first = self._index is None
        self.stage = stage
        self.done = done
        self.total = total
        self._reported = self._clock()
        if begins:
            self._index = self._stages.index(stage) if stage in self._stages else None
        if begins or counts_again:
            self._stage_began = self._reported
            self._stage_began_at = self._stage_share() or 0.0
        if is_first:
            self._job_began = self._reported
            self._job_began_at = self._job_share() or 0.0
        return begins

    @property
    def number(self) -> StageNumber | None:
        """The number of the current stage; None where the job has not stated it."""
        return None if self._index is None else StageNumber(self._index + 1, len(self._stages))

    @property
    def share(self) -> float | None:
        """Share of the job that is done, else that of the stage; None where both are unknown."""
        job_share = self._job_share()
        return self._stage_share() if job_share is None else job_share

    def time_left(self) -> TimeLeft | None:
        """Estimate the time left; None where nothing can be said."""
        since_report = self._clock() - self._reported
        job_share = self._job_share()
        if job_share is not None:
            return self._job_time_left(job_share, since_report)
        seconds = self._stage_seconds_left(since_report)
        is_last = self._index is not None and self._index == len(self._stages) - 1
        return TimeLeft(seconds, is_last) if seconds is not None and seconds > 0 else None

    def _job_time_left(self, share: float, since_report: float) -> TimeLeft | None:
        spent = self._reported - self._job_began
        advance = share - self._job_began_at
        if spent < MIN_SECONDS or advance < MIN_SHARE:
            return None
        seconds_per_share = spent / advance
        seconds = seconds_per_share * (1.0 - share) - since_report
        # A stage that takes longer than expected does not use up the time of the stages after it.
        later = seconds_per_share * (1.0 - self._share_after_stage())
        if max(seconds, later) <= 0:
            return None
        return TimeLeft(max(seconds, later), whole_job=True, at_least=later > seconds)

    def _stage_seconds_left(self, since_report: float) -> float | None:
        spent = self._reported - self._stage_began
        share = self._stage_share()
        if share is None or share <= self._stage_began_at or spent < MIN_SECONDS:
            return None
        return spent / (share - self._stage_began_at) * (1.0 - share) - since_report

    def _stage_share(self) -> float | None:
        return min(self.done / self.total, 1.0) if self.total else None

    def _job_share(self) -> float | None:
        """Share of the job that is done; None where its stages, or their durations, are unknown."""
        if self._index is None or not sum(self._weights):
            return None
        finished = sum(self._weights[: self._index])
        return (finished + (self._stage_share() or 0.0) * self._weights[self._index]) / sum(self._weights)

    def _share_after_stage(self) -> float:
        """Share of the job that is done when the current stage ends."""
        index = 0 if self._index is None else self._index
        return sum(self._weights[: index + 1]) / sum(self._weights)

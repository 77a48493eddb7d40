"""Progress of a long job, and lines on the way: what the services report and the terminal shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

Announce = Callable[[str], None]
"""Called with a line that is of use before the job ends, or where it fails."""

StagePlan = Mapping[str, float]
"""The stages of a job in order, each with its expected duration relative to the others; all 0: not known."""

FEATURES = "computing features"
"""The stage in which snapshots are computed, in every job that needs them."""
NETWORK = "reading the network"
CLOSURES = "closing one firm after the other"


class JobProgress(Protocol):
    """Called with the current stage, its steps done so far, and its steps in all (0: unknown).

    A stage keeps its name while its steps are counted. Any function of this form can be passed to a job.
    """

    def __call__(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Show it."""


@runtime_checkable
class PlannedProgress(JobProgress, Protocol):
    """Progress that can show how far the whole job is, because it learns the job's stages before they begin."""

    def plan(self, stages: StagePlan, /) -> None:
        """Take the stages of the job that begins; the same stages again: the job continues."""


def plan_stages(progress: JobProgress, stages: StagePlan) -> None:
    """State the stages of the job that begins; progress that is a plain function does without them."""
    if isinstance(progress, PlannedProgress):
        progress.plan(stages)


def silent(_stage: str, _done: int = 0, _total: int = 0, /) -> None:
    """Progress that is not shown."""


def unheard(_line: str) -> None:
    """An announcement that is not shown."""

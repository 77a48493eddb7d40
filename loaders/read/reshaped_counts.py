"""What became of the lines of files that are put together to rows: counts for the load report."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class JoinCounts:
    """What a join made of a joined file; rows = used + repeated + unused + bad lines.

    Parameters
    ----------
    file: the joined file, or the pattern of several.
    rows: its rows and bad lines.
    used: its rows with lines of the source.
    repeated: rows that say the same as an earlier row of their key, or are merged with it by `take`.
    unused: rows without lines, contradicting rows and rows without a key among them.
    bad_lines: lines that are no rows.
    lines_without: lines of the source without a row here.
    unmatched: what the mapping makes of these lines: drop, keep, or "" where they are faults.
    """

    file: str
    rows: int
    used: int
    repeated: int
    unused: int
    bad_lines: int
    lines_without: int
    unmatched: str

    def to_json(self) -> dict[str, object]:
        """Return the numbers by name."""
        return asdict(self)


@dataclass(frozen=True)
class StepCounts:
    """A step of an event log.

    Parameters
    ----------
    step: its name.
    events: its events.
    cancelled: events that a later one cancels.
    unmatched: cancelling events with nothing before them to cancel.
    cases: cases that have the step.
    """

    step: str
    events: int
    cancelled: int
    unmatched: int
    cases: int


@dataclass(frozen=True)
class EventCounts:
    """What became of the events of a log; events = named + other + without_case.

    Parameters
    ----------
    events: all events.
    named: events whose activity the mapping names.
    other: events of other activities.
    without_case: events without a case, which are faults.
    cases: cases; each is a row.
    steps: the steps.
    combinations: by the names of the steps that cases have, joined by "+", the number of cases.
    absent: activities that the mapping names and no event has.
    """

    events: int
    named: int
    other: int
    without_case: int
    cases: int
    steps: tuple[StepCounts, ...]
    combinations: dict[str, int]
    absent: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the numbers by name."""
        return {**asdict(self), "steps": [asdict(step) for step in self.steps], "absent": list(self.absent)}


@dataclass(frozen=True)
class GroupCounts:
    """How many rows of the files there are, and how many groups, each of which is a row."""

    lines: int
    groups: int

    def to_json(self) -> dict[str, object]:
        """Return the numbers by name."""
        return asdict(self)

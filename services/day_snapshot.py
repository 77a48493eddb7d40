"""The snapshot of a day as jobs read it, with a note where the day lies after the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from supplyrisk.graph import DataError, DefaultDefinition, Snapshot, Tables, Workspace, last_day_of
from supplyrisk.graph.schema import defaults

ANY_DAY = 1_000_000
"""Value of beyond_days where it was decided earlier whether a day may lie so far after the data."""


class DaySettings(TypedDict, total=False):
    """Settings of reading a day, each with the default of `graph.schema.defaults`.

    horizon_days, default_definition: of the snapshot. beyond_days: how many days the day may lie after the data.
    """

    horizon_days: int
    default_definition: DefaultDefinition
    beyond_days: int


@dataclass(frozen=True)
class DaySnapshot:
    """The loaded tables, and their snapshot of a day; notes: about the day."""

    tables: Tables
    snapshot: Snapshot
    notes: tuple[str, ...]


def read_day(
    workspace: Workspace,
    as_of: date | None,
    *,
    horizon_days: int = defaults.HORIZON_DAYS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
) -> DaySnapshot:
    """Read the snapshot of a day; as_of None: the last day of the data.

    Raises
    ------
    WorkspaceError: no data. DataError: no firm exists on that day, or it lies more than beyond_days after the data.
    """
    tables = workspace.tables()
    notes = late_note(tables, as_of, beyond_days)
    snapshot = workspace.snapshot(
        as_of, horizon_days=horizon_days, default_definition=default_definition, tables=tables
    )
    return DaySnapshot(tables, snapshot, tuple(notes))


def late_note(tables: Tables, as_of: date | None, beyond_days: int) -> list[str]:
    """A note where a day lies after the data, as windows that look back from it are partly empty; else nothing.

    Raises
    ------
    DataError: it lies more than beyond_days after them.
    """
    last = last_day_of(tables) if as_of else None
    if as_of is None or last is None or as_of <= last:
        return []
    days = (as_of - last).days
    text = f"{as_of} is {days:,} days after the last day of the data, {last}"
    if days > beyond_days:
        raise DataError(
            f"as of {text}",
            f"at most {beyond_days:,} days after it, as events since then are unknown",
            f"name a day up to {last}, load newer data, or set SCGRAPH_BEYOND_DAYS if there was nothing to record",
        )
    return [f"as of {text}"]

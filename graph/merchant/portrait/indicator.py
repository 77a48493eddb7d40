"""The record of an indicator: everything that the project knows about one figure of a portrait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Unit
from supplyrisk.graph.merchant.portrait.portrait_windows import PortraitWindows
from supplyrisk.graph.snapshot.features.register import FEATURES


@dataclass(frozen=True)
class IndicatorRows:
    """The rows about each shop that indicators are aggregates of.

    Parameters
    ----------
    key: its name.
    table: the table of the contract that the rows are from.
    relation: SQL with a column firm_id, from the windows. Without `day`, it has the rows of the three windows, with the
        columns ago (days before the end of the window), w (0: the window, 1: the one before, 2: the one a year ago)
        and ended (how many days ago that window ended).
    day: column with the age in days by which rows fall into windows; empty where the relation has w.
    history: all rows, whose ages count; needed without `day`.
    source: the source of `source_coverage` whose days decide how long its rows are fresh.
    is_series: whether a shop has a row for each period, so that a period without one is unknown; elsewhere a row is
        an event, and a period without one had none.
    is_state: whether each window shows the state at its end rather than what happened in it.
    """

    key: str
    table: str
    relation: Callable[[PortraitWindows], str]
    day: str
    source: str
    history: IndicatorRows | None = None
    is_series: bool = False
    is_state: bool = False

    @property
    def by_own_day(self) -> bool:
        """Whether rows fall into windows by their own day rather than that of a delivery or payment."""
        return self.day in ("", "days_ago")


@dataclass(frozen=True)
class Indicator:
    """One figure of a portrait; its texts are in graph/texts/portrait.toml.

    Parameters
    ----------
    key: its name, and that of its column.
    group: one of GROUPS.
    unit: what it is measured in.
    better: which values are better for a shop.
    rows: the rows that it is an aggregate of.
    sql: aggregate over the rows of one window. Its column `ended` is how many days ago the window ended: what happened
        later must not count, so that an earlier window is seen as it was at its end.
    records: columns without which a row does not count as recorded.
    needs: columns that must have a value in some row of the data set, else it does not record them.
    is_total: whether it grows with the length of the window, as sums and counts do.
    zero: whether nothing recorded in the window of a shop with recent rows means 0; rates have no value then.
    """

    key: str
    group: str
    unit: Unit
    better: Better
    rows: IndicatorRows
    _: KW_ONLY
    sql: str
    records: tuple[str, ...]
    needs: tuple[str, ...] = ()
    is_total: bool = False
    zero: bool = False

    @property
    def basis(self) -> str:
        """Name of the rows that record it: indicators with one basis have the same age and coverage."""
        return f"{self.rows.key}:{'+'.join((*self.records, *self.needs))}"


def sql_of_feature(name: str) -> str:
    """Return the SQL of a feature of 180 days for the rows of one window, so that both are one definition.

    Raises
    ------
    KeyError: there is no such feature, or it has no SQL over such rows.
    """
    [sql] = [feature.sql for feature in FEATURES if feature.name == name] or [""]
    if not sql:
        raise KeyError(name)
    return sql.replace("delivered_ago < 180", "true").replace("days_ago < 180", "true")

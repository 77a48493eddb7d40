"""How many defaults the data hold, and how many of them a model can learn from and be tested on.

Those of unlisted firms do not count.

For a firm whose first default is on day d, in data from a first day F to a last day L:

    usable      d > F + history: an as-of date with enough history before it lies before the default
    to learn    usable and d <= L - horizon: known on the test date, which lies one horizon before the last day
    to test     usable and d > L - horizon: in the outcome window of the test date

A model is fitted on all usable defaults. An out-of-time test needs a model that is fitted on those to learn from alone,
at as-of dates that lie MIN_OBSERVED_DAYS or more before the test date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.default_days import create_default_days, create_stated_outcomes
from supplyrisk.graph.snapshot.outcome import first_day, last_day
from supplyrisk.graph.workspace.tables import DatasetInfo, Tables

if TYPE_CHECKING:
    import duckdb

HORIZONS = (90, 180, 360)
"""Horizons that are counted beside the chosen one."""


@dataclass(frozen=True)
class HorizonCounts:
    """Usable defaults by whether they are known on the test date of a horizon, or lie in its outcome window.

    has_test_date: whether the history before the test date is long enough for an as-of date to learn from.
    """

    horizon_days: int
    to_learn: int
    to_test: int
    has_test_date: bool = True

    @property
    def testable(self) -> bool:
        """Whether a model can be tested out of time at this horizon."""
        return self.has_test_date and self.to_learn >= defaults.MIN_FIRMS and self.to_test > 0

    def to_json(self) -> dict[str, object]:
        """Return the counts by name."""
        return {
            "horizon_days": self.horizon_days,
            "to_learn": self.to_learn,
            "to_test": self.to_test,
            "testable": self.testable,
        }


@dataclass(frozen=True)
class DefaultCounts:
    """Numbers of firms that default, by what a model can do with them.

    Parameters
    ----------
    total: firms with a default; where outcomes have no day, firms that are stated to have defaulted.
    usable: those that can be learned from; where outcomes have no day, all of them.
    horizons: the chosen horizon first, then the others in order; empty where outcomes have no day.
    sound: where outcomes have no day only: firms that are stated not to have defaulted.
    """

    total: int
    usable: int
    horizons: tuple[HorizonCounts, ...] = ()
    sound: int | None = None

    @property
    def learnable(self) -> bool:
        """Whether there are enough to fit a model."""
        enough_sound = self.sound is None or self.sound >= defaults.MIN_FIRMS
        return self.usable >= defaults.MIN_FIRMS and enough_sound

    @property
    def testable(self) -> bool:
        """Whether a model can be tested out of time at the chosen horizon."""
        return bool(self.horizons) and self.horizons[0].testable

    def __str__(self) -> str:
        if self.sound is not None:
            sound = f"{self.sound:,} firms without one"
            return f"{_defaults(self.total)} and {sound} ({defaults.MIN_FIRMS} of each needed)"
        head = f"{_defaults(self.total)}; {self.usable:,} can be learned from ({defaults.MIN_FIRMS} needed)"
        if not self.horizons:
            return head
        chosen, *others = self.horizons
        test = (
            f"out-of-time test at {chosen.horizon_days} days: "
            f"{chosen.to_learn:,} to learn from, {chosen.to_test:,} to test on"
        )
        more = [f"at {row.horizon_days} days: {row.to_learn:,} and {row.to_test:,}" for row in others]
        return "; ".join([head, test, *more])

    def advice(self) -> str | None:
        """Return in one sentence what the counts mean for a training; None where they are enough for everything."""
        if not self.learnable:
            more = "history" if self.sound is None else "labels"
            scorecard = "scgraph train --expert --base-rate RATE ships a scorecard"
            return f"too few to learn from: load more {more}, or {scorecard}"
        if not self.horizons or self.testable:
            return None
        testable = [row.horizon_days for row in self.horizons if row.testable]
        chosen = self.horizons[0].horizon_days
        sentence = "the model will ship without an out-of-time test"
        if not testable:
            return sentence
        nearest = min(testable, key=lambda days: abs(days - chosen))
        return f"{sentence}; with --horizon {nearest} one is possible"

    def to_json(self) -> dict[str, object]:
        """Return the counts and the advice for JSON."""
        head: dict[str, object] = {"total": self.total, "usable": self.usable, "needed": defaults.MIN_FIRMS}
        if self.sound is not None:
            head["sound"] = self.sound
        horizons = [row.to_json() for row in self.horizons]
        return {**head, "horizons": horizons, "text": str(self), "advice": self.advice()}


def _defaults(number: int) -> str:
    return f"{number:,} default" + ("" if number == 1 else "s")


def default_counts_of(
    tables: Tables,
    definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    horizon_days: int = defaults.HORIZON_DAYS,
) -> DefaultCounts:
    """Count the defaults of a data set; parameters as in `count_defaults`."""
    with tables.connect() as con:
        return count_defaults(con, definition, horizon_days, tables.info)


def count_defaults(
    con: duckdb.DuckDBPyConnection,
    definition: DefaultDefinition,
    horizon_days: int,
    info: DatasetInfo,
    *,
    history_days: int = defaults.HISTORY_DAYS,
) -> DefaultCounts:
    """Count the defaults in a connection that has every table of the contract under its name.

    Parameters
    ----------
    definition: what counts as a default.
    horizon_days: the chosen horizon; those in HORIZONS are counted, too.
    info: of the data set; where its outcomes have no day, what is stated is counted.
    history_days: days of data before the first as-of date.
    """
    if info.undated:
        return _counted(con, "labels")
    create_default_days(con, definition)
    if info.labels_day is not None:
        create_stated_outcomes(con, info.labels_day)
        return _counted(con, "stated_outcomes")
    others = [days for days in HORIZONS if days != horizon_days]
    first = first_day(con)
    last = last_day(con)
    values = {"horizons": [horizon_days, *others], "first": first, "last": last, "history": history_days}
    rows = con.execute(_COUNTS, values).fetchall()
    total, usable = rows[0][:2]
    spare_days = -1 if first is None or last is None else (last - first).days - history_days
    horizons = tuple(
        HorizonCounts(days, learn, test, days + min(defaults.MIN_OBSERVED_DAYS, days) <= spare_days)
        for _, _, days, learn, test in rows
    )
    return DefaultCounts(total, usable, horizons)


# A default on the day F + history has no as-of date before it. Without any day in the data, first and last are NULL,
# and no default is usable.
_COUNTS = """
WITH first_defaults AS (
    SELECT min("on") AS day FROM default_days
    WHERE firm_id NOT IN (SELECT firm_id FROM firms WHERE unlisted) GROUP BY firm_id
), usable AS (
    SELECT day, day > CAST($first AS DATE) + $history AS is_usable FROM first_defaults
), horizons AS (
    SELECT unnest($horizons) AS horizon, unnest(range(len($horizons))) AS place
)
SELECT count(day) AS total, count(*) FILTER (WHERE is_usable) AS usable, horizon,
    count(*) FILTER (WHERE is_usable AND day <= CAST($last AS DATE) - horizon) AS to_learn,
    count(*) FILTER (WHERE is_usable AND day > CAST($last AS DATE) - horizon) AS to_test
FROM horizons LEFT JOIN usable ON true
GROUP BY place, horizon ORDER BY place
"""


def _counted(con: duckdb.DuckDBPyConnection, outcomes: str) -> DefaultCounts:
    query = (
        f"SELECT count(*) FILTER (WHERE defaulted), count(*) FILTER (WHERE NOT defaulted) FROM {outcomes} "
        "WHERE firm_id NOT IN (SELECT firm_id FROM firms WHERE unlisted)"
    )
    failed, sound = con.execute(query).fetchall()[0]
    return DefaultCounts(failed, failed, sound=sound)

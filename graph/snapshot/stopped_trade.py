"""How many firms had stopped trading by the day of the labels, which may be a consequence of an undated default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.default_definition import DefaultDefinition
from supplyrisk.graph.snapshot.default_days import create_default_days, create_stated_outcomes
from supplyrisk.graph.texts.figures import count
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

STOPPED_DAYS = 90
"""A firm has stopped if its last trade or activity lies more than this before the day of the labels."""


@dataclass(frozen=True)
class StoppedShare:
    """Firms with a stated outcome of one kind: how many of them there are, and how many had stopped.

    days: median days from the last trade or activity to the day of the labels; None where no firm has any.
    """

    firms: int
    stopped: int
    days: float | None


@dataclass(frozen=True)
class StoppedTrade:
    """The firms that defaulted, and those that did not, as far as either is stated."""

    labels_day: date
    defaulted: StoppedShare
    others: StoppedShare

    def __str__(self) -> str:
        failed = self.defaulted
        others = self.others
        text = (
            "possible leak: no default has a day, so what is known of a firm may follow its default. By "
            f"{self.labels_day}, {failed.stopped:,} of the {failed.firms:,} firms that defaulted had not traded or "
            f"been active for more than {STOPPED_DAYS} days, and {others.stopped:,} of the {others.firms:,} others"
        )
        if failed.days is None or others.days is None:
            return text
        return f"{text}; the median times since then are {count(failed.days)} and {count(others.days)} days"


# A firm without any trade or activity counts as a firm that has not stopped: nothing shows that it did.
_LAST_SEEN = """
SELECT o.defaulted, count(*), count(*) FILTER (WHERE ago > $stopped), median(ago)
FROM (FROM stated_outcomes ANTI JOIN (FROM firms WHERE unlisted) USING (firm_id)) o LEFT JOIN (
    SELECT firm_id, CAST($day AS DATE) - max("on") AS ago FROM (
        SELECT unnest([supplier_id, customer_id]) AS firm_id, "on" FROM supplies
        UNION ALL SELECT firm_id, "on" FROM activity
    ) WHERE "on" <= $day GROUP BY firm_id
) USING (firm_id)
GROUP BY o.defaulted
"""


def count_stopped(con: duckdb.DuckDBPyConnection, labels_day: date) -> StoppedTrade:
    """Count the firms that had stopped by a day; needs the contract's tables and the view `stated_outcomes`."""
    rows = con.execute(_LAST_SEEN, {"stopped": STOPPED_DAYS, "day": labels_day}).fetchall()
    shares = {defaulted: StoppedShare(*counts) for defaulted, *counts in rows}
    nobody = StoppedShare(0, 0, None)
    return StoppedTrade(labels_day, shares.get(True, nobody), shares.get(False, nobody))


def stopped_trade_of(tables: Tables, definition: DefaultDefinition) -> StoppedTrade | None:
    """Count the firms that had stopped by the day of the labels; None where outcomes have days, or no data have.

    definition: what counts as a default.
    """
    labels_day = tables.info.labels_day
    if labels_day is None:
        return None
    with tables.connect() as con:
        create_default_days(con, definition)
        create_stated_outcomes(con, labels_day)
        return count_stopped(con, labels_day)

"""Each firm's outcome after as_of: the only part of a snapshot that looks ahead."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.snapshot.as_of_views import AS_OF
from supplyrisk.graph.snapshot.default_days import create_stated_outcomes
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

CLOSURE_KIND = "closure"
"""Event kind of a firm that closes voluntarily: whether it would have defaulted is never observed."""

HISTORY_START_SHARE = 0.01
"""A table's history starts on the day by which more than this share of its rows have occurred."""

OBSERVATION_TABLES = ("supplies", "shipments", "activity", "loans", "events")
"""Tables whose rows are observations, so their last day is the end of the data; other tables may have future days."""


def last_day(con: duckdb.DuckDBPyConnection) -> date | None:
    """Return the last day of the data: the last row of OBSERVATION_TABLES, or of any table where these are empty.

    None where no row has a day.
    """
    for tables in (OBSERVATION_TABLES, [name for name, table in TABLES.items() if table.day is not None]):
        days = [f'SELECT max("{TABLES[name].day}") AS day FROM "{name}"' for name in tables]
        if "financials" in tables:
            # Even a statement without published_on shows that the data reach the end of its period.
            days.append('SELECT max("on") FROM financials')
        row = con.execute(f"SELECT max(day) FROM ({' UNION ALL '.join(days)})").fetchone()
        day: date | None = row[0] if row else None
        if day is not None:
            return day
    return None


def first_day(con: duckdb.DuckDBPyConnection) -> date | None:
    """Return the first day of the data, None where no row has a day.

    Of supplies, shipments and activity, each starts on the day by which more than HISTORY_START_SHARE of its rows have
    occurred, so that a few stray old rows do not extend the history; the result is the earliest of these days. Where
    all three are empty, events and loans are used instead. Firms, statements and relations do not count: they may be
    years older than the data that can be learned from.
    """
    daily = [
        name
        for name in ("supplies", "shipments", "activity")
        if con.execute(f'FROM "{name}" LIMIT 1').fetchone()
    ]
    days = [_history_start(con, name) for name in daily or ("events", "loans")]
    return min((day for day in days if day is not None), default=None)


def first_day_of(tables: Tables) -> date | None:
    """Return the first day of a data set, as `first_day` defines it."""
    with tables.connect() as con:
        return first_day(con)


def _history_start(con: duckdb.DuckDBPyConnection, name: str) -> date | None:
    """Return the day by which more than HISTORY_START_SHARE of a table's dated rows have occurred."""
    by_day = (
        f'SELECT "{TABLES[name].day}" AS day, count(*) AS n FROM "{name}" WHERE day IS NOT NULL GROUP BY day'
    )
    running = f"SELECT day, sum(n) OVER (ORDER BY day) AS so_far, sum(n) OVER () AS total FROM ({by_day})"
    row = con.execute(
        f"SELECT min(day) FROM ({running}) WHERE so_far > $share * total", {"share": HISTORY_START_SHARE}
    ).fetchone()
    return row[0] if row else None


def last_day_of(tables: Tables) -> date | None:
    """Return the last day of a data set's observations, None where no row has a day."""
    with tables.connect() as con:
        return last_day(con)


# The order of the cases matters: a default within the window counts even if the firm closed before it, and without a
# complete window no outcome counts, as only failures would be observed. Events and loans are read from the tables
# themselves, not from their known views, because they lie after as_of. Without events only borrowers can be seen to
# default, and only as long as a lender reports on them. A default up to as_of of a firm that is not known to be in
# default then was known before, called void, and is known again: it is known again after as_of.
_DATED = f"""
CREATE TEMP TABLE outcomes AS
SELECT firm_id, CASE
    WHEN unlisted THEN 'unlabelled'
    WHEN defaulted THEN 'defaulted'
    WHEN observed_to IS NULL THEN 'unlabelled'
    WHEN NOT $complete THEN 'censored'
    WHEN fails_on <= {AS_OF} + $horizon THEN 'failed'
    WHEN closes_on <= {AS_OF} + $horizon OR observed_to < {AS_OF} + $horizon THEN 'censored'
    ELSE 'sound' END AS state,
    CAST(CASE WHEN NOT defaulted AND NOT unlisted THEN fails_on - {AS_OF} END AS INTEGER) AS failed_after,
    CAST(CASE
        WHEN unlisted THEN NULL
        WHEN defaulted THEN 0
        WHEN observed_to IS NOT NULL THEN greatest(least(fails_on, closes_on, observed_to) - {AS_OF}, 0)
    END AS INTEGER) AS observed_days
FROM (
    SELECT firm_id, unlisted, defaulted, fails_on, closes_on,
        CASE WHEN $recorded THEN CAST($end AS DATE) ELSE checked_to END AS observed_to
    FROM base
    LEFT JOIN (
        SELECT firm_id, greatest(min("on"), {AS_OF} + 1) AS fails_on FROM default_days GROUP BY firm_id
    ) USING (firm_id)
    LEFT JOIN (SELECT firm_id, min("on") AS closes_on FROM events WHERE kind = $closure GROUP BY firm_id)
        USING (firm_id)
    LEFT JOIN (SELECT firm_id, max("on") AS checked_to FROM loan_checks WHERE "on" > {AS_OF} GROUP BY firm_id)
        USING (firm_id)
)
"""

_UNDATED = """
CREATE TEMP TABLE outcomes AS
SELECT firm_id, CASE
    WHEN base.unlisted THEN 'unlabelled'
    WHEN base.defaulted THEN 'defaulted'
    WHEN l.defaulted THEN 'failed'
    WHEN NOT l.defaulted THEN 'sound'
    ELSE 'unlabelled' END AS state,
    CAST(NULL AS INTEGER) AS failed_after, CAST(NULL AS INTEGER) AS observed_days
FROM base LEFT JOIN labels l USING (firm_id)
"""


# What was stated by a day was not known before it. A default on a later day is in `base`, as in other dated data.
_STATED = f"""
CREATE TEMP TABLE outcomes AS
SELECT firm_id, CASE
    WHEN unlisted THEN 'unlabelled'
    WHEN base.defaulted THEN 'defaulted'
    WHEN {AS_OF} < getvariable('labels_as_of') THEN 'unlabelled'
    WHEN s.defaulted THEN 'failed'
    WHEN NOT s.defaulted THEN 'sound'
    ELSE 'unlabelled' END AS state,
    CAST(NULL AS INTEGER) AS failed_after, CAST(NULL AS INTEGER) AS observed_days
FROM base LEFT JOIN stated_outcomes s USING (firm_id)
"""


def create_outcomes(con: duckdb.DuckDBPyConnection, tables: Tables, horizon_days: int) -> None:
    """Create the temp table `outcomes` (firm_id, state, failed_after, observed_days).

    Needs `base` and the views of `create_default_days`. In data without events, a firm is observed up to the last state
    of its loans that shows whether they are in default, else up to the last day of the data.

    - defaulted: in default at as_of.
    - failed: its first default lies in (as_of, as_of + horizon_days]; sound: none does.
    - censored: the window (as_of, as_of + horizon_days] extends beyond the end of the data or the last day on which the
      firm is observed, or the firm closed voluntarily within it.
    - unlabelled: the firm is not observed after as_of, or the data set is undated and has no label for it; every
      unlisted firm.

    failed_after is the number of days from as_of to the firm's first default, however far ahead; null if there is none
    in the data. observed_days is the number of days after as_of over which the firm is observed: up to the first of
    its default, its closure and the last day that it is observed; 0 for a firm in default, null for one that is not
    observed. A default after the closure is in failed_after only: up to an earlier day both columns would be the same
    without it. Both are null in undated data.

    In data with labels as of a day, the outcome is what is stated by that day (`stated_outcomes`), whatever the
    horizon; in snapshots of earlier days, all firms are unlabelled.
    """
    if tables.info.undated:
        con.execute(_UNDATED)
        return
    if tables.info.labels_day is not None:
        create_stated_outcomes(con, tables.info.labels_day)
        con.execute(_STATED)
        return
    end = last_day(con)
    row = con.execute(f"SELECT {AS_OF} + $horizon <= $end", {"horizon": horizon_days, "end": end}).fetchone()
    con.execute(
        _DATED,
        {
            "recorded": tables.present("events"),
            "complete": bool(row and row[0]),
            "end": end,
            "horizon": horizon_days,
            "closure": CLOSURE_KIND,
        },
    )

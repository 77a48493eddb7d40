"""What became of each firm after as_of: the only part of a snapshot that looks ahead."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.graph.snapshot.as_of_views import AS_OF
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

CLOSURE_KIND = "closure"
"""The event kind of a firm that stops of its own will: nobody will see whether it would have failed."""

FIRST_SHARE = 0.01
"""A history begins once more than this share of a table's rows have happened."""

WITNESSES = ("supplies", "shipments", "activity", "loans", "events")
"""Tables whose rows show that somebody was still looking; a planned date elsewhere shows nothing of the kind."""


def last_day(con: duckdb.DuckDBPyConnection) -> date | None:
    """The last day on which a witness has a row, or any table where no witness has one: up to there the data speak.

    None where no row has a day.
    """
    for tables in (WITNESSES, [name for name, table in TABLES.items() if table.day is not None]):
        days = [f'SELECT max("{TABLES[name].day}") AS day FROM "{name}"' for name in tables]
        if "financials" in tables:
            # A statement without a day of publication still shows that the data reach the end of its period.
            days.append('SELECT max("on") FROM financials')
        row = con.execute(f"SELECT max(day) FROM ({' UNION ALL '.join(days)})").fetchone()
        if row and row[0] is not None:
            return row[0]  # type: ignore[no-any-return]
    return None


def first_day_of(tables: Tables) -> date | None:
    """The day from which on the data speak, None where no row has a day.

    For each of supplies, shipments and activity it is the day by which more than FIRST_SHARE of its rows have
    happened, so that a few stray old ones do not stretch the history; of these days the first. Where there are no such
    rows, events and loans are taken. (Firms, statements and relations may be older by years than what there is to learn
    from.)
    """
    daily = [name for name in ("supplies", "shipments", "activity") if tables.rows(name)]
    with tables.connect() as con:
        days = [_begins(con, name) for name in daily or ("events", "loans")]
    return min((day for day in days if day is not None), default=None)


def _begins(con: duckdb.DuckDBPyConnection, name: str) -> date | None:
    by_day = (
        f'SELECT "{TABLES[name].day}" AS day, count(*) AS n FROM "{name}" WHERE day IS NOT NULL GROUP BY day'
    )
    running = f"SELECT day, sum(n) OVER (ORDER BY day) AS so_far, sum(n) OVER () AS total FROM ({by_day})"
    row = con.execute(
        f"SELECT min(day) FROM ({running}) WHERE so_far > $share * total", {"share": FIRST_SHARE}
    ).fetchone()
    return row[0] if row else None


def last_day_of(tables: Tables) -> date | None:
    """The last day on which a data set has a row, None where no row has a day."""
    with tables.connect() as con:
        return last_day(con)


_DATED = f"""
CREATE TEMP TABLE outcomes AS
SELECT firm_id, CASE
    WHEN b.defaulted THEN 'defaulted'
    WHEN NOT $recorded THEN 'unlabelled'
    WHEN NOT $complete THEN 'censored'
    WHEN e.defaulted_on <= {AS_OF} + $horizon THEN 'failed'
    WHEN e.closed_on <= {AS_OF} + $horizon THEN 'censored'
    ELSE 'sound' END AS state
FROM base b LEFT JOIN (
    SELECT firm_id, min("on") FILTER (WHERE list_contains(getvariable('defaults'), kind)) AS defaulted_on,
        min("on") FILTER (WHERE kind = $closure) AS closed_on
    FROM events WHERE "on" <= {AS_OF} + $horizon GROUP BY firm_id
) e USING (firm_id)
"""

_UNDATED = """
CREATE TEMP TABLE outcomes AS
SELECT firm_id, CASE
    WHEN base.defaulted THEN 'defaulted'
    WHEN l.defaulted THEN 'failed'
    WHEN NOT l.defaulted THEN 'sound'
    ELSE 'unlabelled' END AS state
FROM base LEFT JOIN labels l USING (firm_id)
"""


def create_outcomes(con: duckdb.DuckDBPyConnection, tables: Tables, horizon_days: int) -> None:
    """Create temp table `outcomes` (firm_id, state).

    - defaulted: in default at as_of.
    - failed: its first default lies in (as_of, as_of + horizon_days]; sound: none does.
    - censored: the window is not wholly within the data (then nobody's outcome counts, or only failures
      would), or the firm closed of its own will by the window's end.
    - unlabelled: the data set has no events, or is undated and has no label for the firm.
    """
    if tables.info.undated:
        con.execute(_UNDATED)
        return
    end = last_day(con)
    row = con.execute(f"SELECT {AS_OF} + $horizon <= $end", {"horizon": horizon_days, "end": end}).fetchone()
    con.execute(
        _DATED,
        {
            "recorded": tables.present("events"),
            "complete": bool(row and row[0]),
            "horizon": horizon_days,
            "closure": CLOSURE_KIND,
        },
    )

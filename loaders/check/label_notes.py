"""Notes on outcomes that are known by a day and have none themselves."""

from __future__ import annotations

from datetime import date

import duckdb

from supplyrisk.graph.snapshot.outcome import last_day
from supplyrisk.graph.snapshot.stopped_trade import count_stopped
from supplyrisk.graph.workspace.tables import DatasetInfo
from supplyrisk.loaders.read.ingest import scalar_count

_MOST_DAYS = 31
"""Data that end more than this before the day of the labels lack recent rows, or the day is wrong."""


def label_notes(con: duckdb.DuckDBPyConnection, info: DatasetInfo) -> list[str]:
    """Return notes on unlabelled firms, contradictions, dated defaults, the day of the labels, and a possible leak.

    Needs the views of the contract's tables and `stated_outcomes`; an empty list where outcomes have days.
    """
    day = info.labels_day
    if day is None:
        return []
    listed = "(FROM firms WHERE unlisted IS NOT TRUE)"
    unlabelled = scalar_count(con, f"SELECT count(*) FROM {listed} ANTI JOIN stated_outcomes USING (firm_id)")
    unknown = f", and are unknown for {unlabelled:,} firms" if unlabelled else ""
    return [
        f"labels: outcomes are known by {day}, as of which models are trained{unknown}; dated defaults up to that day "
        "count as stated outcomes",
        *_contradictions(con),
        *_later_defaults(con, day),
        *_distance(con, day),
        str(count_stopped(con, day)),
    ]


def _contradictions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Note firms whose label says no default and of whom another row says one."""
    firms = scalar_count(
        con,
        "SELECT count(*) FROM stated_outcomes s JOIN labels l USING (firm_id) WHERE s.defaulted AND NOT l.defaulted",
    )
    return (
        [f"labels: {firms:,} firms without default have one by events or loans, which counts"]
        if firms
        else []
    )


def _later_defaults(con: duckdb.DuckDBPyConnection, day: date) -> list[str]:
    """Note defaults after the day of the labels: they teach nothing."""
    query = 'SELECT count(DISTINCT firm_id) FROM default_days WHERE "on" > CAST(? AS DATE)'
    ((firms,),) = con.execute(query, [day]).fetchall()
    return [f"labels: {firms:,} firms default after {day}, which is not learned from"] if firms else []


def _distance(con: duckdb.DuckDBPyConnection, day: date) -> list[str]:
    """Note that the data end long before the day of the labels, or after it."""
    last = last_day(con)
    if last is None:
        return []
    after = (last - day).days
    if after > 0:
        return [f"labels: the data go on for {after:,} days after {day}; these rows are not learned from"]
    if after < -_MOST_DAYS:
        return [f"labels: the data end on {last}, {-after:,} days before {day}: is the day right?"]
    return []

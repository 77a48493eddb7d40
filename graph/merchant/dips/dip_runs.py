"""Runs of low weeks in the sales of each shop, with their depth, their cause and the history before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.graph.merchant.dips.dip_rules import DipRules
from supplyrisk.graph.schema.festivals import SPRING_FESTIVAL, Festival
from supplyrisk.graph.snapshot.as_of_views import AS_OF

if TYPE_CHECKING:
    import duckdb

# Most shops have no dip. At least half of `least_usual_weeks` values are not below a median: a shop whose recent weeks
# are not low in relation to so high a value needs no medians.
# A run is a maximal sequence of low weeks among the known ones: a week without data neither ends it nor is part of it.
# The usual sales of the whole run are those before its first week, which the run itself does not lower.
_RUNS = """
CREATE TEMP TABLE dip_runs AS
WITH suspects AS (
    SELECT firm_id FROM dip_weeks GROUP BY firm_id
    HAVING min(sold) FILTER (WHERE week > -{seen_weeks}) < {low_share} * max(sold, {least_above})[-1]
),
judged AS (
    SELECT firm_id, week, sold, median(sold) OVER before AS usual, count(*) OVER before AS known_before
    FROM dip_weeks SEMI JOIN suspects USING (firm_id)
    WINDOW before AS (PARTITION BY firm_id ORDER BY week RANGE BETWEEN {usual_weeks} PRECEDING AND 1 PRECEDING)
),
marked AS (
    SELECT *, coalesce(known_before >= {least_usual_weeks} AND sold < {low_share} * usual, false) AS low FROM judged
),
numbered AS (
    SELECT *, count(*) FILTER (WHERE NOT low) OVER (PARTITION BY firm_id ORDER BY week) AS run,
        max(week) OVER (PARTITION BY firm_id) AS newest
    FROM marked
)
SELECT firm_id, run, min(week) AS first, max(week) AS last, any_value(newest) AS newest, arg_min(usual, week) AS usual
FROM numbered WHERE low GROUP BY firm_id, run HAVING max(week) > -{seen_weeks}
"""
_LOSSES = """
CREATE TEMP TABLE dip_losses AS
SELECT d.firm_id, d.first, d.last, d.newest, d.usual, fsum(lost) AS lost, max(lost) AS deepest, count(*) AS low_weeks,
    fsum(lost) FILTER (WHERE f.key IS NOT NULL) AS lost_at_festivals,
    arg_max(f.key, lost) FILTER (WHERE f.key IS NOT NULL) AS festival
FROM (
    SELECT d.*, greatest(1 - w.sold / d.usual, 0) AS lost, {as_of} + 7 * w.week - 3 AS middle
    FROM dip_runs d JOIN dip_weeks w ON w.firm_id = d.firm_id AND w.week BETWEEN d.first AND d.last
) d
LEFT JOIN dip_festivals f ON d.middle BETWEEN f.first_day AND f.last_day
GROUP BY ALL
"""
# How many of the weeks right before the dip were steady: known, and not low in relation to what was usual then.
_DIPS = """
CREATE TEMP TABLE dip_candidates AS
SELECT l.*, (
    SELECT count(*) FROM dip_weeks w WHERE w.firm_id = l.firm_id
    AND w.week BETWEEN l.first - l.sound_weeks AND l.first - 1 AND w.sold >= {low_share} * l.usual
) AS steady_weeks,
{as_of} + 7 * first - 6 AS began_on, {as_of} + 7 * last AS ended_on
FROM (
    SELECT *, coalesce(lost_at_festivals >= .5 * lost, false) AS is_festival,
        CASE WHEN is_festival THEN {festival_sound_weeks} ELSE {sound_weeks} END AS sound_weeks
    FROM dip_losses
) l
"""


def create_dip_candidates(
    con: duckdb.DuckDBPyConnection, rules: DipRules, calendar: Sequence[Festival]
) -> None:
    """Create the temp table `dip_candidates`: every run of low weeks that is recent enough to be listed.

    Needs `dip_weeks`. A dip's `lost` and `deepest` are in weeks of usual sales.
    """
    con.register("dip_festivals", _windows(rules, calendar))
    values = {
        name: getattr(rules, name)
        for name in (
            "low_share",
            "usual_weeks",
            "least_usual_weeks",
            "seen_weeks",
            "sound_weeks",
            "festival_sound_weeks",
        )
    }
    values["least_above"] = (rules.least_usual_weeks + 1) // 2
    for sql in (_RUNS, _LOSSES, _DIPS):
        con.execute(sql.format(as_of=AS_OF, **values))


def _windows(rules: DipRules, calendar: Sequence[Festival]) -> pa.Table:
    """The days on which shops are shut for a festival; windows do not overlap, so that a week counts once."""
    spans: list[tuple[str, date, date]] = []
    for row in sorted(calendar, key=lambda row: row.first_day):
        before, after = rules.spring_days if row.key == SPRING_FESTIVAL else rules.other_days
        if (row.last_day - row.first_day).days + 1 < rules.least_festival_days:
            continue
        first = row.first_day - timedelta(days=before)
        if spans:
            first = max(first, spans[-1][2] + timedelta(days=1))
        spans.append((row.key, first, row.last_day + timedelta(days=after)))
    schema = pa.schema([("key", pa.string()), ("first_day", pa.date32()), ("last_day", pa.date32())])
    return pa.Table.from_pylist([dict(zip(schema.names, span, strict=True)) for span in spans], schema=schema)

"""Sales of each shop by week before the day: of its activity, or of its supplies where it has no activity."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.dips.dip_rules import DipRules

if TYPE_CHECKING:
    import duckdb

# Sales by value, or by the number of orders where the shop states no value at all. A shop's week counts as known with
# one row of activity. A week without any trade of a supplier is known to be one: trades are listed when they happen.
# Weeks after the last row of the whole table are unknown of everybody.
_WEEKS = """
CREATE TEMP TABLE dip_weeks AS
WITH activity_sums AS (
    SELECT firm_id, days_ago // 7 AS week, fsum(sales) AS sales, fsum(orders) AS orders
    FROM known_activity WHERE days_ago BETWEEN 0 AND {days} AND {of_firm} GROUP BY ALL
),
stated AS (SELECT firm_id, count(sales) > 0 AS by_value, max(week) AS oldest FROM activity_sums GROUP BY firm_id),
activity_weeks AS (
    SELECT firm_id, week, CASE WHEN by_value THEN sales ELSE orders END AS sold, oldest
    FROM activity_sums JOIN stated USING (firm_id)
),
trade_weeks AS (
    SELECT supplier_id AS firm_id, days_ago // 7 AS week, fsum(amount) AS sold,
        max(max(days_ago // 7)) OVER (PARTITION BY supplier_id) AS oldest
    FROM known_supplies WHERE days_ago BETWEEN 0 AND {days}
        AND supplier_id NOT IN (SELECT firm_id FROM stated) AND {of_supplier}
    GROUP BY supplier_id, days_ago // 7
),
filled_trades AS ({trades}),
filled_activity AS ({activity})
SELECT firm_id, -CAST(week AS INTEGER) AS week, CAST(sold AS DOUBLE) AS sold FROM (
    FROM filled_activity UNION ALL FROM filled_trades
) WHERE sold IS NOT NULL
"""
_FILLED = """
SELECT firm_id, week, coalesce(sold, 0) AS sold FROM (
    SELECT firm_id, unnest(range(newest, oldest + 1)) AS week
    FROM (SELECT DISTINCT firm_id, oldest FROM {weeks}),
        (SELECT min(days_ago) // 7 AS newest FROM {table} WHERE days_ago >= 0)
) LEFT JOIN {weeks} USING (firm_id, week)
"""
_AS_STATED = "SELECT firm_id, week, sold FROM activity_weeks"


def create_dip_weeks(
    con: duckdb.DuckDBPyConnection, rules: DipRules, firms: Collection[str] | None = None
) -> None:
    """Create the temp table `dip_weeks` (firm_id, week, sold): sales of known weeks; week 0 is the last, -1 before it.

    Needs the known views of a dated snapshot. firms: ids of those that are of interest; None: all.
    """
    con.execute("SET VARIABLE dip_firms = ?", [None if firms is None else sorted(firms)])
    of_firm = "true" if firms is None else "list_contains(getvariable('dip_firms'), {})"
    trades = _FILLED.format(weeks="trade_weeks", table="known_supplies")
    activity = _AS_STATED
    if rules.absent_is_zero:
        activity = _FILLED.format(weeks="activity_weeks", table="known_activity")
    con.execute(
        _WEEKS.format(
            days=7 * rules.weeks - 1,
            trades=trades,
            activity=activity,
            of_firm=of_firm.format("firm_id"),
            of_supplier=of_firm.format("supplier_id"),
        )
    )

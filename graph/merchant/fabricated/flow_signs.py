"""Trade that goes round: goods that return to their seller, payments that return, and bursts of one day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.fabricated.volume_rules import VolumeRules

if TYPE_CHECKING:
    import duckdb

# A ring begins with its first trade by `trade`, which follows the days: so each ring is found once.
_FIRST_HOPS = """
CREATE OR REPLACE TEMP TABLE ring_hops AS
SELECT supplier_id AS origin, customer_id AS holder, amount, "on" AS began_on, "on" AS last_on, [trade] AS trades,
    [supplier_id] AS sellers
FROM recent_trades
"""
_NEXT_HOPS = """
CREATE OR REPLACE TEMP TABLE ring_hops AS
SELECT h.origin, t.customer_id AS holder, h.amount, h.began_on, t."on" AS last_on,
    list_append(h.trades, t.trade) AS trades, list_append(h.sellers, t.supplier_id) AS sellers
FROM ring_hops h JOIN recent_trades t ON t.supplier_id = h.holder
    AND t."on" BETWEEN h.last_on AND h.began_on + $ring_days::INTEGER
    AND t.amount BETWEEN h.amount * (1 - $tolerance) AND h.amount * (1 + $tolerance)
    AND t.trade > h.trades[1]
WHERE h.holder <> h.origin AND (t.customer_id = h.origin OR NOT list_contains(h.sellers, t.customer_id))
"""
_CLOSED = "SELECT trades FROM ring_hops WHERE holder = origin ORDER BY trades"

# The market's factor keeps days on which all firms book much (ends of months, festivals) from being bursts.
_BURSTS = """
WITH daily AS (
    SELECT supplier_id, "on", count(*) AS trades, sum(amount) AS amount, list(trade ORDER BY trade) AS rows
    FROM recent_trades GROUP BY ALL
),
sellers AS (
    SELECT supplier_id, count(*) AS active_days, sum(trades) AS all_trades, sum(amount) AS all_amount
    FROM daily GROUP BY ALL
),
market AS (
    SELECT "on", sum(trades) AS day_trades, sum(sum(trades)) OVER () / count(*) OVER () AS usual
    FROM daily GROUP BY ALL
)
SELECT rows FROM daily JOIN sellers USING (supplier_id) JOIN market USING ("on")
WHERE trades >= $burst_trades AND active_days > $burst_days AND amount >= $burst_share * all_amount
    AND trades >= $burst_factor * (all_trades - trades) / (active_days - 1)
        * greatest(1, (day_trades - trades) / usual)
ORDER BY rows
"""
_RETURNS = """
WITH returned AS (
    SELECT t.supplier_id, t.customer_id, t.trade AS there, b.trade AS back
    FROM recent_trades t JOIN recent_trades b ON b.supplier_id = t.customer_id AND b.customer_id = t.supplier_id
        AND b.paid_on BETWEEN t.paid_on AND t.paid_on + $return_days::INTEGER
        AND b.amount BETWEEN t.amount * (1 - $tolerance) AND t.amount * (1 + $tolerance)
        AND (b.paid_on > t.paid_on OR b.trade > t.trade)
)
SELECT list_sort(list_distinct(flatten(list([there, back])))) AS trades FROM returned
GROUP BY least(supplier_id, customer_id), greatest(supplier_id, customer_id)
HAVING least(count(DISTINCT there), count(DISTINCT back)) >= $returns ORDER BY trades
"""


def rings(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[list[int]]:
    """Return the trades of each ring of two firms or more, in their order."""
    con.execute(_FIRST_HOPS)
    closed: list[list[int]] = []
    values = {"ring_days": rules.ring_days, "tolerance": rules.ring_tolerance}
    for _ in range(rules.ring_firms - 1):
        con.execute(_NEXT_HOPS, values)
        closed += [trades for (trades,) in con.execute(_CLOSED).fetchall()]
    return closed


def bursts(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[list[int]]:
    """Return the trades of each day on which a seller sold far more than usual."""
    names = ("burst_trades", "burst_days", "burst_share", "burst_factor")
    return [
        rows for (rows,) in con.execute(_BURSTS, {name: getattr(rules, name) for name in names}).fetchall()
    ]


def returned_payments(con: duckdb.DuckDBPyConnection, rules: VolumeRules) -> list[list[int]]:
    """Return the trades of each pair of firms whose payments return."""
    values = {"return_days": rules.return_days, "tolerance": rules.return_tolerance, "returns": rules.returns}
    return [trades for (trades,) in con.execute(_RETURNS, values).fetchall()]

"""The edges of a snapshot: one table per kind of relation, with endpoints as row numbers of the node tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import AS_OF

if TYPE_CHECKING:
    import duckdb

EdgeType = tuple[str, str, str]
"""(type of the source node, kind of relation, type of the target node); types are "firm" and "person"."""

SUPPLIES: EdgeType = ("firm", "supplies", "firm")
CARRIES_FOR: EdgeType = ("firm", "carries_for", "firm")

# Shares are of recorded trade in 180 days: of the customer's purchases and of the supplier's sales.
# NULLIF turns a zero denominator (no trade, no delivery, nothing due) into a missing ratio. Undated data have no
# recency.
_SUPPLIES_SQL = f"""
WITH bought AS (SELECT customer_id, fsum(amount_180) AS total FROM pairs GROUP BY customer_id),
    sold AS (SELECT supplier_id, fsum(amount_180) AS total FROM pairs GROUP BY supplier_id)
SELECT s."row" AS source, c."row" AS target, amount_30, amount_60, amount_180, amount, orders,
    amount_180 / nullif(bought.total, 0) AS share_of_purchases,
    amount_180 / nullif(sold.total, 0) AS share_of_sales,
    CASE WHEN {AS_OF} IS NOT NULL THEN CAST(last_ago AS DOUBLE) END AS recency_days,
    delays / nullif(delays_n, 0) AS delay_days,
    disputed_180 / nullif(amount_180, 0) AS dispute_rate,
    to_pay / nullif(to_pay_n, 0) AS days_to_pay,
    unpaid_180 / nullif(fell_due_180, 0) AS overdue_share
FROM pairs JOIN bought USING (customer_id) JOIN sold USING (supplier_id)
    JOIN base s ON s.firm_id = supplier_id JOIN base c ON c.firm_id = customer_id
ORDER BY source, target
"""

# A shipment counts once for its shipper and once for its receiver (IS DISTINCT FROM keeps a missing shipper).
# `units` is missing where the data set records no units; `load`, used for shares, then counts one per shipment.
# The outer CASE makes a link without shipments in 180 days 0 rather than missing.
_CARRIED_SQL = """
CREATE TEMP TABLE carried AS
WITH ends AS (
    SELECT carrier_id, shipper_id AS firm_id, * EXCLUDE (carrier_id, shipper_id, receiver_id), true AS sent
    FROM known_shipments WHERE shipper_id IS NOT NULL
    UNION ALL
    SELECT carrier_id, receiver_id, * EXCLUDE (carrier_id, shipper_id, receiver_id), false
    FROM known_shipments WHERE receiver_id IS NOT NULL AND receiver_id IS DISTINCT FROM shipper_id
), recorded AS (SELECT count(units) > 0 AS units FROM known_shipments)
SELECT carrier_id, firm_id,
    CASE WHEN min(days_ago) < 180 OR NOT any_value(recorded.units)
        THEN fsum(ends.units) FILTER (WHERE days_ago < 180) ELSE 0 END AS units,
    CASE WHEN min(days_ago) < 180
        THEN fsum(CASE WHEN recorded.units THEN ends.units ELSE 1 END) FILTER (WHERE days_ago < 180)
        ELSE 0 END AS load,
    CAST(sum(delivered_on - promised_on) FILTER (WHERE delivered_ago < 180) AS DOUBLE) AS delays,
    count(delivered_on - promised_on) FILTER (WHERE delivered_ago < 180) AS delays_n,
    min(days_ago) AS last_ago
FROM ends, recorded WHERE carrier_id <> firm_id GROUP BY carrier_id, firm_id
"""

_CARRIES_SQL = f"""
WITH shipped AS (SELECT firm_id, fsum(load) AS total FROM carried GROUP BY firm_id)
SELECT s."row" AS source, t."row" AS target, units, load / nullif(total, 0) AS share,
    delays / nullif(delays_n, 0) AS delay_days,
    CASE WHEN {AS_OF} IS NOT NULL THEN CAST(last_ago AS DOUBLE) END AS recency_days
FROM carried JOIN shipped USING (firm_id)
    JOIN base s ON s.firm_id = carrier_id JOIN base t ON t.firm_id = carried.firm_id
ORDER BY source, target
"""

# An id that is both a firm and a person is the firm. Equal pairs are summed, so each pair has one row per kind.
_RELATIONS_SQL = """
WITH nodes AS (
    SELECT firm_id AS id, "row", 'firm' AS type FROM base
    UNION ALL
    SELECT person_id, "row", 'person' FROM people WHERE person_id NOT IN (SELECT firm_id FROM firms)
)
SELECT s.type AS source_type, kind, t.type AS target_type, s."row" AS source, t."row" AS target,
    fsum(weight) AS weight, fsum(amount) AS amount, CAST(count(*) AS DOUBLE) AS count
FROM known_relations JOIN nodes s ON s.id = from_id JOIN nodes t ON t.id = to_id
WHERE from_id <> to_id
GROUP BY ALL ORDER BY source_type, kind, target_type, source, target
"""


def read_edges(con: duckdb.DuckDBPyConnection, sources: tuple[str, ...]) -> dict[EdgeType, pa.Table]:
    """Return the edge tables by type: source and target (int64), then attributes (double, null where missing).

    Each table is sorted by (source, target), with one row per pair and no self-loops.

    - supplies: amount_30, amount_60, amount_180, amount (money), orders, share_of_purchases and share_of_sales (of
      180 days), recency_days, delay_days, dispute_rate, days_to_pay, overdue_share (of the amount that fell due in
      180 days).
    - carries_for: units and share (of the firm's units sent and received) in 180 days, delay_days,
      recency_days.
    - any other kind: weight and amount (sums over equal pairs), count. A kind of `relations` named "supplies" or
      "carries_for" is renamed to "<kind>_relation".

    Parameters
    ----------
    sources: names of the tables that the data set has. Needs the temp tables `pairs`, `base` and `people`.
    """
    edges: dict[EdgeType, pa.Table] = {}
    if "supplies" in sources:
        edges[SUPPLIES] = fetch_clean(con, _SUPPLIES_SQL)
    if "shipments" in sources:
        con.execute(_CARRIED_SQL)
        edges[CARRIES_FOR] = fetch_clean(con, _CARRIES_SQL)
    return edges | _relations(fetch_clean(con, _RELATIONS_SQL))


def _relations(rows: pa.Table) -> dict[EdgeType, pa.Table]:
    labels = ("source_type", "kind", "target_type")
    edges: dict[EdgeType, pa.Table] = {}
    reserved = (SUPPLIES[1], CARRIES_FOR[1])
    # The rows are sorted by type, so each type is one contiguous slice.
    sizes = (
        rows.group_by(list(labels)).aggregate([([], "count_all")]).sort_by([(c, "ascending") for c in labels])
    )
    start = 0
    for group in sizes.to_pylist():
        kind = f"{group['kind']}_relation" if group["kind"] in reserved else group["kind"]
        size = group["count_all"]
        edges[group["source_type"], kind, group["target_type"]] = rows.slice(start, size).drop_columns(
            list(labels)
        )
        start += size
    return edges

"""SQL that reads the edges of the relations with tables of their own, see `Relation.query`."""

from __future__ import annotations

# Shares are of recorded trade in 180 days: of the customer's purchases and of the supplier's sales.
# NULLIF turns a zero denominator (no trade, no delivery, nothing due) into a missing ratio. Undated data have no
# recency.
SUPPLIES_QUERY = """
WITH bought AS (SELECT customer_id, fsum(amount_180) AS total FROM pairs GROUP BY customer_id),
    sold AS (SELECT supplier_id, fsum(amount_180) AS total FROM pairs GROUP BY supplier_id)
SELECT s."row" AS source, c."row" AS target, amount_30, amount_60, amount_180, amount, orders,
    amount_180 / nullif(bought.total, 0) AS share_of_purchases,
    amount_180 / nullif(sold.total, 0) AS share_of_sales,
    CASE WHEN getvariable('as_of') IS NOT NULL THEN CAST(last_ago AS DOUBLE) END AS recency_days,
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
CARRIES_FOR_QUERY = """
WITH ends AS (
    SELECT carrier_id, shipper_id AS firm_id, * EXCLUDE (carrier_id, shipper_id, receiver_id), true AS sent
    FROM known_shipments WHERE shipper_id IS NOT NULL
    UNION ALL
    SELECT carrier_id, receiver_id, * EXCLUDE (carrier_id, shipper_id, receiver_id), false
    FROM known_shipments WHERE receiver_id IS NOT NULL AND receiver_id IS DISTINCT FROM shipper_id
), recorded AS (SELECT count(units) > 0 AS units FROM known_shipments), carried AS MATERIALIZED (
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
), shipped AS (SELECT firm_id, fsum(load) AS total FROM carried GROUP BY firm_id)
SELECT s."row" AS source, t."row" AS target, units, load / nullif(total, 0) AS share,
    delays / nullif(delays_n, 0) AS delay_days,
    CASE WHEN getvariable('as_of') IS NOT NULL THEN CAST(last_ago AS DOUBLE) END AS recency_days
FROM carried JOIN shipped USING (firm_id)
    JOIN base s ON s.firm_id = carrier_id JOIN base t ON t.firm_id = carried.firm_id
ORDER BY source, target
"""

"""For how long each firm has traded, as far as the data show."""

from __future__ import annotations

from supplyrisk.graph.snapshot.as_of_views import AS_OF

TRADE_DAYS_SQL = f"""
SELECT firm_id, CAST(max(days_ago) AS INTEGER) AS trade_days FROM (
    SELECT firm_id, days_ago FROM known_activity WHERE coalesce(sales, orders, 1) > 0
    UNION ALL SELECT unnest([supplier_id, customer_id]), first_ago FROM pairs
    UNION ALL SELECT carrier_id, days_ago FROM known_shipments
)
WHERE {AS_OF} IS NOT NULL GROUP BY firm_id
"""
"""SQL of (firm_id, trade_days): days since a firm first sold, bought or carried anything in the data.

Of activity, a row without any sale counts for nothing. Firms without trade have no row, and neither has anyone in
undated data. Needs the temp table `pairs`.
"""

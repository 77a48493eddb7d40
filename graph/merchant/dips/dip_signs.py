"""Other signs of trouble beside a dip, as known on the day: any of them makes it more than a temporary one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.dips.dip_rules import DipRules

if TYPE_CHECKING:
    import duckdb

# A trade without due_on is no claim. A data set that states no payment at all shows no overdue one.
_OVERDUE = """
CREATE TEMP TABLE dip_overdue AS
SELECT customer_id AS firm_id FROM known_supplies
WHERE due_ago BETWEEN 1 AND 180 AND customer_id IN (SELECT firm_id FROM dip_candidates)
    AND (SELECT count(paid_on) > 0 FROM known_supplies)
GROUP BY customer_id
HAVING coalesce(fsum(amount) FILTER (WHERE paid_on IS NULL), 0) >= {overdue_share} * fsum(amount)
    AND count(*) FILTER (WHERE paid_on IS NULL) > 0
UNION SELECT firm_id FROM known_loans WHERE days_past_due > 0
"""

_SHUT = """
CREATE TEMP TABLE dip_shut AS
SELECT firm_id FROM known_default_days
UNION SELECT firm_id FROM known_events WHERE kind IN ('closure', 'suspension')
"""

# Disputes of a shop's own count, and of its supplies on the day on which they were opened, per what it sold.
_DISPUTES = """
CREATE TEMP TABLE dip_disputes AS
WITH opened AS (
    SELECT firm_id, days_ago, disputes FROM known_activity WHERE disputes > 0
    UNION ALL SELECT supplier_id, disputed_ago, 1 FROM known_supplies WHERE disputed_ago IS NOT NULL
),
counted AS (
    SELECT c.firm_id, c.first,
        coalesce(sum(disputes) FILTER (WHERE -(days_ago // 7) >= c.first), 0) AS since,
        coalesce(sum(disputes) FILTER (WHERE -(days_ago // 7) < c.first), 0) AS before
    FROM dip_candidates c JOIN opened o ON o.firm_id = c.firm_id
        AND -(days_ago // 7) >= c.first - {sound_weeks}
    GROUP BY ALL
),
sold AS (
    SELECT c.firm_id, c.first, fsum(sold) FILTER (WHERE week >= c.first) AS since,
        fsum(sold) FILTER (WHERE week < c.first) AS before
    FROM dip_candidates c JOIN dip_weeks w ON w.firm_id = c.firm_id AND w.week >= c.first - {sound_weeks}
    GROUP BY ALL
)
SELECT d.firm_id, d.first FROM counted d JOIN sold s USING (firm_id, first)
WHERE d.since >= {least_disputes} AND d.since * s.before > {dispute_factor} * d.before * s.since
"""

# A partner's rhythm is the number of weeks with a trade before the dip. While a festival lasts, silence is no sign.
_PARTNERS = """
CREATE TEMP TABLE dip_partners AS
WITH sides AS (
    SELECT supplier_id AS firm_id, customer_id AS other, 'customer' AS side, days_ago // 7 AS ago, amount
    FROM known_supplies
    UNION ALL SELECT customer_id, supplier_id, 'supplier', days_ago // 7, amount FROM known_supplies
),
partners AS (
    SELECT c.firm_id, c.first, side, other, any_value(c.newest = c.last AND c.is_festival) AS shut_now,
        coalesce(fsum(amount) FILTER (WHERE -ago < c.first), 0) AS amount,
        count(DISTINCT ago) FILTER (WHERE -ago < c.first) AS weeks_before,
        count(*) FILTER (WHERE -ago >= c.first) AS trades_since
    FROM dip_candidates c JOIN sides s ON s.firm_id = c.firm_id AND -ago >= c.first - {sound_weeks}
    GROUP BY ALL
),
shares AS (
    SELECT *, amount / nullif(fsum(amount) OVER (PARTITION BY firm_id, first, side), 0) AS share FROM partners
)
SELECT DISTINCT firm_id, first FROM shares
WHERE share >= {partner_share} AND (
    other IN (SELECT firm_id FROM known_default_days)
    OR (NOT shut_now AND trades_since = 0 AND (1 - first) * weeks_before >= {missed_trades} * {sound_weeks})
)
"""


def create_dip_signs(con: duckdb.DuckDBPyConnection, rules: DipRules) -> None:
    """Create the temp tables `dip_overdue`, `dip_shut` (firm_id), `dip_disputes` and `dip_partners` (firm_id, first).

    Needs `dip_weeks`, `dip_candidates`, the known views and `known_default_days`.
    """
    names = (
        "overdue_share",
        "sound_weeks",
        "least_disputes",
        "dispute_factor",
        "partner_share",
        "missed_trades",
    )
    values = {name: getattr(rules, name) for name in names}
    for sql in (_OVERDUE, _SHUT, _DISPUTES, _PARTNERS):
        con.execute(sql.format(**values))

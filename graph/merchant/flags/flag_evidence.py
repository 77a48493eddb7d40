"""Evidence for flags in the data, as known on a day: by firm and kind the first and the last day of each case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.flags.flag_rules import FLAG_KINDS, FlagRules
from supplyrisk.graph.snapshot.as_of_views import AS_OF, known_versions
from supplyrisk.graph.workspace.tables import Tables

if TYPE_CHECKING:
    import duckdb

# A purchase is late from its grace on until it is paid. Without any payment in the data nothing shows one.
_LATE_PURCHASES = """
WITH claims AS (
    SELECT customer_id AS firm_id, amount, due_on + {late_days} + 1 AS first_on,
        coalesce(paid_on, {as_of}) AS last_on, due_ago
    FROM known_supplies WHERE due_ago > {late_days} AND (SELECT count(paid_on) > 0 FROM known_supplies)
),
firms_late AS (
    SELECT firm_id FROM claims WHERE due_ago <= 360 GROUP BY firm_id
    HAVING coalesce(fsum(amount) FILTER (WHERE last_on >= first_on), 0) >= {overdue_share} * fsum(amount)
)
SELECT firm_id, 'overdue' AS kind, first_on, last_on FROM claims SEMI JOIN firms_late USING (firm_id)
WHERE last_on >= first_on
"""
# All states of a loan count: one that is current again was evidence on its day.
_LATE_LOANS = """
SELECT firm_id, 'overdue' AS kind, "on" - CAST(days_past_due AS INTEGER) AS first_on, "on" AS last_on
FROM {loans} WHERE days_past_due > 0 AND "on" <= {as_of}
"""
_DISPUTES = """
WITH opened AS (
    SELECT firm_id, -(days_ago // 7) AS week, disputes FROM known_activity WHERE disputes > 0 AND days_ago >= 0
    UNION ALL SELECT supplier_id, -(disputed_ago // 7), 1 FROM known_supplies WHERE disputed_ago >= 0
),
weeks AS (
    SELECT firm_id, week, sold, coalesce(disputes, 0) AS disputes
    FROM dip_weeks LEFT JOIN (SELECT firm_id, week, sum(disputes) AS disputes FROM opened GROUP BY ALL)
        USING (firm_id, week)
),
sums AS (
    SELECT firm_id, week, sum(disputes) OVER recent AS since, sum(sold) OVER recent AS sold_since,
        coalesce(sum(disputes) OVER before, 0) AS earlier, sum(sold) OVER before AS sold_before
    FROM weeks WINDOW
        recent AS (PARTITION BY firm_id ORDER BY week RANGE BETWEEN {dispute_weeks} - 1 PRECEDING AND CURRENT ROW),
        before AS (PARTITION BY firm_id ORDER BY week
            RANGE BETWEEN {dispute_weeks} + 25 PRECEDING AND {dispute_weeks} PRECEDING)
)
SELECT firm_id, 'disputes' AS kind, {as_of} + CAST(7 * (week - {dispute_weeks} + 1) - 6 AS INTEGER) AS first_on,
    {as_of} + CAST(7 * week AS INTEGER) AS last_on
FROM sums WHERE since >= {least_disputes} AND since * sold_before > {dispute_factor} * earlier * sold_since
"""
# Dips with another sign have a flag of that sign; those that are too short a history to judge have none.
_SALES = """
SELECT firm_id, 'sales_drop' AS kind, began_on AS first_on, coalesce(ended_on, {as_of}) AS last_on
FROM dips WHERE verdict = 'too_long'
"""
# A partner is lost on the day by which, by its rhythm, it would have traded `missed_trades` times since its last trade.
# Shares are of the trade within the 26 weeks up to that last trade.
_PARTNERS = """
WITH sides AS (
    SELECT supplier_id AS firm_id, customer_id AS other, 'customer_lost' AS kind, days_ago, amount FROM known_supplies
    WHERE days_ago BETWEEN 0 AND 545
    UNION ALL SELECT customer_id, supplier_id, 'supplier_lost', days_ago, amount FROM known_supplies
    WHERE days_ago BETWEEN 0 AND 545
),
silent AS (
    SELECT firm_id, kind, other, min(days_ago) AS last_ago FROM sides GROUP BY ALL
    HAVING min(days_ago) BETWEEN 7 AND 363
),
shares AS (
    SELECT s.firm_id, s.kind, s.other, s.last_ago,
        fsum(t.amount) FILTER (WHERE t.other = s.other) / nullif(fsum(t.amount), 0) AS share,
        count(DISTINCT t.days_ago // 7) FILTER (WHERE t.other = s.other) AS weeks
    FROM silent s JOIN sides t ON t.firm_id = s.firm_id AND t.kind = s.kind
        AND t.days_ago BETWEEN s.last_ago AND s.last_ago + 181
    GROUP BY ALL
),
lost AS (
    SELECT firm_id, kind, CAST(last_ago - ceil({missed_trades} * 26 / weeks) * 7 AS INTEGER) AS lost_ago FROM shares
    WHERE share >= {partner_share} AND weeks >= {least_trade_weeks}
)
SELECT firm_id, kind, {as_of} - lost_ago AS first_on, {as_of} - lost_ago AS last_on FROM lost WHERE lost_ago >= 0
"""


def create_flag_evidence(con: duckdb.DuckDBPyConnection, tables: Tables, rules: FlagRules) -> None:
    """Create the temp table `flag_evidence` (firm_id, kind, first_on, last_on).

    Needs the known views, `dip_weeks` and `dips`. Only cases whose flag has not expired by then are of use; older ones
    that a later case continues count for its first day.
    """
    values = {
        "as_of": AS_OF,
        "loans": known_versions(tables, "loans", undated=False),
        "late_days": rules.late_days,
        "overdue_share": rules.overdue_share,
        "dispute_weeks": rules.dispute_weeks,
        "least_disputes": rules.dips.least_disputes,
        "dispute_factor": rules.dips.dispute_factor,
        "missed_trades": rules.dips.missed_trades,
        "partner_share": rules.dips.partner_share,
        "least_trade_weeks": rules.least_trade_weeks,
    }
    cases = [sql.format(**values) for sql in (_LATE_PURCHASES, _LATE_LOANS, _DISPUTES, _SALES, _PARTNERS)]
    union = " UNION ALL ".join(f"(SELECT firm_id, kind, first_on, last_on FROM ({case}))" for case in cases)
    con.execute(f"CREATE TEMP TABLE flag_evidence AS {union}")


# Cases that follow each other before the flag of the first has expired are one flag.
FLAGS = f"""
WITH cases AS (
    SELECT *, max(last_on) OVER (
        PARTITION BY firm_id, kind ORDER BY first_on, last_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS known_until
    FROM flag_evidence JOIN flag_kinds USING (kind)
),
numbered AS (
    SELECT *, count(*) FILTER (WHERE known_until IS NULL OR first_on - known_until >= expiry_days) OVER (
        PARTITION BY firm_id, kind ORDER BY first_on, last_on ROWS UNBOUNDED PRECEDING
    ) AS flag
    FROM cases
),
flags AS (
    SELECT firm_id, kind, min(first_on) AS first_on, max(last_on) AS last_on, any_value(half_life_days) AS half_life,
        CAST(any_value(expiry_days) AS INTEGER) AS expiry
    FROM numbered GROUP BY firm_id, kind, flag
)
SELECT firm_id, kind, first_on, last_on, pow(.5, ({AS_OF} - last_on) / half_life) AS strength,
    last_on + expiry AS expires_on
FROM flags WHERE last_on + expiry > {AS_OF}
ORDER BY firm_id, strength DESC, kind
"""
"""SQL of the flags that have not expired, from `flag_evidence` and `flag_kinds` (kind, half_life_days, expiry_days)."""

KIND_ROWS = [
    {"kind": name, "half_life_days": float(kind.half_life_days), "expiry_days": kind.expiry_days}
    for name, kind in FLAG_KINDS.items()
]
"""Rows of `flag_kinds`."""

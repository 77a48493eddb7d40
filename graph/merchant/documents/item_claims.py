"""What a lender can finance of order items: the amount of each item, or the rule by which nothing of it counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.documents.item_matching import MATCHED_ITEMS, match_items
from supplyrisk.graph.merchant.documents.item_states import ItemState, MatchRules
from supplyrisk.graph.merchant.documents.netting import ITEM_KEY
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import AS_OF, create_known_views

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb
    import pyarrow as pa

    from supplyrisk.graph.workspace.tables import Tables

STALE_DAYS = 180
"""Days after its last delivery or invoice from which an item without a due day is too old to be financed."""
CLAIM_RULES = (
    "cancelled",
    "paid_without_invoice",
    "invoiced_without_receipt",
    "over_invoiced",
    "not_delivered",
    "not_invoiced",
    "not_confirmed",
    "paid",
    "no_amount",
    "overdue",
    "stale",
    "pledged",
)
"""Rules by which an item cannot be financed, in the order in which they are examined; not_invoiced and not_confirmed
are of receivables only."""
_ITEM = ", ".join(ITEM_KEY)

# A pledge names an order item, a whole order (no item_id) or an invoice. What is released backs nothing.
_PLEDGED = f"""
SELECT {", ".join(f"i.{key}" for key in ITEM_KEY)}, list_sort(list(DISTINCT loan_id)) AS loans FROM {MATCHED_ITEMS} i
JOIN known_pledges p ON p.firm_id = i.seller_id AND p.released_on IS NULL
    AND NOT list_contains($repays, p.loan_id)
    AND (p.order_id IS NOT NULL OR p.reference IS NOT NULL)
    AND coalesce(p.order_id = i.order_id, true) AND coalesce(p.item_id = i.item_id, true)
    AND (p.reference IS NULL OR list_contains(string_split(i.invoice_numbers, '|'), p.reference))
GROUP BY ALL
"""


def _rule_sql(amount: str, only_receivables: str = "") -> str:
    """Return the SQL of the first rule by which an item cannot be financed; NULL where it can."""
    return f"""
    CASE WHEN state = '{ItemState.CANCELLED}' OR order_cancelled THEN 'cancelled'
        WHEN state IN ('{ItemState.PAID_WITHOUT_INVOICE}', '{ItemState.INVOICED_WITHOUT_RECEIPT}',
            '{ItemState.OVER_INVOICED}') THEN state
        WHEN state = '{ItemState.OPEN}' THEN 'not_delivered'
        {only_receivables}
        WHEN state = '{ItemState.COMPLETE}' OR (payments > 0 AND paid IS NULL) THEN 'paid'
        WHEN {amount} IS NULL THEN 'no_amount'
        WHEN {amount} <= 0 THEN 'paid'
        WHEN due_on <= {AS_OF} THEN 'overdue'
        WHEN due_on IS NULL AND {AS_OF} - greatest(received_on, shipped_on, invoiced_on) >= {STALE_DAYS} THEN 'stale'
        WHEN pledged_to IS NOT NULL THEN 'pledged'
    END
    """


# Goods beyond the order are not financed; `least` passes over an unknown order. What is paid without a stated amount
# leaves nothing: see the rule "paid".
_CLAIMS = f"""
SELECT * EXCLUDE (loans), {_rule_sql("order_claim")} AS order_rule,
    {
    _rule_sql(
        "receivable_claim",
        "WHEN invoices = 0 THEN 'not_invoiced' WHEN receipts = 0 THEN 'not_confirmed'",
    )
} AS receivable_rule
FROM (
    SELECT *, array_to_string(loans, '|') AS pledged_to,
        CASE WHEN delivered IS NOT NULL THEN greatest(least(delivered, ordered) - coalesce(paid, 0), 0) END
            AS order_claim,
        CASE WHEN received IS NOT NULL AND invoiced IS NOT NULL
            THEN greatest(least(received, invoiced, ordered) - coalesce(paid, 0), 0) END AS receivable_claim
    FROM {MATCHED_ITEMS} LEFT JOIN ({_PLEDGED}) USING ({_ITEM})
)
ORDER BY {_ITEM}
"""


def item_claims(
    tables: Tables,
    as_of: date | None,
    rules: MatchRules | None = None,
    *,
    seller: str | None = None,
    repays: Collection[str] = (),
) -> pa.Table:
    """Return what can be financed of every order item.

    Parameters
    ----------
    tables: the workspace's tables, with documents.
    as_of: the day; None for undated data, in which no item is overdue or stale.
    rules: when amounts are the same; None (default): `MatchRules()`.
    seller: only items of this firm; None (default): of all firms.
    repays: loans whose pledges do not count; none by default.

    Returns
    -------
    The columns of `matched_items`, then pledged_to (loans that the item backs, joined by |; null for none),
    order_claim (delivered and unpaid, at most what was ordered: money, null where it is unknown) and receivable_claim
    (received by the buyer, invoiced and unpaid), and for each of them a rule: one of CLAIM_RULES by which nothing of it
    can be financed, or null.
    """
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        return claims_of(con, rules or MatchRules(), seller=seller, repays=repays)


def claims_of(
    con: duckdb.DuckDBPyConnection, rules: MatchRules, *, seller: str | None, repays: Collection[str]
) -> pa.Table:
    """As `item_claims`, on a connection that has the known views."""
    match_items(con, rules, seller=seller)
    con.execute(f"CREATE OR REPLACE TEMP TABLE item_claims AS {_CLAIMS}", {"repays": sorted(repays)})
    return fetch_clean(con, f"SELECT * FROM item_claims ORDER BY {_ITEM}")

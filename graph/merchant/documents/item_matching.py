"""A row per order item: its open documents, their amounts and days, and the state that follows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from supplyrisk.graph.merchant.documents.item_states import STATE_SQL, MatchRules
from supplyrisk.graph.merchant.documents.netting import ITEM_KEY, NETTED, RAW
from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from supplyrisk.graph.workspace.tables import Tables

MATCHED_ITEMS = "matched_items"
"""The temp table that `match_items` creates."""
_ITEM = ", ".join(ITEM_KEY)


def _count(step: str) -> str:
    return f"count(*) FILTER (WHERE is_open AND step = '{step}')"


def _amount(step: str) -> str:
    """Return the SQL of what the open documents of a step are worth; NULL where one of them states no amount."""
    is_step = f"is_open AND step = '{step}'"
    return (
        f"CASE WHEN count(amount) FILTER (WHERE {is_step}) = count(*) FILTER (WHERE {is_step}) "
        f"THEN fsum(amount) FILTER (WHERE {is_step}) END"
    )


def _day(step: str, which: str = "max") -> str:
    return f"""{which}("on") FILTER (WHERE is_open AND step = '{step}')"""


# The last order or change that states an amount says what is ordered now. An item of which only some invoices state a
# due day has that of those that do.
_ITEMS = f"""
SELECT {_ITEM},
    {_count("order")} AS orders, {_count("shipment")} AS shipments, {_count("receipt")} AS receipts,
    {_count("invoice")} AS invoices, {_count("payment")} AS payments,
    arg_max(amount, position) FILTER (WHERE is_open AND step IN ('order', 'change') AND amount IS NOT NULL) AS ordered,
    {_amount("shipment")} AS shipped, {_amount("receipt")} AS received,
    {_amount("invoice")} AS invoiced, {_amount("payment")} AS paid,
    {_day("order", "min")} AS ordered_on, {_day("shipment")} AS shipped_on, {_day("receipt")} AS received_on,
    {_day("invoice")} AS invoiced_on, {_day("payment")} AS paid_on,
    min(due_on) FILTER (WHERE is_open AND step = 'invoice') AS due_on,
    list_sort(list(DISTINCT reference) FILTER (WHERE is_open AND step = 'invoice' AND reference IS NOT NULL))
        AS numbers,
    count(*) FILTER (WHERE is_taken_back) AS taken_back, count(*) FILTER (WHERE is_orphan) AS orphans,
    count(*) FILTER (WHERE cancels AND step = 'order' AND NOT is_orphan) > 0 AND {_count("order")} = 0
        AS order_cancelled
FROM ({{documents}}) GROUP BY {_ITEM}
"""

_EVIDENCE = """concat_ws('+', CASE WHEN shipments > 0 AND receipts = 0 THEN 'shipment' END,
    CASE WHEN receipts > 0 THEN 'receipt' END, CASE WHEN invoices > 0 THEN 'invoice' END,
    CASE WHEN payments > 0 THEN 'payment' END)"""

_STATES = f"""
CREATE OR REPLACE TEMP TABLE {MATCHED_ITEMS} AS
SELECT * EXCLUDE (billable, delivered, numbers), array_to_string(numbers, '|') AS invoice_numbers, delivered,
    {_EVIDENCE} AS evidence, {STATE_SQL} AS state
FROM (
    SELECT *, coalesce(delivered, ordered) AS billable FROM (
        SELECT * REPLACE (CASE WHEN NOT order_cancelled THEN ordered END AS ordered),
            CASE WHEN receipts > 0 THEN received WHEN shipments > 0 THEN shipped END AS delivered
        FROM ({_ITEMS})
    )
)
"""


def match_items(
    con: duckdb.DuckDBPyConnection, rules: MatchRules, *, raw: bool = False, seller: str | None = None
) -> None:
    """Create the temp table MATCHED_ITEMS from the view known_documents; see `matched_items` for its columns.

    raw: ignore all cancellations and amounts. seller: only items of this firm; None (default): of all firms.
    """
    # Comparisons with an unknown tolerance are NULL, as those with unknown amounts are.
    tolerance = None if raw else rules.tolerance
    con.execute(_STATES.format(documents=RAW if raw else NETTED), {"tolerance": tolerance, "seller": seller})


def matched_items(
    tables: Tables, as_of: date | None = None, rules: MatchRules | None = None, *, raw: bool = False
) -> pa.Table:
    """Match the documents of all order items at once.

    Parameters
    ----------
    tables: the workspace's tables, with documents.
    as_of: documents up to the end of this day count; None (default): all of them.
    rules: when amounts are the same; None (default): `MatchRules()`.
    raw: whether states are by which documents occur at all: cancellations and amounts are ignored; False by default.

    Returns
    -------
    A row per item with a document, sorted: seller_id, buyer_id, order_id, item_id (empty for an order's only item), the
    numbers of open orders, shipments, receipts, invoices and payments, the amounts ordered, shipped, received, invoiced
    and paid (money; null where a document states none), their days, due_on (the first due day), taken_back (documents
    that were cancelled), orphans (cancellations with nothing to take back), order_cancelled, invoice_numbers (joined by
    |; null for none), delivered (what was received, else shipped), evidence (which of shipment, receipt, invoice and
    payment are open, joined by +; empty for none) and state (an `ItemState`).
    """
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        match_items(con, rules or MatchRules(), raw=raw)
        return fetch_clean(con, f"SELECT * FROM {MATCHED_ITEMS} ORDER BY {_ITEM}")

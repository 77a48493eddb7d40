"""Sums of supplies in one pass: per (supplier, customer, category), and per pair of firms.

The store's links, the network's edges and the features of both sides are all derived from these two tables. Sums
are compensated (`fsum`), so that the order of rows and threads affects at most the last bits, which rounding drops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.graph.snapshot.as_of_views import AS_OF

if TYPE_CHECKING:
    import duckdb


def money_sum(value: str, where: str = "true") -> str:
    """Return the SQL of a sum of amounts over the rows where a condition holds; 0 where there are none."""
    return f"coalesce(fsum({value}) FILTER (WHERE {where}), 0)"


def count_sum(value: str, where: str = "true") -> str:
    """Return the SQL of an exact sum of integers (days, counts) over the rows where a condition holds."""
    # An integer sum is exact in any order; the cast makes it a double like the other columns.
    return f"CAST(coalesce(sum({value}) FILTER (WHERE {where}), 0) AS DOUBLE)"


# Windows of payments and deliveries start from their own day: by the day of the trade, the slow ones would be left
# out. BETWEEN 30 AND 179 and BETWEEN 30 AND 389 are the periods before the last 30 days, for trends of 180 and 390.
# A row without due_on is no claim even if unpaid: it may have been paid in cash. The columns ending in _n are the
# numbers of rows behind the sums of days, for means.
# Of a trade that is delivered, unpaid, not yet due and not in dispute, a lender can finance what was not returned.
_OPEN = "delivered_on IS NOT NULL AND paid_on IS NULL AND due_ago < 0 AND disputed_on IS NULL"
_NOT_RETURNED = "greatest(amount - coalesce(returned_amount, 0), 0)"
_SUMS = {
    "rows_180": "count(*) FILTER (WHERE days_ago < 180)",
    "first_ago": "max(days_ago)",
    "last_ago": "min(days_ago)",
    "first_on": 'min("on")',
    "last_on": 'max("on")',
    "orders": count_sum("coalesce(orders, 1)"),
    "orders_180": count_sum("coalesce(orders, 1)", "days_ago < 180"),
    "amount": money_sum("amount"),
    "amount_30": money_sum("amount", "days_ago < 30"),
    "amount_60": money_sum("amount", "days_ago < 60"),
    "amount_180": money_sum("amount", "days_ago < 180"),
    "amount_before": money_sum("amount", "days_ago BETWEEN 30 AND 179"),
    "amount_past": money_sum("amount", "days_ago BETWEEN 30 AND 389"),
    "delivered": money_sum("amount", "delivered_on IS NOT NULL"),
    "delivered_180": money_sum("amount", "delivered_ago < 180"),
    "confirmed_180": money_sum("amount", "delivered_ago < 180 AND confirmed_on IS NOT NULL"),
    "delays": count_sum("delivered_on - promised_on", "delivered_ago < 180"),
    "delays_n": "count(delivered_on - promised_on) FILTER (WHERE delivered_ago < 180)",
    "late": count_sum("paid_on - due_on", "paid_ago < 180"),
    "late_n": "count(paid_on - due_on) FILTER (WHERE paid_ago < 180)",
    "to_pay": count_sum('paid_on - "on"', "paid_ago < 180"),
    "to_pay_n": """count(paid_on - "on") FILTER (WHERE paid_ago < 180)""",
    "owed": money_sum("amount", "due_on IS NOT NULL AND paid_on IS NULL"),
    "overdue": money_sum("amount", "due_ago >= 0 AND paid_on IS NULL"),
    "shipped_unpaid": money_sum(_NOT_RETURNED, _OPEN),
    "confirmed_unpaid": money_sum(_NOT_RETURNED, f"{_OPEN} AND confirmed_on IS NOT NULL"),
    "fell_due_180": money_sum("amount", "due_ago BETWEEN 0 AND 179"),
    "unpaid_180": money_sum("amount", "due_ago BETWEEN 0 AND 179 AND paid_on IS NULL"),
    "disputed": money_sum("amount", "disputed_on IS NOT NULL"),
    "disputed_180": money_sum("amount", "days_ago < 180 AND disputed_on IS NOT NULL"),
    "returned_180": money_sum("returned_amount", "days_ago < 180"),
}

# Day columns that each sum depends on. A day column without any value is not recorded by the data set, so a sum that
# depends on it is missing, not 0. "as_of" marks sums that compare days with as_of: missing in undated data.
_NEEDS: dict[str, tuple[str, ...]] = {
    "first_ago": ("as_of",), "last_ago": ("as_of",), "amount_before": ("as_of",), "amount_past": ("as_of",),
    "delivered": ("delivered_on",), "delivered_180": ("delivered_on",), "confirmed_180": ("confirmed_on",),
    "shipped_unpaid": ("delivered_on", "due_on", "paid_on", "as_of"),
    "confirmed_unpaid": ("delivered_on", "confirmed_on", "due_on", "paid_on", "as_of"),
    "owed": ("paid_on",), "overdue": ("paid_on", "as_of"),
    "fell_due_180": ("paid_on", "as_of"), "unpaid_180": ("paid_on", "as_of"),
    "disputed": ("disputed_on",), "disputed_180": ("disputed_on",), "returned_180": ("returned_on",),
}  # fmt: skip

# Aggregates from deals to pairs where that is not a sum.
_EXTREMES = {"first_ago": "max", "last_ago": "min", "first_on": "min", "last_on": "max"}


def create_trade_sums(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp tables `deals` (supplier, customer, category) and `pairs` (supplier, customer).

    Both ends are firms that exist at as_of (temp table `existing`).
    """
    recorded = _recorded_days(con)
    available = {name: recorded.issuperset(_NEEDS.get(name, ())) for name in _SUMS}
    # NULL keeps the column, so that both tables have the same columns in every data set.
    sums = ", ".join(f"{sql if available[name] else 'NULL::DOUBLE'} AS {name}" for name, sql in _SUMS.items())
    con.execute(
        f"CREATE TEMP TABLE deals AS SELECT supplier_id, customer_id, category, {sums} FROM known_supplies "
        "WHERE supplier_id IN (SELECT firm_id FROM existing) "
        "AND customer_id IN (SELECT firm_id FROM existing) "
        "GROUP BY supplier_id, customer_id, category"
    )
    totals = ", ".join(f"{_EXTREMES.get(name, 'fsum')}({name}) AS {name}" for name in _SUMS)
    con.execute(
        f"CREATE TEMP TABLE pairs AS SELECT supplier_id, customer_id, {totals} FROM deals "
        "GROUP BY supplier_id, customer_id"
    )


def _recorded_days(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the day columns with a value in at least one known row; and "as_of" where the data are dated."""
    days = sorted({need for needs in _NEEDS.values() for need in needs} - {"as_of"})
    flags = ", ".join(f"count({day}) > 0" for day in days)
    row = con.execute(f"SELECT {AS_OF} IS NOT NULL, {flags} FROM known_supplies").fetchall()[0]
    return frozenset(name for name, flag in zip(("as_of", *days), row, strict=True) if flag)


TRADES = """
SELECT supplier_id, customer_id, category, amount, orders, first_on, last_on,
    amount_30, amount_60, amount_180, owed AS unpaid, overdue, delivered / nullif(amount, 0) AS shipped_share,
    delays / nullif(delays_n, 0) AS delay_days, disputed / nullif(amount, 0) AS disputed, shipped_unpaid,
    confirmed_unpaid
FROM deals ORDER BY supplier_id, customer_id, category NULLS FIRST
"""
"""SQL of the store's supplies: shipped_share and disputed are shares of the amount; unpaid, overdue, shipped_unpaid
(delivered, not yet due, not in dispute) and confirmed_unpaid (of that, confirmed by the customer) are money."""

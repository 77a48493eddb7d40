"""Which documents are open: every cancellation takes back the latest open document of its step."""

from __future__ import annotations

from supplyrisk.graph.schema.contract import DOCUMENT_STEPS

ITEM_KEY = ("seller_id", "buyer_id", "order_id", "item_id")
"""Columns that tell order items apart."""
_ITEM = ", ".join(ITEM_KEY)
_ORDINARY = ", ".join(f"'{step}'" for step in DOCUMENT_STEPS)

# `position` numbers the documents of an item by time. Of one time, documents come before cancellations: what is
# cancelled was there before. The other columns make the order total: the order of rows in files is of no effect.
NUMBERED = """
SELECT * REPLACE (coalesce(item_id, '') AS item_id),
    replace(kind, 'cancel_', '') AS step,
    starts_with(kind, 'cancel_') AS cancels,
    row_number() OVER (
        PARTITION BY seller_id, buyer_id, order_id, coalesce(item_id, '')
        ORDER BY "on" NULLS FIRST, "time" NULLS FIRST, starts_with(kind, 'cancel_'), kind, reference NULLS FIRST,
            amount NULLS FIRST, due_on NULLS FIRST, row_id NULLS FIRST
    ) AS position
FROM known_documents WHERE $seller IS NULL OR seller_id = $seller
"""
"""SQL of the documents of all sellers, or of $seller, with step, cancels and position."""


def _depths(rows: str, partition: str) -> str:
    """Return the SQL of rows with is_orphan (a cancellation of nothing) and is_taken_back (a document with one).

    A stack per partition: a document pushes, a cancellation pops the last one pushed. `balance` is pushes minus pops,
    `lowest` how far it fell below 0 so far: pops of nothing. So the height of the stack is balance - lowest, and a
    document is popped exactly if the height falls below that after its push at any later time.
    """
    window = f"PARTITION BY {partition} ORDER BY position"
    return f"""
    SELECT * EXCLUDE (sign, balance, lowest, height, lowest_before, least_height),
        cancels AND lowest < lowest_before AS is_orphan,
        NOT cancels AND coalesce(least_height < height, false) AS is_taken_back
    FROM (
        SELECT *, coalesce(lag(lowest) OVER ({window}), 0) AS lowest_before,
            min(height) OVER ({window} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS least_height
        FROM (
            SELECT *, balance - lowest AS height FROM (
                SELECT *, least(0, min(balance) OVER ({window} ROWS UNBOUNDED PRECEDING)) AS lowest FROM (
                    SELECT *, sum(sign) OVER ({window} ROWS UNBOUNDED PRECEDING) AS balance
                    FROM (SELECT *, CASE WHEN cancels THEN -1 ELSE 1 END AS sign FROM {rows})
                )
            )
        )
    )
    """


# First cancellations that name the document that they take back; then all others, the latest open document each.
NETTED = f"""
WITH numbered AS ({NUMBERED}),
steps AS (SELECT * FROM numbered WHERE step IN ({_ORDINARY})),
by_reference AS ({_depths("(SELECT * FROM steps WHERE reference IS NOT NULL)", f"{_ITEM}, step, reference")}),
settled AS (
    SELECT * EXCLUDE (is_orphan, is_taken_back) FROM by_reference
    WHERE is_taken_back OR (cancels AND NOT is_orphan)
),
unsettled AS (
    SELECT * FROM steps WHERE reference IS NULL
    UNION ALL BY NAME
    SELECT * EXCLUDE (is_orphan, is_taken_back) FROM by_reference
    WHERE NOT is_taken_back AND (is_orphan OR NOT cancels)
),
latest AS ({_depths("unsettled", f"{_ITEM}, step")})
SELECT *, NOT cancels AND NOT is_taken_back AS is_open FROM latest
UNION ALL BY NAME
SELECT *, false AS is_orphan, NOT cancels AS is_taken_back, false AS is_open FROM settled
UNION ALL BY NAME
SELECT *, false AS is_orphan, false AS is_taken_back, true AS is_open FROM numbered WHERE step = 'change'
"""
"""SQL of all documents with is_open, is_taken_back and is_orphan (a cancellation before which nothing was open)."""

RAW = f"""
WITH numbered AS ({NUMBERED})
SELECT *, false AS is_orphan, false AS is_taken_back, NOT cancels AS is_open FROM numbered
"""
"""The same as if nothing was ever cancelled: which documents occur at all."""

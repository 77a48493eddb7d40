"""Negative trades as returns: credit notes and red-letter invoices, where the mapping says negative = "return"."""

from __future__ import annotations

from supplyrisk.loaders.check.cell_rules import NUMBER
from supplyrisk.loaders.check.sql_literals import text_literal

# The return is no further order or claim: days of payment and delivery are those of the trade that it corrects.
_EMPTY = ("promised_on", "delivered_on", "due_on", "paid_on", "disputed_on", "confirmed_on")


def booked_returns_sql(rows: str, columns: dict[str, str]) -> str:
    """Return the SQL of rows of supplies (texts after the mapping) with negative trades as returns known on their day.

    A trade of -5 becomes one of 0 in 0 orders with 5 returned on its day. Rows that state a return of their own stay,
    and their negative amounts are faults.

    Parameters
    ----------
    rows: SQL of the rows.
    columns: by contract column, its name in the rows.
    """
    amount = columns["amount"]
    number = f"TRY_CAST({amount} AS DOUBLE)"
    is_number = f"regexp_full_match({amount}, {text_literal(NUMBER)}) AND {number} < 0 AND isfinite({number})"
    has_no_return = f"{columns['returned_on']} IS NULL AND {columns['returned_amount']} IS NULL"
    is_return = f"starts_with({amount}, '-') AND {has_no_return} AND {is_number}"
    replaced = {
        "amount": "'0'",
        "orders": "'0'",
        "returned_on": columns["on"],
        "returned_amount": f"substr({amount}, 2)",
        **dict.fromkeys(_EMPTY, "NULL"),
    }
    cells = ", ".join(
        f"CASE WHEN {is_return} THEN {text} ELSE {columns[name]} END AS {columns[name]}"
        for name, text in replaced.items()
    )
    return f"SELECT * REPLACE ({cells}) FROM ({rows})"

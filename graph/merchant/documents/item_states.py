"""The state of an order item by its documents: which of them are there, and whether their amounts agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplyrisk.graph.schema import defaults


class ItemState(StrEnum):
    """What the open documents of an order item show; the values are stored in tables."""

    CANCELLED = "cancelled"
    OPEN = "open"
    PAID_WITHOUT_INVOICE = "paid_without_invoice"
    INVOICED_WITHOUT_RECEIPT = "invoiced_without_receipt"
    OVER_INVOICED = "over_invoiced"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED_NOT_INVOICED = "received_not_invoiced"
    INVOICED_NOT_CLEARED = "invoiced_not_cleared"
    COMPLETE = "complete"


@dataclass(frozen=True)
class MatchRules:
    """When two amounts are the same.

    Parameters
    ----------
    tolerance: share by which an amount may exceed another one and still be the same; 0.01 by default.

    Raises
    ------
    ValueError: the tolerance is not in [0, 1).
    """

    tolerance: float = defaults.AMOUNT_TOLERANCE

    def __post_init__(self) -> None:
        """Refuse a tolerance under which any amount equals any other."""
        if not 0 <= self.tolerance < 1:
            raise ValueError(f"a tolerance of {self.tolerance}, expected at least 0 and below 1")


def exceeds_sql(larger: str, smaller: str) -> str:
    """Return the SQL of whether an amount exceeds another by more than $tolerance; NULL where one is unknown."""
    return f"({larger} > {smaller} * (1 + $tolerance))"


# The first condition that holds decides. A comparison of unknown amounts is NULL, which is no reason for a state: then
# it is by which documents there are. `delivered` is what the buyer received, or what was shipped where the data have no
# receipt of the item; `billable` is what may be invoiced: what was delivered, else what was ordered.
_DELIVERED = "(receipts + shipments > 0)"
STATE_SQL = f"""
CASE
    WHEN orders = 0 AND NOT {_DELIVERED} AND invoices = 0 AND payments = 0 AND taken_back + orphans > 0
        THEN '{ItemState.CANCELLED}'
    WHEN payments > 0 AND invoices = 0 THEN '{ItemState.PAID_WITHOUT_INVOICE}'
    WHEN invoices > 0 AND NOT {_DELIVERED} THEN '{ItemState.INVOICED_WITHOUT_RECEIPT}'
    WHEN NOT {_DELIVERED} THEN '{ItemState.OPEN}'
    WHEN invoices > 0 AND {exceeds_sql("invoiced", "billable")} THEN '{ItemState.OVER_INVOICED}'
    WHEN {exceeds_sql("ordered", "delivered")} THEN '{ItemState.PARTLY_RECEIVED}'
    WHEN invoices = 0 OR {exceeds_sql("delivered", "invoiced")} THEN '{ItemState.RECEIVED_NOT_INVOICED}'
    WHEN payments = 0 OR {exceeds_sql("invoiced", "paid")} THEN '{ItemState.INVOICED_NOT_CLEARED}'
    ELSE '{ItemState.COMPLETE}'
END
"""
"""SQL of the state over the counts and amounts of an item's open documents."""

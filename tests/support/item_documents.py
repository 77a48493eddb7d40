"""Documents of order items between a seller S and a buyer B, for tests that work a case out by hand."""

from __future__ import annotations

from typing import Any

from handmade import Row, ago

ENDS = {"seller_id": "S", "buyer_id": "B"}


def doc(order: str, kind: str, days: int, amount: float | None = None, **fields: Any) -> Row:
    """A document of an order with one item, so many days before AS_OF."""
    return {**ENDS, "order_id": order, "kind": kind, "on": ago(days), "amount": amount, **fields}


def sold(order: str, amount: float, *, due: int = -30, **fields: Any) -> list[Row]:
    """An order that was received and invoiced, and is due so many days ago (negative: ahead)."""
    return [
        doc(order, "order", 40, amount, **fields),
        doc(order, "receipt", 30, amount, **fields),
        doc(order, "invoice", 20, amount, due_on=ago(due), reference=f"I{order}", **fields),
    ]


def pledge(loan: str, days: int = 10, **fields: Any) -> Row:
    """A pledge of S for a loan."""
    return {"loan_id": loan, "firm_id": "S", "on": ago(days), **fields}

"""A slow match of the documents of order items, a document at a time: the reference of the SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]
STEPS = ("order", "shipment", "receipt", "invoice", "payment")
TOLERANCE = 0.01


def in_order(documents: Iterable[Row]) -> list[Row]:
    """Documents by day and time; of one time, cancellations are last."""

    def place(row: Row) -> tuple[object, ...]:
        texts = (
            row.get("time") or "",
            row["kind"].startswith("cancel_"),
            row["kind"],
            row.get("reference") or "",
        )
        # equal up to here: the amount decides which of them is the last, and unknown amounts are first
        amount = row.get("amount")
        return (row["on"], *texts, amount is not None, amount or 0.0)

    return sorted(documents, key=place)


def open_documents(documents: Iterable[Row]) -> tuple[list[Row], int, int]:
    """The documents of one item that nothing takes back, how many are taken back, and cancellations of nothing."""
    rows = in_order(documents)
    left = [row for row in rows if row["kind"] == "change"]
    taken_back = 0
    orphans = 0
    for step in STEPS:
        events = [row for row in rows if row["kind"] in (step, f"cancel_{step}")]
        # first, cancellations that name what they take back
        for reference in {row.get("reference") for row in events} - {None}:
            stack: list[Row] = []
            for row in [row for row in events if row.get("reference") == reference]:
                if row["kind"] == step:
                    stack.append(row)
                elif stack:
                    last = stack.pop()
                    events = [event for event in events if event is not last and event is not row]
                    taken_back += 1
        # then the others, of which each takes back the last one that is open
        stack = []
        for row in events:
            if row["kind"] == step:
                stack.append(row)
            elif stack:
                stack.pop()
                taken_back += 1
            else:
                orphans += 1
        left += stack
    return left, taken_back, orphans


def total(rows: list[Row]) -> float | None:
    """What documents are worth; None where there are none or one states no amount."""
    amounts = [row.get("amount") for row in rows]
    if not amounts or None in amounts:
        return None
    return float(sum(amounts))


def exceeds(larger: float | None, smaller: float | None) -> bool:
    return larger is not None and smaller is not None and larger > smaller * (1 + TOLERANCE)


def state_of(documents: Iterable[Row], as_of: date | None = None) -> tuple[str, float | None, int, int]:
    """The state of one item, what was delivered, how many documents are taken back, and orphans."""
    known = [row for row in documents if as_of is None or row["on"] <= as_of]
    left, taken_back, orphans = open_documents(known)
    by_step = {step: [row for row in left if row["kind"] == step] for step in STEPS}
    changes = [
        row for row in in_order(left) if row["kind"] in ("order", "change") and row.get("amount") is not None
    ]
    ordered = changes[-1]["amount"] if changes else None
    was_cancelled = any(row["kind"] == "cancel_order" for row in known) and not by_step["order"]
    if was_cancelled and any(row["kind"] == "order" for row in known):
        ordered = None
    goods = by_step["receipt"] or by_step["shipment"]
    delivered = total(goods)
    invoiced = total(by_step["invoice"])
    return _state(by_step, ordered, delivered, invoiced, taken_back + orphans), delivered, taken_back, orphans


def _state(
    by_step: Mapping[str, list[Row]],
    ordered: float | None,
    delivered: float | None,
    invoiced: float | None,
    cancellations: int,
) -> str:
    goods = by_step["receipt"] or by_step["shipment"]
    invoices = by_step["invoice"]
    payments = by_step["payment"]
    reasons = {
        "cancelled": cancellations > 0 and not any(by_step.values()),
        "paid_without_invoice": payments and not invoices,
        "invoiced_without_receipt": invoices and not goods,
        "open": not goods,
        "over_invoiced": invoices and exceeds(invoiced, ordered if delivered is None else delivered),
        "partly_received": exceeds(ordered, delivered),
        "received_not_invoiced": not invoices or exceeds(delivered, invoiced),
        "invoiced_not_cleared": not payments or exceeds(invoiced, total(payments)),
        "complete": True,
    }
    return next(state for state, holds in reasons.items() if holds)

"""Which part of a firm's trade is not recorded, so that its dependence on single counterparties is unknown."""

from __future__ import annotations

from collections.abc import Collection


def missing_trade(recorded: Collection[str], roles: str | None, *, has_activity: bool) -> str | None:
    """Return what is missing: "purchases", "sales" to firms or the whole "trade"; None where nothing is.

    Every firm buys. All sell to firms but merchants with activity, which sell to consumers, and carriers, whose
    customers are shippers.

    Parameters
    ----------
    recorded: sides of its trade, "supplier" and "customer", with at least one firm.
    roles: its roles, joined by |; None where unknown.
    has_activity: whether its activity is recorded.
    """
    if not recorded:
        return "trade"
    if "supplier" not in recorded:
        return "purchases"
    named = (roles or "").split("|")
    if "customer" in recorded or "logistics" in named or ("merchant" in named and has_activity):
        return None
    return "sales"

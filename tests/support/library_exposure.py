"""Firms for the queries on exposure: a chain with a tier too many, ways between two firms, unpaid chains."""

from __future__ import annotations

from handmade import Row, firms, trade


def tables() -> dict[str, list[Row]]:
    parts = (_tree(), _downstream(), _ring(), _unpaid())
    ids = sorted({str(row[end]) for part in parts for row in part for end in ("supplier_id", "customer_id")})
    named = [row | {"name": row["firm_id"].upper()} for row in firms(*ids, "ex-alone", industry="things")]
    return {"firms": named, "supplies": [row for part in parts for row in part]}


def _tree() -> list[Row]:
    """What stands behind ex-shop: the mine at tiers 2 and 3, its own supplier at tier 4; one link of old."""
    return [
        trade("ex-wood", "ex-shop", 10, 40, category="wood"),
        trade("ex-part", "ex-shop", 10, 50, category="parts"),
        trade("ex-part", "ex-shop", 20, 10, category="tools"),
        trade("ex-old", "ex-shop", 400, 900, category="parts"),
        trade("ex-smelt", "ex-part", 10, 75),
        trade("ex-mine", "ex-part", 10, 25),
        trade("ex-mine", "ex-smelt", 10, 100),
        trade("ex-drill", "ex-mine", 10, 30),
        trade("ex-shop", "ex-shop", 10, 500),
    ]


def _downstream() -> list[Row]:
    """Where it spreads from ex-shop: a quarter of ex-retail, all of the rest; ex-end is at tier 4."""
    return [
        trade("ex-shop", "ex-retail", 10, 50),
        trade("ex-rival", "ex-retail", 10, 150),
        trade("ex-retail", "ex-kiosk", 10, 20),
        trade("ex-kiosk", "ex-stall", 10, 10),
        trade("ex-stall", "ex-end", 10, 5),
        trade("ex-shop", "ex-drop", 10, 1),
        trade("ex-rival", "ex-drop", 10, 999),
    ]


def _ring() -> list[Row]:
    """Three in a ring: nobody is its own supplier."""
    return [
        trade("ex-ring1", "ex-ring2", 10, 10),
        trade("ex-ring2", "ex-ring3", 10, 10),
        trade("ex-ring3", "ex-ring1", 10, 10),
    ]


def _unpaid() -> list[Row]:
    """u3 owes u2, which owes u1, all overdue; v3 has paid v2; w3 has until tomorrow; y's ring owes itself."""
    late = {"due_on": trade("", "", 5, 0)["on"]}
    paid = late | {"paid_on": trade("", "", 5, 0)["on"]}
    later = {"due_on": trade("", "", -1, 0)["on"]}
    return [
        trade("ex-u0", "ex-u1", 40, 30, **late),
        trade("ex-u1", "ex-u2", 40, 80, **late),
        trade("ex-u2", "ex-u3", 40, 100, **late),
        trade("ex-v1", "ex-v2", 40, 80, **late),
        trade("ex-v2", "ex-v3", 40, 100, **paid),
        trade("ex-w1", "ex-w2", 40, 80, **late),
        trade("ex-w2", "ex-w3", 40, 100, **later),
        trade("ex-y1", "ex-y2", 40, 60, **late),
        trade("ex-y2", "ex-y1", 40, 60, **late),
    ]


EXAMPLES = {
    "paths-between": {"firm": "ex-mine", "other": "ex-shop"},
    "suppliers-by-tier": {"firm": "ex-shop"},
    "upstream-chain": {"firm": "ex-shop"},
    "blast-radius": {"firm": "ex-shop"},
}
"""What the pages ask for."""

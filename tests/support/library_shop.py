"""Rows around one shop, sh-s, as a lender looks at it; sh-t is a near miss of everything."""

from __future__ import annotations

from handmade import Row, ago, event, firms, shipment, trade

PD = {
    "sh-a": 0.02,
    "sh-b": 0.3,
    "sh-c": 0.04,
    "sh-x": 0.01,
    "sh-k": 0.06,
    "sh-s": 0.05,
    "sh-g": 0.07,
    "sh-w": 0.01,
}
ABOUT = (
    "profile",
    "partners",
    "second-tier",
    "guarantees",
    "guarantee-ring",
    "carriers",
    "loans",
    "same-region",
)
OWED = [
    # delivered, due, paid, confirmed, disputed days ago (None: not; negative: ahead), returned value
    ("sh-v", "sh-w", 20, 100.0, 15, -40, None, 10, None, None),
    ("sh-v", "sh-w", 25, 50.0, 20, -35, None, None, None, 10.0),
    ("sh-v", "sh-z", 20, 70.0, 15, -40, None, 10, None, None),
    # Near misses: paid, past due on this day, not delivered, in dispute, without a due day, to itself.
    ("sh-v", "sh-w", 30, 1.0, 25, -30, 5, 20, None, None),
    ("sh-v", "sh-w", 60, 2.0, 55, 0, None, 50, None, None),
    ("sh-v", "sh-w", 5, 4.0, None, -55, None, None, None, None),
    ("sh-v", "sh-z", 20, 8.0, 15, -40, None, 10, 3, None),
    ("sh-v", "sh-z", 20, 16.0, 15, None, None, 10, None, None),
    ("sh-v", "sh-v", 20, 32.0, 15, -40, None, 10, None, None),
]
"""Supplier, customer, days ago, amount; then see the comment."""
EXAMPLES = {name: {"firm": "sh-s"} for name in ABOUT} | {
    "receivables": {"firm": "sh-v"},
    "named": {"firm": "Twin"},
    "goods": {"firm": "sh-s"},
    "business": {"firm": "sh-m"},
    "closed-loop": {"firm": "sh-r"},
    "book": {"lender": "sh-l1"},
    "shared-with-book": {"firm": "sh-s", "lender": "sh-l1"},
}


def trades() -> list[Row]:
    """Supplier, customer, days ago, amount, category."""
    rows = [
        # s buys 60 + 20 of a in two categories, 20 of b; long ago it bought of t. It sells to c, a little to itself.
        ("sh-a", "sh-s", 10, 60.0, "wood"), ("sh-a", "sh-s", 20, 20.0, "steel"), ("sh-b", "sh-s", 30, 20.0, None),
        ("sh-t", "sh-s", 300, 500.0, None), ("sh-s", "sh-c", 15, 90.0, None), ("sh-s", "sh-s", 15, 5.0, None),
        # Behind a and b stands x alone; c sells to y. a delivers to p and q as well, which owe the same lender.
        ("sh-x", "sh-a", 40, 30.0, None), ("sh-x", "sh-b", 40, 30.0, None), ("sh-c", "sh-y", 50, 10.0, None),
        ("sh-a", "sh-p", 60, 7.0, None), ("sh-a", "sh-q", 60, 3.0, None), ("sh-b", "sh-q", 60, 2.0, None),
        # m delivers 90 in 30 days, 3 a day, and 270 in the 270 days from its first delivery to then, 1 a day.
        ("sh-m", "sh-n", 10, 90.0, None), ("sh-m", "sh-n", 299, 270.0, None),
        # r buys inputs of i, which o owns, and of j; it sells to u, which o owns too, and to e: o has too little of e.
        ("sh-i", "sh-r", 90, 30.0, "seed"), ("sh-j", "sh-r", 90, 10.0, "seed"), ("sh-r", "sh-u", 300, 60.0, "rice"),
        ("sh-r", "sh-e", 20, 20.0, "rice"), ("sh-r", "sh-r", 20, 7.0, "rice"),
        # j sells to r and buys of it: a loop of one firm.
        ("sh-r", "sh-j", 25, 20.0, "rice"),
    ]  # fmt: skip
    return [trade(*row[:4], category=row[4]) for row in rows] + [_owed(*row) for row in OWED]


def _owed(supplier: str, customer: str, days: int, amount: float, *recorded: float | None) -> Row:
    *days_ago, returned = recorded
    names = ("delivered_on", "due_on", "paid_on", "confirmed_on", "disputed_on")
    stated = zip(names, days_ago, strict=True)
    on = {name: None if day is None else ago(int(day)) for name, day in stated}
    returned_on = None if returned is None else ago(2)
    return trade(supplier, customer, days, amount, **on, returned_amount=returned, returned_on=returned_on)


def loans() -> list[Row]:
    """Line, lender, borrower, limit, drawn."""
    rows = [
        ("sh-1", "sh-l1", "sh-s", 100.0, 40.0),
        ("sh-2", "sh-l2", "sh-s", 50.0, 0.0),
        ("sh-3", "sh-l1", "sh-p", 80.0, 80.0),
        ("sh-4", "sh-l1", "sh-q", 30.0, 10.0),
        ("sh-5", "sh-l1", "sh-y", 25.0, 25.0),
        ("sh-6", "sh-l1", "sh-t", 0.0, 0.0),
    ]
    return [
        {"loan_id": loan, "lender_id": lender, "firm_id": firm, "on": ago(5), "product": "credit", "limit": line,
         "drawn": drawn, "lgd": 0.4 if loan == "sh-1" else None, "rate": 0.06 if loan == "sh-2" else None}
        for loan, lender, firm, line, drawn in rows
    ]  # fmt: skip


def guarantees() -> list[Row]:
    """From, to, amount, days ago: a circle s > g > h > s, and t > s > t only in the past."""
    rows = [("sh-s", "sh-g", 9.0), ("sh-g", "sh-h", 8.0), ("sh-h", "sh-s", None), ("sh-t", "sh-a", 4.0)]
    found = [
        {"from_id": a, "to_id": b, "kind": "guarantees", "amount": m, "since": ago(400)} for a, b, m in rows
    ]
    return [*found, found[0] | {"to_id": "sh-t", "until": ago(30)}]


def owned() -> list[Row]:
    """Owner, firm, share."""
    rows = [("sh-o", "sh-i", 1.0), ("sh-o", "sh-u", 0.6), ("sh-o", "sh-e", 0.4)]
    return [
        {"from_id": a, "to_id": b, "kind": "owns", "weight": share, "since": ago(400)} for a, b, share in rows
    ]


def _firm(letter: str) -> Row:
    names = {"p": "Twin", "q": "twin", "s": "Shop"}
    (row,) = firms(
        f"sh-{letter}",
        name=names.get(letter, f"SH-{letter.upper()}"),
        industry="goods",
        region="North" if letter in "say" else "South",
        joined_on=ago(900),
    )
    return row


def tables() -> dict[str, list[Row]]:
    return {
        "firms": [_firm(c) for c in "abceghijkmnopqrstuvwxyz"],
        "supplies": trades(),
        "loans": loans(),
        "relations": [*guarantees(), *owned()],
        "shipments": [
            shipment("sh-k", "sh-s", None, 12, 30.0),
            shipment("sh-t", "sh-s", None, 14, 10.0),
            shipment("sh-t", "sh-a", None, 14, 10.0),
        ],
        "events": [event("sh-h", 30, "default")],
    }

"""Rows that plant what the topic `trade` looks for, and beside each pattern a near miss."""

from __future__ import annotations

from typing import Any

from handmade import Row, ago, event, firms, shipment, trade


def _groups(**sizes: int) -> tuple[str, ...]:
    return tuple(f"tr-{letter}{i}" for letter, n in sizes.items() for i in range(1, n + 1))


NORTH = _groups(a=3, b=2, c=4, d=5, e=3, f=3, g=3)
SOUTH = ("tr-b3", *_groups(h=2, i=2, j=2, m=6, n=5, o=3, q=5, r=3, s=3, t=2))
CARRIER = "tr-k"


def sale(supplier: str, customer: str, days: int, amount: float, **fields: Any) -> Row:
    """A trade that went well: delivered on the day, due 30 days later, paid on the day."""
    done = {"delivered_on": ago(days), "due_on": ago(days - 30), "paid_on": ago(days), "category": "parts"}
    return trade(supplier, customer, days, amount, **(done | fields))


def _rings() -> list[Row]:
    return [
        # A ring of three; of its first link the larger category counts.
        sale("tr-a1", "tr-a2", 100, 100), sale("tr-a1", "tr-a2", 100, 10, category="wood"),
        sale("tr-a2", "tr-a3", 100, 80), sale("tr-a3", "tr-a1", 100, 90),
        # One that leaves the region.
        sale("tr-b1", "tr-b2", 100, 60), sale("tr-b2", "tr-b3", 100, 60), sale("tr-b3", "tr-b1", 100, 60),
        # A ring of four, and one of five with a short cut that makes it one of four as well.
        sale("tr-c1", "tr-c3", 100, 40), sale("tr-c3", "tr-c2", 100, 41), sale("tr-c2", "tr-c4", 100, 42),
        sale("tr-c4", "tr-c1", 100, 43),
        sale("tr-d1", "tr-d2", 100, 30), sale("tr-d2", "tr-d3", 100, 31), sale("tr-d3", "tr-d4", 100, 32),
        sale("tr-d4", "tr-d5", 100, 33), sale("tr-d5", "tr-d1", 100, 34), sale("tr-d1", "tr-d3", 100, 5),
        # Near misses: two ways to one customer, a ring of which one link is older than 180 days, a firm that trades
        # with two others both ways (its walk of four links is no ring), a trade with oneself.
        sale("tr-e1", "tr-e2", 100, 70), sale("tr-e2", "tr-e3", 100, 70), sale("tr-e1", "tr-e3", 100, 70),
        sale("tr-f1", "tr-f2", 100, 70), sale("tr-f2", "tr-f3", 100, 70), sale("tr-f3", "tr-f1", 200, 70),
        sale("tr-g1", "tr-g2", 100, 50), sale("tr-g2", "tr-g1", 100, 45),
        sale("tr-g2", "tr-g1", 90, 3.5, category="wood"),
        sale("tr-g1", "tr-g3", 100, 50), sale("tr-g3", "tr-g1", 100, 5), sale("tr-g1", "tr-g1", 100, 5),
    ]  # fmt: skip


def _unmoved() -> list[Row]:
    return [
        # Nobody carried for either (h); carried for one end (i); carried too long ago (j); the carrier's own bill.
        sale("tr-h1", "tr-h2", 100, 500, orders=3), sale("tr-h1", "tr-h2", 90, 100, delivered_on=None),
        sale("tr-i1", "tr-i2", 100, 500), sale("tr-j1", "tr-j2", 100, 400),
        sale(CARRIER, "tr-h1", 100, 300, category="carriage"),
    ]  # fmt: skip


def _mismatched() -> list[Row]:
    late, early = ago(40), ago(-10)
    return [
        # Paid but not delivered; delivered but not paid; neither.
        sale("tr-m1", "tr-m2", 100, 1000, delivered_on=None),
        sale("tr-m1", "tr-m3", 100, 900, paid_on=None, due_on=late),
        sale("tr-m1", "tr-m4", 100, 800, paid_on=None, due_on=late, delivered_on=None),
        # Near misses: delivered and not yet due; of two orders the smaller one is neither.
        sale("tr-m1", "tr-m5", 100, 700, paid_on=None, due_on=early),
        sale("tr-m1", "tr-m6", 100, 600),
        sale("tr-m1", "tr-m6", 100, 400, paid_on=None, due_on=late, delivered_on=None),
    ]  # fmt: skip


def _bursts() -> list[Row]:
    return [
        # Three new buyers with most of the sales; two new ones; three with too little of the sales.
        sale("tr-n1", "tr-n2", 150, 100), sale("tr-n1", "tr-n3", 20, 80), sale("tr-n1", "tr-n4", 20, 90),
        sale("tr-n1", "tr-n5", 25, 70), sale("tr-n1", "tr-n2", 10, 1, category="wood"),
        sale("tr-o1", "tr-o2", 20, 80), sale("tr-o1", "tr-o3", 20, 80),
        sale("tr-q1", "tr-q2", 150, 900), sale("tr-q1", "tr-q3", 20, 80), sale("tr-q1", "tr-q4", 20, 90),
        sale("tr-q1", "tr-q5", 29, 70),
    ]  # fmt: skip


def _related() -> list[Row]:
    return [
        # One person owns the seller and manages the buyer, and owns both; a firm owns two others.
        sale("tr-r1", "tr-r2", 100, 200), sale("tr-r1", "tr-r3", 100, 600), sale("tr-s1", "tr-s2", 100, 50),
        # Near misses: two owners; a parent that sells to its child.
        sale("tr-t1", "tr-t2", 100, 70), sale("tr-s3", "tr-s1", 100, 70),
    ]  # fmt: skip


def relations() -> list[Row]:
    links = [
        ("tr-P1", "tr-r1", "owns"), ("tr-P1", "tr-r2", "manages"), ("tr-P2", "tr-r1", "owns"),
        ("tr-P2", "tr-r2", "owns"), ("tr-P1", "tr-r2", "owns"), ("tr-s3", "tr-s1", "owns"),
        ("tr-s3", "tr-s2", "owns"), ("tr-P3", "tr-t1", "owns"), ("tr-P4", "tr-t2", "owns"),
    ]  # fmt: skip
    return [{"from_id": a, "to_id": b, "kind": kind, "since": ago(500)} for a, b, kind in links]


def supplies() -> list[Row]:
    return [*_rings(), *_unmoved(), *_mismatched(), *_bursts(), *_related()]


def shipments() -> list[Row]:
    """The carrier carries for all but the h firms, for one end of i, and for j only long ago."""
    left_out = ("tr-h1", "tr-h2", "tr-i2", "tr-j1", "tr-j2")
    served = [f for f in (*NORTH, *SOUTH) if f not in left_out]
    return [shipment(CARRIER, f, None, 50, 10) for f in served] + [
        shipment(CARRIER, "tr-j1", "tr-j2", 250, 10)
    ]


def tables() -> dict[str, list[Row]]:
    return {
        "firms": [
            *firms(*NORTH, region="North", joined_on=ago(900)),
            *firms(*SOUTH, region="South", joined_on=ago(900)),
            *firms(CARRIER, region="South", joined_on=ago(900), roles="logistics"),
        ],
        "persons": [{"person_id": f"tr-P{i}"} for i in (1, 2, 3, 4)],
        "supplies": supplies(),
        "shipments": shipments(),
        "relations": relations(),
        "events": [event("tr-t2", 900, "lawsuit")],
    }

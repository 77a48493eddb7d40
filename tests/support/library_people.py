"""Rows that plant what the topic `people` looks for, and beside each pattern a near miss."""

from __future__ import annotations

from handmade import Row, ago, event, firms

FIRMS = tuple(
    f"pe-{letter}{i}"
    for letter, n in {"a": 6, "c": 3, "d": 5, "e": 4, "f": 4, "g": 5, "h": 5, "i": 4}.items()
    for i in range(1, n + 1)
)
CAPITAL = {"pe-g1": (100.0, 80.0), "pe-g2": (100.0, None), "pe-g3": (100.0, 100.0)}
"""Registered and paid-in capital; pe-g4 has none that is known."""
FAILED = ("pe-d2", "pe-i1", "pe-f2")
PD = {"pe-i2": 0.4, "pe-i3": 0.05, "pe-i4": 0.1}


def owned() -> list[tuple[str, str, float | None]]:
    return [
        # A person owns a1 through a2 and a3, and a2 by itself as well; a4 holds a part of a3; one share is not known.
        ("pe-P1", "pe-a3", 0.5), ("pe-a3", "pe-a2", 0.8), ("pe-a2", "pe-a1", 0.6), ("pe-P1", "pe-a2", 0.2),
        ("pe-a4", "pe-a3", 0.5), ("pe-P2", "pe-a4", None),
        # c1 is five steps above a1, out of reach; a6 stands alone with its owner.
        ("pe-a5", "pe-a4", 0.3), ("pe-c1", "pe-a5", 1.0), ("pe-P3", "pe-a6", 1.0),
        # Two that own each other.
        ("pe-c2", "pe-c3", 0.1), ("pe-c3", "pe-c2", 0.1),
        # With those that they manage, five firms of one person (h1 twice over) and four of another.
        *[("pe-P5", f"pe-h{i}", 1.0) for i in (1, 2, 3, 4)], *[("pe-P6", f"pe-e{i}", 1.0) for i in (1, 2, 3)],
    ]  # fmt: skip


def managed() -> list[tuple[str, str]]:
    return [
        ("pe-P5", "pe-h1"),
        ("pe-P5", "pe-i1"),
        ("pe-P6", "pe-e4"),
        ("pe-P1", "pe-h5"),
        ("pe-P7", "pe-h5"),
    ]


def guaranteed() -> list[tuple[str, str, float | None]]:
    return [
        # Circles of two, of three with one in default, and of five.
        ("pe-c1", "pe-c2", 70.0), ("pe-c2", "pe-c1", None),
        ("pe-d1", "pe-d3", 50.0), ("pe-d3", "pe-d2", 40.0), ("pe-d2", "pe-d1", 60.0),
        ("pe-g1", "pe-g3", 30.0), ("pe-g3", "pe-g2", 99.0), ("pe-g2", "pe-g4", 100.0), ("pe-g4", "pe-g5", 500.0),
        ("pe-g5", "pe-g1", 10.0),
        # Near misses: a chain, a firm with two circles (its walk of four links is no circle), a circle of six.
        ("pe-e1", "pe-e2", 20.0), ("pe-e2", "pe-e3", 20.0), ("pe-f1", "pe-f2", 5.0), ("pe-f2", "pe-f1", 5.0),
        ("pe-f1", "pe-f3", None), ("pe-f3", "pe-f1", None),
        ("pe-h1", "pe-h2", 1.0), ("pe-h2", "pe-h3", 1.0), ("pe-h3", "pe-h4", 1.0), ("pe-h4", "pe-h5", 1.0),
        ("pe-h5", "pe-e4", 1.0), ("pe-e4", "pe-h1", 1.0),
        # Means of 80 against 30 + 51, of 100 against 100, of 100 against 99.
        ("pe-g1", "pe-a1", 51.0),
        # Failing: in default, of pd .4, at .1 exactly; not failing: .05. A person stands for one, amount not known.
        ("pe-a2", "pe-i1", 200.0), ("pe-a2", "pe-i2", 100.0), ("pe-a2", "pe-i3", 900.0), ("pe-a3", "pe-i4", 100.0),
        ("pe-P3", "pe-i1", None), ("pe-P4", "pe-i3", 100.0),
    ]  # fmt: skip


def relations() -> list[Row]:
    rows: list[Row] = [{"from_id": a, "to_id": b, "kind": "owns", "weight": w} for a, b, w in owned()]
    rows += [{"from_id": a, "to_id": b, "kind": "manages"} for a, b in managed()]
    rows += [{"from_id": a, "to_id": b, "kind": "guarantees", "amount": m} for a, b, m in guaranteed()]
    return [row | {"since": ago(500)} for row in rows]


def tables() -> dict[str, list[Row]]:
    capital: dict[str, tuple[float | None, float | None]] = dict(CAPITAL)
    rows: list[Row] = []
    for firm in FIRMS:
        registered, paid_in = capital.get(firm, (None, None))
        row = {"registered_capital": registered, "paid_in_capital": paid_in, "joined_on": ago(900)}
        rows += firms(firm, region="West" if firm[3] in "dg" else "East", name=firm.upper(), **row)
    return {
        "firms": rows,
        "persons": [{"person_id": f"pe-P{i}"} for i in range(1, 8)],
        "relations": relations(),
        "events": [event(firm, 100, "default") for firm in FAILED],
    }

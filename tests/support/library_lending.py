"""Rows that plant what the topic `lending` looks for, and beside each pattern a near miss."""

from __future__ import annotations

from handmade import Row, ago, event, firms, trade

BORROWERS = ("le-a1", "le-a2", "le-a3", "le-a4", "le-a5", "le-b1", "le-b2", "le-c1")
OTHERS = ("le-s1", "le-s2", "le-s3", "le-d1", "le-d2", "le-d3", "le-t1", "le-t2", "le-t3")
FAILED = {"le-a5": 10, "le-s2": 40}
"""Days since the default."""
PD = {"le-a1": 0.1, "le-a2": 0.09, "le-a3": 0.3, "le-a4": 0.25, "le-b1": 0.5, "le-b2": 0.2, "le-c1": 0.02}
BANK, OTHER, THIRD = "le-bank", "le-other", "le-third"


def loans() -> list[Row]:
    """Line, lender, borrower, drawn, due in days, LGD, trade financed, opened days ago."""
    lines = [
        ("le-1", BANK, "le-a1", 100.0, 20, 0.5, None, 300), ("le-2", BANK, "le-a1", 50.0, 90, None, "le-T1", 50),
        ("le-3", BANK, "le-a2", 300.0, 20, 0.4, "le-T2", 40), ("le-4", BANK, "le-a3", 200.0, 30, 0.4, None, 300),
        ("le-5", BANK, "le-a4", 0.0, 30, 0.4, "le-T2", 30), ("le-6", BANK, "le-a5", 80.0, -5, 0.5, None, 300),
        ("le-7", OTHER, "le-b1", 75.0, 31, 0.4, "le-T1", 45), ("le-8", OTHER, "le-b2", 25.0, None, 0.4, None, 300),
        ("le-9", OTHER, "le-a1", 20.0, 25, 1.0, None, 300), ("le-10", THIRD, "le-c1", 60.0, 10, 0.1, "le-T3", 20),
        # Twice the same lender, the same trade; le-T4 is financed once, and le-T2's second line is paid back.
        ("le-11", THIRD, "le-c1", 40.0, 10, 0.1, "le-T3", 10), ("le-12", THIRD, "le-b2", 40.0, 400, 0.1, "le-T4", 10),
    ]  # fmt: skip
    names = ("loan_id", "lender_id", "firm_id", "drawn", "due", "lgd", "financed_row_id", "opened")
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    for row in rows:
        due = row.pop("due")
        row |= {
            "on": ago(3),
            "due_on": None if due is None else ago(-due),
            "opened_on": ago(row.pop("opened")),
        }
    # An earlier state of a line: only the last one counts.
    return [*rows, rows[0] | {"on": ago(200), "drawn": 9999.0}]


def supplies() -> list[Row]:
    return [trade(*row) for row in (
        # s1 delivers half of what a1 buys and all that a2 does; s2 the other half of a1; to a3 only s3 delivers, and
        # long ago s1. a4 has nothing drawn; b1 borrows from somebody else.
        ("le-s1", "le-a1", 100, 40), ("le-s2", "le-a1", 100, 40), ("le-s1", "le-a2", 100, 70),
        ("le-s3", "le-a3", 100, 30), ("le-s1", "le-a3", 300, 30), ("le-s3", "le-a4", 100, 30),
        ("le-s2", "le-b1", 100, 30), ("le-a2", "le-a2", 100, 500),
        # d1 stands behind s1 (nine tenths, d3 the rest) and s2; d2 behind d1 (four fifths), and s1 once more.
        ("le-d1", "le-s1", 90, 45), ("le-d3", "le-s1", 90, 5), ("le-d1", "le-s2", 90, 60),
        ("le-d2", "le-d1", 90, 80), ("le-s1", "le-d1", 90, 20),
        # a1 sells half to t1 and half to t2, a2 seven tenths to t1, a3 a quarter to t1 and the rest to t3; a4 sells all
        # to t1, with nothing drawn; s1 is no borrower.
        ("le-a1", "le-t1", 100, 50), ("le-a1", "le-t2", 100, 50), ("le-a2", "le-t1", 100, 70),
        ("le-a2", "le-t3", 100, 30), ("le-a3", "le-t1", 100, 25), ("le-a3", "le-t3", 100, 75),
        ("le-a4", "le-t1", 100, 90), ("le-a5", "le-t2", 300, 90),
    )]  # fmt: skip


def guaranteed() -> list[tuple[str, str, float | None]]:
    return [
        # Both borrow from the bank: one way, and both ways of which one amount is not known.
        ("le-a1", "le-a2", 150.0), ("le-a3", "le-a1", None), ("le-a1", "le-a3", 60.0),
        # Near misses: a guarantor with nothing drawn, one with nothing drawn for, one of another bank, no borrower.
        ("le-a4", "le-a2", 10.0), ("le-a2", "le-a4", 10.0), ("le-b2", "le-a2", 10.0), ("le-t1", "le-a2", 10.0),
    ]  # fmt: skip


def owned() -> list[tuple[str, str, float | None]]:
    return [
        # One owner of a1 and b1 (its share is not known), and of too little of a2; a1 owns a3.
        ("le-P1", "le-a1", 0.6), ("le-P1", "le-b1", None), ("le-P1", "le-a2", 0.4), ("le-a1", "le-a3", 1.0),
        # Near misses: another group, and an owner whose firm borrows nothing.
        ("le-b2", "le-c1", 0.5), ("le-P2", "le-t1", 1.0),
    ]  # fmt: skip


def tables() -> dict[str, list[Row]]:
    links = [{"from_id": a, "to_id": b, "amount": m, "kind": "guarantees"} for a, b, m in guaranteed()]
    links += [{"from_id": a, "to_id": b, "weight": w, "kind": "owns"} for a, b, w in owned()]
    return {
        "persons": [{"person_id": "le-P1"}, {"person_id": "le-P2"}],
        "firms": firms(*BORROWERS, *OTHERS, industry="trade", joined_on=ago(900)),
        "supplies": supplies(),
        "relations": [link | {"since": ago(300)} for link in links],
        "loans": loans(),
        "events": [event(firm, days, "default") for firm, days in FAILED.items()],
    }

"""Rows that plant what the topic `logistics` looks for, and beside each pattern a near miss."""

from __future__ import annotations

from handmade import Row, ago, event, firms, shipment

CARRIERS = ("lo-k1", "lo-k2", "lo-k3", "lo-k4", "lo-k5")
EAST = ("lo-a1", "lo-a2", "lo-a3", "lo-b1", "lo-b2", "lo-b3", "lo-b4")
WEST = ("lo-c1", "lo-c2", "lo-c3", "lo-d1", "lo-d2")
NOWHERE = ("lo-e1",)
PD = {"lo-k1": 0.2, "lo-k2": 0.05, "lo-k4": 0.04}
FAILED = ("lo-k3",)


def shipments() -> list[Row]:
    """Carrier, shipper, receiver, days ago, units, days late (None: not delivered yet)."""
    rows = [
        # Three firms have k1 alone, a fourth has it for half, a fifth for a quarter; it is late for all but one.
        ("lo-k1", "lo-a1", None, 20, 100.0, 3), ("lo-k1", "lo-a2", None, 20, 60.0, 5),
        ("lo-k1", "lo-a2", None, 40, 20.0, 1), ("lo-k1", None, "lo-a3", 20, 5.0, 2),
        ("lo-k1", "lo-b1", None, 30, 50.0, 0), ("lo-k2", "lo-b1", None, 30, 50.0, 1),
        ("lo-k1", "lo-b2", None, 30, 25.0, 4), ("lo-k2", "lo-b2", None, 30, 75.0, None),
        # Two late firms in the west are one too few; a third is late on the average by less than two days.
        ("lo-k2", "lo-c1", None, 10, 10.0, 6), ("lo-k2", "lo-c2", None, 10, 10.0, 2),
        ("lo-k2", "lo-c3", None, 10, 10.0, 3), ("lo-k2", "lo-c3", None, 15, 10.0, 0),
        # One shipment from one firm to another counts for both. Long ago d2 had another carrier as well.
        ("lo-k3", "lo-d1", "lo-d2", 60, 30.0, 9), ("lo-k4", "lo-d2", None, 250, 30.0, 9),
        # A carrier without a known pd serves the firm without a region; b3 has had none for half a year, b4 never.
        ("lo-k5", "lo-e1", None, 60, 40.0, -1), ("lo-k5", "lo-b3", None, 200, 40.0, 9),
        ("lo-k4", "lo-c1", None, 60, 2.5, 2),
    ]  # fmt: skip
    return [
        shipment(*row[:5]) | {"delivered_on": None if late is None else ago(row[3] - late)}
        for *row, late in rows
    ]


def tables() -> dict[str, list[Row]]:
    return {
        "firms": [
            *firms(*CARRIERS, roles="logistics", region="East", name="Carrier", joined_on=ago(900)),
            *firms(*EAST, region="East", joined_on=ago(900)),
            *firms(*WEST, region="West", joined_on=ago(900)),
            *firms(*NOWHERE, joined_on=ago(900)),
        ],
        "shipments": shipments(),
        "events": [event(firm, 30, "bankruptcy") for firm in FAILED],
    }

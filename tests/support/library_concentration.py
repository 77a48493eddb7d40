"""Firms for the queries on concentration: only suppliers, narrow markets, a supplier behind many, a bottleneck."""

from __future__ import annotations

from handmade import Row, ago, firms, shipment, trade

REGIONS = {"co-near1": "Delta", "co-near2": "Delta", "co-far": "Hills", "co-nowhere": None}
MAKERS = {"co-rare": "producer", "co-made": "producer", "co-abroad": "exporter", "co-mono": "reseller"}


def tables() -> dict[str, list[Row]]:
    supplies = [*_sources(), *_markets(), *_behind(), *_regions(), *_bottleneck()]
    ids = {str(row[end]) for row in supplies for end in ("supplier_id", "customer_id")}
    ids |= {"co-carrier1", "co-carrier2"}
    rows = [
        row | {"region": REGIONS.get(row["firm_id"], "Plain"), "shop_type": MAKERS.get(row["firm_id"])}
        for row in firms(*sorted(ids), industry="things")
    ]
    return {"firms": rows, "supplies": supplies, "shipments": _shipments(), "loans": _loans()}


def _sources() -> list[Row]:
    """One supplier of bolts for one, two for the other; categories that one firm alone sells, and one that two do."""
    return [
        trade("co-bolt1", "co-one", 10, 70, category="bolts"),
        trade("co-bolt1", "co-two", 10, 60, category="bolts"),
        trade("co-bolt2", "co-two", 10, 40, category="bolts"),
        trade("co-rare", "co-one", 10, 30, category="rare earth"),
        trade("co-rare", "co-two", 10, 20, category="rare earth"),
        trade("co-mono", "co-one", 10, 15, category="paper"),
        trade("co-up", "co-mono", 10, 5, category="pulp"),
        trade("co-made", "co-two", 10, 12, category="glass"),
        trade("co-up", "co-made", 10, 8, category="sand"),
        trade("co-abroad", "co-two", 400, 99, category="lace"),
    ]


def _markets() -> list[Row]:
    """A market of four equal sellers, and one of nine parts in ten; customers with the same."""
    even = [trade(f"co-even{i}", "co-spread", 10, 25, category="salt") for i in range(4)]
    odd = [("co-big", 90.0), ("co-small", 10.0)]
    return even + [trade(s, "co-narrow", 10, amount, category="pepper") for s, amount in odd]


def _behind() -> list[Row]:
    """Three borrowers with a supplier each, all of which buy from co-deep, which buys from co-deeper.

    co-open sells to all three directly: nothing about it is hidden. co-half stands behind one of them only.
    """
    links = []
    for i in (1, 2, 3):
        links += [(f"co-s{i}", f"co-b{i}"), ("co-deep", f"co-s{i}"), ("co-open", f"co-b{i}")]
    links += [("co-deeper", "co-deep"), ("co-half", "co-s1"), ("co-open", "co-s1"), ("co-open", "co-s2")]
    return [trade(s, c, 10, 10, category=f"from {s}") for s, c in links]


def _loans() -> list[Row]:
    lines = [("co-bank", f"co-b{i}") for i in (1, 2, 3)] + [("co-other", "co-b1")]
    return [
        {"loan_id": f"co-{n}", "lender_id": lender, "firm_id": firm, "on": ago(9), "drawn": 100.0 * n}
        for n, (lender, firm) in enumerate(lines, 1)
    ]


def _regions() -> list[Row]:
    """All that co-local buys comes from Delta, nine tenths of what co-mostly buys; co-wide has two regions."""
    return [
        trade("co-near1", "co-local", 10, 60),
        trade("co-near2", "co-local", 10, 40),
        trade("co-near1", "co-mostly", 10, 90),
        trade("co-far", "co-mostly", 10, 10),
        trade("co-near1", "co-wide", 10, 50),
        trade("co-far", "co-wide", 10, 50),
        trade("co-nowhere", "co-blind", 10, 50),
        trade("co-near1", "co-blind", 10, 50),
    ]


def _bottleneck() -> list[Row]:
    """co-raw1 and co-raw2 reach co-plant by co-neck alone, co-raw3 by two ways."""
    links = [
        ("co-raw1", "co-mill"), ("co-raw2", "co-neck"), ("co-mill", "co-neck"), ("co-neck", "co-plant"),
        ("co-raw3", "co-way1"), ("co-raw3", "co-way2"), ("co-way1", "co-plant"), ("co-way2", "co-plant"),
    ]  # fmt: skip
    return [trade(s, c, 10, 10, category="ore") for s, c in links]


def _shipments() -> list[Row]:
    """co-carrier1 carries all for co-one, nine tenths for co-two, half for co-plant."""
    return [
        shipment("co-carrier1", "co-one", None, 10, 50),
        shipment("co-carrier1", "co-two", None, 10, 90),
        shipment("co-carrier2", "co-two", None, 10, 10),
        shipment("co-carrier1", None, "co-plant", 10, 10),
        shipment("co-carrier2", None, "co-plant", 10, 10),
    ]


EXAMPLES = {"hidden-common-supplier": {"firms": "co-b1,co-b2,co-b3"}}
"""What the pages ask for."""

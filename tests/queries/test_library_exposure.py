"""Queries on exposure, on both stores, against ways that are walked in plain Python over the same trades."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from handmade import AS_OF
from library_graph import (
    Pair,
    Way,
    answers,
    firm_rows,
    library_rows,
    pairs,
    purchase_shares,
    sales_shares,
    top,
    ways,
)
from supplyrisk.graph.store.protocol import Store


def _name(firm: str) -> Any:
    return firm_rows()[firm].get("name")


def _region(firm: str) -> Any:
    return firm_rows()[firm].get("region")


def _tiers(found: dict[Way, float], end: int) -> dict[str, tuple[int, int, float]]:
    """By the firm at an end of the ways: links of the shortest, number of ways, sum of what they carry."""
    tiers: dict[str, tuple[int, int, float]] = {}
    for way, carries in found.items():
        tier, count, total = tiers.get(way[end], (9, 0, 0.0))
        tiers[way[end]] = (min(tier, len(way) - 1), count + 1, total + carries)
    return tiers


def _carrying(firm: str, end: int, least: float) -> dict[Way, float]:
    found = ways(purchase_shares(), 3, least)
    return {way: carries for way, carries in found.items() if way[end] == firm and carries >= least}


# Tiers and chains


def test_suppliers_by_tier(library: Store) -> None:
    """ex-mine is at tiers 2 and 3; its own supplier and a trade of last year stay out."""
    found = answers(library, "suppliers-by-tier", firm="ex-shop", least=0.15)
    assert [(row[0], row[1], row[5], row[6]) for row in found] == [
        (1, "ex-part", 1, 0.6),
        (1, "ex-wood", 1, 0.4),
        (2, "ex-mine", 2, 0.6),  # .6 x .25 straight to ex-part, .6 x .75 by ex-smelt
        (2, "ex-smelt", 1, 0.45),
        (3, "ex-drill", 1, 0.15),  # the other way of its goods is of four links
    ]


@pytest.mark.parametrize("firm", ["ex-ring1", "co-plant", "ex-alone"])
@pytest.mark.parametrize("least", [0, 0.3])
def test_suppliers_by_tier_against_plain_python(library: Store, firm: str, least: float) -> None:
    expected = [
        (tier, s, _name(s), _region(s), _upstream(s), count, round(total, 6))
        for s, (tier, count, total) in _tiers(_carrying(firm, -1, least), 0).items()
    ]
    assert answers(library, "suppliers-by-tier", firm=firm, least=least) == top(expected, 1, -7, 2)


def _upstream(firm: str) -> str:
    makes = firm_rows()[firm].get("shop_type") in ("producer", "exporter")
    bought = any(row["customer_id"] == firm != row["supplier_id"] for row in library_rows()["supplies"])
    return "unobserved" if makes and not bought else "observed"


def test_customers_by_tier(library: Store) -> None:
    """ex-end is at tier 4; ex-drop gets a thousandth from ex-shop."""
    found = answers(library, "customers-by-tier", firm="ex-shop")
    assert [(row[0], row[1], row[5]) for row in found] == [
        (1, "ex-retail", 0.25),
        (2, "ex-kiosk", 0.25),
        (3, "ex-stall", 0.25),
    ]


@pytest.mark.parametrize("firm", ["ex-ring1", "co-deep", "nobody"])
@pytest.mark.parametrize("least", [0, 0.3])
def test_customers_by_tier_against_plain_python(library: Store, firm: str, least: float) -> None:
    expected = [
        (tier, c, _name(c), _region(c), count, round(total, 6))
        for c, (tier, count, total) in _tiers(_carrying(firm, 0, least), -1).items()
    ]
    assert answers(library, "customers-by-tier", firm=firm, least=least) == top(expected, 1, -6, 2)


@pytest.mark.parametrize(("name", "end"), [("upstream-chain", -1), ("downstream-chain", 0)])
@pytest.mark.parametrize("firm", ["ex-shop", "ex-ring2", "nobody"])
def test_chains_against_plain_python(library: Store, name: str, end: int, firm: str) -> None:
    shares = purchase_shares()
    expected = [
        (
            len(way) - 1,
            list(way),
            round(carries, 6),
            round(min(shares[p] for p in pairwise(way)), 6),
        )
        for way, carries in _carrying(firm, end, 0.01).items()
    ]
    found = answers(library, name, firm=firm)
    assert found == top(expected, -3, 1, 2)
    assert firm != "nobody" or found == []


def test_the_heaviest_chain(library: Store) -> None:
    found = answers(library, "upstream-chain", firm="ex-shop", top=3)
    assert found[2] == (3, ["ex-mine", "ex-smelt", "ex-part", "ex-shop"], 0.45, 0.6)
    assert answers(library, "upstream-chain", firm="ex-shop", least=0.7) == []


@pytest.mark.parametrize(
    ("firm", "other"),
    [("ex-drill", "ex-shop"), ("ex-shop", "ex-end"), ("ex-ring1", "ex-ring1"), ("ex-old", "ex-shop")],
)  # fmt: skip
def test_paths_between_against_plain_python(library: Store, firm: str, other: str) -> None:
    expected = [
        (len(way) - 1, list(way), round(carries, 6))
        for way, carries in ways(purchase_shares(), 4).items()
        if (way[0], way[-1]) == (firm, other)
    ]
    assert answers(library, "paths-between", firm=firm, other=other) == top(expected, 1, -3, 2)


def test_paths_between(library: Store) -> None:
    """Two ways from the mine to the shop, none back; the way from ex-drill to ex-end has too many links."""
    found = answers(library, "paths-between", firm="ex-mine", other="ex-shop")
    assert found == [
        (2, ["ex-mine", "ex-part", "ex-shop"], 0.15),
        (3, ["ex-mine", "ex-smelt", "ex-part", "ex-shop"], 0.45),
    ]
    assert answers(library, "paths-between", firm="ex-shop", other="ex-mine") == []
    assert answers(library, "paths-between", firm="ex-drill", other="ex-end") == []


# Blast radius and dependence


@pytest.mark.parametrize("firm", ["ex-rival", "co-deeper", "ex-ring1"])
@pytest.mark.parametrize("least", [0, 0.2])
def test_blast_radius_against_plain_python(library: Store, firm: str, least: float) -> None:
    found = {way: carries for way, carries in ways(purchase_shares(), 3, least).items() if way[0] == firm}
    expected = [
        (tier, c, _name(c), firm_rows()[c].get("industry"), _region(c), round(total, 6))
        for c, (tier, _, total) in _tiers(found, -1).items()
    ]
    assert answers(library, "blast-radius", firm=firm, least=least) == top(expected, 1, -6, 2)


def test_blast_radius(library: Store) -> None:
    """A quarter of ex-retail's purchases passes the stop on at .2 and not at .26; ex-drop's thousandth never."""
    assert [row[1] for row in answers(library, "blast-radius", firm="ex-shop")] == [
        "ex-retail",
        "ex-kiosk",
        "ex-stall",
    ]
    assert answers(library, "blast-radius", firm="ex-shop", least=0.26) == []


@pytest.mark.parametrize(("least", "region"), [(0.5, None), (0.9, None), (0.1, "Plain"), (0.5, "nowhere")])
def test_widest_blast_against_plain_python(library: Store, least: float, region: str | None) -> None:
    reached: dict[str, set[str]] = defaultdict(set)
    near: dict[str, set[str]] = defaultdict(set)
    for way in ways(purchase_shares(), 2, least):
        reached[way[0]].add(way[-1])
        near[way[0]].add(way[1])
    expected = [
        (f, _name(f), _region(f), len(firms), len(near[f]))
        for f, firms in reached.items()
        if region in (None, _region(f))
    ]
    given = {"least": least, "top": 1000} | ({"region": region} if region else {})
    found = answers(library, "widest-blast", **given)
    assert found == top(expected, -4, -5, 1)
    assert bool(found) == (region != "nowhere")


@pytest.mark.parametrize("firm", ["ex-rival", "co-open"])
def test_dependents_against_plain_python(library: Store, firm: str) -> None:
    sales = sales_shares()
    expected = [
        (c, _name(c), firm_rows()[c].get("industry"), _region(c), round(share, 6), round(sales[s, c], 6))
        for (s, c), share in purchase_shares().items()
        if s == firm
    ]
    assert answers(library, "dependents", firm=firm) == top(expected, -5, -6, 1)


def test_dependents(library: Store) -> None:
    """50 of the 200 that ex-retail buys, and of the 51 that ex-shop sells; ex-old's trades are of last year."""
    found = answers(library, "dependents", firm="ex-shop", least=0.002)
    assert [(row[0], *row[4:]) for row in found] == [("ex-retail", 0.25, round(50 / 51, 6))]
    assert answers(library, "dependents", firm="ex-old") == []


def test_neighbours(library: Store) -> None:
    """All links, of old too, and none to itself."""
    found = answers(library, "neighbours", firm="ex-shop")
    assert [(row[0], row[1], row[3], row[4], row[5]) for row in found] == [
        ("supplier", "ex-old", "parts", 900.0, 0.0),
        ("supplier", "ex-part", "parts", 50.0, 50.0),
        ("supplier", "ex-wood", "wood", 40.0, 40.0),
        ("supplier", "ex-part", "tools", 10.0, 10.0),
        ("customer", "ex-retail", None, 50.0, 50.0),
        ("customer", "ex-drop", None, 1.0, 1.0),
    ]
    assert answers(library, "neighbours", firm="ex-alone") == []


# Arrears


def _overdue() -> dict[Pair, float]:
    """What is past its due day and not paid, by pair."""
    found: dict[Pair, float] = defaultdict(float)
    for row in library_rows()["supplies"]:
        due, paid = row.get("due_on"), row.get("paid_on")
        if row["on"] <= AS_OF and due is not None and due <= AS_OF and (paid is None or paid > AS_OF):
            found[row["supplier_id"], row["customer_id"]] += row["amount"]
    return {pair: amount for pair, amount in found.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("least", [0, 50, 1_000_000])
def test_unpaid_chains_against_plain_python(library: Store, least: float) -> None:
    owed = {pair: amount for pair, amount in _overdue().items() if amount > least}
    expected = [
        (s, m, c, round(claim, 2), round(debt, 2), round(min(claim, debt), 2))
        for (m, c), claim in owed.items()
        for (s, middle), debt in owed.items()
        if middle == m and s != c
    ]
    found = answers(library, "unpaid-chains", least=least, top=1000)
    assert found == top(expected, -6, 2, 1, 3)
    assert bool(found) == (least < 100)


def test_unpaid_chains(library: Store) -> None:
    """u's chain; not v's, which has paid, nor w's, which has until tomorrow, nor y's two who owe each other."""
    found = [row for row in answers(library, "unpaid-chains", top=1000) if row[1].startswith("ex-")]
    assert found == [
        ("ex-u1", "ex-u2", "ex-u3", 100.0, 80.0, 80.0),
        ("ex-u0", "ex-u1", "ex-u2", 80.0, 30.0, 30.0),
    ]
    assert answers(library, "unpaid-chains", region="nowhere") == []


def test_arrears_behind(library: Store) -> None:
    """u3's arrears of 100 explain at most the 80 that u2 owes, and the 30 that u1 does; v3 has paid."""
    found = answers(library, "arrears-behind", firm="ex-u3")
    assert found == [
        (1, "ex-u2", "EX-U2", 100.0),
        (2, "ex-u1", "EX-U1", 80.0),
        (3, "ex-u0", "EX-U0", 30.0),
    ]
    assert answers(library, "arrears-behind", firm="ex-v3") == []
    assert [row[1] for row in answers(library, "arrears-behind", firm="ex-y1")] == ["ex-y2"]


def test_pairs_leave_out_what_is_old_and_trades_with_oneself() -> None:
    assert ("ex-old", "ex-shop") not in pairs()
    assert ("ex-shop", "ex-shop") not in pairs()

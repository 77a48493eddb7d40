"""The library's queries on people and guarantees, against networkx and plain Python on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import networkx as nx
import pyarrow as pa
import pytest

from library_people import CAPITAL, FAILED, FIRMS, PD, guaranteed, managed, owned, tables
from library_rows import Answer, answers, downwards, library_of, same
from stores import ENGINES
from supplyrisk.graph.store.protocol import Store

REGION = {firm: "West" if firm[3] in "dg" else "East" for firm in FIRMS}


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    scores = pa.table({"firm_id": list(PD), "pd": list(PD.values())})
    with library_of(request, "people", tables(), scores) as store:
        yield store


def _walks(links: list[tuple[str, str, str]], end: str, most: int) -> list[list[tuple[str, str, str]]]:
    """Every walk of up to so many links that ends in a node and uses no link twice."""
    found: list[list[tuple[str, str, str]]] = [[]]
    walks: list[list[tuple[str, str, str]]] = [[]]
    for _ in range(most):
        walks = [
            [link, *walk] for walk in walks for link in links
            if link not in walk and link[1] == (walk[0][0] if walk else end)
        ]  # fmt: skip
        found += walks
    return found


def _chains(firm: str) -> list[Answer]:
    share = {(a, b): w for a, b, w in owned()}
    found: list[Answer] = []
    for walk in _walks([(a, b, "owns") for a, b, _ in owned()], firm, 4):
        weights = [share[a, b] for a, b, _ in walk]
        if walk:
            top, known = walk[0][0], [w for w in weights if w is not None]
            part = round(prod(known), 6) if len(known) == len(weights) else None
            ultimate = all(b != top for _, b, _ in owned())
            found.append((top, "P" in top, len(walk), part, ultimate, [*(a for a, _, _ in walk), firm]))
    return sorted(found, key=lambda row: (row[2], *downwards(row[3]), row[5]))


@pytest.mark.parametrize("firm", ["pe-a1", "pe-a6", "pe-c2", "pe-d1"])
def test_ownership_chains(library: Store, firm: str) -> None:
    expected = _chains(firm)
    assert len(expected) == {"pe-a1": 7, "pe-a6": 1, "pe-c2": 2, "pe-d1": 0}[firm]
    assert answers(library, "ownership-chains", firm=firm) == expected


def test_a_chain_of_owners_by_hand(library: Store) -> None:
    rows = answers(library, "ownership-chains", firm="pe-a1")
    assert rows[0] == ("pe-a2", False, 1, 0.6, False, ["pe-a2", "pe-a1"])
    # .5 of .8 of .6
    assert ("pe-P1", True, 3, 0.24, True, ["pe-P1", "pe-a3", "pe-a2", "pe-a1"]) in rows
    assert ("pe-P2", True, 4, None, True, ["pe-P2", "pe-a4", "pe-a3", "pe-a2", "pe-a1"]) in rows
    assert all(row[0] != "pe-c1" for row in rows), "five steps up"


@pytest.mark.parametrize("firm", ["pe-a1", "pe-a3", "pe-h1", "pe-h5", "pe-d1"])
def test_common_control(library: Store, firm: str) -> None:
    links = [(a, b, "owns") for a, b, _ in owned()] + [(a, b, "manages") for a, b in managed()]
    steps: dict[str, dict[str, int]] = {}
    for other in FIRMS:
        for up, down in product(_walks(links, firm, 2), _walks(links, other, 2)):
            hand = up[0][0] if up else firm
            if hand == (down[0][0] if down else other) and not set(up) & set(down) and other != firm:
                hands = steps.setdefault(other, {})
                hands[hand] = min(len(up) + len(down), hands.get(hand, 9))
    expected = [(o, o.upper(), REGION[o], min(h.values()), sorted(h), o in FAILED) for o, h in steps.items()]
    expected.sort(key=lambda row: (row[3], row[0]))
    assert bool(expected) == (firm != "pe-d1")
    if firm == "pe-h1":
        assert expected[0] == ("pe-h2", "PE-H2", "East", 2, ["pe-P5"], False)
        assert [row[0] for row in expected if row[5]] == ["pe-i1"]
    assert answers(library, "common-control", firm=firm) == expected


@pytest.mark.parametrize("region", [None, "West"])
def test_guarantee_circles(library: Store, region: str | None) -> None:
    amounts = {(a, b): amount for a, b, amount in guaranteed()}
    expected = []
    for cycle in nx.simple_cycles(nx.DiGraph(list(amounts)), length_bound=5):
        at = cycle.index(min(cycle))
        circle = cycle[at:] + cycle[:at]
        links = zip(circle, circle[1:] + circle[:1], strict=True)
        known = [amounts[link] for link in links if amounts[link] is not None]
        if region is None or {REGION[firm] for firm in circle} == {region}:
            least = min(known) if known else None
            expected.append((len(circle), circle, least, len(set(circle) & set(FAILED))))
    expected.sort(key=lambda row: (-row[3], *downwards(row[2]), row[0], row[1]))
    circles = [row[1][0] for row in expected]
    assert circles == (["pe-d1", "pe-g1"] if region else ["pe-d1", "pe-f1", "pe-f1", "pe-c1", "pe-g1"])
    given = {"region": region} if region else {}
    assert answers(library, "guarantee-circles", **given) == expected
    assert expected[0] == (3, ["pe-d1", "pe-d3", "pe-d2"], 40.0, 1)


def test_no_circle_where_no_firm_is(library: Store) -> None:
    for name in ("guarantee-circles", "guarantors-over-means", "person-behind-many", "guarantors-of-failing"):
        assert answers(library, name, region="nowhere") == []


@pytest.mark.parametrize("times", [1.0, 0.99, 1.01])
def test_guarantors_over_means(library: Store, times: float) -> None:
    expected = []
    for firm, (registered, paid_in) in CAPITAL.items():
        mine = [(b, amount) for a, b, amount in guaranteed() if a == firm]
        means = registered if paid_in is None else paid_in
        total = sum(amount or 0.0 for _, amount in mine)
        if total / means >= times:
            failing = sum(b in FAILED for b, _ in mine)
            expected.append((firm, firm.upper(), len(mine), failing, total, means, total / means))
    expected.sort(key=lambda row: (-row[6], -row[4], row[0]))
    assert [row[0] for row in expected] == ["pe-g1", "pe-g2", "pe-g3"][: {1.01: 1, 1.0: 2, 0.99: 3}[times]]
    same(answers(library, "guarantors-over-means", times=str(times)), expected)


@pytest.mark.parametrize("least", [5, 4])
def test_person_behind_many(library: Store, least: int) -> None:
    hands: dict[str, tuple[set[str], set[str]]] = {}
    for person, firm, _ in owned():
        hands.setdefault(person, (set(), set()))[0].add(firm)
    for person, firm in managed():
        hands.setdefault(person, (set(), set()))[1].add(firm)
    expected = []
    for person, (owns, manages) in hands.items():
        both = sorted(owns | manages)
        if "P" in person and len(both) >= least:
            expected.append((person, len(both), len(owns), len(manages), len({*both} & {*FAILED}), both))
    expected.sort(key=lambda row: (-row[1], -row[4], row[0]))
    assert [row[:5] for row in expected][:1] == [("pe-P5", 5, 4, 2, 1)]
    assert len(expected) == {5: 1, 4: 2}[least]
    assert answers(library, "person-behind-many", least=str(least)) == expected


@pytest.mark.parametrize("pd", [0.1, 0.11])
def test_guarantors_of_failing(library: Store, pd: float) -> None:
    risk = {firm: value for firm, value in PD.items() if value >= pd} | dict.fromkeys(FAILED, 1.0)
    mine: dict[str, list[tuple[str, float | None]]] = {}
    for guarantor, firm, amount in guaranteed():
        if firm in risk:
            mine.setdefault(guarantor, []).append((firm, amount))
    expected = []
    for guarantor, stands in mine.items():
        known = [(risk[firm], amount) for firm, amount in stands if amount is not None]
        sums = (sum(a for _, a in known), sum(p * a for p, a in known)) if known else (None, None)
        names = sorted(firm for firm, _ in stands)
        expected.append((guarantor, len(names), len({*names} & {*FAILED}), *sums, names))
    expected.sort(key=lambda row: (row[4] is None, -(row[4] or 0), row[0]))
    # All of 200 and .4 of 100; the person's guarantee is of an amount that is not known.
    assert expected[0] == ("pe-a2", 2, 1, 300.0, 240.0, ["pe-i1", "pe-i2"])
    assert expected[-1] == ("pe-P3", 1, 1, None, None, ["pe-i1"])
    assert ("pe-a3" in mine) == (pd == 0.1)
    same(answers(library, "guarantors-of-failing", pd=str(pd)), expected)

"""The library's queries on trade integrity, against networkx and plain Python on the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pytest

from handmade import AS_OF, ago
from library_rows import Answer, answers, by_pair, library_of, recent, same, totals
from library_trade import CARRIER, NORTH, relations, shipments, supplies, tables
from stores import ENGINES
from supplyrisk.graph.store.protocol import Store

RINGS = {"rings-of-3": 3, "rings-of-4": 4, "rings-of-5": 5}


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    with library_of(request, "trade", tables()) as store:
        yield store


def _rings(least: float = 0.0) -> list[tuple[list[str], float]]:
    """Every ring of three to five firms from its smallest id on, with its smallest link."""
    links: dict[tuple[str, str], float] = {}
    for (supplier, customer, _), amount in recent(supplies()).items():
        if amount > least:
            links[supplier, customer] = max(amount, links.get((supplier, customer), 0.0))
    found = []
    for cycle in nx.simple_cycles(nx.DiGraph(list(links)), length_bound=5):
        at = cycle.index(min(cycle))
        ring = cycle[at:] + cycle[:at]
        if len(ring) >= 3:
            found.append((ring, min(links[pair] for pair in zip(ring, ring[1:] + ring[:1], strict=True))))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _of(size: int, rings: list[tuple[list[str], float]]) -> list[Answer]:
    return [(*ring, amount) for ring, amount in rings if len(ring) == size]


@pytest.mark.parametrize("name", RINGS)
def test_rings(library: Store, name: str) -> None:
    size, rings = RINGS[name], _rings()
    expected = _of(size, rings)
    assert len(expected) == {3: 2, 4: 2, 5: 1}[size]
    assert answers(library, name) == expected
    assert answers(library, name, top="1") == expected[:1]
    assert answers(library, name, least="31") == _of(size, _rings(31.0))
    inside = [one for one in rings if set(one[0]) <= set(NORTH)]
    assert answers(library, name, region="North") == _of(size, inside)
    assert answers(library, name, region="nowhere") == []


def test_a_ring_worked_out_by_hand(library: Store) -> None:
    assert answers(library, "rings-of-3", least="70") == [("tr-a1", "tr-a2", "tr-a3", 80.0)]


@pytest.mark.parametrize("firm", ["tr-d3", "tr-d2", "tr-g1", "tr-f2", "nobody"])
def test_rings_through_a_firm(library: Store, firm: str) -> None:
    expected = []
    for ring, amount in _rings():
        if firm in ring:
            at = ring.index(firm)
            expected.append((len(ring), ring[at:] + ring[:at], amount))
    expected.sort(key=lambda row: (-row[2], row[0], row[1]))
    assert len(expected) == {"tr-d3": 2, "tr-d2": 1}.get(firm, 0)
    assert answers(library, "rings-through", firm=firm) == expected
    large = [row for row in expected if row[2] > 5]
    assert answers(library, "rings-through", firm=firm, least="5") == large


def test_round_trips(library: Store) -> None:
    flows = by_pair(supplies())
    expected = []
    for (a, b), there in flows.items():
        if a < b and (b, a) in flows:
            back = flows[b, a]
            kinds = sorted({c for x, y, c in recent(supplies()) if c and {x, y} == {a, b}})
            expected.append((a, b, there, back, min(there, back) / max(there, back), kinds))
    expected.sort(key=lambda row: (-row[4], -row[2], row[:2]))
    assert expected == [
        ("tr-g1", "tr-g2", 50.0, 48.5, 0.97, ["parts", "wood"]),
        ("tr-g1", "tr-g3", 50.0, 5.0, 0.1, ["parts"]),
    ]
    same(answers(library, "round-trips"), expected)
    same(answers(library, "round-trips", balance="0.5"), expected[:1])
    same(answers(library, "round-trips", least="5"), expected[:1])
    assert answers(library, "round-trips", region="South") == []


@pytest.mark.parametrize("days", [180, 260])
def test_volume_without_shipments(library: Store, days: int) -> None:
    carried = {
        row[end] for row in shipments() for end in ("shipper_id", "receiver_id")
        if row[end] and (AS_OF - row["shipped_on"]).days < days
    }  # fmt: skip
    expected = []
    for (supplier, customer), amount in by_pair(supplies()).items():
        rows = [r for r in supplies() if (r["supplier_id"], r["customer_id"]) == (supplier, customer)]
        if supplier == CARRIER or {supplier, customer} & carried:
            continue
        moved = sum(r["amount"] for r in rows if r["delivered_on"])
        orders = float(sum(r.get("orders", 1) for r in rows))
        expected.append((supplier, customer, amount, orders, moved / sum(r["amount"] for r in rows)))
    expected.sort(key=lambda row: (-row[2], row[:2]))
    assert [row[0] for row in expected] == (["tr-h1", "tr-j1"] if days == 180 else ["tr-h1"])
    assert expected[0] == ("tr-h1", "tr-h2", 600.0, 4.0, pytest.approx(5 / 6))
    found = answers(library, "volume-without-shipments", days=str(days))
    same(found, expected)
    least = answers(library, "volume-without-shipments", days=str(days), least="400")
    assert [row[0] for row in least] == ["tr-h1"]
    assert answers(library, "volume-without-shipments", region="North") == []


def _mismatches(gap: float) -> list[Answer]:
    sums: dict[tuple[str, str, str], list[float]] = {}
    for row in supplies():
        key = row["supplier_id"], row["customer_id"], row["category"]
        amount, open_ = row["amount"], row["paid_on"] is None
        parts = (amount, row["delivered_on"] is not None, not open_, open_ and row["due_on"] <= AS_OF)
        before = sums.setdefault(key, [0.0] * 4)
        sums[key] = [x + amount * part for x, part in zip(before, (1, *parts[1:]), strict=True)]
    found: list[Answer] = []
    for key, (amount, *parts) in sums.items():
        delivered, paid, late = (part / amount for part in parts)
        finding = None
        if paid - delivered >= gap:
            finding = "paid, not delivered"
        elif late >= gap and delivered - paid >= gap:
            finding = "delivered, not paid"
        elif late >= gap and 1 - delivered >= gap:
            finding = "neither"
        if finding and key[0] != key[1]:
            found.append((*key, finding, amount, delivered, paid, late, 0.0))
    return sorted(found, key=lambda row: (-row[4], row[:3]))


@pytest.mark.parametrize("gap", [0.5, 0.3])
def test_order_shipment_payment(library: Store, gap: float) -> None:
    expected = _mismatches(gap)
    assert [(row[1], row[3]) for row in expected] == [
        ("tr-m2", "paid, not delivered"), *([("tr-m6", "neither")] if gap < 0.5 else []),
        ("tr-m3", "delivered, not paid"), ("tr-m4", "neither"),
    ]  # fmt: skip
    found = answers(library, "order-shipment-payment", gap=str(gap))
    assert [row[:8] for row in found] == [row[:8] for row in expected]
    assert [row[8] for row in found] == [None] * len(expected), "no row records disputes"
    few = answers(library, "order-shipment-payment", gap=str(gap), least="800", region="South")
    assert few == [row for row in found if row[4] > 800]
    assert answers(library, "order-shipment-payment", region="North") == []


def test_new_buyers(library: Store) -> None:
    since = ago(30)
    flows, first = by_pair(supplies()), {}
    for row in supplies():
        pair = row["supplier_id"], row["customer_id"]
        first[pair] = min(row["on"], first.get(pair, row["on"]))
    expected = []
    for supplier, sold in totals(flows, 0).items():
        mine = {c: amount for (s, c), amount in flows.items() if s == supplier}
        new = {c: amount for c, amount in mine.items() if first[supplier, c] >= since}
        if len(new) >= 3 and sum(new.values()) / sold >= 0.2:
            day = min(first[supplier, c] for c in new).isoformat()
            told = (len(new), len(mine), sum(new.values()), sum(new.values()) / sold, day)
            expected.append((supplier, None, *told))
    expected.sort(key=lambda row: (-row[4], row[0]))
    assert [row[:5] for row in expected] == [("tr-n1", None, 3, 4, 240.0), ("tr-q1", None, 3, 4, 240.0)]
    given = {"since": since.isoformat()}
    found = answers(library, "new-buyers", share="0.2", **given)
    same(found, expected)
    assert answers(library, "new-buyers", **given) == found[:1]
    assert answers(library, "new-buyers", buyers="4", **given) == []
    assert [row[0] for row in answers(library, "new-buyers", buyers="2", **given)] == ["tr-n1", "tr-o1"]
    assert answers(library, "new-buyers", since=AS_OF.isoformat()) == []
    assert answers(library, "new-buyers", region="North", **given) == []


def test_shared_owners(library: Store) -> None:
    flows = by_pair(supplies())
    sold = totals(flows, 0)
    behind: dict[str, set[str]] = {}
    for row in relations():
        behind.setdefault(row["to_id"], set()).add(row["from_id"])
    expected = []
    for (s, c), amount in flows.items():
        if common := behind.get(s, set()) & behind.get(c, set()):
            expected.append((s, c, sorted(common), amount, amount / sold[s]))
    expected.sort(key=lambda row: (-row[3], row[:2]))
    assert expected == [
        ("tr-r1", "tr-r2", ["tr-P1", "tr-P2"], 200.0, 0.25),
        ("tr-s1", "tr-s2", ["tr-s3"], 50.0, 1.0),
    ]
    assert answers(library, "shared-owners") == expected
    assert answers(library, "shared-owners", least="50", region="South") == expected[:1]
    assert answers(library, "shared-owners", region="North") == []

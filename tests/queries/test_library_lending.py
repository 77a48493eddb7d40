"""The library's queries on lending, against plain Python on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa
import pytest

from handmade import AS_OF, Row
from library_lending import BANK, FAILED, OTHER, PD, THIRD, guaranteed, loans, owned, supplies, tables
from library_rows import Answer, answers, by_pair, library_of, same, totals
from stores import ENGINES
from supplyrisk.graph.store.protocol import Store


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    scores = pa.table({"firm_id": list(PD), "pd": list(PD.values())})
    with library_of(request, "lending", tables(), scores) as store:
        yield store


def _lines() -> list[Row]:
    """The last state of each line on which something is drawn."""
    last = {row["loan_id"]: row for row in sorted(loans(), key=lambda row: row["on"])}
    return [row for row in last.values() if row["drawn"] > 0]


def _drawn(lender: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in _lines():
        if row["lender_id"] == lender:
            sums[row["firm_id"]] = sums.get(row["firm_id"], 0.0) + row["drawn"]
    return sums


@pytest.mark.parametrize(("lender", "borrowers"), [(BANK, 2), (BANK, 1), (OTHER, 2), ("nobody", 1)])
def test_shared_suppliers(library: Store, lender: str, borrowers: int) -> None:
    flows, drawn = by_pair(supplies()), _drawn(lender)
    bought = totals(flows, 1)
    found: dict[str, list[tuple[float, float]]] = {}
    for (supplier, customer), amount in flows.items():
        if customer in drawn:
            found.setdefault(supplier, []).append((drawn[customer], amount / bought[customer]))
    expected: list[Answer] = []
    for supplier, parts in found.items():
        if len(parts) >= borrowers:
            exposed = sum(d * share for d, share in parts)
            expected.append(
                (supplier, None, len(parts), sum(d for d, _ in parts), exposed, supplier in FAILED)
            )
    expected.sort(key=lambda row: (-row[4], row[0]))
    if (lender, borrowers) == (BANK, 2):
        # All of a2's 300 and half of a1's 150.
        assert expected == [("le-s1", None, 2, 450.0, 375.0, False)]
    assert len(expected) == {(BANK, 2): 1, (BANK, 1): 3, (OTHER, 2): 1}.get((lender, borrowers), 0)
    same(answers(library, "shared-suppliers", lender=lender, borrowers=str(borrowers)), expected)


def _behind(lender: str, borrowers: int, least: float) -> list[Answer]:
    """Every way of at most three links to a borrower, one by one; beyond the first tier each link brings least."""
    flows, drawn = by_pair(supplies()), _drawn(lender)
    bought = totals(flows, 1)
    share = {pair: amount / bought[pair[1]] for pair, amount in flows.items()}
    relies: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for borrower in drawn:
        ways = [((s, borrower), w) for (s, c), w in share.items() if c == borrower]
        found = list(ways)
        for _ in range(2):
            ways = [
                ((s, *firms), w * part)
                for firms, part in ways
                for (s, c), w in share.items()
                if c == firms[0] and s not in firms and w >= least
            ]
            ways = [way for way in ways if share[way[0][-2], borrower] >= least]
            found += ways
        for firms, part in found:
            relies.setdefault(firms[0], {}).setdefault(borrower, []).append((len(firms) - 1, part))
    rows: list[Answer] = []
    for supplier, behind in relies.items():
        tiers = {b: min(tier for tier, _ in parts) for b, parts in behind.items()}
        weight = {b: sum(part for _, part in parts) for b, parts in behind.items()}
        counts = [list(tiers.values()).count(tier) for tier in (1, 2, 3)]
        exposed = sum(drawn[b] * weight[b] for b in behind)
        chain = sum(drawn[b] * (1.0 if tiers[b] == 1 else weight[b]) for b in behind)
        if len(behind) >= borrowers:
            told = sum(drawn[b] for b in behind), exposed, chain, supplier in FAILED
            rows.append((supplier, None, *counts, *told))
    return sorted(rows, key=lambda row: (-row[7], row[0]))


@pytest.mark.parametrize("least", [0.05, 0.3])
@pytest.mark.parametrize(("lender", "borrowers"), [(BANK, 2), (BANK, 1), (OTHER, 1), ("nobody", 1)])
def test_suppliers_behind(library: Store, lender: str, borrowers: int, least: float) -> None:
    expected = _behind(lender, borrowers, least)
    assert (len(expected) > 0) == (lender != "nobody")
    given = {"lender": lender, "borrowers": str(borrowers), "least": str(least)}
    same(answers(library, "suppliers-behind", **given), expected)


def test_suppliers_behind_by_hand(library: Store) -> None:
    """a1 owes 150 and buys half from s1, half from s2; a2 owes 300 and buys all from s1."""
    found = {row[0]: row[2:8] for row in answers(library, "suppliers-behind", lender=BANK)}
    # Behind a1 stands s1 also by d1 and s2: .5 + .5 x 1 x .2 of its purchases. Both buy from it: all counts.
    assert found["le-s1"] == (2, 0, 0, 450.0, 390.0, 450.0)
    # d1: .5 x .9 + .5 x 1 of a1, .9 of a2. d2: four fifths of that.
    assert found["le-d1"] == (0, 2, 0, 450.0, 412.5, 412.5)
    assert found["le-d2"] == (0, 0, 2, 450.0, 330.0, 330.0)
    assert found["le-d3"] == (0, 2, 0, 450.0, 37.5, 37.5)


@pytest.mark.parametrize("lender", [None, BANK, OTHER, "nobody"])
def test_borrowers(library: Store, lender: str | None) -> None:
    found: dict[str, list[Row]] = {}
    for row in _lines():
        if lender in (None, row["lender_id"]):
            found.setdefault(row["firm_id"], []).append(row)
    expected: list[Answer] = [
        (firm, None, sorted({row["lender_id"] for row in rows}), len(rows), sum(row["drawn"] for row in rows))
        for firm, rows in found.items()
    ]
    expected.sort(key=lambda row: (-row[4], row[0]))
    if lender is None:
        assert next(row for row in expected if row[0] == "le-a1")[2:] == ([BANK, OTHER], 3, 170.0)
    assert answers(library, "borrowers", **({"lender": lender} if lender else {})) == expected


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("lender", [None, BANK, "nobody"])
def test_double_financing(library: Store, drawn: bool, lender: str | None) -> None:
    last = {row["loan_id"]: row for row in sorted(loans(), key=lambda row: row["on"])}
    trades: dict[str, list[Row]] = {}
    for row in last.values():
        if row["financed_row_id"] and (row["drawn"] > 0 or not drawn):
            trades.setdefault(row["financed_row_id"], []).append(row)
    expected: list[Answer] = []
    for row_id, lines in trades.items():
        lines.sort(key=lambda row: (row["lender_id"], row["firm_id"], row["loan_id"]))
        lenders = sorted({row["lender_id"] for row in lines})
        if len(lines) > 1 and (lender is None or lender in lenders):
            opened = sorted(row["opened_on"].isoformat() for row in lines)
            borrowers = [row["firm_id"] for row in lines]
            told = sum(row["drawn"] for row in lines), opened[0], opened[-1]
            expected.append(
                (row_id, [r["loan_id"] for r in lines], lenders, list(dict.fromkeys(borrowers)), *told)
            )
    expected.sort(key=lambda row: (-row[4], row[0]))
    if drawn and lender is None:
        assert [row[:5] for row in expected] == [
            ("le-T1", ["le-2", "le-7"], [BANK, OTHER], ["le-a1", "le-b1"], 125.0),
            ("le-T3", ["le-10", "le-11"], [THIRD], ["le-c1"], 100.0),
        ]
    assert ("le-T2" in [row[0] for row in expected]) == (not drawn and lender != "nobody")
    given = {"drawn": str(drawn)} | ({"lender": lender} if lender else {})
    assert answers(library, "double-financing", **given) == expected


@pytest.mark.parametrize(
    ("lender", "share"), [(BANK, 0.3), (BANK, 0.6), (BANK, 0.2), (OTHER, 0.5), ("nobody", 0.3)]
)
def test_exposure_by_chain(library: Store, lender: str, share: float) -> None:
    flows, drawn = by_pair(supplies()), _drawn(lender)
    sold = totals(flows, 0)
    chains: dict[str, list[str]] = {}
    for (supplier, customer), amount in flows.items():
        if supplier in drawn and amount / sold[supplier] >= share:
            chains.setdefault(customer, []).append(supplier)
    expected: list[Answer] = []
    for customer, members in chains.items():
        exposure = sum(drawn[firm] for firm in members)
        told = exposure, exposure / sum(drawn.values()), customer in FAILED, sorted(members)
        expected.append((customer, None, "trade", len(members), *told))
    expected.sort(key=lambda row: (-row[4], row[0]))
    if (lender, share) == (BANK, 0.6):
        # a2 sells seven tenths to t1, a3 three quarters to t3; a1 sells nobody so much. 730 are drawn in all.
        assert [(row[0], row[4], row[7]) for row in expected] == [
            ("le-t1", 300.0, ["le-a2"]),
            ("le-t3", 200.0, ["le-a3"]),
        ]
        assert sum(drawn.values()) == 730.0
    assert len(expected) == {(BANK, 0.3): 3, (BANK, 0.6): 2, (BANK, 0.2): 3, (OTHER, 0.5): 2}.get(
        (lender, share), 0
    )
    same(answers(library, "exposure-by-chain", lender=lender, share=str(share)), expected)


def test_single_name(library: Store) -> None:
    expected: list[Answer] = []
    for lender in (BANK, OTHER, THIRD):
        drawn = _drawn(lender)
        total = sum(drawn.values())
        hhi = sum((part / total) ** 2 for part in drawn.values())
        largest = min(drawn, key=lambda firm: (-drawn[firm], firm))
        expected.append((lender, len(drawn), total, hhi, 1 / hhi, largest, drawn[largest] / total))
    expected.sort(key=lambda row: (-row[3], row[0]))
    # 100 of 140 and 40 of 140: (25 + 4) / 49.
    assert expected[0] == (
        THIRD,
        2,
        140.0,
        pytest.approx(29 / 49),
        pytest.approx(49 / 29),
        "le-c1",
        pytest.approx(5 / 7),
    )
    same(answers(library, "single-name"), expected)
    same(answers(library, "single-name", lender=BANK), [row for row in expected if row[0] == BANK])
    assert answers(library, "single-name", lender="nobody") == []


@pytest.mark.parametrize(
    ("since", "pd", "lender"), [(None, 0.1, None), (0, 0.1, None), (None, 0.05, BANK), (None, 0.6, None)]
)
def test_near_due(library: Store, since: int | None, pd: float, lender: str | None) -> None:
    until = AS_OF + timedelta(days=30)
    expected: list[Answer] = []
    for row in _lines():
        firm, due = row["firm_id"], row["due_on"]
        early = due is None or due > until or (since is not None and due < AS_OF)
        if early or lender not in (None, row["lender_id"]) or (firm not in FAILED and PD[firm] < pd):
            continue
        risk = 1.0 if firm in FAILED else PD[firm]
        el = None if row["lgd"] is None else risk * row["lgd"] * row["drawn"]
        told = row["drawn"], row["lgd"], None if firm in FAILED else PD[firm], firm in FAILED, el
        expected.append((due.isoformat(), row["lender_id"], row["loan_id"], firm, *told))
    expected.sort(key=lambda row: (row[0], -row[4], row[2]))
    names = [row[2] for row in expected]
    # le-7 is due a day later, le-2 much later, le-8 on no known day; le-5 has nothing drawn; le-6 is overdue.
    assert names == {
        (None, 0.1): ["le-6", "le-1", "le-9", "le-4"], (0, 0.1): ["le-1", "le-9", "le-4"],
        (None, 0.05): ["le-6", "le-3", "le-1", "le-4"], (None, 0.6): ["le-6"],
    }[since, pd]  # fmt: skip
    given = {"until": until.isoformat(), "pd": str(pd)} | ({"lender": lender} if lender else {})
    if since is not None:
        given["since"] = AS_OF.isoformat()
    same(answers(library, "near-due", **given), expected)
    assert answers(library, "near-due", until="1999-01-01") == []


@pytest.mark.parametrize("lender", [BANK, OTHER, "nobody"])
def test_guarantees_within(library: Store, lender: str) -> None:
    drawn = _drawn(lender)
    pairs = {(a, b) for a, b, _ in guaranteed()}
    expected: list[Answer] = []
    for a, b, amount in guaranteed():
        if a in drawn and b in drawn:
            cover = None if amount is None else amount / drawn[b]
            expected.append((a, b, amount, drawn[b], cover, drawn[a], (b, a) in pairs))
    expected.sort(key=lambda row: (-row[3], row[:2]))
    if lender == BANK:
        assert expected == [
            ("le-a1", "le-a2", 150.0, 300.0, 0.5, 150.0, False),
            ("le-a1", "le-a3", 60.0, 200.0, 0.3, 150.0, True),
            ("le-a3", "le-a1", None, 150.0, None, 200.0, True),
        ]
    same(answers(library, "guarantees-within", lender=lender), expected)


def _group(firm: str, least: float) -> set[str]:
    """Firms of the same owner, one by one: up to two links up and two down, no link twice."""
    links = [(a, b) for a, b, weight in owned() if weight is None or weight >= least]
    hands = [(firm, ())] + [(a, (link,)) for link in links for a, b in [link] if b == firm]
    hands += [(a, (*used, (a, b))) for hand, used in hands[1:] for a, b in links if b == hand]
    reached: set[str] = set()
    for hand, used in hands:
        children = [(b, (*used, (a, b))) for a, b in links if a == hand and (a, b) not in used]
        children += [
            (b, (*way, (a, b)))
            for child, way in children
            for a, b in links
            if a == child and (a, b) not in way
        ]
        reached |= {child for child, _ in children} | {hand}
    return reached - {firm}


@pytest.mark.parametrize("firm", ["le-a1", "le-b1", "le-a3", "le-a2", "le-c1", "le-t1"])
@pytest.mark.parametrize("least", [0.5, 0.3])
def test_group_lines(library: Store, firm: str, least: float) -> None:
    group = _group(firm, least)
    last = {row["loan_id"]: row for row in sorted(loans(), key=lambda row: row["on"])}
    expected = [
        (row["firm_id"], None, row["lender_id"], loan, None, None, row["drawn"])
        for loan, row in last.items()
        if row["firm_id"] in group
    ]
    expected.sort(key=lambda row: (row[0], row[2], row[3]))
    if (firm, least) == ("le-a1", 0.5):
        assert [row[3] for row in expected] == ["le-4", "le-7"]
    assert answers(library, "group-lines", firm=firm, least=str(least)) == expected


@pytest.mark.parametrize("firm", ["le-a1", "le-b1", "le-a3", "le-a2", "le-c1", "le-t1"])
@pytest.mark.parametrize("least", [0.5, 0.3])
def test_group_firms(library: Store, firm: str, least: float) -> None:
    group = {other for other in _group(firm, least) if not other.startswith("le-P")}
    if (firm, least) == ("le-a1", 0.5):
        assert group == {"le-a3", "le-b1"}
    expected = [(other, None, other in FAILED) for other in sorted(group)]
    assert answers(library, "group-firms", firm=firm, least=str(least)) == expected


def test_lenders(library: Store) -> None:
    lines = {BANK: 6, OTHER: 3, THIRD: 3}
    expected = sorted(lines.items(), key=lambda row: (-row[1], row[0]))
    assert answers(library, "lenders") == expected
    assert answers(library, "lenders", top="1") == expected[:1]

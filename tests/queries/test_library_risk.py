"""The library's queries on risk, against plain Python on the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handmade import AS_OF, ago
from library_risk import (
    BEFORE,
    CAUGHT,
    COVERAGE,
    DAY_BEFORE,
    EAST,
    FAILED,
    GRADES,
    PD,
    PORTRAITS,
    WEST,
    loans,
    portraits,
    scores,
    supplies,
    tables,
)
from library_rows import Answer, Pair, answers, by_pair, library_of, same, totals
from stores import ENGINES
from supplyrisk.graph.errors import CypherError
from supplyrisk.graph.store.protocol import Store

REGION = dict.fromkeys(EAST, "East") | dict.fromkeys(WEST, "West")
SIDES = (("customers", 0), ("suppliers", 1))


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest) -> Iterator[Store]:
    with library_of(request, "risk", tables(), scores()) as store:
        store.write_portraits(portraits())
        yield store


def _partners(flows: dict[Pair, float], firm: str, end: int) -> dict[str, float]:
    """Amounts by partner: of customers where the firm is at end 0 of the pair, of suppliers at end 1."""
    return {pair[1 - end]: amount for pair, amount in flows.items() if pair[end] == firm}


def _failing(pd: float) -> set[str]:
    return {firm for firm, value in PD.items() if value >= pd} | {*FAILED}


def test_falling_trade(library: Store) -> None:
    expected = [
        ("ri-c1", None, None, 30.0, -0.9, -0.8, 5.0, PD["ri-c1"]),
        ("ri-a1", None, None, 100.0, -0.5, -0.4, 20.0, PD["ri-a1"]),
        ("ri-d2", None, None, 10.0, -0.3, 0.5, 60.0, PD["ri-d2"]),
        ("ri-b1", None, None, 50.0, -0.2, None, None, PD["ri-b1"]),
    ]
    assert answers(library, "falling-trade") == expected
    assert answers(library, "falling-trade", fall="0.4") == expected[:2]
    assert answers(library, "falling-trade", region="West") == expected[2:3]
    assert [row[0] for row in answers(library, "falling-trade", fall="0.19")][-2:] == ["ri-b1", "ri-b2"]
    assert set(PORTRAITS) >= {row[0] for row in expected}


@pytest.mark.parametrize(("sound", "failing", "share"), [("0.02", "0.15", "0.2"), ("0.05", "0.14", "0.1")])
def test_sound_near_failing(library: Store, sound: str, failing: str, share: str) -> None:
    flows, bad = by_pair(supplies()), _failing(float(failing))
    expected: list[Answer] = []
    for firm, pd in PD.items():
        for side, end in SIDES:
            traded = _partners(flows, firm, end)
            hit = {other: amount for other, amount in traded.items() if other in bad}
            if pd <= float(sound) and hit and sum(hit.values()) / sum(traded.values()) >= float(share):
                parts = sum(hit.values()), sum(hit.values()) / sum(traded.values())
                expected.append((firm, None, pd, side, len(traded), len(hit), *parts))
    expected.sort(key=lambda row: (-row[7], -row[6], row[0], row[3]))
    if sound == "0.02":
        assert ("ri-a1", None, 0.01, "suppliers", 3, 2, 60.0, 0.6) in expected
        assert ("ri-b1", None, 0.02, "customers", 2, 1, 20.0, 0.2) in expected
        assert not {"ri-b2", "ri-c4"} & {row[0] for row in expected}
    else:
        assert {"ri-b2", "ri-c4"} <= {row[0] for row in expected}
    given = {"sound": sound, "failing": failing, "share": share}
    same(answers(library, "sound-near-failing", **given), expected)
    west = [row for row in expected if REGION[row[0]] == "West"]
    same(answers(library, "sound-near-failing", region="West", **given), west)


@pytest.mark.parametrize("caught", [0.01, 0.02])
def test_contagion_carriers(library: Store, caught: float) -> None:
    flows = by_pair(supplies())
    bought = totals(flows, 1)
    expected: list[Answer] = []
    for firm, hazard in CAUGHT.items():
        shares = [amount / bought[c] for c, amount in _partners(flows, firm, 0).items()]
        if hazard is not None and hazard >= caught and shares:
            cover = sum(shares)
            told = (hazard, len(shares), cover, hazard * cover)
            expected.append((firm, None, PD[firm], PD[firm] / 4, *told))
    expected.sort(key=lambda row: (-row[7], row[0]))
    # All of d2's purchases and half of e2's; the other half of e2's.
    assert [(row[0], row[6]) for row in expected] == [("ri-c1", 1.5), ("ri-c2", 0.5)][
        : 2 if caught == 0.01 else 1
    ]
    same(answers(library, "contagion-carriers", caught=str(caught)), expected)
    assert answers(library, "contagion-carriers", region="West") == []


@pytest.mark.parametrize(("coverage", "least"), [("0.5", "0"), ("0.5", "8"), ("0.51", "0")])
def test_thin_evidence(library: Store, coverage: str, least: str) -> None:
    sold = totals(by_pair(supplies()), 0)
    drawn: dict[str, float] = {}
    for row in loans():
        drawn[row["firm_id"]] = drawn.get(row["firm_id"], 0.0) + (row["drawn"] or 0.0)
    expected: list[Answer] = []
    for firm, pd in PD.items():
        stake = drawn.get(firm, 0.0), sold.get(firm, 0.0)
        covered = COVERAGE.get(firm, 0.9)
        if covered < float(coverage) and sum(stake) > 0 and sum(stake) >= float(least):
            expected.append((firm, None, covered, pd, pd / 2, pd * 2, *stake))
    expected.sort(key=lambda row: (-row[6], -row[7], row[0]))
    names = {row[0] for row in expected}
    # f1 and f2 have something at stake; a1 is covered by half; d1 is in default, and f3 has nothing at stake.
    assert {"ri-f1", *(["ri-f2"] if least == "0" else []), *(["ri-a1"] if coverage > "0.5" else [])} <= names
    assert (
        not {"ri-d1", "ri-f3", "ri-f2" if least == "8" else "", "ri-a1" if coverage == "0.5" else ""} & names
    )
    same(answers(library, "thin-evidence", coverage=coverage, least=least), expected)


@pytest.mark.parametrize(
    ("side", "share"), [(None, "0"), ("customer", "0"), ("supplier", "0.1"), (None, "0.4")]
)
def test_failed_partners(library: Store, side: str | None, share: str) -> None:
    flows = by_pair(supplies(), 100_000)
    owed: dict[Pair, list[float]] = {}
    for row in supplies():
        if row.get("paid_on") is None:
            parts = owed.setdefault((row["supplier_id"], row["customer_id"]), [0.0, 0.0])
            parts[0] += row["amount"]
            parts[1] += row["amount"] * (row["due_on"] <= AS_OF)
    expected: list[Answer] = []
    for firm in (f for f in REGION if f not in FAILED):
        for found, end in (("customer", 0), ("supplier", 1)):
            traded = _partners(flows, firm, end)
            for other, amount in traded.items():
                part = amount / sum(traded.values())
                if other in FAILED and side in (None, found) and part >= float(share):
                    claims = owed.get((firm, other), [0.0, 0.0]) if found == "customer" else [None, None]
                    since = ago(FAILED[other]).isoformat()
                    expected.append((firm, None, found, other, since, amount, part, *claims))
    expected.sort(key=lambda row: (-row[6], -row[5], row[0], row[2], row[3]))
    if side is None:
        # 50 of the 100 that it sold; 20 of them never paid, 5 of these not yet due.
        hit = ("ri-d2", None, "customer", "ri-d1", ago(90).isoformat(), 50.0, 0.5, 20.0, 15.0)
        assert hit in expected
    assert (
        len(expected)
        == {(None, "0"): 2, ("customer", "0"): 1, ("supplier", "0.1"): 0, (None, "0.4"): 1}[side, share]
    )
    given = {"share": share} | ({"side": side} if side else {})
    same(answers(library, "failed-partners", **given), expected)


def _rose(firm: str) -> tuple[str | None, float | None]:
    """The firm's partner whose PD rose most, a failed one's to 1, and by how much."""
    traded = {tuple(sorted((row["supplier_id"], row["customer_id"]))) for row in supplies()}
    others = {other for pair in traded if firm in pair for other in pair if other != firm}
    rises = {other: PD.get(other, 1.0) - BEFORE[other][0] for other in others if other in BEFORE}
    risen = [(-rise, other) for other, rise in rises.items() if rise > 0]
    return (min(risen)[1], -min(risen)[0]) if risen else (None, None)


def _changes(factor: float, least: float) -> list[Answer]:
    found: list[Answer] = []
    for firm, (old, grade, cause, parts) in BEFORE.items():
        now = PD.get(firm)
        if now is None or abs(now - old) < least or max(now / old, old / now) < factor:
            continue
        way = None if now == old else "up" if now > old else "down"
        told = (way, abs(now - old), grade, GRADES.get(firm, "D"), cause)
        found.append((firm, None, DAY_BEFORE, old, now, *told, *parts, *_rose(firm)))
    return sorted(found, key=lambda row: (-round(row[6], 6), row[0]))


@pytest.mark.parametrize(("factor", "least"), [(1.5, 0.005), (1.2, 0.0), (1.0, 0.0), (2.5, 0.0), (1.5, 0.05)])
def test_score_changes(library: Store, factor: float, least: float) -> None:
    expected = _changes(factor, least)
    if (factor, least) == (1.5, 0.005):
        assert [row[0] for row in expected] == ["ri-c3", "ri-e1", "ri-f1", "ri-f2", "ri-a1"]
        worst = {row[0]: row[-2:] for row in expected}
        assert worst["ri-a1"] == ("ri-a2", 0.7)  # failed since
        assert worst["ri-f1"] == (None, None)  # trades with itself only
        assert worst["ri-f2"] == ("ri-e1", 0.1)
    if factor == 1.0:
        assert {row[0] for row in expected} == BEFORE.keys() - FAILED.keys()
        assert (None, "ri-c1") in {(row[5], row[0]) for row in expected}
    same(answers(library, "score-changes", factor=str(factor), least=str(least)), expected)


@pytest.mark.parametrize(
    ("given", "firms"),
    [
        ({"direction": "up"}, ["ri-e1", "ri-f1", "ri-f2", "ri-a1"]),
        ({"direction": "down"}, ["ri-c3"]),
        ({"cause": "data"}, ["ri-c3", "ri-f2"]),
        ({"cause": "neighbour"}, ["ri-a1"]),
        ({"cause": "unseparated"}, ["ri-f1"]),
        ({"regraded": "yes"}, ["ri-c3", "ri-e1", "ri-f1", "ri-a1"]),
        ({"region": "West", "direction": "up", "top": "2"}, ["ri-e1", "ri-f1"]),
        ({"cause": "model", "region": "East"}, []),
        ({"factor": "20"}, []),
    ],
)
def test_score_changes_narrowed(library: Store, given: dict[str, str], firms: list[str]) -> None:
    found = answers(library, "score-changes", **given)
    same(found, [row for row in _changes(1.5, 0.005) if row[0] in firms])
    assert [row[0] for row in found] == firms


@pytest.mark.parametrize("engine", ENGINES)
def test_a_first_scoring_has_no_changes_and_typos_are_still_told(
    request: pytest.FixtureRequest, engine: str
) -> None:
    request.param = engine
    first = scores().select(["firm_id", "pd", "grade"])
    with library_of(request, "risk-first", tables(), first) as store:
        assert answers(store, "score-changes") == []
        rows = store.run("MATCH (f:Firm) WHERE f.risk_moved_by IS NOT NULL RETURN f.risk_before_as_of AS day")
        assert rows.to_pylist() == []
        with pytest.raises(CypherError, match="unknown property risk_pd_befor of Firm"):
            store.run("MATCH (f:Firm) RETURN f.risk_pd_befor")
        store.write_scores(scores())
        assert len(answers(store, "score-changes")) == 5
        # A scoring without an earlier day takes the old one's history away.
        store.write_scores(first)
        assert answers(store, "score-changes", factor="1", least="0") == []


@pytest.mark.parametrize(
    "name", ["sound-near-failing", "contagion-carriers", "thin-evidence", "failed-partners", "score-changes"]
)
def test_nothing_where_no_firm_is(library: Store, name: str) -> None:
    assert answers(library, name, region="nowhere") == []

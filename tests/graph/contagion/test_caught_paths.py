"""Paths of caught hazard: by hand, against the definition read out slowly, and sums that come out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph import HazardMap, Transmissions
from supplyrisk.graph.contagion.caught_paths import CaughtPath, caught_paths
from supplyrisk.graph.credit import LearnedStops, MemoPath, QueryRecord
from supplyrisk.graph.credit.shop_chain import seen_by
from supplyrisk.graph.schema.relations import ChannelKind
from supplyrisk.web.memo_views import path_words

Links = list[tuple[int, int, float]]
ALL = 100_000


def learned(
    base: list[list[float]],
    links: Links,
    defaulted: tuple[int, ...] = (),
    rounds: int = 2,
    slope: float = 1.0,
) -> Transmissions:
    """Firms alone; every member has the same links, its transmissions a little lower than the one before."""
    ends = np.array([link[:2] for link in links], np.int64).reshape(-1, 2)
    weight = np.array([w for *_, w in links])
    return Transmissions(
        node_ids=tuple(f"F{i}" for i in range(len(base[0]))),
        firms=len(base[0]),
        defaulted=np.isin(np.arange(len(base[0])), defaulted),
        base=np.array(base),
        source=ends[:, 0],
        target=ends[:, 1],
        kind=pa.array(["firm:supplies:firm:forward"] * len(links), pa.string()).dictionary_encode(),
        weight=np.array([weight * 0.9**m for m in range(len(base))]).reshape(len(base), -1),
        rounds=rounds,
        scale=HazardMap(slope=slope),
        model="m/network",
        content_hash="c",
    )


Caught = list[dict[tuple[int, int], float]]


def rounds_of(kept: Transmissions, member: int) -> Caught:
    """By round what each pair (source, target) hands on, straight from the definition."""
    base = kept.base[member]
    pairs = sorted(set(zip(kept.source.tolist(), kept.target.tolist(), strict=True)))
    caught: Caught = [dict.fromkeys(pairs, 0.0)]
    for _ in range(kept.rounds):
        before, now = caught[-1], {}
        for j, i in pairs:
            hazard = base[j] + math.fsum(part for (_, to), part in before.items() if to == j)
            q = -math.expm1(-max(hazard - before.get((i, j), 0.0), 0.0))
            q = 1.0 if kept.defaulted[j] else q
            links = np.flatnonzero((kept.source == j) & (kept.target == i))
            now[j, i] = -math.fsum(math.log1p(-w * q) for w in kept.weight[member, links])
        caught.append(now)
    return caught


def walk(
    kept: Transmissions, member: int, caught: Caught, i: int, back: int | None = None
) -> list[tuple[tuple[int, ...], float]]:
    """Paths into i by the last of these rounds, but for what `back` gave it."""
    rows = []
    for (j, target), handed in caught[-1].items():
        if target != i or j == back or not handed:
            continue
        if kept.defaulted[j]:
            rows.append(((j, i), handed))
            continue
        own = float(kept.base[member, j])
        further = walk(kept, member, caught[:-1], j, i) if len(caught) > 2 else []
        whole = own + math.fsum(part for _, part in further)
        if whole > 0:
            rows.append(((j, i), handed * own / whole))
            rows += [((*chain, i), handed * part / whole) for chain, part in further]
    return rows


def slowly(kept: Transmissions, firm: int) -> dict[tuple[str, ...], float]:
    """Hazard by path, before calibration: the mean over the members."""
    found: dict[tuple[str, ...], float] = {}
    for member in range(len(kept.base)):
        for chain, hazard in walk(kept, member, rounds_of(kept, member), firm):
            ids = tuple(kept.node_ids[n] for n in chain)
            found[ids] = found.get(ids, 0.0) + hazard / len(kept.base)
    return found


def test_a_chain_by_hand() -> None:
    # 0 supplies 1 supplies 2; in round 2 firm 2 catches from 1, which has its own .2 and c from 0.
    c = -math.log1p(-0.5 * -math.expm1(-0.1))
    whole = -math.log1p(-0.5 * -math.expm1(-0.2 - c))
    kept = learned([[0.1, 0.2, 0.3]], [(0, 1, 0.5), (1, 2, 0.5)])
    short, long = sorted(caught_paths(kept, "F2"), key=lambda p: len(p.chain))
    assert (short.chain, long.chain) == (("F1", "F2"), ("F0", "F1", "F2"))
    assert long.links == ("supplier", "supplier")
    assert (short.hazard, long.hazard) == (
        pytest.approx(whole * 0.2 / (0.2 + c)),
        pytest.approx(whole * c / (0.2 + c)),
    )
    assert short.share + long.share == pytest.approx(1.0)


def test_a_firm_in_default_is_where_a_path_begins_and_catches_nothing() -> None:
    found = learned([[0.1, 0.2, 0.3]], [(0, 1, 0.5), (1, 2, 0.5)], defaulted=(1,))
    (only,) = caught_paths(found, "F2")
    assert only.chain == ("F1", "F2")
    assert only.defaulted
    assert only.hazard == pytest.approx(math.log(2))
    assert caught_paths(found, "F1") == []
    assert caught_paths(found, "F0") == []


def related(*links: tuple[int, int, str]) -> Transmissions:
    """Two firms, then a person, as of a network in which these links transmit."""
    kept = learned([[0.1, 0.2, 0.0]], [(a, b, 0.5) for a, b, _ in links])
    kinds = pa.array([kind for *_, kind in links], pa.string()).dictionary_encode()
    return replace(kept, node_ids=("A", "B", "P"), firms=2, defaulted=np.zeros(3, bool), kind=kinds)


def memo_path(path: CaughtPath) -> MemoPath:
    return MemoPath(path.chain, path.links, path.hazard, path.share, path.defaulted, seen_by(path))


def test_a_subsidiary_is_not_called_the_owner() -> None:
    # B owns A: what A hands to B goes up the link.
    (path,) = caught_paths(related((0, 1, "firm:owns:firm:back")), "B")
    assert (path.chain, path.links, path.firms) == (("A", "B"), ("owns",), (True, True))
    assert path_words(memo_path(path), {"A": "Alfa"}) == ("Alfa (A) - ownership > B", "Alfa (A) - 持股 > B")


def test_over_a_person_only_firms_are_asked_of() -> None:
    # P owns A and manages B: A fails, P is hurt, and B by P.
    kept = related((0, 2, "person:owns:firm:back"), (2, 1, "person:manages:firm:forward"))
    (path,) = caught_paths(kept, "B")
    assert (path.chain, path.links) == (("A", "P", "B"), ("owns", "manages"))
    assert path.firms == (True, False, True)
    assert seen_by(path) == (QueryRecord("people/common-control", {"firm": "B"}),)
    assert path_words(memo_path(path), {}).en == "A - ownership > P - management > B"


ends = st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.01, 0.9)).filter(lambda e: e[0] != e[1])


@given(
    base=st.lists(st.lists(st.floats(0.0, 0.5), min_size=5, max_size=5), min_size=1, max_size=2),
    links=st.lists(ends, min_size=1, max_size=10),
    defaulted=st.sets(st.integers(0, 4), max_size=1),
    rounds=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_paths_are_those_of_the_definition_and_sum_to_caught(
    base: list[list[float]], links: Links, defaulted: set[int], rounds: int
) -> None:
    kept = learned(base, links, tuple(defaulted), rounds, slope=0.8)
    hazard, plain = kept.hazards(), replace(kept, scale=HazardMap()).hazards()
    for firm in set(range(5)) - defaulted:
        factor = hazard[firm] / max(plain[firm], 1e-12)
        fast = {p.chain: p.hazard for p in caught_paths(kept, f"F{firm}", ALL)}
        slow = {chain: h * factor for chain, h in slowly(kept, firm).items() if h > 1e-12}
        assert fast == pytest.approx(slow, rel=1e-9, abs=1e-12)
        few = [p.hazard for p in caught_paths(kept, f"F{firm}", 2)]
        assert few == pytest.approx(sorted(fast.values(), reverse=True)[:2], rel=1e-9, abs=1e-12)
        own = float(np.mean(kept.base[:, firm]))
        assert sum(fast.values()) == pytest.approx((plain[firm] - own) * factor, rel=1e-6, abs=1e-9)


@given(
    links=st.lists(ends, min_size=1, max_size=12),
    stopped=st.sets(st.integers(0, 4), max_size=2),
    rounds=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_links_near_a_firm_are_all_that_its_hazard_needs(
    links: Links, stopped: set[int], rounds: int
) -> None:
    kept = learned([[0.1, 0.02, 0.3, 0.05, 0.2], [0.1, 0.03, 0.2, 0.05, 0.1]], links, rounds=rounds)
    flags = np.isin(np.arange(5), list(stopped))
    for firm in range(5):
        assert kept.near(firm).hazards(flags)[firm] == pytest.approx(kept.hazards(flags)[firm], rel=1e-12)


def test_a_desk_looks_for_the_links_near_a_firm_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = learned([[0.1, 0.2, 0.3]], [(0, 1, 0.5), (1, 2, 0.5)])
    desk, asked, near = LearnedStops(kept), [], Transmissions.near

    def counted(self: Transmissions, row: int) -> Transmissions:
        asked.append(row)
        return near(self, row)

    monkeypatch.setattr(Transmissions, "near", counted)
    assert desk.pd_of("F2") == pytest.approx(-math.expm1(-kept.hazards()[2]))
    found = desk.paths("F2")
    assert asked == [2]
    assert found == caught_paths(kept, "F2")
    assert desk.paths("F0") == []


def test_words_of_links() -> None:
    assert ChannelKind.parse("firm:supplies:firm:back").link == "customer"
    assert ChannelKind.parse("firm:carries_for:firm:forward").link == "carrier"
    assert ChannelKind.parse("person:owns:firm:forward").link == "owns"
    assert ChannelKind.parse("firm:owns:firm:back").link == "owns"
    assert ChannelKind.parse("kin").link == "kin"

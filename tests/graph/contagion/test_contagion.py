"""The network's rounds: hand-worked chains, a star without echo, a slow readable version, invariants."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from supplyrisk.gnn.data.hetero_data import Channels, channels
from supplyrisk.gnn.network.hazard_propagation import MAX_TRANSMISSION, Transmission, propagate

Links = list[tuple[int, int]]


def graph(firms: int, supplies: Links, shares: list[tuple[float, float]] | None = None) -> Channels:
    """Supply links (supplier, customer) with their shares of purchases and of sales (1 and 1 unless given)."""
    data = HeteroData()
    data["firm"].x = torch.zeros(firms, 0, dtype=torch.float64)
    data["person"].num_nodes = 0
    edge = data["firm", "supplies", "firm"]
    edge.edge_index = torch.tensor(supplies, dtype=torch.int64).reshape(-1, 2).T
    edge.edge_attr = torch.tensor(shares or [(1.0, 1.0)] * len(supplies), dtype=torch.float64).reshape(-1, 2)
    edge.attributes = ["share_of_purchases", "share_of_sales"]
    return channels(data)


def weights(links: Channels, forward: float, back: float) -> torch.Tensor:
    per_kind = torch.tensor(
        [forward if k.endswith("forward") else back for k in links.kinds], dtype=torch.float64
    )
    return per_kind[links.kind] * links.share


def tensor(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def slow(
    base: list[float], bad: list[bool], channel: list[tuple[int, int, float]], rounds: int
) -> list[float]:
    """The equations as written: channel lists (source, target, w); nothing is summed before it has to be."""
    n = len(base)
    caught = {(j, i): 0.0 for j in range(n) for i in range(n)}
    for _ in range(rounds):
        h = [base[i] + sum(caught[j, i] for j in range(n)) for i in range(n)]
        after = dict.fromkeys(caught, 0.0)
        for j, i, w in channel:
            q = 1.0 if bad[j] else 1 - math.exp(-(h[j] - caught[i, j]))
            after[j, i] += -math.log(1 - w * q)
        caught = after
    return [base[i] + sum(caught[j, i] for j in range(n)) for i in range(n)]


def test_a_chain_worked_by_hand() -> None:
    # 0 supplies 1 supplies 2; w = .5 downstream, 0 upstream; own hazards .1, .2, .3.
    links = graph(3, [(0, 1), (1, 2)])
    w = weights(links, 0.5, 0.0)
    base, none = tensor([0.1, 0.2, 0.3]), torch.zeros(3, dtype=torch.bool)
    one = propagate(base, none, w, links, 1).hazard
    # Round 1: 1 catches -log(1 - .5 (1 - e^-.1)) = -log(1 - .5 x .0951626) = .0487506;
    #          2 catches -log(1 - .5 (1 - e^-.2)) = -log(1 - .5 x .1812692) = .0950085.
    assert one.tolist() == pytest.approx([0.1, 0.2487506, 0.3950085], abs=1e-6)
    two = propagate(base, none, w, links, 2).hazard
    # Round 2: 2 now catches from h_1 = .2487506: q = .2202256, -log(1 - .1101128) = .1166605.
    assert two.tolist() == pytest.approx([0.1, 0.2487506, 0.4166605], abs=1e-6)


def test_a_star_has_no_echo() -> None:
    # A hub with 50 customers, own .02, w .3 downstream and .1 upstream: what the leaves caught from the hub does
    # not come back, so four rounds give the hub's hazard of one round.
    links = graph(51, [(0, leaf) for leaf in range(1, 51)])
    w, base = weights(links, 0.3, 0.1), torch.full((51,), 0.02, dtype=torch.float64)
    none = torch.zeros(51, dtype=torch.bool)
    hub = [float(propagate(base, none, w, links, k).hazard[0]) for k in (1, 2, 3, 4)]
    assert hub[0] == pytest.approx(0.02 + 50 * -math.log(1 - 0.1 * (1 - math.exp(-0.02))))
    assert hub[0] == pytest.approx(0.119, abs=5e-4)
    assert hub == pytest.approx([hub[0]] * 4, abs=1e-12)


def test_echo_is_taken_out_over_all_links_between_two() -> None:
    # Two links between the same two firms: nothing comes back along the other one either.
    links = graph(2, [(0, 1), (0, 1)])
    w, base = weights(links, 0.4, 0.2), tensor([0.1, 0.0])
    none = torch.zeros(2, dtype=torch.bool)
    assert float(propagate(base, none, w, links, 5).hazard[0]) == pytest.approx(0.1, abs=1e-12)


def test_a_firm_in_default_is_a_certain_source() -> None:
    links = graph(2, [(0, 1)])
    bad = torch.tensor([True, False])
    found = propagate(tensor([0.01, 0.05]), bad, weights(links, 0.5, 0.0), links, 2)
    assert float(found.hazard[1]) == pytest.approx(0.05 - math.log(1 - 0.5))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[int, Links, list[tuple[float, float]], list[float], list[bool]]:
    n = draw(st.integers(2, 6))
    firm = st.integers(0, n - 1)
    supplies = draw(st.lists(st.tuples(firm, firm), max_size=12))
    share = st.floats(0.01, 1.0)
    shares = [(draw(share), draw(share)) for _ in supplies]
    base = [draw(st.floats(0.0, 2.0)) for _ in range(n)]
    return n, supplies, shares, base, [draw(st.booleans()) for _ in range(n)]


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(1, 4))
def test_fast_equals_slow(
    world: tuple[int, Links, list[tuple[float, float]], list[float], list[bool]], k: int
) -> None:
    n, supplies, shares, base, bad = world
    links = graph(n, supplies, shares)
    found = propagate(tensor(base), torch.tensor(bad), weights(links, 0.6, 0.3), links, k).hazard
    channel = []
    for (a, b), (bought, sold) in zip(supplies, shares, strict=True):
        if a != b:
            channel += [(a, b, 0.6 * bought), (b, a, 0.3 * sold)]
    assert found.tolist() == pytest.approx(slow(base, bad, channel, k), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_renumbering_firms_changes_nothing(
    world: tuple[int, Links, list[tuple[float, float]], list[float], list[bool]], random: object
) -> None:
    n, supplies, shares, base, bad = world
    order = list(range(n))
    random.shuffle(order)  # type: ignore[attr-defined]
    links, moved = graph(n, supplies, shares), graph(n, [(order[a], order[b]) for a, b in supplies], shares)
    before = propagate(tensor(base), torch.tensor(bad), weights(links, 0.6, 0.3), links, 3).hazard
    place = [order.index(i) for i in range(n)]
    there = propagate(
        tensor([base[p] for p in place]),
        torch.tensor([bad[p] for p in place]),
        weights(moved, 0.6, 0.3),
        moved,
        3,
    )
    assert there.hazard[order].tolist() == pytest.approx(before.tolist(), abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.data())
def test_more_own_hazard_never_lowers_another(
    world: tuple[int, Links, list[tuple[float, float]], list[float], list[bool]], data: st.DataObject
) -> None:
    n, supplies, shares, base, bad = world
    raised = list(base)
    raised[data.draw(st.integers(0, n - 1))] += 0.5
    links = graph(n, supplies, shares)
    w = weights(links, 0.6, 0.3)
    low = propagate(tensor(base), torch.tensor(bad), w, links, 3).hazard
    high = propagate(tensor(raised), torch.tensor(bad), w, links, 3).hazard
    assert bool((high >= low - 1e-12).all())


def test_transmission_starts_small_and_stays_below_one() -> None:
    links = graph(3, [(0, 1), (1, 2)], [(1.0, 0.5), (0.2, 1.0)])
    way = Transmission(links.kinds)
    ends = torch.zeros(3, 2, dtype=torch.float64)
    start = way(links, ends)
    assert start.tolist() == pytest.approx((links.share * (1 / (1 + math.exp(5.3)))).tolist())
    way.level.data.fill_(50.0)
    assert float(way(links, ends).detach().max()) == MAX_TRANSMISSION


def test_an_unknown_kind_of_link_transmits_nothing() -> None:
    links = graph(2, [(0, 1)])
    way = Transmission(("firm:guarantees:firm:forward",))
    assert way(links, torch.zeros(2, 2, dtype=torch.float64)).tolist() == [0.0, 0.0]


def test_a_link_that_no_firm_depends_on_is_no_channel() -> None:
    assert graph(3, [(0, 1), (1, 2)], [(0.0, 0.0), (0.0, 0.7)]).source.tolist() == [1, 2]


def test_gradients_match_finite_differences() -> None:
    links = graph(4, [(0, 1), (1, 2), (2, 0), (3, 1)])
    base, bad = tensor([0.1, 0.3, 0.05, 0.2]), torch.tensor([False, False, False, True])
    w = torch.full((links.source.numel(),), 0.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: propagate(base, bad, v, links, 2).hazard, (w,))
    assert np.isfinite(propagate(base, bad, w, links, 2).hazard.detach().numpy()).all()


def test_scoring_and_fitting_see_the_same_transmissions() -> None:
    links = graph(6, [(0, 1), (1, 2), (3, 1), (4, 5), (2, 4)])
    links = replace(links, attributes=torch.where(torch.rand(links.attributes.shape) < 0.3, torch.nan, 1.5))
    links = replace(links, attributes=links.attributes.to(torch.float64))
    way = Transmission(("firm:other:firm:back", *links.kinds[:1]))
    for weights in (way.level, way.edge, way.ends, way.centre):
        weights.data += torch.randn(weights.shape, dtype=torch.float64)
    ends = torch.randn(links.nodes, 2, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(way(links, ends), way.transmissions(way.inputs_of(links, ends)))
        assert (way(links, ends) > 0).any()

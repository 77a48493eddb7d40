"""Hazards from kept transmissions: by hand, against the network's own rounds, and equal to the kept scores."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk import gnn
from supplyrisk.gnn.data.hetero_data import Channels
from supplyrisk.gnn.network.hazard_propagation import propagate
from supplyrisk.graph import DataError, HazardMap, Snapshot, Transmissions

Links = list[tuple[int, int, float]]


def learned(
    base: list[float],
    links: Links,
    defaulted: list[int] | None = None,
    rounds: int = 2,
    scale: HazardMap | None = None,
) -> Transmissions:
    """One member over firms alone."""
    ends = np.array([link[:2] for link in links], np.int64).reshape(-1, 2)
    return Transmissions(
        node_ids=tuple(f"F{i}" for i in range(len(base))),
        firms=len(base),
        defaulted=np.isin(np.arange(len(base)), defaulted or []),
        base=np.array([base]),
        source=ends[:, 0],
        target=ends[:, 1],
        kind=pa.array(["firm:supplies:firm:forward"] * len(links), pa.string()).dictionary_encode(),
        weight=np.array([[w for *_, w in links]]).reshape(1, -1),
        rounds=rounds,
        scale=scale or HazardMap(),
        model="m/network",
        content_hash="c",
    )


def test_a_chain_by_hand() -> None:
    # 0 supplies 1 supplies 2, w = .5, own .1, .2, .3; the second round hands on what 1 caught from 0.
    found = learned([0.1, 0.2, 0.3], [(0, 1, 0.5), (1, 2, 0.5)])
    assert found.hazards().tolist() == pytest.approx([0.1, 0.2487506, 0.4166605], abs=1e-6)
    # 0 stops: 1 catches -log(1 - .5) = .693147; 2 catches -log(1 - .5 (1 - e^-.893147)) = .351923.
    stopped = np.array([True, False, False])
    caught = -math.log(1 - 0.5 * (1 - math.exp(-0.2 - math.log(2))))
    assert found.hazards(stopped).tolist() == pytest.approx([0.1, 0.2 + math.log(2), 0.3 + caught])
    # Without the second link only 1 feels it.
    assert found.hazards(stopped, np.array([True, False])).tolist() == pytest.approx(
        [0.1, 0.2 + math.log(2), 0.3]
    )


def test_nothing_is_handed_straight_back() -> None:
    assert learned([0.1, 0.0], [(0, 1, 0.4), (1, 0, 0.2)], rounds=5).hazards()[0] == pytest.approx(0.1)


def test_members_are_averaged_before_the_calibration() -> None:
    one, two = (learned([0.1, 0.2], [(0, 1, w)]) for w in (0.5, 0.0))
    both = Transmissions(**(vars(one) | {
        "base": np.vstack([one.base, two.base]), "weight": np.vstack([one.weight, two.weight]),
        "scale": HazardMap(0.1, 0.5),
    }))  # fmt: skip
    mean = (one.hazards() + two.hazards()) / 2
    assert both.hazards() == pytest.approx(np.exp(0.1 + 0.5 * np.log(mean)))


def test_another_base_rate_multiplies_the_odds() -> None:
    pd = 1 - np.exp(-HazardMap(shift=math.log(3)).apply(np.array([0.1])))
    odds = (1 - math.exp(-0.1)) / math.exp(-0.1)
    assert pd / (1 - pd) == pytest.approx([3 * odds])


def test_tables_hold_all_of_it(tmp_path: Path) -> None:
    found = learned(
        [0.1, 0.2, 0.3], [(0, 1, 0.5), (1, 2, 0.5)], defaulted=[0], scale=HazardMap(0.1, 0.9, 0.2)
    )
    for name, table in zip(("nodes", "links"), found.to_tables(), strict=True):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    nodes, links = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("nodes", "links"))
    again = Transmissions.from_tables(nodes, links)
    assert again.hazards().tolist() == found.hazards().tolist()
    assert (again.node_ids, again.kind.tolist(), again.model) == (
        found.node_ids,
        found.kind.tolist(),
        "m/network",
    )
    none = learned([0.1], [])
    assert Transmissions.from_tables(*none.to_tables()).hazards().tolist() == pytest.approx([0.1])
    with pytest.raises(DataError, match="two scorings"):
        Transmissions.from_tables(nodes, none.to_tables()[1])
    assert "rounds" in json.loads(nodes.schema.metadata[b"scgraph"])


@st.composite
def relations(draw: st.DrawFn) -> tuple[list[float], Links, list[int]]:
    n = draw(st.integers(2, 6))
    firm = st.integers(0, n - 1)
    links = draw(st.lists(st.tuples(firm, firm, st.floats(0, 0.99)), max_size=14))
    base = [draw(st.floats(0, 2)) for _ in range(n)]
    return base, [link for link in links if link[0] != link[1]], draw(st.lists(firm, max_size=2))


def both_ways(links: Links) -> Links:
    """The network has a channel back for each link; one of weight 0 transmits nothing."""
    return [*links, *((b, a, 0.0) for a, b, _ in links)]


@settings(max_examples=80, deadline=None)
@given(relations(), st.integers(1, 4), st.data())
def test_it_is_what_the_networks_rounds_say(
    relation: tuple[list[float], Links, list[int]], rounds: int, data: st.DataObject
) -> None:
    base, links, defaulted = relation
    n = len(base)
    stopped = np.array([data.draw(st.booleans()) for _ in range(n)])
    every = both_ways(links)
    source, target = (torch.tensor([link[end] for link in every], dtype=torch.int64) for end in (0, 1))
    pairs, pair = torch.unique(source * n + target, return_inverse=True)
    back = torch.searchsorted(pairs, (pairs % n) * n + pairs // n)
    nothing = torch.zeros(len(every), dtype=torch.float64)
    channels = Channels(
        (), n, source, target, source, nothing, nothing[:, None], pair, pairs // n, pairs % n, back
    )
    weight = torch.tensor([w for *_, w in every], dtype=torch.float64)
    found = learned(base, links, defaulted, rounds)
    certain = torch.tensor([bool(stopped[i]) or i in defaulted for i in range(n)])
    expected = propagate(torch.tensor(base, dtype=torch.float64), certain, weight, channels, rounds).hazard
    assert found.hazards(stopped) == pytest.approx(np.maximum(expected.numpy(), 1e-12), abs=1e-12)
    assert np.all(found.hazards(stopped) >= found.hazards() - 1e-12)


@pytest.mark.parametrize("base_rate", [None, 0.2])
def test_without_stopped_firms_it_is_the_score(
    model: gnn.RiskModel, now: Snapshot, base_rate: float | None
) -> None:
    seen = model.parts(now)
    kept = gnn.transmissions_of(model, now, seen, base_rate)
    scores = gnn.score(model, now, use=gnn.NETWORK, base_rate=base_rate, computed=seen).firms.sort_by(
        "firm_id"
    )
    hazards = Transmissions.from_tables(*kept.to_tables()).hazards()
    pds = dict(zip(kept.node_ids, (1 - np.exp(-hazards)).tolist(), strict=False))
    found = {row["firm_id"]: row["pd"] for row in scores.to_pylist()}
    assert {f: pds[f] for f, pd in found.items() if pd is not None} == pytest.approx(
        {f: pd for f, pd in found.items() if pd is not None}, rel=1e-9
    )
    assert len(kept.source) > 0
    assert kept.weight.max() > 0

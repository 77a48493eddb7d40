"""Placebos: graphs without contagion keep degrees, mirrors and shares, and move nearly every link."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from supplyrisk.gnn.evaluation import rewired, size_cells, swapped
from supplyrisk.graph import Snapshot

MAKERS = [rewired, swapped]


def degrees(snap: Snapshot) -> dict[tuple[object, ...], Counter[int]]:
    return {
        (kind, end): Counter(table[end].to_pylist())
        for kind, table in snap.edges.items()
        for end in ("source", "target")
    }


def ends(snap: Snapshot, kind: tuple[str, str, str]) -> set[tuple[int, int]]:
    return set(
        zip(snap.edges[kind]["source"].to_pylist(), snap.edges[kind]["target"].to_pylist(), strict=True)
    )


@pytest.mark.parametrize("make", MAKERS)
def test_every_degree_of_every_kind_is_kept(make: object, now: Snapshot) -> None:
    placebo = make(now, 3)  # type: ignore[operator]
    assert degrees(placebo.snapshot) == degrees(now)
    for kind, table in placebo.snapshot.edges.items():
        assert len(ends(placebo.snapshot, kind)) == table.num_rows
        if kind[0] == kind[2]:
            assert all(a != b for a, b in ends(placebo.snapshot, kind))
    assert placebo.snapshot.firms.equals(now.firms)


def test_rewiring_moves_most_links_and_a_seed_repeats_it(now: Snapshot) -> None:
    placebo = rewired(now, 3)
    assert placebo.moved > 0.6  # few carriers serve nearly every firm: their links have no other partner
    supplies = ("firm", "supplies", "firm")
    unchanged = ends(placebo.snapshot, supplies) & ends(now, supplies)
    assert len(unchanged) < 0.2 * now.edges[supplies].num_rows
    assert placebo.snapshot.edges[supplies].equals(rewired(now, 3).snapshot.edges[supplies])
    assert not placebo.snapshot.edges[supplies].equals(rewired(now, 4).snapshot.edges[supplies])


def test_shares_go_with_the_end_whose_they_are(now: Snapshot) -> None:
    """What a firm buys and sells adds up to one as before, whoever stands at the other end."""
    supplies = ("firm", "supplies", "firm")
    for end, share in (("target", "share_of_purchases"), ("source", "share_of_sales")):
        sums = []
        for snap in (now, rewired(now, 3).snapshot):
            table = snap.edges[supplies]
            values = np.nan_to_num(table[share].to_numpy())
            sums.append(np.bincount(table[end].to_numpy(), values, snap.firms.num_rows))
        assert sums[0] == pytest.approx(sums[1], abs=1e-9)


def test_a_swap_keeps_each_customers_suppliers_cells(now: Snapshot) -> None:
    supplies = ("firm", "supplies", "firm")
    # Pairs that trade one way only, so that the supplier is the source of every bundle.
    pairs = ends(now, supplies)
    table = now.edges[supplies]
    rows = zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)
    only = replace(now, edges={supplies: table.filter(pa.array([(b, a) not in pairs for a, b in rows]))})
    placebo = swapped(only, 3)
    cell = size_cells(now)
    before, after = (
        Counter((b, int(cell[a])) for a, b in ends(snap, supplies)) for snap in (only, placebo.snapshot)
    )
    assert before == after
    assert 0 < placebo.moved < 1


def test_links_between_two_nodes_move_together(now: Snapshot) -> None:
    """A mirrored kind stays the mirror: what is a's to b is b's to a, before and after."""
    one, other = ("firm", "invests", "firm"), ("firm", "invested", "firm")
    supplies = now.edges["firm", "supplies", "firm"]
    columns = {"source": supplies["source"], "target": supplies["target"]}
    mirror = pa.table({"source": supplies["target"], "target": supplies["source"]})
    both = replace(
        now,
        edges={
            one: pa.table(columns),
            other: mirror.sort_by([("source", "ascending"), ("target", "ascending")]),
        },
    )
    placebo = rewired(both, 1).snapshot
    assert {(b, a) for a, b in ends(placebo, one)} == ends(placebo, other)
    assert ends(placebo, one) != ends(both, one)


def test_a_graph_without_links_stays_as_it_is(now: Snapshot) -> None:
    bare = replace(now, edges={})
    assert rewired(bare, 0).moved == 0.0
    assert rewired(bare, 0).snapshot is bare


def test_size_cells_are_industry_region_and_third(now: Snapshot) -> None:
    small = replace(
        now,
        firms=pa.table(
            {
                "industry": ["x", "x", "x", "x", "y"],
                "region": ["r"] * 5,
                "registered_capital": [1.0, 2.0, 3.0, None, 1.0],
            }
        ),
    )
    # Thirds of 1, 1, 2, 3: bounds 1 and 2; the missing one stands alone, and so does y.
    assert size_cells(small).tolist() == [0, 1, 2, 3, 4]

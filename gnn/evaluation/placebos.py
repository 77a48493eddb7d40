"""Graphs in which there can be no contagion, to be trained on as the true one is: what is gained there is none.

Both keep every firm's own data, its outcome and its number of links of every kind and direction. All links between
two nodes move together (mirror pairs, a supplier who is a customer too), so that no kind of neighbourhood is torn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph import Snapshot

Whole = NDArray[np.int64]

ROUNDS = 10
"""Rounds of pairwise exchange; in each, every bundle of links is offered one partner."""
SIZES = ("registered_capital", "employees", "sales_180", "revenue")
"""What a firm's size is taken from: the first of these that the snapshot has."""
OWNERS = {
    "supplies": {"source": "share_of_sales", "target": "share_of_purchases"},
    "carries_for": {"target": "share"},
}
"""Attributes that are an end's own, a share of its sum: they go where that end goes."""


@dataclass(frozen=True)
class PlaceboSnapshot:
    """A snapshot with other links, and the share of pairs of linked nodes that changed a partner."""

    snapshot: Snapshot
    moved: float


def rewired(snapshot: Snapshot, seed: int = 0) -> PlaceboSnapshot:
    """Links rewired with degrees kept (exchange of ends, Maslov and Sneppen 2002): likeness goes as well.

    Ends are exchanged between pairs of nodes that are joined by the same kinds of links; none gets a link to itself
    or a second partner of the same name.
    """
    return _exchanged(snapshot, None, seed)


def swapped(snapshot: Snapshot, seed: int = 0) -> PlaceboSnapshot:
    """Sources exchanged among firms of one industry x region x size cell: the likeness that is observed stays.

    The source is the end with more links away from it; between a firm and a person it is the firm.
    """
    return _exchanged(snapshot, size_cells(snapshot), seed)


def size_cells(snapshot: Snapshot) -> Whole:
    """Number [firms] of each firm's industry x region x third of size; a missing size is a class of its own."""
    firms = snapshot.firms
    name = next((n for n in SIZES if n in firms.column_names), None)
    size = np.full(firms.num_rows, np.nan)
    if name is not None:
        size = np.asarray(firms.column(name).cast(pa.float64()).to_numpy(), dtype=float)
    known = size[~np.isnan(size)]
    third = np.searchsorted(np.quantile(known, [1 / 3, 2 / 3]), size) if known.size else np.zeros(len(size))
    third = np.where(np.isnan(size), 3, third)
    places = (firms.column(c).to_pylist() for c in ("industry", "region"))
    keys = [f"{industry}\x1f{region}\x1f{t:.0f}" for industry, region, t in zip(*places, third, strict=True)]
    return np.unique(np.array(keys, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class _Bundles:
    """All links between two nodes as one: first, second [bundles] are its ends, kinds [bundles] a digest of them.

    bundle [links] is where each link belongs, outward [links] whether it runs from first to second.
    """

    first: Whole
    second: Whole
    kinds: NDArray[np.uint64]
    bundle: Whole
    outward: NDArray[np.bool_]


def _exchanged(snapshot: Snapshot, cells: Whole | None, seed: int) -> PlaceboSnapshot:
    rng = np.random.default_rng(seed)
    firms = snapshot.firms.num_rows
    offset = {"firm": 0, "person": firms}
    nodes = firms + snapshot.persons.num_rows
    types = list(snapshot.edges)
    if not any(t.num_rows for t in snapshot.edges.values()):
        return PlaceboSnapshot(snapshot, 0.0)
    ends = [
        np.stack([t.column(c).to_numpy() + offset[kind[i]] for c, i in (("source", 0), ("target", 2))])
        for kind, t in snapshot.edges.items()
    ]
    source, target = np.concatenate(ends, axis=1).astype(np.int64)
    kind = np.repeat(np.arange(len(types)), [e.shape[1] for e in ends])
    found = _bundled(source, target, kind, (nodes, firms), rng)
    group = np.asarray(np.unique(found.kinds, return_inverse=True)[1], dtype=np.int64)
    if cells is not None:
        # Persons, who have no cell, are never first where there is a firm.
        cell = np.concatenate([cells, np.full(nodes - firms, -1)])[found.first]
        group = group * (cell.max() + 2) + cell + 1
    giver = _exchange(found, group, nodes, rng)
    first = found.first[giver]
    source = np.where(found.outward, first[found.bundle], source)
    target = np.where(found.outward, target, first[found.bundle])
    donor = _donors(found, kind, giver)
    edges, start = {}, 0
    for (a, name, b), table in snapshot.edges.items():
        at = slice(start, start + table.num_rows)
        moved = _with_owned(table, name, donor[at] - start, found.outward[at])
        edges[a, name, b] = _with_ends(moved, source[at] - offset[a], target[at] - offset[b])
        start += table.num_rows
    return PlaceboSnapshot(replace(snapshot, edges=edges), float(np.mean(first != found.first)))


def _bundled(
    source: Whole, target: Whole, kind: Whole, size: tuple[int, int], rng: np.random.Generator
) -> _Bundles:
    nodes, firms = size
    low, high = np.minimum(source, target), np.maximum(source, target)
    pairs, bundle = np.unique(low * nodes + high, return_inverse=True)
    low, high = pairs // nodes, pairs % nodes
    out = source == low[bundle]
    # The sum of random numbers, one per kind and direction, is a digest of what joins the pair from one end's view.
    weight = rng.integers(2**63, size=2 * (kind.max() + 1), dtype=np.uint64)
    seen_low = _sums(weight[2 * kind + ~out], bundle, len(pairs))
    seen_high = _sums(weight[2 * kind + out], bundle, len(pairs))
    lead = np.bincount(bundle, np.where(out, 1, -1), len(pairs))
    coin = rng.random(len(pairs)) < 0.5
    like = np.where(seen_low == seen_high, coin, seen_low < seen_high)
    # Persons are numbered after firms: in a mixed pair the lower one is the firm.
    mixed = (low < firms) & (high >= firms)
    low_first = mixed | (lead > 0) | ((lead == 0) & like)
    first, second = np.where(low_first, low, high), np.where(low_first, high, low)
    kinds = np.where(low_first, seen_low, seen_high)
    return _Bundles(first, second, kinds, bundle, source == first[bundle])


def _sums(values: NDArray[np.uint64], at: Whole, size: int) -> NDArray[np.uint64]:
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, at, values)
    return total


def _exchange(found: _Bundles, group: Whole, nodes: int, rng: np.random.Generator) -> Whole:
    """giver [bundles]: each bundle gets the first end of this one, in the same group."""
    giver = np.arange(len(found.first))
    for _ in range(ROUNDS):
        first = found.first[giver]
        order = np.lexsort((rng.random(len(group)), group))
        ranked = group[order]
        start = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        place = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        left = np.flatnonzero((place[:-1] % 2 == 0) & (ranked[:-1] == ranked[1:]))
        a, b = order[left], order[left + 1]
        new = np.stack([_key(first[b], found.second[a], nodes), _key(first[a], found.second[b], nodes)])
        _, inverse, times = np.unique(new, return_inverse=True, return_counts=True)
        fresh = (times[inverse.reshape(new.shape)] == 1) & ~np.isin(new, _key(first, found.second, nodes))
        loose = (first[b] != found.second[a]) & (first[a] != found.second[b])
        taken = loose & fresh.all(0)
        a, b = a[taken], b[taken]
        giver[a], giver[b] = giver[b].copy(), giver[a].copy()
    return giver


def _key(one: Whole, other: Whole, nodes: int) -> Whole:
    return np.asarray(np.minimum(one, other) * nodes + np.maximum(one, other))


def _donors(found: _Bundles, kind: Whole, giver: Whole) -> Whole:
    """donor [links]: the link of the giving bundle that corresponds to each link."""
    order = np.lexsort((np.arange(len(kind)), found.outward, kind, found.bundle))
    start = np.r_[0, np.cumsum(np.bincount(found.bundle))]
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order)) - start[found.bundle[order]]
    return np.asarray(order[start[giver[found.bundle]] + rank])


def _with_owned(table: pa.Table, kind: str, donor: Whole, outward: NDArray[np.bool_]) -> pa.Table:
    """The attributes that are the first end's own come along with it."""
    for end, name in OWNERS.get(kind, {}).items():
        if name in table.column_names:
            own = outward if end == "source" else ~outward
            column = pc.if_else(pa.array(own), table.column(name).take(pa.array(donor)), table.column(name))
            table = table.set_column(table.column_names.index(name), name, column)
    return table


def _with_ends(table: pa.Table, source: Whole, target: Whole) -> pa.Table:
    for name, ends in (("source", source), ("target", target)):
        table = table.set_column(table.column_names.index(name), name, pa.array(ends, pa.int64()))
    return table.sort_by([("source", "ascending"), ("target", "ascending")])

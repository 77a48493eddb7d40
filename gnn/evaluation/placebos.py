"""Placebo graphs without contagion: what the network gains when it is trained on one of them is not contagion.

Both keep every firm's own data, its outcome and its number of links of every kind and direction. All links between two
nodes move together (mutual links, a supplier that is a customer too), so that combinations of links stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema.relations import relation_of

Numbers = NDArray[np.int64]

ROUNDS = 10
"""Rounds of pairwise exchange; each offers every bundle of links one partner."""
SIZES = ("registered_capital", "employees", "sales_180", "revenue")
"""Measures of a firm's size; the first one that the snapshot has is used."""


@dataclass(frozen=True)
class PlaceboSnapshot:
    """A snapshot with exchanged links, and the share of pairs of linked nodes whose partner changed."""

    snapshot: Snapshot
    moved: float


def rewired(snapshot: Snapshot, seed: int = 0) -> PlaceboSnapshot:
    """Return the snapshot rewired with degrees kept (Maslov and Sneppen 2002), which removes homophily as well.

    Ends are exchanged between pairs of nodes that are joined by the same kinds of links; no node gets a link to itself
    or the same partner twice.
    """
    return _exchanged(snapshot, None, seed)


def swapped(snapshot: Snapshot, seed: int = 0) -> PlaceboSnapshot:
    """Return the snapshot with sources exchanged within cells of industry x region x size; observed homophily stays.

    The source is the end with more outgoing links; between a firm and a person it is the firm.
    """
    return _exchanged(snapshot, size_cells(snapshot), seed)


def size_cells(snapshot: Snapshot) -> Numbers:
    """Return the number [firms] of each firm's industry x region x third of size; a missing size is its own class."""
    firms = snapshot.firms
    name = next((n for n in SIZES if n in firms.column_names), None)
    size = np.full(firms.num_rows, np.nan)
    if name is not None:
        size = np.asarray(firms.column(name).cast(pa.float64()).to_numpy(), dtype=float)
    known = size[~np.isnan(size)]
    third = np.searchsorted(np.quantile(known, [1 / 3, 2 / 3]), size) if known.size else np.zeros(len(size))
    third = np.where(np.isnan(size), 3, third)
    industries = firms.column("industry").to_pylist()
    regions = firms.column("region").to_pylist()
    # Joined by a control character, which names do not contain.
    keys = [
        f"{industry}\x1f{region}\x1f{t:.0f}"
        for industry, region, t in zip(industries, regions, third, strict=True)
    ]
    return np.unique(np.array(keys, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class _NodeCounts:
    """Number of firms, and of all nodes: firms are numbered first, then persons."""

    firms: int
    nodes: int


@dataclass(frozen=True)
class _Bundles:
    """The links between each two linked nodes as one bundle.

    Parameters
    ----------
    first, second [bundles]: the ends; the first ends are exchanged.
    kinds [bundles]: digest of the kinds and directions of the links.
    bundle [links]: number of the link's bundle.
    outward [links]: whether the link runs from first to second.
    """

    first: Numbers
    second: Numbers
    kinds: NDArray[np.uint64]
    bundle: Numbers
    outward: NDArray[np.bool_]


def _exchanged(snapshot: Snapshot, cells: Numbers | None, seed: int) -> PlaceboSnapshot:
    """Exchange first ends between bundles of the same kinds and, if given, of first ends in the same cell."""
    rng = np.random.default_rng(seed)
    firms = snapshot.firms.num_rows
    size = _NodeCounts(firms, firms + snapshot.persons.num_rows)
    offset = {"firm": 0, "person": firms}
    if not any(t.num_rows for t in snapshot.edges.values()):
        return PlaceboSnapshot(snapshot, 0.0)
    ends = [
        np.stack(
            [
                table.column("source").to_numpy() + offset[source_type],
                table.column("target").to_numpy() + offset[target_type],
            ]
        )
        for (source_type, _, target_type), table in snapshot.edges.items()
    ]
    source, target = np.concatenate(ends, axis=1).astype(np.int64)  # [links] over all kinds
    kind = np.repeat(np.arange(len(ends)), [e.shape[1] for e in ends])
    bundles = _bundled(source, target, kind, size, rng)
    group = np.asarray(np.unique(bundles.kinds, return_inverse=True)[1], dtype=np.int64)
    if cells is not None:
        # Persons, who have no cell, are never the first end where there is a firm.
        cell = np.concatenate([cells, np.full(size.nodes - firms, -1)])[bundles.first]
        group = group * (cell.max() + 2) + cell + 1
    giver = _exchange(bundles, group, size.nodes, rng)
    first = bundles.first[giver]
    source = np.where(bundles.outward, first[bundles.bundle], source)
    target = np.where(bundles.outward, target, first[bundles.bundle])
    donor = _donors(bundles, kind, giver)
    edges = {}
    start = 0
    for (source_type, name, target_type), table in snapshot.edges.items():
        at = slice(start, start + table.num_rows)
        moved = _with_owned(table, name, donor[at] - start, bundles.outward[at])
        edges[source_type, name, target_type] = _with_ends(
            moved, source[at] - offset[source_type], target[at] - offset[target_type]
        )
        start += table.num_rows
    return PlaceboSnapshot(replace(snapshot, edges=edges), float(np.mean(first != bundles.first)))


def _bundled(
    source: Numbers, target: Numbers, kind: Numbers, size: _NodeCounts, rng: np.random.Generator
) -> _Bundles:
    """Bundle the links [links] by their two nodes, and choose each bundle's first end."""
    link_low = np.minimum(source, target)
    link_high = np.maximum(source, target)
    pairs, bundle = np.unique(link_low * size.nodes + link_high, return_inverse=True)
    low = pairs // size.nodes
    high = pairs % size.nodes
    out = source == low[bundle]
    # The sum of random numbers, one per kind and direction, is a digest of a pair's links as seen from one end. uint64
    # sums wrap around, which a digest may.
    weight = rng.integers(2**63, size=2 * (kind.max() + 1), dtype=np.uint64)
    digest_low = _sums(weight[2 * kind + ~out], bundle, len(pairs))
    digest_high = _sums(weight[2 * kind + out], bundle, len(pairs))
    lead = np.bincount(bundle, np.where(out, 1, -1), len(pairs))
    # Without a lead the digests decide, so that like pairs are turned alike; symmetric pairs are turned at random.
    coin = rng.random(len(pairs)) < 0.5
    low_by_digest = np.where(digest_low == digest_high, coin, digest_low < digest_high)
    # Persons are numbered after firms: in a mixed pair the lower end is the firm.
    mixed = (low < size.firms) & (high >= size.firms)
    low_first = mixed | (lead > 0) | ((lead == 0) & low_by_digest)
    first = np.where(low_first, low, high)
    second = np.where(low_first, high, low)
    kinds = np.where(low_first, digest_low, digest_high)
    return _Bundles(first, second, kinds, bundle, source == first[bundle])


def _sums(values: NDArray[np.uint64], at: Numbers, size: int) -> NDArray[np.uint64]:
    # np.bincount would add in floating point and lose the low bits.
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, at, values)
    return total


def _exchange(bundles: _Bundles, group: Numbers, nodes: int, rng: np.random.Generator) -> Numbers:
    """Exchange first ends within groups; return giver [bundles], the bundle whose first end each bundle gets.

    An exchange is rejected if it would link a node with itself, or two nodes that are linked already or would be by
    another exchange of the round.
    """
    giver = np.arange(len(bundles.first))
    for _ in range(ROUNDS):
        first = bundles.first[giver]
        # Each group in random order; the entries at even and odd places become partners.
        order = np.lexsort((rng.random(len(group)), group))
        ranked = group[order]
        start = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        place = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
        left = np.flatnonzero((place[:-1] % 2 == 0) & (ranked[:-1] == ranked[1:]))
        a = order[left]
        b = order[left + 1]
        # [2, exchanges]: the two pairs that each exchange would create.
        new = np.stack([_key(first[b], bundles.second[a], nodes), _key(first[a], bundles.second[b], nodes)])
        _, inverse, times = np.unique(new, return_inverse=True, return_counts=True)
        unique = times[inverse.reshape(new.shape)] == 1
        fresh = unique & ~np.isin(new, _key(first, bundles.second, nodes))
        no_loop = (first[b] != bundles.second[a]) & (first[a] != bundles.second[b])
        accepted = no_loop & fresh.all(0)
        a = a[accepted]
        b = b[accepted]
        giver[a], giver[b] = giver[b].copy(), giver[a].copy()
    return giver


def _key(one: Numbers, other: Numbers, nodes: int) -> Numbers:
    """A number for each unordered pair of nodes."""
    return np.asarray(np.minimum(one, other) * nodes + np.maximum(one, other))


def _donors(bundles: _Bundles, kind: Numbers, giver: Numbers) -> Numbers:
    """donor [links]: the link of the giving bundle that corresponds to each link."""
    # Bundles of a group have the same kinds and directions, so their links correspond by rank in this order.
    order = np.lexsort((np.arange(len(kind)), bundles.outward, kind, bundles.bundle))
    start = np.r_[0, np.cumsum(np.bincount(bundles.bundle))]
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order)) - start[bundles.bundle[order]]
    return np.asarray(order[start[giver[bundles.bundle]] + rank])


def _with_owned(table: pa.Table, kind: str, donor: Numbers, outward: NDArray[np.bool_]) -> pa.Table:
    """Move the attributes that belong to the first end along with it."""
    relation = relation_of(kind)
    # A share is of the total of the end that depends: the target's share is the source's attribute.
    for name, owned in ((relation.target.share, outward), (relation.source.share, ~outward)):
        if name in table.column_names:
            column = pc.if_else(pa.array(owned), table.column(name).take(pa.array(donor)), table.column(name))
            table = table.set_column(table.column_names.index(name), name, column)
    return table


def _with_ends(table: pa.Table, source: Numbers, target: Numbers) -> pa.Table:
    for name, ends in (("source", source), ("target", target)):
        table = table.set_column(table.column_names.index(name), name, pa.array(ends, pa.int64()))
    # Snapshots list edges in this order.
    return table.sort_by([("source", "ascending"), ("target", "ascending")])

"""What a firm's neighbourhood looks like: counts of links, and sums and means over neighbours, both directions.

It feeds the context of the network and the second control. Only sums, means and counts: a firm that was never
seen, or whose id changed, gets the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from torch_geometric.data import HeteroData

Matrix = NDArray[np.float64]

FAMILIES = ("upstream", "downstream", "carriers", "related", "via")
"""Suppliers, customers, carriers that serve it, firms linked by any other relation, and firms two such links away."""

MAX_LINKS = 1000
"""Firms and persons with more relations than this are no way stations between firms two links away."""


@dataclass(frozen=True)
class FeatureBlock:
    """A matrix [firms, columns] with the names of its columns."""

    names: tuple[str, ...]
    values: Matrix

    def select(self, names: tuple[str, ...]) -> Matrix:
        """These columns, in this order; a count that the graph does not have is 0, any other value missing."""
        at = {n: i for i, n in enumerate(self.names)}
        lost = {
            n: np.full(len(self.values), 0.0 if n.startswith("count:") else np.nan)
            for n in names
            if n not in at
        }
        return _stack([self.values[:, at[n]] if n in at else lost[n] for n in names], len(self.values))


@dataclass(frozen=True)
class Neighbours:
    """Who counts as a neighbour, per family: 0/1 matrices [firms, firms], row i holding the neighbours of i.

    weight holds i's dependence on each of them where it is measured (shares of purchases, sales, cover).
    """

    binary: dict[str, sp.csr_array]
    weight: dict[str, sp.csr_array]
    counts: FeatureBlock


def neighbours(data: HeteroData) -> Neighbours:
    """Families and link counts of a graph."""
    firms, persons = int(data["firm"].num_nodes), int(data["person"].num_nodes)
    size = firms + persons
    offset = {"firm": 0, "person": firms}
    binary = {f: sp.csr_array((firms, firms)) for f in FAMILIES}
    weight: dict[str, sp.csr_array] = {}
    other = sp.csr_array((size, size))
    names: list[str] = []
    columns: list[Matrix] = []
    for (a, kind, b), store in zip(data.edge_types, data.edge_stores, strict=True):
        source, target = store.edge_index.numpy()
        for way, ends, side in (("out", source, a), ("in", target, b)):
            if side == "firm":
                names.append(f"count:{a}:{kind}:{b}:{way}")
                columns.append(np.bincount(ends, minlength=firms).astype(float))
        if kind == "supplies":
            binary["upstream"], weight["upstream"] = _family(store, "share_of_purchases", firms, flip=True)
            binary["downstream"], weight["downstream"] = _family(store, "share_of_sales", firms, flip=False)
        elif kind == "carries_for":
            binary["carriers"], weight["carriers"] = _family(store, "share", firms, flip=True)
        else:
            ones = np.ones(len(source))
            other = other + sp.csr_array((ones, (source + offset[a], target + offset[b])), (size, size))
    binary["related"], binary["via"] = _related(other, firms)
    return Neighbours(binary, weight, FeatureBlock(tuple(names), _stack(columns, firms)))


def _family(store: object, share: str, firms: int, *, flip: bool) -> tuple[sp.csr_array, sp.csr_array]:
    """Binary and share-weighted neighbours along one edge type; flip: the target is the one who depends."""
    source, target = store.edge_index.numpy()  # type: ignore[attr-defined]
    rows, cols = (target, source) if flip else (source, target)
    shares = np.nan_to_num(store.edge_attr.numpy()[:, store.attributes.index(share)])  # type: ignore[attr-defined]
    weighted = sp.csr_array((shares, (rows, cols)), (firms, firms))
    return _binary(sp.csr_array((np.ones(len(rows)), (rows, cols)), (firms, firms))), weighted


def _binary(matrix: sp.csr_array) -> sp.csr_array:
    out = sp.csr_array(matrix)
    out.setdiag(0)
    out.eliminate_zeros()
    out.data = np.ones_like(out.data)
    return out


def _related(other: sp.csr_array, firms: int) -> tuple[sp.csr_array, sp.csr_array]:
    """Firms one and two links away over relations other than trade and logistics, persons being way stations."""
    one = _binary(other + other.T)
    # Through a hub everybody is everybody's neighbour: that tells nothing, and squares its number of links.
    stations = np.flatnonzero(one.sum(0) <= MAX_LINKS)
    two = _binary(one[:, stations] @ one[stations, :])
    return sp.csr_array(one[:firms, :firms]), sp.csr_array(two[:firms, :firms])


def _stack(columns: list[Matrix], rows: int) -> Matrix:
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def neighbourhood_summary(
    near: Neighbours, score: Matrix, defaulted: NDArray[np.bool_], cell: NDArray[np.int64]
) -> FeatureBlock:
    """Counts and the neighbours' risk, per family.

    score [firms] is a log hazard of each firm's own; exposure is the sum of share x PD, in default counting as
    PD 1; cell [firms] numbers the industry x region of each firm, whose mean score (without the firm itself) says
    what is likeness of place and trade.
    """
    pd_ = np.where(defaulted, 1.0, -np.expm1(-np.exp(score)))
    names, columns = ["score:cell"], [_cell_mean(score, cell)]
    for family in FAMILIES:
        matrix = near.binary[family]
        degree = matrix.sum(1)
        names += [
            f"count:{family}",
            f"score:mean:{family}",
            f"score:sum:{family}",
            f"count:defaulted:{family}",
        ]
        columns += [degree, _mean(matrix @ score, degree), matrix @ pd_, matrix @ defaulted.astype(float)]
        if family in near.weight:
            names.append(f"score:exposure:{family}")
            columns.append(near.weight[family] @ pd_)
    return FeatureBlock(tuple(names) + near.counts.names, np.column_stack([*columns, near.counts.values]))


def feature_means(near: Neighbours, x: Matrix, names: tuple[str, ...]) -> FeatureBlock:
    """Unweighted means of the firms' own columns over each family's neighbours; missing where no neighbour has one."""
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    blocks = [_mean(near.binary[f] @ filled, near.binary[f] @ known.astype(float)) for f in FAMILIES]
    return FeatureBlock(tuple(f"mean:{f}:{n}" for f in FAMILIES for n in names), np.hstack(blocks))


def _mean(total: Matrix, count: Matrix) -> Matrix:
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _cell_mean(score: Matrix, cell: NDArray[np.int64]) -> Matrix:
    total, size = np.bincount(cell, score), np.bincount(cell).astype(float)
    return _mean(total[cell] - score, size[cell] - 1)

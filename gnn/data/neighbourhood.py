"""Columns about a firm's neighbourhood: counts of links, and sums and means over neighbours in both directions.

The network's context and the baseline with neighbours use them. Sums, means and counts do not depend on ids, so a firm
that is new, or whose id changed, gets the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from torch_geometric.data import HeteroData

from supplyrisk.graph.schema.relations import RELATED, relation_ends, relation_of

Matrix = NDArray[np.float64]

FAMILIES = (*dict.fromkeys(end.family for end in relation_ends() if end.family), "via")
"""Families of the relation registry, and firms two links of RELATED away."""

MAX_LINKS = 1000
"""Nodes with more relations than this do not connect firms two links away."""


@dataclass(frozen=True)
class FeatureBlock:
    """A matrix [firms, columns] and the names of its columns."""

    names: tuple[str, ...]
    values: Matrix

    def select(self, names: tuple[str, ...]) -> Matrix:
        """Return the named columns in this order; of those the graph lacks, counts are 0 and other values NaN."""
        position = {name: i for i, name in enumerate(self.names)}
        rows = len(self.values)
        columns = [
            self.values[:, position[name]]
            if name in position
            else np.full(rows, 0.0 if name.startswith("count:") else np.nan)
            for name in names
        ]
        return stack_columns(columns, rows)


@dataclass(frozen=True)
class Neighbours:
    """Neighbours by family: 0/1 matrices [firms, firms] whose row i holds the neighbours of firm i.

    weight: matrices of i's dependence on each neighbour, for the families where it is measured (shares of purchases,
    of sales, of carriage). counts: number of links by kind and direction.
    """

    binary: dict[str, sp.csr_array]
    weight: dict[str, sp.csr_array]
    counts: FeatureBlock


def neighbours(data: HeteroData) -> Neighbours:
    """Compute the families of neighbours and the link counts of a graph."""
    firms = int(data["firm"].num_nodes)
    size = firms + int(data["person"].num_nodes)
    offset = {"firm": 0, "person": firms}
    no_links = sp.csr_array((firms, firms))
    # Families that the graph lacks stay empty, so that every graph has the same columns.
    counted = dict.fromkeys(FAMILIES, no_links)
    weight: dict[str, sp.csr_array] = {}
    other = sp.csr_array((size, size))
    names: list[str] = []
    columns: list[Matrix] = []
    for (a, kind, b), store in zip(data.edge_types, data.edge_stores, strict=True):
        source, target = store.edge_index.numpy()
        for direction, ends, side in (("out", source, a), ("in", target, b)):
            if side == "firm":
                names.append(f"count:{a}:{kind}:{b}:{direction}")
                columns.append(np.bincount(ends, minlength=firms).astype(float))
        relation = relation_of(kind)
        between_firms = (a, b) == ("firm", "firm")
        ones = np.ones(len(source))
        for end, firm, neighbour in ((relation.source, target, source), (relation.target, source, target)):
            if not between_firms or end.family in ("", RELATED):
                continue
            at = (firm, neighbour)
            counted[end.family] = counted[end.family] + sp.csr_array((ones, at), (firms, firms))
            if end.share in store.attributes:
                share = np.nan_to_num(store.edge_attr.numpy()[:, store.attributes.index(end.share)])
                measured = sp.csr_array((share, at), (firms, firms))
                weight[end.family] = weight.get(end.family, no_links) + measured
        if not between_firms or RELATED in (relation.source.family, relation.target.family):
            # Persons are nodes too, so that two firms may be related by way of a person.
            other = other + sp.csr_array((ones, (source + offset[a], target + offset[b])), (size, size))
    binary = {family: _binary(matrix) for family, matrix in counted.items()}
    binary[RELATED], binary["via"] = _related(other, firms)
    return Neighbours(binary, weight, FeatureBlock(tuple(names), stack_columns(columns, firms)))


def _binary(matrix: sp.csr_array) -> sp.csr_array:
    out = sp.csr_array(matrix)
    # A firm linked with itself is not its own neighbour.
    out.setdiag(0)
    out.eliminate_zeros()
    out.data = np.ones_like(out.data)
    return out


def _related(other: sp.csr_array, firms: int) -> tuple[sp.csr_array, sp.csr_array]:
    """Firms one and two links away over relations other than trade and logistics, also by way of persons."""
    one = _binary(other + other.T)
    # A hub would make all of its neighbours neighbours of each other: no information, and links squared.
    connectors = np.flatnonzero(one.sum(0) <= MAX_LINKS)
    two = _binary(one[:, connectors] @ one[connectors, :])
    return sp.csr_array(one[:firms, :firms]), sp.csr_array(two[:firms, :firms])


def stack_columns(columns: list[Matrix], rows: int) -> Matrix:
    """Return columns [rows] side by side; without any, a matrix of no columns."""
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def neighbourhood_summary(
    near: Neighbours, score: Matrix, defaulted: NDArray[np.bool_], cell: NDArray[np.int64]
) -> FeatureBlock:
    """Compute counts and the neighbours' risk by family.

    Parameters
    ----------
    near: the graph's neighbours.
    score [firms]: log hazard of each firm's own data.
    defaulted [firms]: firms in default; they count as PD 1 in the exposure, the sum of share x PD.
    cell [firms]: number of each firm's industry x region. The cell's mean score, without the firm itself, captures
        homophily by industry and region.
    """
    pd_ = np.where(defaulted, 1.0, -np.expm1(-np.exp(score)))
    names = ["score:cell"]
    columns = [_cell_mean(score, cell)]
    for family in FAMILIES:
        matrix = near.binary[family]
        degree = matrix.sum(1)
        names += [
            f"count:{family}",
            f"score:mean:{family}",
            f"score:sum:{family}",
            f"count:defaulted:{family}",
        ]
        columns += [
            degree,
            ratio_or_nan(matrix @ score, degree),
            matrix @ pd_,
            matrix @ defaulted.astype(float),
        ]
        if family in near.weight:
            names.append(f"score:exposure:{family}")
            columns.append(near.weight[family] @ pd_)
    return FeatureBlock(tuple(names) + near.counts.names, np.column_stack([*columns, near.counts.values]))


def feature_means(near: Neighbours, x: Matrix, names: tuple[str, ...]) -> FeatureBlock:
    """Compute unweighted means of the firms' own columns over each family; NaN where no neighbour has a value."""
    # Two products, of the values and of their presence: the mean is over the neighbours that have a value.
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    blocks = [ratio_or_nan(near.binary[f] @ filled, near.binary[f] @ known.astype(float)) for f in FAMILIES]
    return FeatureBlock(tuple(f"mean:{f}:{n}" for f in FAMILIES for n in names), np.hstack(blocks))


def ratio_or_nan(total: Matrix, count: Matrix) -> Matrix:
    """Return total / count, NaN where the count (a number or a sum of weights) is not positive."""
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _cell_mean(score: Matrix, cell: NDArray[np.int64]) -> Matrix:
    total = np.bincount(cell, score)
    size = np.bincount(cell).astype(float)
    # The firm itself is left out: its own score must not enter its context.
    return ratio_or_nan(total[cell] - score, size[cell] - 1)

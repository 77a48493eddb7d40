"""Statistics of a trade network that papers on firm networks report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from supplyrisk.loaders.synthetic.world_plan import Floats, Ints

MAX_PATHS = 200_000_000
"""Paths of two links above which triangles are not counted: the product of the matrix would take minutes."""


@dataclass(frozen=True)
class NetworkStructure:
    """Statistics of a directed trade network; None where one is not defined, or would take too long to compute.

    Parameters
    ----------
    mean_degree: customers per firm that has any link.
    reciprocity: share of links whose reverse is a link, too.
    clustering: 3 x triangles / pairs of neighbours, ignoring direction.
    assortativity: correlation of the degrees at both ends of a link, ignoring direction.
    elasticity: of the number of customers with respect to revenue (slope of the logarithms), among firms with both.
    """

    mean_degree: float
    reciprocity: float | None
    clustering: float | None
    assortativity: float | None
    elasticity: float | None


def network_structure(supplier: Ints, customer: Ints, revenue: Floats) -> NetworkStructure:
    """Compute the statistics of a network.

    Parameters
    ----------
    supplier, customer: ends of each link, all links distinct, firms numbered from 0.
    revenue: of each firm, NaN where unknown.
    """
    n = len(revenue)
    if not len(supplier):
        return NetworkStructure(0.0, None, None, None, None)
    directed = csr_array((np.ones(len(supplier)), (supplier, customer)), shape=(n, n))
    undirected = directed + directed.T
    # a link in both directions counts once
    undirected.data[:] = 1.0
    degree = np.diff(undirected.indptr).astype(np.float64)
    edges = undirected.tocoo()
    pairs = float((degree * (degree - 1)).sum())
    clustering = None
    if 0 < pairs <= MAX_PATHS:
        # closed paths of two links over all paths of two links
        clustering = float(((undirected @ undirected) * undirected).sum()) / pairs
    customers = np.bincount(supplier, minlength=n)
    known = (customers > 0) & (np.nan_to_num(revenue) > 0)
    return NetworkStructure(
        mean_degree=len(supplier) / int((degree > 0).sum()),
        reciprocity=float((directed * directed.T).sum()) / len(supplier),
        clustering=clustering,
        assortativity=_correlation(degree[edges.row], degree[edges.col]),
        elasticity=_slope(np.log(revenue[known]), np.log(customers[known])),
    )


def default_correlation(groups: list[tuple[int, int]]) -> float | None:
    """Estimate the correlation of two firms' defaults within a group, from pairs that failed together.

    With p the default rate and J the share of pairs within groups in which both firms failed,

        (J - p^2) / (p - p^2),

    the estimator of Lucas (1995), pooled over groups.

    Parameters
    ----------
    groups: numbers of firms and of defaults, of each industry and year.

    Returns
    -------
    The correlation; None where no firm or every firm failed, or no group has two firms.
    """
    firms, failed = np.array(groups, np.float64).reshape(-1, 2).T
    pairs = float((firms * (firms - 1)).sum())
    if not pairs or not 0 < failed.sum() < firms.sum():
        return None
    # the rate weights groups by their pairs, as J does: otherwise rates that differ by size look like correlation
    rate = float((failed * (firms - 1)).sum()) / pairs
    joint = float((failed * (failed - 1)).sum()) / pairs
    return (joint - rate**2) / (rate - rate**2)


def _correlation(x: Floats, y: Floats) -> float | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _slope(x: Floats, y: Floats) -> float | None:
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    return float(np.polyfit(x, y, 1)[0])

"""The network of a synthetic world in a few figures that papers on firm networks give, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from supplyrisk.loaders.synthetic.world_plan import Floats, Ints

MOST_PATHS = 200_000_000
"""Paths of two links above which triangles are not counted."""


@dataclass(frozen=True)
class NetworkStructure:
    """None where a figure is not defined (or, of clustering, would take too long).

    mean_degree: customers per firm that has any link. reciprocity: share of links that are met by one in the other
    direction. clustering: 3 x triangles / pairs of neighbours, whatever the direction. assortativity: correlation
    of the numbers of neighbours at both ends of a link. elasticity: of the number of customers with respect to
    revenue, the slope of logarithms among firms that have both.
    """

    mean_degree: float
    reciprocity: float | None
    clustering: float | None
    assortativity: float | None
    elasticity: float | None


def network_structure(supplier: Ints, customer: Ints, revenue: Floats) -> NetworkStructure:
    """The figures of distinct links between firms numbered from 0; revenue: of each, NaN where unknown."""
    n = len(revenue)
    if not len(supplier):
        return NetworkStructure(0.0, None, None, None, None)
    directed = csr_array((np.ones(len(supplier)), (supplier, customer)), shape=(n, n))
    both = directed + directed.T
    both.data[:] = 1.0
    degree = np.diff(both.indptr).astype(np.float64)
    ends = both.tocoo()
    pairs = float((degree * (degree - 1)).sum())
    clustering = None
    if 0 < pairs <= MOST_PATHS:
        clustering = float(((both @ both) * both).sum()) / pairs
    customers = np.bincount(supplier, minlength=n)
    known = (customers > 0) & (np.nan_to_num(revenue) > 0)
    return NetworkStructure(
        mean_degree=len(supplier) / int((degree > 0).sum()),
        reciprocity=float((directed * directed.T).sum()) / len(supplier),
        clustering=clustering,
        assortativity=_correlation(degree[ends.row], degree[ends.col]),
        elasticity=_slope(np.log(revenue[known]), np.log(customers[known])),
    )


def default_correlation(groups: list[tuple[int, int]]) -> float | None:
    """Correlation of two firms' defaults within a group, by the pairs that failed together.

    groups: firms and defaults of each industry and year. With p the share of all that failed and J the share of
    failed pairs among the pairs within groups, (J - p^2) / (p - p^2); None where nothing failed. The
    estimate of Lucas (1995), pooled over groups.
    """
    firms, failed = np.array(groups, np.float64).reshape(-1, 2).T
    pairs = float((firms * (firms - 1)).sum())
    if not pairs or not 0 < failed.sum() < firms.sum():
        return None
    # groups count by their pairs in the rate, too: otherwise the rates of large ones would look like correlation
    rate = float((failed * (firms - 1)).sum()) / pairs
    joint = float((failed * (failed - 1)).sum()) / pairs
    return (joint - rate**2) / (rate - rate**2)


def _correlation(one: Floats, other: Floats) -> float | None:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _slope(x: Floats, y: Floats) -> float | None:
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    return float(np.polyfit(x, y, 1)[0])

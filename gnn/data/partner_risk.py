"""Columns about partners' failures and conduct: failures that fade with time, exposures two tiers away, and means
weighted by dependence.

All are sparse products: time and memory grow with the number of links. Failures are those known on the as-of date.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from supplyrisk.gnn.data.neighbourhood import FAMILIES, FeatureBlock, Neighbours, ratio_or_nan, stack_columns

Matrix = NDArray[np.float64]

DECAY_DAYS = (90, 360)
"""Days over which the effect of a known failure falls to 1/e: once for what is felt at once, once for what lasts."""
TIERS = {"second_upstream": "upstream", "second_downstream": "downstream"}
"""Firms two tiers away, by the family whose links lead to them twice."""
CONDUCT = (
    "delivery_delay_days", "delivery_delay_trend", "deliveries_trend", "deliveries_own_past",
    "pay_late_days", "pay_late_trend", "pay_overdue_share", "receivables_overdue_share", "loan_overdue_share",
    "sales_trend", "sales_own_past", "purchases_trend",
)  # fmt: skip
"""Own columns whose means over suppliers and over customers are weighted by how much the firm depends on each."""
CELL_DAYS = 360
"""Days over which the failures of an industry x region are counted."""
CELL_FIRMS = 20.0
"""Firms at the overall rate that are added to each industry x region, so that a small one is near that rate."""


def fading(days_in_default: Matrix, decay_days: float) -> Matrix:
    """Return exp(-days in default / decay_days) [firms]; 0 for a firm that is not in default (NaN)."""
    return np.where(np.isnan(days_in_default), 0.0, np.exp(-days_in_default / decay_days))


def failure_columns(near: Neighbours, days_in_default: Matrix, cell: NDArray[np.int64]) -> FeatureBlock:
    """Compute what is known of failures around each firm.

    For each of DECAY_DAYS: the sum of `fading` over the partners of a family ("failed_90:upstream"); the same weighted
    by the firm's dependence ("failed_share_90:upstream"), also over firms two tiers away. And the failure rate of the
    industry x region ("failed:cell").

    Parameters
    ----------
    near: the graph's neighbours.
    days_in_default [firms]: days since the firm's default, NaN for firms not in default.
    cell [firms]: number of each firm's industry x region.
    """
    names = ["failed:cell"]
    columns = [cell_failure_rate(days_in_default, cell)]
    for days in DECAY_DAYS:
        faded = fading(days_in_default, days)
        for family in FAMILIES:
            names.append(f"failed_{days}:{family}")
            columns.append(near.binary[family] @ faded)
        for family, matrix in near.weight.items():
            names.append(f"failed_share_{days}:{family}")
            columns.append(matrix @ faded)
        for tier, family in TIERS.items():
            if family in near.weight:
                names.append(f"failed_share_{days}:{tier}")
                columns.append(two_tiers(near.weight[family], faded))
    return FeatureBlock(tuple(names), stack_columns(columns, len(cell)))


def two_tier_exposures(near: Neighbours, score: Matrix, defaulted: NDArray[np.bool_]) -> FeatureBlock:
    """Compute the sum of share x share x PD over the suppliers of suppliers, and over the customers of customers.

    score [firms]: log hazard of each firm's own data; defaulted [firms]: firms in default, which count as PD 1.
    """
    pd_ = np.where(defaulted, 1.0, -np.expm1(-np.exp(score)))
    tiers = {tier: near.weight[family] for tier, family in TIERS.items() if family in near.weight}
    columns = [two_tiers(matrix, pd_) for matrix in tiers.values()]
    return FeatureBlock(tuple(f"score:exposure:{tier}" for tier in tiers), stack_columns(columns, len(score)))


def two_tiers(weight: sp.csr_array, values: Matrix) -> Matrix:
    """Return the weighted sum of values [firms] over all paths of two links, without those back to the firm itself.

    weight [firms, firms]: row i has the weights of i's partners.
    """
    # The diagonal of the squared matrix, without squaring the matrix: that would need memory for links squared.
    back = (weight * weight.T).sum(1)
    # Both terms are sums of the same products in another order: a difference of 0 may come out as -1e-17.
    return np.maximum(weight @ (weight @ values) - back * values, 0.0)


def weighted_means(near: Neighbours, x: Matrix, names: tuple[str, ...]) -> FeatureBlock:
    """Compute means of own columns over suppliers and over customers, weighted by the firm's dependence on each.

    NaN where the firm depends on no partner that has a value.

    Parameters
    ----------
    near: the graph's neighbours.
    x [firms, names]: own columns, NaN where missing.
    names: names of the columns of x.
    """
    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    families = [f for f in ("upstream", "downstream") if f in near.weight]
    blocks = [ratio_or_nan(near.weight[f] @ filled, near.weight[f] @ known.astype(float)) for f in families]
    values = np.hstack([np.empty((len(x), 0)), *blocks])
    return FeatureBlock(tuple(f"weighted:{f}:{n}" for f in families for n in names), values)


def cell_failure_rate(days_in_default: Matrix, cell: NDArray[np.int64]) -> Matrix:
    """Return the share of the firms of each firm's industry x region that failed in the last CELL_DAYS [firms].

        rate = (failed + CELL_FIRMS x overall rate) / (firms + CELL_FIRMS)

    The firm itself is left out of all three. Firms that were in default before count as neither; NaN without others.

    Parameters
    ----------
    days_in_default [firms]: days since the firm's default, NaN for firms not in default.
    cell [firms]: number of each firm's industry x region.
    """
    # A comparison with NaN is false: a firm that is not in default has not failed, and could have.
    failed = (days_in_default < CELL_DAYS).astype(float)
    exposed = (~(days_in_default >= CELL_DAYS)).astype(float)
    overall = ratio_or_nan(failed.sum() - failed, exposed.sum() - exposed)
    cell_failed = np.bincount(cell, failed)[cell] - failed
    cell_exposed = np.bincount(cell, exposed)[cell] - exposed
    return (cell_failed + CELL_FIRMS * overall) / (cell_exposed + CELL_FIRMS)

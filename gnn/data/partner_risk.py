"""Columns about partners' failures: failures that fade with time, by share too, and exposures two tiers away.

All are sparse products: time and memory grow with the number of links. Failures are those known on the as-of date.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from supplyrisk.gnn.data.neighbourhood import FAMILIES, FeatureBlock, Neighbours, stack_columns

Matrix = NDArray[np.float64]

DECAY_DAYS = (90, 360)
"""Days over which the effect of a known failure falls to 1/e: once for what is felt at once, once for what lasts."""
TIERS = {"second_upstream": "upstream", "second_downstream": "downstream"}
"""Firms two tiers away, by the family whose links lead to them twice."""


def fading(days_in_default: Matrix, decay_days: float) -> Matrix:
    """Return exp(-days in default / decay_days) [firms]; 0 for a firm that is not in default (NaN)."""
    return np.where(np.isnan(days_in_default), 0.0, np.exp(-days_in_default / decay_days))


def failure_columns(near: Neighbours, days_in_default: Matrix) -> FeatureBlock:
    """Compute what is known of failures around each firm.

    For each of DECAY_DAYS: the sum of `fading` over the partners of a family ("failed_90:upstream"); the same weighted
    by the firm's dependence ("failed_share_90:upstream"), also over firms two tiers away.

    Parameters
    ----------
    near: the graph's neighbours.
    days_in_default [firms]: days since the firm's default, NaN for firms not in default.
    """
    names = []
    columns = []
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
    return FeatureBlock(tuple(names), stack_columns(columns, len(days_in_default)))


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
    return np.asarray(np.maximum(weight @ (weight @ values) - back * values, 0.0))

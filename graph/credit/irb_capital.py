"""Capital of a loan by the risk-weight functions of the Basel Framework's IRB approach, for unexpected loss only.

Sources: Basel Framework, version in force from 1 January 2023. CRE31 risk-weight functions, CRE32 risk components and
their floors. The illustrative risk weights of CRE99, and those of Basel II (June 2006, Annex 5), are tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

PD_FLOOR = 0.0005
"""Least one-year PD of corporate and other retail exposures (CRE32.4, CRE32.58)."""
CONFIDENCE = 0.999
"""Probability that losses of a year stay below expected loss and capital (CRE31.5, CRE31.16)."""
RWA_FACTOR = 12.5
"""RWA per unit of K: the reciprocal of 8 % (CRE31.5)."""
SALES_RANGE = (5.0, 50.0)
"""Annual sales in millions of EUR between which the firm-size adjustment falls from .04 to 0 (CRE31.8)."""
MATURITY_RANGE = (1.0, 5.0)
"""Floor and cap of the effective maturity in years (CRE32.46)."""
_NORMAL = NormalDist()


class AssetClass(StrEnum):
    """Asset class of a loan: other retail or corporate. The values are keys of policies and stored memos."""

    RETAIL = "retail"
    CORPORATE = "corporate"


UNSECURED_LGD_FLOOR = {AssetClass.RETAIL: 0.30, AssetClass.CORPORATE: 0.25}
"""Least LGD of the unsecured part of an exposure (CRE32.16, CRE32.58)."""


@dataclass(frozen=True)
class IrbCapital:
    """Capital of an exposure per unit of EAD. The field names are keys of stored memos.

    Parameters
    ----------
    pd: one-year PD, floored.
    lgd: downturn LGD, a share.
    correlation: asset correlation R; 0 for an exposure in default.
    maturity_factor: full maturity adjustment; 1 for retail.
    k: capital requirement K, a share of EAD.
    """

    pd: float
    lgd: float
    correlation: float
    maturity_factor: float
    k: float

    @property
    def risk_weight(self) -> float:
        """RWA as a share of EAD, 12.5 x K."""
        return RWA_FACTOR * self.k


def floored_pd(pd: float) -> float:
    """Return a one-year PD, at least PD_FLOOR."""
    return max(pd, PD_FLOOR)


def effective_maturity(years: float) -> float:
    """Return the effective maturity of a corporate exposure, years: within MATURITY_RANGE."""
    shortest, longest = MATURITY_RANGE
    return min(max(years, shortest), longest)


def _mixed(pd: float, decay: float, at_high_pd: float, at_low_pd: float) -> float:
    """Return the mean of two correlations, weighted by (1 - e^(-decay PD)) / (1 - e^(-decay))."""
    weight = -math.expm1(-decay * pd) / -math.expm1(-decay)
    return at_high_pd * weight + at_low_pd * (1 - weight)


def retail_correlation(pd: float) -> float:
    """Return the asset correlation of other retail exposures, CRE31.16.

        R = .03 w + .16 (1 - w),   w = (1 - e^(-35 PD)) / (1 - e^(-35))

    Parameters
    ----------
    pd: one-year PD, a share.
    """
    return _mixed(pd, 35.0, 0.03, 0.16)


def corporate_correlation(pd: float, sales: float | None = None) -> float:
    """Return the asset correlation of corporate exposures, CRE31.5 and CRE31.8.

        R = .12 w + .24 (1 - w) - .04 (1 - (S - 5) / 45),   w = (1 - e^(-50 PD)) / (1 - e^(-50))

    Parameters
    ----------
    pd: one-year PD, a share.
    sales: annual sales S in millions of EUR, of the whole group; from 5 to 50 (others count as these). None (default)
        where they are unknown: no adjustment, which gives the highest capital.
    """
    low, high = SALES_RANGE
    size = high if sales is None else min(max(sales, low), high)
    return _mixed(pd, 50.0, 0.12, 0.24) - 0.04 * (1 - (size - low) / (high - low))


def maturity_factor(pd: float, years: float) -> float:
    """Return the full maturity adjustment of corporate exposures, CRE31.5 and CRE31.6; 1 at a maturity of one year.

        (1 + (M - 2.5) b) / (1 - 1.5 b),   b = (.11852 - .05478 ln PD)^2

    Parameters
    ----------
    pd: one-year PD, a share; at least PD_FLOOR.
    years: effective maturity M; below 1 and above 5 it counts as these (CRE32.46).
    """
    slope = (0.11852 - 0.05478 * math.log(pd)) ** 2
    return (1 + (effective_maturity(years) - 2.5) * slope) / (1 - 1.5 * slope)


def unexpected_loss(pd: float, lgd: float, correlation: float) -> float:
    """Return K without maturity adjustment, a share of EAD, net of expected loss (CRE31.5, CRE31.16).

        K = LGD N((G(PD) + sqrt(R) G(.999)) / sqrt(1 - R)) - PD LGD

    Parameters
    ----------
    pd: one-year PD, above 0 and below 1.
    lgd: downturn LGD, a share.
    correlation: asset correlation R.
    """
    quantile = _NORMAL.inv_cdf(pd) + math.sqrt(correlation) * _NORMAL.inv_cdf(CONFIDENCE)
    stressed_pd = _NORMAL.cdf(quantile / math.sqrt(1 - correlation))
    return lgd * (stressed_pd - pd)


def irb_capital(
    pd: float, lgd: float, segment: AssetClass, *, years: float = 2.5, sales: float | None = None
) -> IrbCapital:
    """Return the capital of an exposure that is not in default, per unit of EAD.

    Parameters
    ----------
    pd: one-year PD, below 1; it is floored.
    lgd: downturn LGD, a share, with its floors (`UNSECURED_LGD_FLOOR` and `Collateral`).
    segment: other retail, or corporate with firm-size and maturity adjustment.
    years: effective maturity of a corporate loan, 2.5 by default (CRE32.44).
    sales: annual sales in millions of EUR, see `corporate_correlation`.
    """
    floored = floored_pd(pd)
    # A PD within rounding of 1 is a certain default: nothing of its loss is unexpected.
    if floored >= 1:
        return IrbCapital(1.0, lgd, 0.0, 1.0, 0.0)
    if segment is AssetClass.RETAIL:
        correlation = retail_correlation(floored)
        factor = 1.0
    else:
        correlation = corporate_correlation(floored, sales)
        factor = maturity_factor(floored, years)
    return IrbCapital(floored, lgd, correlation, factor, unexpected_loss(floored, lgd, correlation) * factor)


def defaulted_capital(lgd: float, best_estimate: float) -> IrbCapital:
    """Return the capital of an exposure in default, per unit of EAD: K = max(0, LGD - best estimate of EL), CRE31.3.

    Parameters
    ----------
    lgd: downturn LGD, a share.
    best_estimate: best estimate of the loss that is expected now, a share.
    """
    return IrbCapital(1.0, lgd, 0.0, 1.0, max(0.0, lgd - best_estimate))

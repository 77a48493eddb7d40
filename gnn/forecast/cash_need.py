"""When cash falls under a floor, and how much is needed then: from the forecast of cash and known due dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.forecast.shop_series import Matrix, Numbers


@dataclass(frozen=True)
class CashPath:
    """What the need of shops is computed from.

    Parameters
    ----------
    cash [3, weeks, shops]: quantiles of cash at the end of each week, as past flows let expect.
    lowest [3, shops]: quantiles of the lowest of them.
    loans_due [weeks, shops]: principal due by the end of each week, what is overdue included.
    extra_receipts [weeks, shops]: receivables due by the end of each week, above what usually comes in; at least 0.
    floor [shops]: cash that must be left.
    """

    cash: Matrix
    lowest: Matrix
    loans_due: Matrix
    extra_receipts: Matrix
    floor: Matrix


@dataclass(frozen=True)
class CashNeeds:
    """The needs of shops.

    Parameters
    ----------
    lowest [3, shops]: quantiles of the lowest projected cash.
    lowest_week [shops]: the week of the lowest median.
    under_week [3, shops]: the first week at whose end the quantile is under the floor, 0 for none.
    amount [3, shops]: what brings the lowest cash back to the floor, by quantile of cash: the first is cautious.
    """

    lowest: Matrix
    lowest_week: Numbers
    under_week: Numbers
    amount: Matrix


def cash_needs(path: CashPath) -> CashNeeds:
    """Return the needs of shops.

    Loans are repaid in full when they are due, in every quantile: past flows hold few such days. Receivables above the
    usual count in the median and the upper quantile, not in the lower one: customers may pay late.
    """
    received = np.stack([np.zeros_like(path.extra_receipts), path.extra_receipts, path.extra_receipts])
    projected = path.cash - path.loans_due + received
    # The lowest of several weeks lies below the lowest quantile of any, by as much as their forecast says.
    gap = np.maximum(path.cash.min(axis=1) - path.lowest, 0.0)
    # Each quantile has its own gap: with loans due they could cross, and the cautious need be the smaller one.
    lowest = np.sort(projected.min(axis=1) - gap, axis=0)
    under = projected < path.floor
    return CashNeeds(
        lowest=lowest,
        lowest_week=projected[1].argmin(axis=0) + 1,
        under_week=np.where(under.any(axis=1), under.argmax(axis=1) + 1, 0),
        amount=np.maximum(path.floor - lowest, 0.0),
    )

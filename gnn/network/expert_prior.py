"""What credit practice holds of a firm's own figures before any failure is seen: where the smooth score starts from.

A few dozen failures say little about a hundred columns, and what they say is mostly chance. That a firm with little
cash, little of its own money and no margin fails sooner is known from every scorecard since Beaver (1966), Altman
(1968) and Ohlson (1980), and how it pays tells the rest. Failures move the score away from here as far as they are
many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SOLVENCY, CONDUCT = 1.0, 0.3
"""Log-odds over half the span of ranks: of what a firm can bear, and of how it pays, sells and delivers.

From the middle firm to the worst, where values spread evenly; where most firms have the same best value, twice that.
"""
EXPERT = {
    "liquidity": -SOLVENCY,
    "cash_weeks": -SOLVENCY,
    "equity_ratio": -SOLVENCY,
    "margin": -SOLVENCY,
    "pay_late_days": CONDUCT,
    "pay_overdue_share": CONDUCT,
    "receivables_overdue_share": CONDUCT,
    "loan_utilisation": CONDUCT,
    "loan_overdue_share": CONDUCT,
    "sales_own_past": -CONDUCT,
    "refund_rate": CONDUCT,
    "dispute_rate": CONDUCT,
}
"""By feature (without its window, the main one), log-odds from the middle rank to that of the highest value."""


def expert_prior(columns: Sequence[str]) -> NDArray[np.float64]:
    """The log-odds [columns] that a column adds from the middle rank to the highest; 0 where nothing is held."""
    return np.array([EXPERT.get(name.removesuffix("_180"), 0.0) for name in columns])

"""Expert prior: the effects of a firm's own figures that credit practice expects before any failure is observed.

A few dozen failures carry little information about a hundred columns. That firms with little cash, little equity and
no margin fail sooner is known from every scorecard since Beaver (1966), Altman (1968) and Ohlson (1980), and payment
conduct adds to it. The smooth score is shrunk towards these effects; the more failures, the further it moves away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SOLVENCY = 1.0
"""Log-odds over half the range of ranks for a measure of solvency.

That is from the median firm to the worst one where values are spread evenly; where most firms share the best value,
twice that.
"""
CONDUCT = 0.3
"""The same for a measure of conduct: how a firm pays, sells and delivers."""
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
    "loan_days_past_due": CONDUCT,
    "sales_own_past": -CONDUCT,
    "refund_rate": CONDUCT,
    "dispute_rate": CONDUCT,
}
"""By feature (without its main window, 180 days): log-odds from the middle rank to the rank of the highest value."""


def expert_prior(columns: Sequence[str]) -> NDArray[np.float64]:
    """Return the prior effect [columns] in log-odds from the middle rank to the highest; 0 without expectation."""
    return np.array([EXPERT.get(name.removesuffix("_180"), 0.0) for name in columns])

"""Exposure at default (EAD) of a credit line: one definition for memos, books, contagion and stress tests."""

from __future__ import annotations

REVOLVING = "credit"
"""The product that can be drawn again after repayment."""
CCF = 0.75
"""Default credit conversion factor of revolving lines: that of the shipped policy, and of commitments in the
foundation IRB approach of Basel II."""


def exposure_at_default(drawn: float, limit: float | None, ccf: float) -> float:
    """Return EAD = drawn + CCF x undrawn, money.

    Parameters
    ----------
    drawn: drawn amount, money.
    limit: credit limit, money; None where there is none (EAD is then the drawn amount).
    ccf: credit conversion factor, the share of the undrawn amount that is drawn by the time of default.
    """
    # A line drawn above its limit has no undrawn amount.
    undrawn = max(0.0, (limit or 0.0) - drawn)
    return drawn + ccf * undrawn


def line_ead(drawn: float | None, limit: float | None, product: str | None, ccf: float) -> float:
    """Return the EAD of an existing line, money; 0 for a closed line or one whose drawn amount is unknown (None).

    Only a revolving line can be drawn again after repayment; the EAD of other products is the drawn amount. A line
    counts as existing where its EAD is above 0.
    """
    if drawn is None:
        return 0.0
    return exposure_at_default(drawn, limit if product == REVOLVING else None, ccf)

"""What is at stake on a credit line if its borrower defaults: one definition for memos, books, contagion and stress."""

from __future__ import annotations

REVOLVING = "credit"
"""The product that can be drawn again after it was repaid."""
CCF = 0.75
"""Credit conversion factor of revolving lines where no policy gives another: that of the shipped one, and of
commitments in the foundation approach of Basel II."""


def exposure_at_default(drawn: float, limit: float | None, ccf: float) -> float:
    """EAD = drawn + CCF x undrawn, money.

    Parameters
    ----------
    drawn: what is owed now. limit: the line, None where there is none (EAD is then what is drawn).
    ccf: credit conversion factor, the share of the undrawn part that is drawn by the default.
    """
    undrawn = max(0.0, (limit or 0.0) - drawn)
    return drawn + ccf * undrawn


def line_ead(drawn: float | None, limit: float | None, product: str | None, ccf: float) -> float:
    """EAD of a line that is there, money; 0 of one that is closed, or of which nobody says what is drawn (None).

    Only a revolving line can be drawn again: of the others what is repaid is gone, and EAD is what is drawn. A line
    counts as one where its EAD is above 0.
    """
    if drawn is None:
        return 0.0
    return exposure_at_default(drawn, limit if product == REVOLVING else None, ccf)

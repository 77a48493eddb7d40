"""The terms that PDs are stated for, and the names of their columns in scores."""

from __future__ import annotations

from collections.abc import Mapping

TERMS = (30, 90, 180, 360)
"""Terms in days."""
YEAR_DAYS = 365
"""Days of a 12-month PD and of a one-year PD; in the term structure it lies beside the stated term of 360 days."""
LIFETIME = "lifetime"
LIFETIME_DAYS = 1800
"""Days of a lifetime PD: five years, for a firm without a stated maturity."""
TERM_DAYS: Mapping[str, int] = {str(days): days for days in TERMS} | {LIFETIME: LIFETIME_DAYS}
"""Days by the name of the term."""
TERM_OBSERVED_DAYS = "term_observed_days"
"""Column of the scores: the longest term that was observed when PDs by term were fitted; null where they were not."""


def pd_column(term: str) -> str:
    """Return the column of the scores with the PD over a term of TERM_DAYS."""
    return f"pd_{term}"

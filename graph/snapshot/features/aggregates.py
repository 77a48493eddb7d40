"""SQL aggregates that features have in common.

Columns such as `days_ago` come from the views of `as_of_views`; `days_ago < 30` is the half-open window
(as_of - 30, as_of]. Sums use DuckDB's compensated `fsum`, and NULLIF turns a zero denominator into a missing ratio
rather than an infinity.
"""

from __future__ import annotations


def total(value: str, where: str) -> str:
    """Return the SQL of a sum over the rows where a condition holds; NULL without such rows."""
    return f"fsum(CAST({value} AS DOUBLE)) FILTER (WHERE {where})"


def ratio(numerator: str, denominator: str, where: str) -> str:
    """Return the SQL of sum(numerator) / sum(denominator) over the rows that have both."""
    # A row with only one of the two would bias the ratio.
    both = f"{where} AND ({numerator}) IS NOT NULL AND ({denominator}) IS NOT NULL"
    return f"{total(numerator, both)} / nullif({total(denominator, both)}, 0)"


def mean(value: str, where: str) -> str:
    """Return the SQL of a mean over the rows where a condition holds; NULL without such rows."""
    return f"{total(value, where)} / nullif(count({value}) FILTER (WHERE {where}), 0)"


def per_row(value: str, first: int) -> str:
    """Return the SQL of the mean per row in the last 30 days divided by that of days 30 to `first` - 1 ago."""
    recent = mean(value, "days_ago < 30")
    before = mean(value, f"days_ago BETWEEN 30 AND {first - 1}")
    return f"({recent}) / nullif({before}, 0)"


def per_day(recent: str, before: str, first: int, first_ago: str = "first_ago") -> str:
    """Return the SQL of the daily sum of the last 30 days divided by that of days 30 to `first` - 1 ago.

    For a firm whose first row is more recent than `first` days ago, the earlier period starts at that row; the
    ratio is missing where that period has fewer than 30 days.

    Parameters
    ----------
    recent, before: SQL of the two sums.
    first: days that the earlier period goes back.
    first_ago: column whose maximum is the age in days of the firm's first row.
    """
    # The earlier period has max(first_ago) - 29 days, from the firm's first row to day 30. Below 30 days it is too
    # short for a trend: greatest(..., 29) maps these periods to 29, which NULLIF turns into NULL.
    known = f"nullif(greatest(least(max({first_ago}) - 29, {first - 30}), 29), 29)"
    return f"({recent} / 30) / nullif({before} / {known}, 0)"

"""Headings of columns of PDs, which say their period."""

from __future__ import annotations


def pd_heading(days: int | None, what: str = "PD") -> str:
    """Return the heading of a column of PDs in percent over so many days; None: they are over no period."""
    return f"{what} %" if days is None else f"{what} over {days} days %"

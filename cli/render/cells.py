"""Cells of tables on the terminal: shares in per cent, and money."""

from __future__ import annotations


def percent(share: float | None) -> str | None:
    """A share in per cent with three decimals; None where it is unknown."""
    return None if share is None else f"{100 * share:.3f}"


def amount(money: float | None) -> str | None:
    """An amount of money without decimals; None where it is unknown."""
    return None if money is None else f"{money:,.0f}"

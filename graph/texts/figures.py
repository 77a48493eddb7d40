"""Figures as text for people: shares in percent, money, counts and other numbers; the same on pages and terminal.

English and Chinese texts write the same digits, with a comma between thousands; amounts are never given in units of ten
thousand, so that both languages of a document can be compared figure by figure. Only the words beside a figure differ.
A missing figure (None or NaN) is "-", and a figure that rounds to zero has no minus sign. An amount or a share in
percent that is above zero is never written as zero: it is below one unit of the last digit, such as <0.01%.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from string import Formatter

MISSING = "-"
"""Text of a figure that is missing."""


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Return a number with fixed decimals, such as 1,234.50; signed: with its sign, as differences have."""
    if value is None or isnan(value):
        return MISSING
    sign = "+" if signed else ""
    return f"{value:{sign}z,.{decimals}f}"


def count(value: float | None) -> str:
    """Return a whole number, such as 1,234."""
    return number(value, 0)


def money(amount: float | None, currency: str | None = None) -> str:
    """Return an amount in whole units of its currency, such as CNY 1,234; without a currency the number alone."""
    text = count(amount)
    if amount and amount > 0 and text == "0":
        text = "<1"
    return f"{currency} {text}" if currency else text


def per_hundred(share: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Return a share in percent without the sign, such as 12.50, where the heading says %."""
    return MISSING if share is None else number(100 * share, decimals, signed=signed)


def percent(share: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Return a share in percent, such as 12.50%; zero is 0%."""
    text = per_hundred(share, decimals, signed=signed)
    if text == MISSING:
        return text
    if share is not None and not signed and text == number(0.0, decimals):
        return f"<{number(10.0**-decimals, decimals)}%" if share > 0 else "0%"
    return f"{text}%"


def significant(value: float | None) -> str:
    """Return a number of unknown size with four significant digits, such as 0.01234; whole from a thousand on."""
    if value is None or abs(value) >= 999.95 or isnan(value):
        return count(value)
    return f"{value:z.4g}"


def is_one(value: float) -> bool:
    """Return whether a whole number is written as 1, so that its unit is in the singular."""
    return count(value) == "1"


_STYLES: dict[str, Callable[..., str]] = {
    "number": number,
    "count": count,
    "money": money,
    "per_hundred": per_hundred,
    "percent": percent,
    "significant": significant,
}


class _Figures(Formatter):
    """Python's format strings with the styles above as format specifications: {pd:percent.2} is percent(pd, 2)."""

    def format_field(self, value: object, format_spec: str) -> str:
        style, _, decimals = format_spec.partition(".")
        if style not in _STYLES:
            return str(super().format_field(value, format_spec))
        return _STYLES[style](value, int(decimals)) if decimals else _STYLES[style](value)


def fill(template: str, **values: object) -> str:
    """Return a text with its values, such as "a PD of {pd:percent.2}"; the specifications are functions above.

    Raises
    ------
    KeyError: a value of the template is not given.
    """
    return _Figures().vformat(template, (), values)

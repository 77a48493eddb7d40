"""Figures and lines of memos and books, for the screen and the page."""

from __future__ import annotations

from supplyrisk.cli.errors import one_line
from supplyrisk.cli.talk import show_text


def say(text: str) -> None:
    """A line on stdout without control characters, which a name in the data may hold; its indent stays."""
    lines = text.split("\n")
    show_text("\n".join(" " * (len(line) - len(line.lstrip())) + one_line(line) for line in lines))


def percent(share: float | None) -> str | None:
    """A share in percent; None where it is missing."""
    return None if share is None else f"{share:.2%}"


def money(amount: float | None) -> str | None:
    """An amount in whole units; None where it is missing."""
    return None if amount is None else f"{amount:,.0f}"

"""Texts of the mapping and the contract as SQL."""

from __future__ import annotations


def text_literal(text: str) -> str:
    """Return a text as an SQL literal; only for texts of the mapping and the contract, never for cells."""
    return "'" + text.replace("'", "''") + "'"

"""The result of a change on a shop's rows: the rows as they would be, or why there is nothing to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from supplyrisk.graph.merchant.what_if.shop_rows import Row, ShopRows


@dataclass(frozen=True)
class RowEdit:
    """The rows after a change.

    rows: of the shop. count: how many rows were changed, added or removed.
    """

    rows: ShopRows
    count: int


class ChangeFault(Exception):
    """A change cannot be made on these rows; the text says what was expected."""


def scaled(row: Row, factor: float, *columns: str) -> Row:
    """Return a row with some of its amounts multiplied; missing ones stay missing."""
    return {**row, **{name: row[name] * factor for name in columns if row[name] is not None}}


def total(rows: list[Row], column: str) -> float:
    """Return the sum of a column, without missing values."""
    return float(sum(row[column] for row in rows if row[column] is not None))


def replaced(table: list[Row] | tuple[Row, ...] | Any, new: dict[int, Row]) -> list[Row]:
    """Return rows with some of them, by number, replaced."""
    return [new.get(number, row) for number, row in enumerate(table)]

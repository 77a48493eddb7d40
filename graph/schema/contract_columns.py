"""Columns of the contract by what they hold, as `contract` lists them."""

from __future__ import annotations

from supplyrisk.graph.schema.table_schema import ColumnKind, ColumnSchema


def id_column(name: str, meaning: str, *, required: bool = False) -> ColumnSchema:
    """Return a column of ids."""
    return ColumnSchema(name, ColumnKind.ID, meaning, required)


def text_column(name: str, meaning: str, *, required: bool = False) -> ColumnSchema:
    """Return a column of texts."""
    return ColumnSchema(name, ColumnKind.TEXT, meaning, required)


def day_column(name: str, meaning: str, *, required: bool = False, own: bool = False) -> ColumnSchema:
    """Return a day column; own: the value becomes known on that day itself rather than with its row."""
    return ColumnSchema(name, ColumnKind.DAY, meaning, required, known_on=name if own else None)


def money_column(
    name: str, meaning: str, *, required: bool = False, known_on: str | None = None, minimum: float | None = 0
) -> ColumnSchema:
    """Return a column of amounts; minimum: None for no bound."""
    return ColumnSchema(name, ColumnKind.MONEY, meaning, required, "money", known_on, minimum=minimum)


def count_column(name: str, meaning: str, unit: str, *, known_on: str | None = None) -> ColumnSchema:
    """Return a column of whole numbers from 0."""
    return ColumnSchema(name, ColumnKind.COUNT, meaning, False, unit, known_on, minimum=0)


def number_column(name: str, meaning: str, unit: str, *, known_on: str | None = None) -> ColumnSchema:
    """Return a column of numbers from 0."""
    return ColumnSchema(name, ColumnKind.NUMBER, meaning, False, unit, known_on, minimum=0)

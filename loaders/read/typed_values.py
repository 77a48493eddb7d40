"""Values of sources that store types (spreadsheets, SQLite, PostgreSQL) as the text cells that a CSV would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from supplyrisk.graph.schema.contract import TABLES, ColumnKind
from supplyrisk.loaders.read.column_binding import fed_columns
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.read_json import WRONG_TYPE
from supplyrisk.loaders.read.source_files import SourceFile

MAX_WHOLE = 1e15
"""Whole numbers below it have at most 15 digits, which a spreadsheet keeps exactly; from it on, digits are lost."""
_TEXTS = {ColumnKind.ID, ColumnKind.TEXT, ColumnKind.CHOICE, ColumnKind.CHOICES}
_NUMBERS = {ColumnKind.MONEY, ColumnKind.NUMBER, ColumnKind.COUNT}

_ROWS = 20_000
"""Rows of a batch."""

Converter = Callable[[object], str | None]


class Cursor(Protocol):
    """What database libraries read rows with."""

    def fetchmany(self, size: int, /) -> Sequence[Sequence[object]]:
        """Return the next rows, none at the end."""


def typed_batches(
    source: SourceFile, names: Sequence[str], cursor: Cursor, plain: Callable[[object, str], object]
) -> Iterator[CellBatch]:
    """Yield all rows of a cursor as text cells; a row's line is its number, from 1.

    plain: returns a value of a column as one that `converter_of` knows, or raises FileFault.
    """
    converters = [converter_of(source, name) for name in names]
    line = 1
    while rows := cursor.fetchmany(_ROWS):
        columns = zip(*rows, strict=True)
        texts = {
            name: pa.array([convert(plain(value, name)) for value in values], pa.string())
            for name, convert, values in zip(names, converters, columns, strict=True)
        }
        yield CellBatch(texts, pa.array(range(line, line + len(rows)), pa.int64()))
        line += len(rows)


def converter_of(source: SourceFile, name: str) -> Converter:
    """Return how values of a column become text, by the kind of the contract columns that it feeds.

    Texts stay as they are. A value whose type does not fit gets the prefix WRONG_TYPE: a date or a fraction where an id
    or a word belongs, a truth value where a number belongs, and a whole number of 16 or more digits as an id.
    """
    fed = fed_columns(TABLES[source.table], source.map, name)
    kinds = {column.kind for column in fed}
    # the stage that reads forms of numbers expects the mapping's decimal sign
    decimal = source.map.format_of(fed[0].name if fed else "").decimal
    feeds_text = bool(kinds & _TEXTS)
    feeds_number = bool(kinds & _NUMBERS)

    def convert(value: object) -> str | None:
        if value is None or isinstance(value, str):
            return value
        text = text_of(value)
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        # 12 stands for the id "12"; 1.5 and 9.13301E+17 are ids that a program took for numbers
        fits_text = is_number and text.lstrip("-").isdecimal()
        wrong = (feeds_text and not fits_text) or (feeds_number and not is_number)
        if is_number and not feeds_text and ColumnKind.DAY not in kinds:
            text = text.replace(".", decimal)
        return WRONG_TYPE + text if wrong else text

    return convert


def text_of(value: object) -> str:
    """Return a value as text: whole numbers without a point, days in ISO form, a time of day only where it is not 0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_WHOLE else repr(value)
    if isinstance(value, Decimal) and value.is_finite():
        # NUMERIC(20, 4) has four decimals even where they are all 0
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)

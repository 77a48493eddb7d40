"""Tables as Excel workbooks: texts stay texts, days are days, and lists of records have a column per field."""

from __future__ import annotations

import importlib
import math
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from supplyrisk.graph.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_048_575
"""Rows of a sheet, without its header."""
MAX_CELL_CHARACTERS = 32_767
_FIRST_DAY = date(1900, 3, 1)
"""Excel counts a 29 February 1900; earlier days are written as texts."""
_EXACT = 10**15
"""Excel keeps 15 digits: larger whole numbers are written as texts."""
_BATCH_ROWS = 10_000
_DAY_FORMAT = 14
_TEXT_FORMAT = 49
"""Numbers of Excel's own formats. A cell with the format of texts stays text when it is edited."""
# A text is never read as a formula or as a link. Rows go to disk as they are written.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def write_xlsx(table: pa.Table, out: IO[bytes]) -> None:
    """Write a table as a workbook with one sheet; missing values and those that are not finite are empty.

    Equal tables are equal bytes.

    Raises
    ------
    RequestError: more rows than a sheet has, or a text that is longer than a cell.
    """
    if table.num_rows > MAX_ROWS:
        raise RequestError(
            f"{table.num_rows:,} rows are too many for a workbook",
            f"at most {MAX_ROWS:,}",
            "write .csv or .parquet",
        )
    flat = in_columns(table)
    xlsxwriter = importlib.import_module("xlsxwriter")
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # the time of writing would change the bytes
        sheet = _Sheet(book)
        sheet.write_row(0, flat.column_names)
        row = 1
        for batch in flat.to_batches(max_chunksize=_BATCH_ROWS):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                sheet.write_row(row, values)
                row += 1


def in_columns(table: pa.Table) -> pa.Table:
    """Return a table with a column per field for lists of records, such as reasons_1_code; other lists as texts."""
    pa = importlib.import_module("pyarrow")
    columns: dict[str, object] = {}
    for name, field in zip(table.column_names, table.schema, strict=True):
        column = table.column(name)
        if not (pa.types.is_list(field.type) or pa.types.is_large_list(field.type)):
            columns[name] = column
            continue
        lists = column.to_pylist()
        if not pa.types.is_struct(field.type.value_type):
            texts = [None if items is None else ", ".join(map(str, items)) for items in lists]
            columns[name] = pa.array(texts, pa.string())
            continue
        for position in range(max((len(items or ()) for items in lists), default=0)):
            records = [items[position] if items and position < len(items) else None for items in lists]
            for part in field.type.value_type:
                values = [record and record[part.name] for record in records]
                columns[f"{name}_{position + 1}_{part.name}"] = pa.array(values, part.type)
    return pa.table(columns)


class _Sheet:
    """The sheet of a workbook, and the formats of its cells."""

    def __init__(self, book: Any) -> None:
        self.sheet = book.add_worksheet("rows")
        self.text = book.add_format({"num_format": _TEXT_FORMAT})
        self.day = book.add_format({"num_format": _DAY_FORMAT})

    def write_row(self, row: int, values: Any) -> None:
        for column, value in enumerate(values):
            self._write_cell(row, column, value)

    def _write_cell(self, row: int, column: int, value: object) -> None:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, column, value)
        elif isinstance(value, float) or (isinstance(value, int) and abs(value) < _EXACT):
            self.sheet.write_number(row, column, value)
        elif type(value) is date and value > _FIRST_DAY:
            self.sheet.write_datetime(row, column, value, self.day)
        else:
            self._write_text(row, column, str(value))

    def _write_text(self, row: int, column: int, text: str) -> None:
        if len(text) > MAX_CELL_CHARACTERS:
            raise RequestError(
                f"a text of {len(text):,} characters is too long for a workbook",
                f"at most {MAX_CELL_CHARACTERS:,}",
                "write .csv or .parquet",
            )
        self.sheet.write_string(row, column, text, self.text)

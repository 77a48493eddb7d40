"""Tables as CSV: for spreadsheets, with a byte order mark and without formulas, or plain, for other programs."""

from __future__ import annotations

import importlib
import re
from codecs import BOM_UTF8
from typing import IO, TYPE_CHECKING

from supplyrisk.graph.workspace.json_text import to_json

if TYPE_CHECKING:
    import pyarrow as pa

# Spreadsheets run a cell as a formula if it begins with one of these characters, full-width ones included. A number
# with a sign is harmless. Source: OWASP, "CSV Injection".
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)*$"
_QUOTE = "'"
"""What a spreadsheet takes for "this cell is text"."""


def write_csv(table: pa.Table, out: IO[bytes], *, plain: bool = True) -> None:
    """Write CSV in UTF-8 with a header; lists and structures are JSON text, missing cells are empty.

    Parameters
    ----------
    plain: False writes for spreadsheets: a byte order mark, by which Excel knows the encoding, and a quote before texts
        and names of columns that it would run as a formula.
    """
    # Arrow is imported where it is used: the command line imports this module for every verb.
    csv = importlib.import_module("pyarrow.csv")
    flat = _flat(table)
    if not plain:
        out.write(BOM_UTF8)
        flat = _without_formulas(flat)
    csv.write_csv(flat, out)


def spreadsheet_text(text: str) -> str:
    """Return a text as the cell of a CSV for spreadsheets: with a quote before what would be run as a formula."""
    runs = re.search(_FORMULA, text) and not re.search(_NUMBER, text)
    return _QUOTE + text if runs else text


def _without_formulas(table: pa.Table) -> pa.Table:
    """Return a table with `spreadsheet_text` of all texts and names of columns."""
    pa = importlib.import_module("pyarrow")
    pc = importlib.import_module("pyarrow.compute")
    for number, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(number, field.name, table.column(number).cast(field.type.value_type))
        texts = table.column(number)
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            continue
        begins = pc.match_substring_regex(texts, _FORMULA)
        runs = pc.and_not(begins, pc.match_substring_regex(texts, _NUMBER))
        quoted = pc.binary_join_element_wise(pa.scalar(_QUOTE, texts.type), texts, pa.scalar("", texts.type))
        table = table.set_column(number, field.name, pc.if_else(runs, quoted, texts))
    return table.rename_columns([spreadsheet_text(name) for name in table.column_names])


def _flat(table: pa.Table) -> pa.Table:
    """Return the table with every nested column as JSON text."""
    pa = importlib.import_module("pyarrow")
    for number, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [None if value is None else to_json(value) for value in table.column(number).to_pylist()]
            table = table.set_column(number, field.name, pa.array(texts, pa.string()))
    return table

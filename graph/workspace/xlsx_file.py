"""Tables as Excel workbooks: texts stay texts, days are days, and lists of records have a column per field."""

from __future__ import annotations

import importlib
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import escape

from supplyrisk.graph.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_048_575
"""Rows of a sheet, without its header."""
MAX_CELL_CHARACTERS = 32_767
_FIRST_DAY = date(1899, 12, 30)
_EXACT = 10**15
_ROWS = 10_000
# characters that XML does not have, and texts that would read as one of these escapes
_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\r]|_(?=x[0-9A-Fa-f]{4}_)")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="rows" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # style 1 is a day (format 14), style 2 is text (format 49): a cell that is edited stays text
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for number in (0, 14, 49)
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write_xlsx(table: pa.Table, out: IO[bytes]) -> None:
    """Write a table as a workbook with one sheet; missing values and those that are not finite are empty.

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
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_member(name), _HEAD + text)
        with archive.open(_member("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            sheet.write(_row(flat.column_names).encode())
            for batch in flat.to_batches(max_chunksize=_ROWS):
                sheet.write("".join(_rows(batch)).encode())
            sheet.write(b"</sheetData></worksheet>")


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


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


def _member(name: str) -> zipfile.ZipInfo:
    # without the time of writing, equal tables are equal bytes
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _rows(batch: pa.RecordBatch) -> Iterator[str]:
    columns = [column.to_pylist() for column in batch.columns]
    for values in zip(*columns, strict=True):
        yield _row(values)


def _row(values: object) -> str:
    return "<row>" + "".join(map(_cell, values)) + "</row>"  # type: ignore[call-overload]


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < _EXACT):
        return f"<c><v>{value!r}</v></c>"
    if type(value) is date and value > date(1900, 3, 1):
        return f'<c s="1"><v>{(value - _FIRST_DAY).days}</v></c>'
    text = str(value)
    if len(text) > MAX_CELL_CHARACTERS:
        raise RequestError(
            f"a text of {len(text):,} characters is too long for a workbook",
            f"at most {MAX_CELL_CHARACTERS:,}",
            "write .csv or .parquet",
        )
    # an inline text is never a formula
    escaped = escape(_ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", text))
    return f'<c s="2" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'

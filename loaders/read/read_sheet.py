"""Sheets of Excel workbooks (.xlsx, .xlsm) as batches of text cells; a row's line is its row number in the sheet."""

from __future__ import annotations

import itertools
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from supplyrisk.loaders.read.column_binding import with_names
from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.read_csv import CellBatch
from supplyrisk.loaders.read.read_json import WRONG_TYPE
from supplyrisk.loaders.read.sheet_frame import framed_rows
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.typed_values import converter_of
from supplyrisk.queries import first_names

MAX_WORKBOOK_BYTES = 4 << 30
"""Uncompressed size of a workbook's parts; the reader holds the sheet in memory."""
_ROWS = 20_000
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_OLE = b"\xd0\xcf\x11\xe0"
"""First bytes of an encrypted workbook, and of the format before 2007."""
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb"""\br=["']([A-Z]+)([0-9]+)["']""")
_TYPE = re.compile(rb"""\bt=["'](\w+)["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</(?:\w+:)?v>")
Row = Sequence[object]


def read_sheet(source: SourceFile) -> tuple[tuple[str, ...], Iterator[CellBatch]]:
    """Return the names in the first row that is not blank, and the rows below; blank rows are no rows.

    Raises
    ------
    FileFault: not a workbook, a password, no such sheet, several sheets where the mapping names none, no header.
    """
    try:
        _check_size(source.path)
        with CalamineWorkbook.from_path(source.path) as workbook:
            sheet = _chosen_sheet(workbook, source.map.sheet)
            unread = _unread_cells(source.path, sheet.name)
            header, rows = framed_rows(_numbered_rows(sheet, unread), source.map)
    except PasswordError as fault:
        raise _protected() from fault
    except (CalamineError, zipfile.BadZipFile, ET.ParseError, KeyError) as fault:
        raise FileFault(
            f"cannot be read as an Excel workbook ({fault}), expected an intact .xlsx file; save it again"
        ) from fault
    return header, _batches(source, header, rows)


def _protected() -> FileFault:
    return FileFault(
        "is protected by a password or written by Excel before 2007, expected an .xlsx file without a password; "
        "save it again as .xlsx"
    )


def _check_size(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise _protected()
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MAX_WORKBOOK_BYTES:
        raise FileFault(
            f"has {size:,} bytes when unpacked, expected at most {MAX_WORKBOOK_BYTES:,}; save its sheets as CSV"
        )


def worksheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Return the names of the worksheets, in their order; sheets of charts and macros are none."""
    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _chosen_sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    """Return the sheet of a name; without one, the only sheet that has cells."""
    names = worksheet_names(workbook)
    if name and name not in names:
        raise FileFault(
            f"has no sheet {name!r}, expected one of {first_names(names, 12)}; correct sheet in the mapping"
        )
    sheets = [workbook.get_sheet_by_name(n) for n in ([name] if name else names)]
    filled = [sheet for sheet in sheets if sheet.start is not None]
    if len(filled) > 1:
        raise FileFault(
            f"has the sheets {first_names([s.name for s in filled], 12)}, expected one; "
            "name it in the mapping by sheet"
        )
    if not sheets:
        raise FileFault("has no sheet of cells, expected one")
    return (filled or sheets)[0]


def _unread_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Return the texts of cells that the reader leaves empty, by row from 1 and column from 0.

    These are errors such as #N/A, and formulas whose result is not stored; the latter get the prefix WRONG_TYPE.
    """
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(_part_of(archive, sheet))
    # most sheets have neither, and looking for them costs little
    if not re.search(rb"""\bt=["']e["']|<(?:\w+:)?f\b""", xml):
        return {}
    texts: dict[tuple[int, int], str] = {}
    for cell in _CELL.finditer(xml):
        kind = _TYPE.search(cell[1])
        value = _VALUE.search(cell[2])
        formula = _FORMULA.search(cell[2])
        is_error = kind is not None and kind[1] == b"e"
        # a formula whose result is an empty text has the type str
        lacks_result = formula is not None and value is None and (kind is None or kind[1] != b"str")
        reference = _REFERENCE.search(cell[1])
        if reference and (is_error or lacks_result):
            place = (int(reference[2]), _column_number(reference[1]))
            own = (formula[1] or b"").decode() if formula else ""
            texts[place] = unescape(value[1].decode()) if value else f"{WRONG_TYPE}={unescape(own)}"
    return texts


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part of a workbook that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat limits the expansion of entities
    relation = next(
        element.attrib[_RELATIONS]
        for element in book.iter()
        if element.tag.endswith("}sheet") and element.attrib["name"] == sheet
    )
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    target = next(element.attrib["Target"] for element in links if element.attrib["Id"] == relation)
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _column_number(letters: bytes) -> int:
    """Return the number of a column from 0: A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _numbered_rows(sheet: CalamineSheet, unread: dict[tuple[int, int], str]) -> Iterator[tuple[int, Row]]:
    """Yield the rows that are not blank, with their numbers; formulas and errors that have no value as their text."""
    # iter_rows begins with the first row of the sheet, but has only the columns and rows in which it finds values
    start = sheet.start[1] if sheet.start else 0
    first = min([start, *(column for _, column in unread)])
    last = max([start + sheet.width - 1, *(column for _, column in unread)])
    marks: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in unread.items():
        marks.setdefault(row, []).append((column - first, text))
    before = [""] * (start - first)
    behind = [""] * (last - start - sheet.width + 1)
    blank: list[object] = [""] * sheet.width
    rows = itertools.zip_longest(sheet.iter_rows(), range(max(marks, default=0)), fillvalue=blank)
    for number, (values, _) in enumerate(rows, 1):
        cells = [*before, *values, *behind]
        for column, text in marks.get(number, ()):
            cells[column] = text
        if any(cell != "" for cell in cells):
            yield number, cells


def _batches(
    source: SourceFile, header: tuple[str, ...], rows: Iterator[tuple[int, Row]]
) -> Iterator[CellBatch]:
    """Yield the rows as texts."""
    source = replace(source, map=with_names(source.map, header))
    converters = [converter_of(source, name) for name in header]
    columns: list[list[str | None]] = [[] for _ in header]
    lines: list[int] = []
    for number, row in rows:
        lines.append(number)
        for cells, convert, value in zip(columns, converters, row, strict=True):
            cells.append(convert(value))
        if len(lines) == _ROWS:
            yield _batch(header, columns, lines)
            columns = [[] for _ in header]
            lines = []
    yield _batch(header, columns, lines)


def _batch(header: tuple[str, ...], columns: list[list[str | None]], lines: list[int]) -> CellBatch:
    texts = {name: pa.array(cells, pa.string()) for name, cells in zip(header, columns, strict=True)}
    return CellBatch(texts, pa.array(lines, pa.int64()))

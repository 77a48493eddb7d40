"""Any table written in any format reads back as the same texts as its CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
import zipfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.loaders.mappings.mapping import SourceMap
from supplyrisk.loaders.read.folder_files import extracted
from supplyrisk.loaders.read.read_csv import CellBatch, csv_table, read_csv
from supplyrisk.loaders.read.read_json import read_json
from supplyrisk.loaders.read.read_sheet import read_sheet
from supplyrisk.loaders.read.read_sqlite import read_sqlite
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import scan_text

UTF8 = "utf-8-sig"
HEADER = ("firm_id", "name", "registered_capital", "note")
# Excel stores no other control characters, and XML makes one line end of all
text = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=6
) | st.sampled_from(["001", "1e5", "=1+1", "a\nb", '"', " x\t", "2024-01-01", "#N/A", "_x0041_", "TRUE"])
ident = text.filter(bool)
number = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-(10**14), 10**14)
table = st.lists(st.tuples(ident, text, st.none() | number, text), min_size=1, max_size=8)
Table = list[tuple[str, str, float | int | None, str]]


def texts(batches: Iterable[CellBatch]) -> list[list[str]]:
    """The rows of a source, with empty texts for missing ones."""
    return [
        [cell or "" for cell in row]
        for batch in batches
        if len(batch.lines)
        for row in zip(*(batch.columns[name].to_pylist() for name in HEADER), strict=True)
    ]


def same(rows: list[list[str]], expected: list[list[str]]) -> bool:
    """Whether texts are equal, and numbers equal as numbers (openpyxl writes 15 digits)."""
    return len(rows) == len(expected) and all(
        [row[0], row[1], row[3]] == [other[0], other[1], other[3]] and _close(row[2], other[2])
        for row, other in zip(rows, expected, strict=True)
    )


def _close(number: str, other: str) -> bool:
    return number == other == "" or math.isclose(float(number), float(other), rel_tol=1e-14)


def source(path: Path, format: str, **keys: object) -> SourceFile:
    return SourceFile(
        path, path.name, format, SourceMap.model_validate({"file": path.name, "table": "firms"} | keys)
    )


def as_text(rows: Table, delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([HEADER, *rows])
    return out.getvalue().encode()


def read_text(file: SourceFile) -> list[list[str]]:
    return texts(read_csv(csv_table(file, UTF8), scan_text(file, UTF8)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


@settings(deadline=None, max_examples=25)
@given(rows=table)
def test_every_format_equals_csv(folder: Path, rows: Table) -> None:
    (folder / "x.csv").write_bytes(as_text(rows, ","))
    expected = read_text(source(folder / "x.csv", "csv"))
    assert [row[0] for row in expected] == [row[0] for row in rows]

    (folder / "x.tsv").write_bytes(as_text(rows, "\t"))
    assert read_text(source(folder / "x.tsv", "csv", delimiter="\t")) == expected

    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "x.csv", "in/x.csv")
    extracted(folder / "x.zip", "in/x.csv", folder / "y.csv")
    assert (folder / "y.csv").read_bytes() == (folder / "x.csv").read_bytes()

    objects = [dict(zip(HEADER, row, strict=True)) for row in rows]
    (folder / "x.json").write_text(json.dumps(objects))
    assert same(texts(read_json(source(folder / "x.json", "json_document"), UTF8)), expected)
    (folder / "n.json").write_text(json.dumps({"a": [{"b": objects}]}))
    assert same(texts(read_json(source(folder / "n.json", "json_document", rows="a/b"), UTF8)), expected)

    (folder / "x.db").unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / "x.db")) as con:
        con.execute(f"CREATE TABLE t ({', '.join(HEADER)})")
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        con.commit()
    _, batches = read_sqlite(source(folder / "x.db", "sqlite"))
    actual = texts(batches)
    assert same(actual, expected), [pair for pair in zip(actual, expected, strict=True) if pair[0] != pair[1]]

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for r, row in enumerate([HEADER, *rows], 1):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c)
            # as text, also where it looks like a formula or an error; an underscore before x is escaped as Excel does
            cell.value = value.replace("_x", "_x005F_x") if isinstance(value, str) else value
            cell.data_type = "s" if isinstance(value, str) else "n"
    book.save(folder / "x.xlsx")
    _, batches = read_sheet(source(folder / "x.xlsx", "sheet"))
    actual = texts(batches)
    assert same(actual, expected), [pair for pair in zip(actual, expected, strict=True) if pair[0] != pair[1]]

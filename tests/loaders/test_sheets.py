"""Excel workbooks: rows, texts and days as in a CSV; cells that cannot be read are faults."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import LoadReport, RowCount, load, validate
from supplyrisk.loaders.mappings.mapping import Mapping, SourceMap
from supplyrisk.loaders.mappings.source_format import SourceFormat

FIRMS = [["firm_id", "name", "founded_on", "employees"], ["0012", "甲公司", date(2010, 3, 5), 12.0]]


def write_workbook(path: Path, sheets: dict[str, list[list[object]]], first_row: int = 1) -> None:
    """Write sheets, each from `first_row` on."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, first_row):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column, value)
    book.save(path)


def stored(folder: Path, mapping: Mapping | None = None) -> list[dict[str, object]]:
    """Load a folder, and return its firms."""
    import pyarrow.parquet as pq

    workspace = folder.parent / "ws"
    report = load(folder, workspace, mapping)
    path = next((workspace / "data").glob("*/firms.parquet"))
    assert report.tables[0].count.loaded == pq.read_metadata(path).num_rows
    return pq.read_table(path).to_pylist()


def faults(report: LoadReport) -> list[tuple[int, str, str, str]]:
    return [(f["line"], f["column"], f["value"], f["rule"]) for f in report.faults.to_pylist()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_ids_stay_text_and_dates_are_days(folder: Path) -> None:
    rows = [*FIRMS, ["F2", None, datetime(2011, 4, 6), 7], [], [1001, " x", None, None]]
    write_workbook(folder / "firms.xlsx", {"Tabelle1": rows, "Tabelle2": []})
    firms = stored(folder)
    assert [f["firm_id"] for f in firms] == ["0012", "1001", "F2"]
    assert [f["founded_on"] for f in firms] == [date(2010, 3, 5), None, date(2011, 4, 6)]
    assert [f["employees"] for f in firms] == [12, None, 7]
    assert firms[1]["name"] == " x"


def test_lines_are_rows_of_the_sheet(folder: Path) -> None:
    rows = [*FIRMS, [], ["F2", None, None, "many"], ["F3", None, datetime(2011, 4, 6, 10, 30), None]]
    write_workbook(folder / "firms.xlsx", {"S": rows}, first_row=4)
    report = validate(folder, max_bad=1.0)
    assert faults(report) == [
        (7, "employees", "many", "number"),
        (8, "founded_on", "2011-04-06 10:30:00", "day"),
    ]
    assert report.tables[0].count == RowCount(rows=3, loaded=1, quarantined=2, duplicates=0)


def test_values_of_a_wrong_type_are_faults(folder: Path) -> None:
    rows = [
        FIRMS[0],
        [9133010000000000123, "a", None, None],
        [1.5, "b", None, None],
        [date(2024, 1, 2), "c", None, None],
        ["F1", True, None, False],
    ]
    write_workbook(folder / "firms.xlsx", {"S": rows})
    assert faults(validate(folder, max_bad=1.0)) == [
        (2, "firm_id", "9.13301e+18", "type"),
        (3, "firm_id", "1.5", "type"),
        (4, "firm_id", "2024-01-02", "type"),
        (5, "name", "true", "type"),
        (5, "employees", "false", "type"),
    ]


def test_errors_and_formulas_without_a_result_are_not_empty(folder: Path) -> None:
    rows = [FIRMS[0], ["F1", "a", None, "#N/A"], ["F2", '="a"&"b<c"', None, None], ["F3", None, None, "=1+1"]]
    write_workbook(folder / "firms.xlsx", {"S": rows})
    assert faults(validate(folder, max_bad=1.0)) == [
        (2, "employees", "#N/A", "number"),
        (3, "name", '="a"&"b<c"', "type"),
        (4, "employees", "=1+1", "type"),
    ]


def test_formulas_without_a_result_beyond_all_values(folder: Path) -> None:
    rows = [
        [None, "firm_id", "name"],
        ["=ROW()", "F1", "a"],
        [None, "F2", "b", "=A3"],
        [],
        [None, "=A2", "=B2"],
    ]
    write_workbook(folder / "firms.xlsx", {"S": rows})
    report = validate(folder, max_bad=1.0)
    assert faults(report) == [(5, "firm_id", "=A2", "type"), (5, "name", "=B2", "type")]
    assert report.tables[0].count.loaded == 2


def test_a_table_between_other_rows(folder: Path) -> None:
    rows = [
        ["Report of", date(2024, 1, 1)],
        ["Kunde", "", "note"],
        ["F1", 7.0, "x"],
        ["F2", 8.0, None],
        ["Total", 15.0],
    ]
    write_workbook(folder / "firms.xlsx", {"S": rows})
    keys = {"file": "firms.xlsx", "table": "firms", "columns": {"firm_id": "Kunde", "employees": "#2"}}
    for ends in ({"preamble": 1, "footer": 1}, {"header_starts_with": "Kun", "footer_starts_with": "Tot"}):
        entry = SourceMap.model_validate(keys | ends)
        firms = stored(folder, Mapping(source=(entry,)))  # type: ignore[call-arg]
        assert [(f["firm_id"], f["employees"], f["note"]) for f in firms] == [("F1", 7, "x"), ("F2", 8, None)]
    named = {"preamble": 2, "footer": 1, "header": ["firm_id", "employees", ""]}
    entry = SourceMap.model_validate({"file": "firms.xlsx", "table": "firms"} | named)
    firms = stored(folder, Mapping(source=(entry,)))  # type: ignore[call-arg]
    assert [(f["firm_id"], f["employees"]) for f in firms] == [("F1", 7), ("F2", 8)]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"header_starts_with": "x"}, "has no row whose first cell begins with 'x'"),
        ({"footer_starts_with": "x"}, "has no row whose first cell begins with 'x'"),
        ({"preamble": 9}, "has no header in its sheet"),
        ({"header": ["a"]}, "has 4 columns in its sheet, expected 1 as header in the mapping"),
    ],
)
def test_a_frame_that_the_sheet_does_not_have(folder: Path, keys: dict[str, object], message: str) -> None:
    write_workbook(folder / "firms.xlsx", {"S": FIRMS})
    entry = SourceMap.model_validate({"file": "firms.xlsx", "table": "firms"} | keys)
    with pytest.raises(DataError, match=message):
        validate(folder, Mapping(source=(entry,)))  # type: ignore[call-arg]


def test_the_mapping_names_the_sheet(folder: Path) -> None:
    write_workbook(folder / "book.xlsx", {"a": [["x"], ["1"]], "b": [["id"], ["F1"], ["F2"]]})
    entry = SourceMap.model_validate({"file": "book.xlsx", "table": "firms", "columns": {"firm_id": "id"}})
    with pytest.raises(DataError, match=r"book.xlsx: has the sheets a, b, expected one; name it .* by sheet"):
        validate(folder, Mapping(source=(entry,)))  # type: ignore[call-arg]
    chosen = entry.model_copy(update={"sheet": "b"})
    assert validate(folder, Mapping(source=(chosen,))).tables[0].count.loaded == 2  # type: ignore[call-arg]
    wrong = entry.model_copy(update={"sheet": "c"})
    with pytest.raises(DataError, match="has no sheet 'c', expected one of a, b"):
        validate(folder, Mapping(source=(wrong,)))  # type: ignore[call-arg]


def test_a_sheet_of_a_csv_is_refused(folder: Path) -> None:
    (folder / "firms.csv").write_text("firm_id\nF1\n")
    entry = SourceMap(file="firms.csv", table="firms", sheet="S")
    with pytest.raises(DataError, match=r"firms.csv: the mapping sets sheet"):
        validate(folder, Mapping(source=(entry,)))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"firm_id\nF1\n", "cannot be read as an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is protected by a password or written by Excel before 2007"),
    ],
)
def test_no_workbook(folder: Path, data: bytes, message: str) -> None:
    (folder / "firms.xlsx").write_bytes(data)
    with pytest.raises(DataError, match=f"firms.xlsx: {message}"):
        validate(folder)


def test_a_damaged_workbook_never_loads_other_rows(folder: Path) -> None:
    path = folder / "firms.xlsx"
    write_workbook(path, {"S": [["firm_id"], *([f"F{i}"] for i in range(50))]})
    data = path.read_bytes()
    for cut in range(0, len(data), 499):
        path.write_bytes(data[:cut] or b"x")
        with pytest.raises(DataError, match=r"firms.xlsx: cannot be read as an Excel workbook"):
            validate(folder)


def test_a_workbook_that_is_too_large_when_unpacked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_workbook(folder / "firms.xlsx", {"S": FIRMS})
    with zipfile.ZipFile(folder / "firms.xlsx") as archive:
        size = sum(part.file_size for part in archive.infolist())
    monkeypatch.setattr("supplyrisk.loaders.read.read_sheet.MAX_WORKBOOK_BYTES", size - 1)
    with pytest.raises(DataError, match=r"when unpacked, expected at most .*; save its sheets as CSV"):
        validate(folder)


def test_an_empty_sheet(folder: Path) -> None:
    write_workbook(folder / "firms.xlsx", {"S": []})
    with pytest.raises(DataError, match="has no header in its sheet"):
        validate(folder)


def test_the_forms_of_a_mapping_are_for_texts_and_typed_cells_stay(folder: Path) -> None:
    rows = [
        [" firm_id", "founded_on", "registered_capital"],
        ["F1", "05.03.2010", "1.234,5"],
        ["F2", date(2010, 3, 5), 1234.5],
    ]
    write_workbook(folder / "firms.xlsx", {"S": rows})
    form = SourceFormat(dates=("%d.%m.%Y",), decimal=",", thousands=".", trim=True)
    firms = stored(folder, Mapping(format=form))
    assert [f["registered_capital"] for f in firms] == [1234.5, 1234.5]
    assert [f["founded_on"] for f in firms] == [date(2010, 3, 5), date(2010, 3, 5)]


def test_a_source_may_list_errors_as_missing(folder: Path) -> None:
    write_workbook(folder / "firms.xlsx", {"S": [FIRMS[0], ["F1", None, None, "#N/A"]]})
    assert stored(folder, Mapping(format=SourceFormat(missing=("#N/A",))))[0]["employees"] is None

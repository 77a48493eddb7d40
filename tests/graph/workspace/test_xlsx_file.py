"""Workbooks, as two other libraries read them."""

from __future__ import annotations

import io
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pytest
from python_calamine import load_workbook

from supplyrisk.graph import RequestError
from supplyrisk.graph.workspace import xlsx_file
from supplyrisk.graph.workspace.xlsx_file import write_xlsx

TABLE = pa.table(
    {
        "id": ["001", "=1+1", "名<&\x01_x0041_\r\n\t ", None],
        "on": pa.array([date(2025, 1, 2), None, date(1899, 5, 6), date(1900, 3, 2)]),
        "pd": [0.25, None, float("nan"), 1e-300],
        "n": pa.array([7, None, 10**16, 0], pa.int64()),
        "flag": [True, False, None, True],
        "reasons": pa.array(
            [[{"code": "A", "share": None}], None, [], [{"code": "B", "share": 0.5}, {"code": "C"}]]
        ),
        "words": pa.array([["a", "b"], [], None, ["c"]]),
    }
)
HEADER = ["id", "on", "pd", "n", "flag"]
HEADER += ["reasons_1_code", "reasons_1_share", "reasons_2_code", "reasons_2_share", "words"]


def written(table: pa.Table) -> io.BytesIO:
    out = io.BytesIO()
    write_xlsx(table, out)
    out.seek(0)
    return out


def test_openpyxl_reads_texts_days_and_numbers() -> None:
    sheet = openpyxl.load_workbook(written(TABLE))["rows"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == HEADER
    assert rows[1] == ["001", datetime(2025, 1, 2), 0.25, 7, True, "A", None, None, None, "a, b"]
    assert rows[2][1:] == [None, None, None, False, None, None, None, None, ""]
    assert rows[3][1:4] == ["1899-05-06", None, "10000000000000000"]
    assert rows[4] == [None, datetime(1900, 3, 2), 1e-300, 0, True, "B", 0.5, "C", None, "c"]


def test_texts_are_no_formulas_and_come_back_to_the_letter() -> None:
    rows = load_workbook(written(TABLE)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["001", "=1+1", "名<&\x01_x0041_\r\n\t ", ""]
    assert rows[1][1] == date(2025, 1, 2)


def test_equal_tables_are_equal_bytes() -> None:
    assert written(TABLE).read() == written(TABLE).read()


def test_what_a_sheet_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="a text of 32,768 characters is too long"):
        written(pa.table({"a": ["x" * 32_768]}))
    monkeypatch.setattr(xlsx_file, "MAX_ROWS", 3)
    with pytest.raises(RequestError, match="4 rows are too many for a workbook"):
        written(TABLE)

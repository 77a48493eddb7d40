"""CSV for spreadsheets and for programs."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv

from supplyrisk.graph.workspace.csv_file import spreadsheet_text, write_csv
from supplyrisk.graph.workspace.output_files import write_table

BOM = b"\xef\xbb\xbf"
RUN = ("=1+1", "+SUM(A1)", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "＋1", "－a", "＠a", "=", "-")
SAFE = ("", "a=1", "-5", "+5", "-1,234.50", "名", "'=1", " a", "1-2")


def rows_of(table: pa.Table, *, plain: bool) -> list[list[str]]:
    out = io.BytesIO()
    write_csv(table, out, plain=plain)
    assert out.getvalue().startswith(BOM) is not plain
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


def test_a_text_that_would_run_has_a_quote_before_it() -> None:
    table = pa.table({"=name": [*RUN, *SAFE, None]})
    assert rows_of(table, plain=False)[0] == ["'=name"]
    assert [row[0] if row else "" for row in rows_of(table, plain=False)[1:]] == [
        *(f"'{text}" for text in RUN),
        *SAFE,
        "",
    ]
    assert [row[0] if row else "" for row in rows_of(table, plain=True)] == ["=name", *RUN, *SAFE, ""]


def test_numbers_days_and_dictionaries(tmp_path: Path) -> None:
    table = pa.table(
        {
            "pd": [-0.5, None],
            "on": pa.array([date(2025, 1, 2), None]),
            "kind": pa.array(["=a", "b"]).dictionary_encode(),
            "large": pa.array(["@a", "b"], pa.large_string()),
            "reasons": [[{"code": "=A"}], None],
        }
    )
    write_table(tmp_path / "t.csv", table, plain=False)
    assert (tmp_path / "t.csv").read_bytes().startswith(BOM)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.reader(lines))
    assert rows[1:] == [["-0.5", "2025-01-02", "'=a", "'@a", '[{"code": "=A"}]'], ["", "", "b", "b", ""]]


def test_a_file_for_spreadsheets_is_read_back(tmp_path: Path) -> None:
    table = pa.table({"firm_id": ["F1", "名"], "pd": [0.25, 0.5]})
    write_table(tmp_path / "t.csv", table, plain=False)
    assert arrow_csv.read_csv(tmp_path / "t.csv").equals(table)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=5))
def test_tables_and_single_texts_agree(texts: list[str]) -> None:
    table = pa.table({"a": texts, "b": ["x"] * len(texts)})  # csv.reader drops a line that is empty
    assert [row[0] for row in rows_of(table, plain=False)[1:]] == [spreadsheet_text(text) for text in texts]


@pytest.mark.parametrize("text", [*RUN, *SAFE])
def test_no_cell_begins_as_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = spreadsheet_text(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not re.match(r"[=@\t\r＝＋－＠]|[+-](?![0-9])", cell)

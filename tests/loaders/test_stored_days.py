"""Days that a format stores as such are read beside the stated forms; in CSV, the stated forms are the only ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import read_workspace
from supplyrisk.loaders import load, validate

DAY = date(2024, 3, 5)
CELLS = {"A": "2024-03-05", "B": "5.3.2024"}
DATES = 'dates = ["%d.%m.%Y"]\n'
SOURCE = '[[source]]\nfile = "{}"\ntable = "firms"\n' + DATES
Writer = Callable[[Path], str]


def json_lines(folder: Path) -> str:
    lines = [json.dumps({"firm_id": firm, "founded_on": cell}) for firm, cell in CELLS.items()]
    (folder / "firms.jsonl").write_text("\n".join([*lines, ""]))
    return SOURCE.format("firms.jsonl")


def json_document(folder: Path) -> str:
    rows = [{"firm_id": firm, "founded_on": cell} for firm, cell in CELLS.items()]
    (folder / "firms.json").write_text(json.dumps(rows))
    return SOURCE.format("firms.json")


def xml(folder: Path) -> str:
    rows = "".join(
        f"<f><firm_id>{firm}</firm_id><founded_on>{cell}</founded_on></f>" for firm, cell in CELLS.items()
    )
    (folder / "firms.xml").write_text(f"<all>{rows}</all>")
    return SOURCE.format("firms.xml") + 'rows = "all/f"\n'


def sheet(folder: Path) -> str:
    book = openpyxl.Workbook()
    rows = [("firm_id", "founded_on"), ("A", DAY), ("B", CELLS["B"])]
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "firms.xlsx")
    return SOURCE.format("firms.xlsx")


def sqlite(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "firms.db")) as con:
        con.execute("CREATE TABLE firms (firm_id TEXT, founded_on TEXT)")
        con.executemany("INSERT INTO firms VALUES (?, ?)", CELLS.items())
        con.commit()
    return SOURCE.format("firms.db")


@pytest.mark.parametrize("write", [json_lines, json_document, xml, sheet, sqlite])
def test_a_stored_day_is_read_beside_the_stated_form(tmp_path: Path, write: Writer) -> None:
    (tmp_path / "map.toml").write_text(write(tmp_path))
    report = load(tmp_path, tmp_path / "ws", tmp_path / "map.toml")
    assert report.fault_count == 0
    rows = pq.read_table(str(read_workspace(tmp_path / "ws").sources["firms"]))
    assert rows["founded_on"].to_pylist() == [DAY, DAY]


def test_in_csv_the_stated_form_is_the_only_one(tmp_path: Path) -> None:
    lines = [f"{firm},{cell}" for firm, cell in CELLS.items()]
    (tmp_path / "firms.csv").write_text("\n".join(["firm_id,founded_on", *lines, ""]))
    (tmp_path / "map.toml").write_text(SOURCE.format("firms.csv"))
    (fault,) = validate(tmp_path, tmp_path / "map.toml").faults.to_pylist()
    assert (fault["value"], fault["rule"]) == ("2024-03-05", "day")
    assert fault["remedy"] == (
        "it fits none of the mapping's dates: correct it if there is no such day, or add its form to dates in the "
        "mapping"
    )


def test_without_stated_forms_the_remedy_is_the_iso_form(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm_id,founded_on\nB,5.3.2024\n")
    (fault,) = validate(tmp_path).faults.to_pylist()
    assert fault["remedy"].startswith("write it as year-month-day, or add its form to dates in the mapping")

"""Keys of a mapping that have no effect on the format of a file are errors that name both."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph import DataError
from supplyrisk.loaders import Mapping, validate

KEYS: dict[str, object] = {
    "encoding": "utf-8",
    "delimiter": ";",
    "trailing_delimiter": True,
    "preamble": 1,
    "header_starts_with": "firm",
    "header": False,
    "footer": 1,
    "footer_starts_with": "--",
    "sheet": "S",
    "json_lines": True,
    "rows": "list",
    "db_table": "firms",
    "query": "SELECT * FROM firms",
}
TEXT_FRAME = {"preamble", "header_starts_with", "header", "footer", "footer_starts_with"}
HAS = {
    "firms.csv": ("CSV", {"encoding", "delimiter", "trailing_delimiter", *TEXT_FRAME}),
    "firms.xlsx": ("Excel", {"sheet", *TEXT_FRAME}),
    "firms.jsonl": ("JSON Lines", {"encoding", "json_lines", "rows"}),
    "firms.json": ("JSON", {"encoding", "json_lines", "rows"}),
    "firms.xml": ("XML", {"rows"}),
    "firms.parquet": ("Parquet", set()),
    "firms.sqlite": ("SQLite", {"db_table", "query"}),
}


def write(folder: Path, name: str) -> None:
    path = folder / name
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in (["firm_id"], ["F1"]):
            book.active.append(row)
        book.save(path)
    elif name.endswith(".parquet"):
        pq.write_table(pa.table({"firm_id": ["F1"]}), path)
    elif name.endswith(".sqlite"):
        with closing(sqlite3.connect(path)) as con:
            con.execute("CREATE TABLE firms AS SELECT 'F1' AS firm_id")
            con.commit()
    else:
        record = {"firm_id": "F1"}
        texts = {
            "csv": "firm_id\nF1\n",
            "jsonl": json.dumps(record),
            "json": json.dumps([record]),
            "xml": "<d><r><firm_id>F1</firm_id></r></d>",
        }
        path.write_text(texts[name.rpartition(".")[2]])


def faults_of(folder: Path, entry: dict[str, object]) -> str:
    try:
        validate(folder, Mapping.model_validate({"source": [entry]}))
    except DataError as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize("name", HAS)
def test_a_key_that_a_format_does_not_have_is_an_error(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    format, keys = HAS[name]
    # of two keys for the header, one at a time
    for alternative in ("preamble", "header_starts_with"):
        stated = {key: value for key, value in KEYS.items() if key != alternative}
        stated |= {"header": True, "footer": 0}
        faults = faults_of(tmp_path, {"file": name, "table": "firms"} | stated)
        for key in stated:
            message = f"{name}: the mapping sets {key}, which has no effect on {format}, expected it for "
            assert (message in faults) == (key not in keys), key


@pytest.mark.parametrize("name", HAS)
def test_keys_of_all_files_may_be_for_others(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    common = {"encoding": "utf-8", "delimiter": ";"}
    rows = {"rows": "d/r"} if name.endswith("xml") else {}
    source = {"file": name, "table": "firms"} | rows
    report = validate(tmp_path, Mapping.model_validate({"format": common, "source": [source]}))
    assert report.table("firms").count.loaded == 1


@pytest.mark.parametrize("name", ["firms.jsonl", "firms.json", "firms.xml", "firms.parquet"])
def test_columns_of_formats_with_names_have_no_positions(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    rows = {"rows": "d/r"} if name.endswith("xml") else {}
    entry: dict[str, object] = {"file": name, "table": "firms", "columns": {"firm_id": "#1"}} | rows
    expected = f"{name}: the mapping names column #1 by its position, expected its name, since columns of "
    assert expected + HAS[name][0] in faults_of(tmp_path, entry)


@pytest.mark.parametrize("name", ["firms.csv", "firms.xlsx", "firms.sqlite"])
def test_columns_of_tables_have_positions(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    entry = {"file": name, "table": "firms", "columns": {"firm_id": "#1"}}
    assert validate(tmp_path, Mapping.model_validate({"source": [entry]})).table("firms").count.loaded == 1
    with pytest.raises(DataError, match="names column #2, which the file does not have"):
        validate(tmp_path, Mapping.model_validate({"source": [entry | {"where": {"#2": "x"}}]}))

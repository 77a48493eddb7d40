"""Writing files: documents, formats, atomic writes, JSON without NaN."""

from __future__ import annotations

import csv
import json
import os
import stat
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.graph.workspace.json_text import to_json
from supplyrisk.graph.workspace.output_files import (
    PRIVATE,
    replacing,
    replacing_folder,
    write_table,
    write_text,
)

TABLE = pa.table(
    {
        "id": ["001", 'a,"b"', "名"],
        "on": pa.array([date(2025, 1, 2), None, None], pa.date32()),
        "pd": pa.array([0.25, None, 1.0], pa.float64()),
        "reasons": pa.array([[{"code": "A", "share": None}], None, []]),
    }
)
ROWS = [
    {"id": "001", "on": "2025-01-02", "pd": 0.25, "reasons": [{"code": "A", "share": None}]},
    {"id": 'a,"b"', "on": None, "pd": None, "reasons": None},
    {"id": "名", "on": None, "pd": 1.0, "reasons": []},
]


def test_a_json_file_is_the_document_with_all_rows(tmp_path: Path) -> None:
    write_table(tmp_path / "t.json", TABLE, {"schema": "scgraph.score/1", "model": "m"})
    rows = json.loads((tmp_path / "t.json").read_text())
    assert rows == {
        "schema": "scgraph.score/1",
        "model": "m",
        "rows": ROWS,
    }


def test_json_lines(tmp_path: Path) -> None:
    write_table(tmp_path / "t.jsonl", TABLE, {})
    assert [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()] == ROWS


def test_csv_keeps_text_and_has_lists_as_json(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", TABLE, {})
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["id"] for row in rows] == ["001", 'a,"b"', "名"]
    assert [row["on"] for row in rows] == ["2025-01-02", "", ""]
    assert [row["reasons"] for row in rows] == ['[{"code": "A", "share": null}]', "", "[]"]


def test_parquet_is_the_table(tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", TABLE, {})
    assert pq.read_table(tmp_path / "t.parquet").equals(TABLE)


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{ending}"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), replacing(path) as out:
        out.write(b"a part")
        raise OSError("disk full")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with replacing(path, PRIVATE) as out:
        out.write(b"password")
        out.flush()
        assert [stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()] == [0o600]
    # A temporary file that others can read, left by a killed process of the same number, is not written to.
    (tmp_path / f".secret.{os.getpid()}.tmp").write_text("")
    write_text(path, "password", PRIVATE)
    assert [(p.name, stat.S_IMODE(p.stat().st_mode)) for p in tmp_path.iterdir()] == [("secret", 0o600)]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "data"
    target.mkdir()
    with pytest.raises(OSError, match="disk full"), replacing_folder(target) as folder:
        (folder / "a").write_text("part")
        raise OSError("disk full")
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
    with replacing_folder(target) as folder:
        (folder / "a").write_text("whole")
        assert not any(target.iterdir())
    assert [p.name for p in tmp_path.rglob("*")] == ["data", "a"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_never_holds_nan(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"pd": value})


def test_json_refuses_what_has_no_place_in_it() -> None:
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        to_json({"pd": object()})


def test_what_a_killed_process_left_is_removed_and_what_another_writes_stays(tmp_path: Path) -> None:
    left = tmp_path / ".model.1.tmp"
    writing = tmp_path / ".model.2.tmp"
    left.mkdir()
    (left / "half.json").touch()
    writing.touch()
    os.utime(left, (0, 0))
    with replacing_folder(tmp_path / "model") as folder:
        (folder / "whole.json").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == [writing.name, "model"]

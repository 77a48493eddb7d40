"""Data on stdout and in files: envelopes, formats, atomic writes, tables for people and for pipes."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.cli.errors import Usage
from supplyrisk.cli.files import check_ending, envelope, to_json, write_atomically, write_table
from supplyrisk.cli.render import explanation
from supplyrisk.cli.talk import Talk, cell, show_table

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


def test_json_file_is_the_envelope_with_all_rows(tmp_path: Path) -> None:
    write_table(tmp_path / "t.json", TABLE, envelope("score", [], about={"model": "m"}))
    found = json.loads((tmp_path / "t.json").read_text())
    assert found == {
        "schema": "scgraph.score/1",
        "as_of": None,
        "model": "m",
        "degraded": False,
        "synthetic": False,
        "rows": ROWS,
    }


def test_json_lines(tmp_path: Path) -> None:
    write_table(tmp_path / "t.jsonl", TABLE, {})
    assert [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()] == ROWS


def test_csv_keeps_text_and_has_lists_as_json(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", TABLE, {})
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    assert [row["id"] for row in found] == ["001", 'a,"b"', "名"]
    assert [row["on"] for row in found] == ["2025-01-02", "", ""]
    assert [row["reasons"] for row in found] == ['[{"code": "A", "share": null}]', "", "[]"]


def test_parquet_is_the_table(tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", TABLE, {})
    assert pq.read_table(tmp_path / "t.parquet").equals(TABLE)


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{ending}"
    path.write_text("old")

    def fail(_: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


def test_endings(tmp_path: Path) -> None:
    assert check_ending(None) is None
    assert check_ending(tmp_path / "a.CSV") == tmp_path / "a.CSV"
    (tmp_path / "folder.csv").mkdir()
    for bad in ("a", "a.xlsx", "none/a.csv", "folder.csv"):
        with pytest.raises(Usage, match="expected"):
            check_ending(tmp_path / bad)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_never_holds_nan(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"pd": value})


def test_json_refuses_what_has_no_place_in_it() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        to_json({"pd": object()})


def test_a_piped_table_is_plain_whole_and_unmarked(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    show_table(("firm", "pd"), [("[bold]A[/bold]", 0.5), (long, None)], title="not in a pipe")
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [f"firm{'':299}pd", f"[bold]A[/bold]{'':288}0.5", f"{long}{'':4}-"]


def test_cells() -> None:
    assert [cell(v) for v in (None, True, 3, 0.25, 123456.7, "a\x1bb\nc", ["x", 1], "")] == [
        "-", "yes", "3", "0.25", "123,457", "a�b c", "x, 1", "",
    ]  # fmt: skip


def test_talk_goes_to_stderr_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    Talk().say("hello")
    Talk(quiet=True).say("hidden")
    assert capsys.readouterr() == ("", "hello\n")


def test_progress_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with Talk().progress() as step:
        step("working", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_firm_s_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"firm_id": "F1", "name": "Ahn\x1b]0;owned\x07\nF2", "pd": None, "defaulted_on": date(2025, 1, 2)}
    explanation._show_head(row)
    out = capsys.readouterr().out
    assert out.startswith("F1 Ahn\ufffd]0;owned\ufffd F2: in default since 2025-01-02")
    assert out.count("\n") == 1

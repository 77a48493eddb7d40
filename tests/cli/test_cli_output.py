"""Output of commands: endings of files, tables for people and for pipes, and messages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from supplyrisk.cli.files import check_ending
from supplyrisk.cli.render import explanation
from supplyrisk.cli.talk import Talk, cell, show_table
from supplyrisk.gnn import ScoredFirm
from supplyrisk.graph import RequestError


def test_endings(tmp_path: Path) -> None:
    assert check_ending(None) is None
    assert check_ending(tmp_path / "a.CSV") == tmp_path / "a.CSV"
    (tmp_path / "folder.csv").mkdir()
    for bad in ("a", "a.ods", "none/a.csv", "folder.csv"):
        with pytest.raises(RequestError, match="expected"):
            check_ending(tmp_path / bad)


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


def test_a_firm_s_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    firm = ScoredFirm.of_row({"firm_id": "F1", "name": "Ahn\x1b]0;owned\x07\nF2"})
    explanation._show_head(firm, date(2025, 1, 2))
    out = capsys.readouterr().out
    assert out.startswith("F1 Ahn\ufffd]0;owned\ufffd F2: in default since 2025-01-02")
    assert out.count("\n") == 1

"""`scgraph page`: the files that it writes, for a shop without a score, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run, run_json


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of too short a history to forecast, without stored scores."""
    place = tmp_path_factory.mktemp("shop-pages")
    run("synth", place / "data", "--firms", 40, "--weeks", 20)
    run("load", place / "data", "-w", place / "ws")
    code, _, err = run("train", "--expert", "--base-rate", 0.02, "-w", place / "ws")
    assert code == 0, err
    return place / "ws"


def test_the_page_is_a_file_for_browsers_or_programs(ws: Path, tmp_path: Path) -> None:
    for name in ("page.html", "page.json"):
        code, _, err = run("page", "F0000010", "-w", ws, "-o", tmp_path / name)
        assert code == 0, err
        assert f"page written to {tmp_path / name}" in err
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    row = json.loads((tmp_path / "page.json").read_text("utf-8"))["rows"][0]
    assert row == run_json("page", "F0000010", "-w", ws)["rows"][0]
    assert row["weeks"] == []


def test_another_kind_of_file_is_refused_before_any_work(ws: Path, tmp_path: Path) -> None:
    code, _, err = run("page", "F0000010", "-w", ws, "-o", tmp_path / "page.pdf")
    assert code == 2
    assert ".html" in err

"""`scgraph page`: the files that it writes, for a shop without a score, too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from commands import run, run_json
from desk import open_desk
from supplyrisk.graph import Workspace


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk, whose history is too short to forecast, without stored scores."""
    workspace = open_desk(tmp_path_factory.mktemp("shop-pages"))
    shutil.rmtree(Workspace(workspace).layout.scores)
    code, _, err = run("train", "--expert", "--base-rate", 0.02, "-w", workspace)
    assert code == 0, err
    return workspace


def test_the_page_is_a_file_for_browsers_or_programs(ws: Path, tmp_path: Path) -> None:
    for name in ("page.html", "page.json"):
        code, _, err = run("page", "GOOD", "-w", ws, "-o", tmp_path / name)
        assert code == 0, err
        assert f"page written to {tmp_path / name}" in err
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    row = json.loads((tmp_path / "page.json").read_text("utf-8"))["rows"][0]
    assert row == run_json("page", "GOOD", "-w", ws)["rows"][0]
    assert row["weeks"] == []


def test_another_kind_of_file_is_refused_before_any_work(ws: Path, tmp_path: Path) -> None:
    code, _, err = run("page", "GOOD", "-w", ws, "-o", tmp_path / "page.pdf")
    assert code == 2
    assert ".html" in err

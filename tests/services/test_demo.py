"""The demo's folder and the command that it suggests."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from commands import run
from supplyrisk import services
from supplyrisk.services.demo import MARK, QUERY, query_command


def test_demo_touches_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "file").write_text("x")
    with pytest.raises(FileExistsError, match="no demo made"):
        services.demo(folder)
    code, out, err = run("demo", "--dir", folder)
    assert (code, out) == (1, "")
    assert "no demo made" in err
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert not (folder / MARK).exists()


def test_demo_has_a_workspace_of_its_own(tmp_path: Path) -> None:
    code, _, err = run("demo", "--dir", tmp_path / "demo", "--workspace", tmp_path)
    assert (code, "workspace of its own" in err) == (2, True)


def test_the_next_command_is_one_that_a_shell_reads_as_it_stands() -> None:
    words = shlex.split(query_command(Path("a folder/workspace")))
    assert words[:3] == ["scgraph", "query", "run"]
    assert words[-1] == QUERY
    assert words[words.index("--workspace") + 1] == "a folder/workspace"

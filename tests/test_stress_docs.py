"""The example of docs/stress.md: its files, its command, and the output that stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import run

PAGE = Path(__file__).resolve().parent.parent / "docs" / "stress.md"
BLOCK = re.compile(r"^```(\w+) ?([\w./]*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def test_the_example_prints_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    Path("data").mkdir()
    for _, name, text in blocks:
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    (commands,) = (text for kind, _, text in blocks if kind == "console")
    (shown,) = (text for kind, name, text in blocks if kind == "text" and not name)
    for line in commands.splitlines():
        code, out, err = run(*line.removeprefix("$ scgraph ").split())
        assert code == 0, err
    assert out == shown

"""Texts in two languages: nested keys, and entries that lack a language."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyrisk.graph.texts import text_files
from supplyrisk.graph.texts.text_files import read_texts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that every package's files are read from."""
    monkeypatch.setattr(text_files, "files", lambda package: tmp_path)
    read_texts.cache_clear()
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "topic.toml").write_text(text, "utf-8")


def test_keys_of_nested_tables_are_joined_by_dots(folder: Path) -> None:
    write(
        folder, 'title = { en = "Memo", zh = "意见" }\n[heading.part]\nchain = { en = "Chain", zh = "链" }\n'
    )
    assert dict(read_texts("a_package", "topic", "en")) == {
        "title": "Memo",
        "heading.part.chain": "Chain",
    }
    assert read_texts("a_package", "topic", "zh")["heading.part.chain"] == "链"


@pytest.mark.parametrize(
    "text", ['title = { en = "Memo" }', 'title = "Memo"', 'title = { en = "M", zh = "意", fr = "M" }']
)
def test_a_text_that_lacks_a_language_is_refused(folder: Path, text: str) -> None:
    write(folder, text)
    with pytest.raises(ValueError, match="text title"):
        read_texts("a_package", "topic", "en")

"""The wording of every document, pinned by one page per document and language; other tests pin numbers and codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_pages import GOLDEN, PAGES, page_of, prepare


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stored workspace and its graph."""
    place = tmp_path_factory.mktemp("golden")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCGRAPH_STORE", "embedded")
        prepare(place)
    return place


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_as_it_did(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCGRAPH_STORE", "embedded")
    stored = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert page_of(folder, PAGES[name]) == stored, (
        "read what changed; if it is meant, run python tests/support/golden_pages.py"
    )


def test_every_golden_page_is_of_a_document() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(PAGES)

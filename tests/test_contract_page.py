"""The page about the tables is what the schema says."""

from __future__ import annotations

from pathlib import Path

from contract_page import page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run python tests/support/contract_page.py > docs/tables.md"
    )

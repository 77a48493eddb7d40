"""The page of portraits states the indicators and indices as the registers have them."""

from __future__ import annotations

from portrait_page import PAGE, with_tables


def test_the_tables_of_the_page_are_those_of_the_registers() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), "run python tests/support/portrait_page.py"

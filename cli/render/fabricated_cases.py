"""Trade that looks fabricated, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table
from supplyrisk.graph.texts.figures import money

if TYPE_CHECKING:
    from supplyrisk.services import FabricatedResult

DEFAULT_TOP = 20


def show_cases(result: FabricatedResult, language: str, top: int | None) -> None:
    """The number of cases by kind, then the largest cases with their rows."""
    counts = [
        (getattr(row, language), row.cases, row.firms, row.rows, money(row.amount)) for row in result.kinds
    ]
    show_table(("kind", "cases", "firms", "rows", "amount"), counts, title=f"as of {result.as_of}")
    rows = [
        (", ".join(case.firms), case.kind.in_language(language), case.text.in_language(language))
        for case in result.largest(top or DEFAULT_TOP)
    ]
    show_table(("firms", "kind", "case"), rows)

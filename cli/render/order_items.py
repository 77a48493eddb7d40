"""Order items by state and by their documents, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_table
from supplyrisk.graph.texts.figures import money

if TYPE_CHECKING:
    from supplyrisk.services import DocumentMatchResult


MOST_PAIRS = 20
"""Pairs of pledges that are shown; --json has all of them."""


def show_items(result: DocumentMatchResult) -> None:
    """The number of items by state with their amounts, and by the documents that they have."""
    how = "by which documents occur at all" if result.raw else "netted of cancellations"
    rows = [
        (
            row.en,
            row.items,
            *(_money(amount) for amount in (row.ordered, row.delivered, row.invoiced, row.paid)),
        )
        for row in result.states
    ]
    columns = ("state", "items", "ordered", "delivered", "invoiced", "paid")
    show_table(columns, rows, title=f"{result.items.num_rows:,} order items, {how}")
    if result.products:
        claims = [(row.product, row.en, row.items, _money(row.amount)) for row in result.products]
        show_table(("product", "can be financed, or why not", "items", "amount"), claims)
    if result.financed_twice:
        twice = [
            (row.firm, row.backing, row.loan, row.row, row.other_loan, row.other_row)
            for row in result.financed_twice[:MOST_PAIRS]
        ]
        show_table(("firm", "backs two loans", "loan", "row", "other loan", "other row"), twice)
    show_table(("documents", "items"), [(row.evidence or "none", row.items) for row in result.evidence])


def _money(amount: float | None) -> str:
    return "-" if amount is None else money(amount)

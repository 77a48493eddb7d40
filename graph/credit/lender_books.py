"""A lender's book as a memo and a limit see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.shop_facts import ALL_ROWS, RecordedLibrary
from supplyrisk.graph.errors import DataError
from supplyrisk.queries import Runner

Row = dict[str, Any]


def lines_of(store: Runner[pa.Table], lender: str) -> list[Row]:
    """The lines of a lender's book: rows of the query `shop/book`.

    Raises
    ------
    DataError: it has none.
    """
    rows = RecordedLibrary(store).rows("shop/book", lender=lender)
    if not rows:
        raise _no_lines(lender)
    return rows


def borrowers_of(store: Runner[pa.Table], lender: str | None = None) -> list[Row]:
    """Who borrows, from one lender or from any: rows of the query `lending/borrowers`; none where nobody lends.

    Raises
    ------
    DataError: the lender that is named has no lines.
    """
    rows = RecordedLibrary(store).rows("lending/borrowers", lender=lender, top=ALL_ROWS)
    if lender is not None and not rows:
        raise _no_lines(lender)
    return rows


def _no_lines(lender: str) -> DataError:
    return DataError(
        f"lender {lender} has no lines in the graph",
        "the lender_id of a lender with loans",
        "scgraph query run borrowers lists lenders and whom they lend to",
    )


def book_around(store: Runner[pa.Table], lender: str, firm_id: str, lines: Sequence[Row]) -> BookUsage | None:
    """What is lent in all, to a firm, and behind its busiest counterparty, money; None where nothing is drawn.

    lines: what `lines_of` gave. Of a book in which nothing is drawn no share can be taken, so its rules cannot be
    applied.
    """
    lent = sum(row["drawn"] or 0.0 for row in lines)
    if not lent:
        return None
    to_firm = sum(row["drawn"] or 0.0 for row in lines if row["firm"] == firm_id)
    chains = RecordedLibrary(store).rows("shop/shared-with-book", firm=firm_id, lender=lender)
    if not chains:
        return BookUsage(lent, to_firm, 0.0)
    return BookUsage(lent, to_firm, float(chains[0]["drawn"]), str(chains[0]["counterparty"]))

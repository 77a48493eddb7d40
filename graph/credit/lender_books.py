"""A lender's loan book, read from the graph for memos and limits."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.shop_facts import (
    ALL_ROWS,
    BookLine,
    Borrower,
    RecordedLibrary,
    SharedCounterparty,
)
from supplyrisk.graph.errors import DataError
from supplyrisk.queries import Runner


def lines_of(
    store: Runner[pa.Table], lender: str, library: RecordedLibrary | None = None
) -> tuple[BookLine, ...]:
    """Return the lines of a lender's book.

    library: that records the query; None (default): it is not recorded.

    Raises
    ------
    DataError: the lender has no lines.
    """
    rows = (library or RecordedLibrary(store)).rows_as(BookLine, "shop/book", lender=lender)
    if not rows:
        raise _no_lines(lender)
    return rows


def borrowers_of(store: Runner[pa.Table], lender: str | None = None) -> tuple[Borrower, ...]:
    """Return the borrowers of one lender, or of all (default); none where the data set has no loans.

    Raises
    ------
    DataError: the given lender has no lines.
    """
    rows = RecordedLibrary(store).rows_as(Borrower, "lending/borrowers", lender=lender, top=ALL_ROWS)
    if lender is not None and not rows:
        raise _no_lines(lender)
    return rows


def _no_lines(lender: str) -> DataError:
    return DataError(
        f"lender {lender} has no lines in the graph",
        "the lender_id of a lender with loans",
        "scgraph query run borrowers lists lenders and whom they lend to",
    )


def book_around(
    library: RecordedLibrary, lender: str, firm_id: str, lines: Sequence[BookLine]
) -> BookUsage | None:
    """Return a lender's drawn amounts: in total, to the firm, and behind the firm's most common counterparty.

    None where nothing is drawn: shares of such a book are undefined, so its rules cannot be applied.
    """
    # An unknown drawn amount counts as 0.
    lent = sum(line.drawn or 0.0 for line in lines)
    if not lent:
        return None
    to_firm = sum(line.drawn or 0.0 for line in lines if line.firm == firm_id)
    chains = library.rows_as(SharedCounterparty, "shop/shared-with-book", firm=firm_id, lender=lender)
    if not chains:
        return BookUsage(lent, to_firm, 0.0)
    # The query sorts by drawn amount, the largest first.
    return BookUsage(lent, to_firm, chains[0].drawn, chains[0].counterparty)

"""A lender's loan book, read from the graph for memos and limits."""

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
    """Return the lines of a lender's book: rows of the query `shop/book`.

    Raises
    ------
    DataError: the lender has no lines.
    """
    rows = RecordedLibrary(store).rows("shop/book", lender=lender)
    if not rows:
        raise _no_lines(lender)
    return rows


def borrowers_of(store: Runner[pa.Table], lender: str | None = None) -> list[Row]:
    """Return the borrowers of one lender, or of all (default): rows of the query `lending/borrowers`.

    The list is empty where the data set has no loans.

    Raises
    ------
    DataError: the given lender has no lines.
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
    """Return a lender's drawn amounts: in total, to the firm, and behind the firm's most common counterparty.

    None where nothing is drawn: shares of such a book are undefined, so its rules cannot be applied.

    Parameters
    ----------
    lines: rows of `lines_of`.
    """
    # An unknown drawn amount counts as 0.
    lent = sum(row["drawn"] or 0.0 for row in lines)
    if not lent:
        return None
    to_firm = sum(row["drawn"] or 0.0 for row in lines if row["firm"] == firm_id)
    chains = RecordedLibrary(store).rows("shop/shared-with-book", firm=firm_id, lender=lender)
    if not chains:
        return BookUsage(lent, to_firm, 0.0)
    # The query sorts by drawn amount, the largest first.
    return BookUsage(lent, to_firm, float(chains[0]["drawn"]), str(chains[0]["counterparty"]))

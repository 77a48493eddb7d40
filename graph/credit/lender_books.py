"""A lender's loan book, read from the graph for memos and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from supplyrisk.graph.credit.limit_rules import BookUsage
from supplyrisk.graph.credit.shop_facts import (
    ALL_ROWS,
    BookLine,
    Borrower,
    RecordedLibrary,
    SharedCounterparty,
)
from supplyrisk.graph.credit.total_exposure import TotalExposure, committed
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


@dataclass(frozen=True)
class BookAround:
    """A lender's book as the limit of one firm sees it; each line counts as in the firm's exposure, by `committed`.

    Parameters
    ----------
    usage: None where the whole book is 0: shares of such a book are undefined, so its rules cannot be applied.
    unknown: lines of borrowers that share a counterparty with the firm, of which neither limit nor drawn amount is
        known.
    """

    usage: BookUsage | None = None
    unknown: tuple[str, ...] = ()

    def added_to(self, exposure: TotalExposure) -> TotalExposure:
        """Return an exposure with the unknown lines among what is unknown of it: the limit must not rest on them."""
        return replace(exposure, unknown=(*exposure.unknown, *self.unknown))


def book_around(library: RecordedLibrary, lender: str, firm_id: str, lines: Sequence[BookLine]) -> BookAround:
    """Return what a lender's borrowers owe: in total, the firm, and behind the firm's most common counterparty."""
    lent = _sum_of(lines)
    chains = library.rows_as(
        SharedCounterparty, "shop/shared-with-book", firm=firm_id, lender=lender, top=ALL_ROWS
    )
    behind = [(chain.counterparty, [line for line in lines if line.firm in chain.firms]) for chain in chains]
    unknown = {line.loan for _, shared in behind for line in shared if committed(line) is None}
    if not lent:
        return BookAround(None, tuple(sorted(unknown)))
    to_firm = _sum_of([line for line in lines if line.firm == firm_id])
    # Of several counterparties with the same sum the first by id.
    sums = {counterparty: _sum_of(shared) for counterparty, shared in behind}
    largest = min(sums, key=lambda counterparty: (-sums[counterparty], counterparty), default=None)
    chain = sums[largest] if largest is not None else 0.0
    return BookAround(BookUsage(lent, to_firm, chain, largest), tuple(sorted(unknown)))


def _sum_of(lines: Sequence[BookLine]) -> float:
    return sum((committed(line) or 0.0 for line in lines), 0.0)

"""Answers of the library queries on what borrowers of one lender share: suppliers, customers, carriers, guarantees.

The classes have the columns of their query in its order, since documents store them so; amounts are money.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import pyarrow as pa

from supplyrisk.graph.credit.shop_facts import ALL_ROWS, QueryRecord, RecordedLibrary
from supplyrisk.graph.workspace.documents import STORED_KEY
from supplyrisk.queries import Runner


@dataclass(frozen=True)
class DoubleFinancing:
    """A trade that several loans finance."""

    trade: str
    loans: list[str]
    lenders: list[str]
    firms: list[str]
    drawn: float
    from_day: date | None
    to_day: date | None


@dataclass(frozen=True)
class SharedSupplier:
    """A direct supplier of borrowers. exposed: drawn amounts x the borrowers' dependence on it."""

    supplier: str
    name: str | None
    borrowers: int
    drawn: float
    exposed: float
    defaulted: bool


@dataclass(frozen=True)
class SupplierBehind:
    """A supplier with the number of borrowers that it reaches at each tier. chain: what counts against the limit."""

    supplier: str
    name: str | None
    tier1: int
    tier2: int
    tier3: int
    drawn: float
    exposed: float
    chain: float
    defaulted: bool


@dataclass(frozen=True)
class HiddenSupplier:
    """A supplier that several borrowers depend on only through others. of: number of borrowers."""

    supplier: str
    name: str | None
    tier2: int
    tier3: int
    members: int
    of: int
    behind: list[str]


@dataclass(frozen=True)
class CustomerChain:
    """A customer that borrowers depend on. portfolio: share of the book."""

    customer: str
    name: str | None
    industry: str | None
    borrowers: int
    exposure: float
    portfolio: float | None
    defaulted: bool
    firms: list[str]


@dataclass(frozen=True)
class GuaranteeWithin:
    """A guarantee of one borrower for another. cover: guaranteed over drawn."""

    guarantor: str
    borrower: str
    guaranteed: float | None
    drawn: float
    cover: float | None
    guarantor_drawn: float
    mutual: bool


@dataclass(frozen=True)
class BookCarrier:
    """A carrier of borrowers. carried: drawn amounts x its share of their shipments."""

    carrier: str
    name: str | None
    borrowers: int
    carried: float
    defaulted: bool


def _answer(query: str, row_type: type) -> Any:
    """Return a field for the answer of a query, under whose name documents store it."""
    return field(metadata={STORED_KEY: query, "rows": row_type})


@dataclass(frozen=True)
class BookAnswers:
    """Answers of the library queries that are part of the analysis of a book, in the queries' order."""

    double_financing: tuple[DoubleFinancing, ...] = _answer("lending/double-financing", DoubleFinancing)
    shared_suppliers: tuple[SharedSupplier, ...] = _answer("lending/shared-suppliers", SharedSupplier)
    suppliers_behind: tuple[SupplierBehind, ...] = _answer("lending/suppliers-behind", SupplierBehind)
    hidden_suppliers: tuple[HiddenSupplier, ...] = _answer(
        "concentration/hidden-common-supplier-of-lender", HiddenSupplier
    )
    chains: tuple[CustomerChain, ...] = _answer("lending/exposure-by-chain", CustomerChain)
    guarantees: tuple[GuaranteeWithin, ...] = _answer("lending/guarantees-within", GuaranteeWithin)
    carriers: tuple[BookCarrier, ...] = _answer("lending/book-carriers", BookCarrier)

    def counts(self) -> dict[str, int]:
        """Return the number of rows by query."""
        return {part.metadata[STORED_KEY]: len(getattr(self, part.name)) for part in fields(self)}


@dataclass(frozen=True)
class SharedPartners:
    """What borrowers share. suppliers: also those of one borrower. queries: those that were run."""

    answers: BookAnswers
    suppliers: tuple[SharedSupplier, ...]
    queries: tuple[QueryRecord, ...]


def shared_partners_of(store: Runner[pa.Table], lender: str) -> SharedPartners:
    """Ask the graph what the borrowers of a lender share."""
    library = RecordedLibrary(store)
    answers = BookAnswers(
        *(
            library.rows_as(part.metadata["rows"], part.metadata[STORED_KEY], lender=lender, top=ALL_ROWS)
            for part in fields(BookAnswers)
        )
    )
    # The answer has shared suppliers only; concentrations need every supplier, hence borrowers=1.
    suppliers = library.rows_as(
        SharedSupplier, "lending/shared-suppliers", lender=lender, borrowers=1, top=ALL_ROWS
    )
    return SharedPartners(answers, suppliers, tuple(library.records))

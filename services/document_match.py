"""Match the documents of all order items: order, shipment or receipt, invoice and payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph import DataError, RequestError, Tables, Workspace
from supplyrisk.graph.merchant.documents import (
    CLAIM_RULES,
    ItemState,
    MatchRules,
    TwicePledged,
    double_financing,
    item_claims,
    matched_items,
    rule_words,
    state_words,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.texts.text_files import Words
from supplyrisk.services.day_snapshot import late_note
from supplyrisk.services.documents import Document, TableResult, document
from supplyrisk.services.progress import JobProgress, silent

ELIGIBLE = Words("can be financed", "可融资")


@dataclass(frozen=True)
class StateCount:
    """Number of order items in a state, and what was ordered, delivered, invoiced and paid, money.

    Amounts are sums over the items whose documents state them; None where none does.
    """

    state: str
    en: str
    zh: str
    items: int
    ordered: float | None
    delivered: float | None
    invoiced: float | None
    paid: float | None


@dataclass(frozen=True)
class EvidenceCount:
    """Number of order items with these documents: shipment, receipt, invoice, payment, joined by + ("" for none)."""

    evidence: str
    items: int


@dataclass(frozen=True)
class ProductCount:
    """Order items that a loan of a product can finance (rule None), or cannot by a rule, and their amount, money."""

    product: str
    rule: str | None
    en: str
    zh: str
    items: int
    amount: float | None


@dataclass(frozen=True)
class DocumentMatchResult(TableResult):
    """The order items of a data set with their states.

    Parameters
    ----------
    items: a row per item; see `item_claims`, or `matched_items` where raw.
    raw: whether states are by which documents occur at all.
    as_of: the last day whose documents count; None where all do.
    rules: when amounts are the same.
    content_hash: of the data. synthetic: whether these are.
    financed_twice: what backs two loans. notes: what to know about the result, in words.
    """

    items: pa.Table
    raw: bool
    as_of: date | None
    rules: MatchRules
    content_hash: str
    synthetic: bool
    financed_twice: tuple[TwicePledged, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def products(self) -> tuple[ProductCount, ...]:
        """By product, what can be financed and what cannot, by rule; nothing where raw."""
        if self.raw:
            return ()
        kinds = (("order", "order"), ("supply_chain", "receivable"))
        return tuple(count for product, kind in kinds for count in self._claims(product, kind))

    def _claims(self, product: str, kind: str) -> list[ProductCount]:
        counts = []
        for rule in (None, *CLAIM_RULES):
            column = self.items[f"{kind}_rule"]
            rows = self.items.filter(pc.is_null(column) if rule is None else pc.equal(column, rule))
            words = rule_words(rule) if rule else ELIGIBLE
            amount = pc.sum(rows[f"{kind}_claim"]).as_py()
            counts.append(ProductCount(product, rule, *words, rows.num_rows, amount))
        return [count for count in counts if count.items]

    @property
    def states(self) -> tuple[StateCount, ...]:
        """A row per state that occurs, in the order in which they are examined."""
        counts = [self._state(state) for state in ItemState]
        return tuple(count for count in counts if count.items)

    def _state(self, state: ItemState) -> StateCount:
        rows = self.items.filter(pc.equal(self.items["state"], state.value))
        sums = {name: pc.sum(rows[name]).as_py() for name in ("ordered", "delivered", "invoiced", "paid")}
        return StateCount(state.value, *state_words(state), rows.num_rows, **sums)

    @property
    def evidence(self) -> tuple[EvidenceCount, ...]:
        """A row per set of documents that occurs, the most frequent first."""
        counts = pc.value_counts(self.items["evidence"]).to_pylist()
        rows = [EvidenceCount(count["values"], count["counts"]) for count in counts]
        return tuple(sorted(rows, key=lambda row: (-row.items, row.evidence)))

    def table(self) -> pa.Table:
        """A row per order item."""
        return self.items

    def head(self) -> Document:
        """The document without its rows."""
        return document(
            "documents",
            (),
            about={"as_of": self.as_of, "synthetic": self.synthetic, "data": self.content_hash},
            raw=self.raw,
            tolerance=self.rules.tolerance,
            states=self.states,
            evidence=self.evidence,
            products=self.products,
            financed_twice=self.financed_twice,
            notes=list(self.notes),
        )


def match_documents(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    raw: bool = False,
    tolerance: float = defaults.AMOUNT_TOLERANCE,
    beyond_days: int = defaults.BEYOND_DAYS,
    progress: JobProgress = silent,
) -> DocumentMatchResult:
    """Match order, shipment or receipt, invoice and payment of every order item, netted of cancellations.

    Parameters
    ----------
    as_of: documents up to the end of this day count; None: all of them.
    raw: ignore cancellations and amounts: states are by which documents occur at all.
    tolerance: share by which an amount may exceed another one and still be the same, at least 0 and below 1.
    beyond_days: how many days as_of may lie after the data.

    Raises
    ------
    RequestError: a tolerance out of range. WorkspaceError: no data. DataError: the data have no documents; as_of lies
    too far after the data, or was passed for undated data.
    """
    try:
        rules = MatchRules(tolerance)
    except ValueError as fault:
        raise RequestError(str(fault)) from fault
    tables = workspace.tables()
    _check(tables, as_of)
    notes = late_note(tables, as_of, beyond_days)
    progress("matching documents")
    info = tables.info
    twice: tuple[TwicePledged, ...] = ()
    if raw:
        items = matched_items(tables, as_of, rules, raw=True)
    else:
        day = as_of or _last_day(tables)
        items = item_claims(tables, day, rules)
        twice = double_financing(tables, day)
    notes += _notes(items, len(twice))
    return DocumentMatchResult(
        items, raw, as_of, rules, info.content_hash, info.synthetic, twice, tuple(notes)
    )


def _last_day(tables: Tables) -> date | None:
    """Return the last day with a document or a pledge, from which due days are counted; None in undated data."""
    if tables.info.undated:
        return None
    with tables.connect() as con:
        row = con.execute(
            'SELECT max("on") FROM (SELECT "on" FROM documents UNION ALL SELECT "on" FROM pledges)'
        ).fetchall()[0]
    return row[0] if isinstance(row[0], date) else None


def _check(tables: Tables, as_of: date | None) -> None:
    if not tables.present("documents"):
        raise DataError(
            "the data have no documents of order items",
            "a table documents",
            "load one; docs/documents.md says what it holds",
        )
    if tables.info.undated and as_of is not None:
        raise DataError(f"as of {as_of}, but the data set is undated", remedy="leave out the day")


def _notes(items: pa.Table, twice: int) -> list[str]:
    notes = [] if items.num_rows else ["no document is known up to this day"]
    orphans = pc.sum(items["orphans"]).as_py() or 0
    if orphans:
        notes.append(
            f"{orphans:,} cancellations had no open document of their kind before them, and are of no effect"
        )
    if twice:
        notes.append(f"{twice:,} pairs of pledges back two loans with the same order, invoice or trade")
    return notes

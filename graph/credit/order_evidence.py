"""The documents of a shop's order items as the evidence of what a loan finances, and of what backs another loan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from supplyrisk.graph.credit.loan_backing import FINANCED, ORDERS
from supplyrisk.graph.credit.loan_request import ApprovedBacking, LoanRequest
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import Receivable
from supplyrisk.graph.errors import RequestError
from supplyrisk.graph.merchant.documents import MatchRules, NamedPledge, claims_of, named_pledges
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.texts.text_files import Words
from supplyrisk.graph.workspace.tables import Tables

MOST_ITEMS = 200
"""Items that a memo lists, the largest amounts first; `scgraph documents --states` has all of them."""


@dataclass(frozen=True)
class FinancedItem:
    """An order item that a loan could finance.

    Parameters
    ----------
    order, item: its ids; item is empty for an order's only item.
    debtor: the buyer.
    state: an `ItemState`.
    amount: delivered (of a receivable: received and invoiced) and unpaid, money; None where it is unknown.
    rule: one of CLAIM_RULES by which nothing of it counts; None where it counts.
    pledged_to: ids of the loans that it backs.
    """

    order: str
    item: str
    debtor: str
    state: str
    amount: float | None
    rule: str | None
    pledged_to: tuple[str, ...] = ()

    @property
    def counted(self) -> float:
        """What counts of it, money."""
        return self.amount or 0.0 if self.rule is None else 0.0


@dataclass(frozen=True)
class OrderEvidence:
    """What the documents show of a shop.

    Parameters
    ----------
    items: its order items for the requested product, the largest amounts first; None where the data have no documents
        of it, or the product finances none.
    pledged: what the request names and backs other loans already.
    recorded: what the request names and an approved check finances already.
    itemised: what the items behind each loan are worth, money, by loan_id.
    """

    items: tuple[FinancedItem, ...] | None = None
    pledged: tuple[NamedPledge, ...] = ()
    recorded: tuple[ApprovedBacking, ...] = ()
    itemised: Mapping[str, float] = field(default_factory=dict)

    @property
    def refusals(self) -> tuple[Words, ...]:
        """Why parts of what the request names cannot back it, a sentence with the row each."""
        pledged = tuple(
            memo_words(
                "finding.DOUBLE_FINANCED.pledged",
                name=pledge.name,
                loan=pledge.loan,
                lender=pledge.lender or "?",
                since=pledge.since or "?",
                row=pledge.row,
            )
            for pledge in self.pledged
        )
        recorded = tuple(
            memo_words("finding.DOUBLE_FINANCED.recorded", name=one.name, since=one.since, entry=one.entry)
            for one in self.recorded
        )
        return (*pledged, *recorded)

    def receivables(
        self, product: str, known: Sequence[Receivable], score_of: Callable[[str], StoredScore | None]
    ) -> tuple[Receivable, ...]:
        """Return what each buyer owes by the documents, in place of what trades show.

        Parameters
        ----------
        known: those by trades: they name the debtors.
        score_of: the stored score of a firm of the day, None where it has none.
        """
        by_id = {row.debtor: row for row in known}
        rows = []
        for debtor in sorted({item.debtor for item in self.items or ()}):
            amount = sum(item.counted for item in self.items or () if item.debtor == debtor)
            score = score_of(debtor)
            trade = by_id.get(debtor)
            rows.append(
                Receivable(
                    debtor,
                    trade.name if trade else None,
                    shipped=amount if product == ORDERS else 0.0,
                    confirmed=amount if product != ORDERS else 0.0,
                    pd=trade.pd if trade else _pd_of(score),
                    defaulted=trade.defaulted if trade else bool(score and score.state == DEFAULTED),
                )
            )
        return tuple(rows)


def _pd_of(score: StoredScore | None) -> float | None:
    """Return the PD of a stored score; None where the data are insufficient for one."""
    return None if score is None or score.insufficient else score.pd


NO_EVIDENCE = OrderEvidence()


def needs_documents(request: LoanRequest, tables: Tables) -> bool:
    """Return whether documents and pledges bear on a request."""
    return bool(request.backed_by) or (request.product in FINANCED and tables.present("documents"))


def order_evidence(tables: Tables, as_of: date, firm: str, request: LoanRequest) -> OrderEvidence:
    """Return what documents and pledges show of a shop that asks for a loan.

    DuckDB is imported only where the data have documents or pledges, or the request names what it finances.

    Raises
    ------
    RequestError: the request names an order, invoice or trade that the shop does not have.
    """
    if not needs_documents(request, tables):
        return NO_EVIDENCE
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        claims = claims_of(con, MatchRules(), seller=firm, repays=request.repays).to_pylist()
        trades = _trades_named(con, firm, request.backed_by)
        pledged = named_pledges(con, firm, request.backed_by, request.repays)
    others = trades | {pledge.name for pledge in pledged} | {one.name for one in request.also_financed}
    _check_names(firm, request.backed_by, claims, others)
    recorded = _recorded(request, claims)
    if not claims or request.product not in FINANCED:
        return OrderEvidence(None, pledged, recorded)
    items = _items(claims, request)
    asked = set(request.backed_by)
    named = [item for item, claim in zip(items, claims, strict=True) if not asked or asked & _names_of(claim)]
    named.sort(key=lambda item: (-(item.amount or 0.0), item.order, item.item))
    return OrderEvidence(tuple(named), pledged, recorded, _worth_by_loan(items))


def _recorded(request: LoanRequest, claims: Sequence[Mapping[str, Any]]) -> tuple[ApprovedBacking, ...]:
    """Return what the request names of which an approved loan finances the same, or an item of it."""
    same = {name: {name} for name in request.backed_by}
    for claim in claims:
        for name in same.keys() & _names_of(claim):
            same[name] |= _names_of(claim)
    overlaps = {
        ApprovedBacking(name, one.entry, one.since)
        for name, others in same.items()
        for one in request.also_financed
        if one.name in others
    }
    return tuple(sorted(overlaps, key=lambda one: (one.entry, one.name)))


def _worth_by_loan(items: Sequence[FinancedItem]) -> Mapping[str, float]:
    worth: dict[str, float] = {}
    for item in items:
        for loan in item.pledged_to:
            worth[loan] = worth.get(loan, 0.0) + (item.amount or 0.0)
    return worth


def _trades_named(con: Any, firm: str, names: Collection[str]) -> set[str]:
    sql = "SELECT DISTINCT row_id FROM known_supplies WHERE supplier_id = $firm AND list_contains($names, row_id)"
    return {row_id for (row_id,) in con.execute(sql, {"firm": firm, "names": sorted(names)}).fetchall()}


def _names_of(claim: Mapping[str, Any]) -> set[str]:
    """Return the names by which a request can mean an item."""
    invoices = (claim["invoice_numbers"] or "").split("|")
    return {claim["order_id"], f"{claim['order_id']}/{claim['item_id']}", *invoices} - {""}


def _check_names(
    firm: str, names: Sequence[str], claims: Sequence[Mapping[str, Any]], others: Collection[str]
) -> None:
    existing = set(others).union(*(_names_of(claim) for claim in claims))
    unknown = [name for name in names if name not in existing]
    if unknown:
        raise RequestError(
            f"{firm} has no order item, invoice or trade {', '.join(map(repr, unknown))}",
            "an order_id, ORDER/ITEM or an invoice number in documents, or a row_id in supplies",
            "scgraph documents --states FILE lists all items",
        )


def _items(claims: Sequence[Mapping[str, Any]], request: LoanRequest) -> list[FinancedItem]:
    kind = "order" if request.product == ORDERS else "receivable"
    approved = {one.name for one in request.also_financed}
    return [
        FinancedItem(
            claim["order_id"],
            claim["item_id"],
            claim["buyer_id"],
            claim["state"],
            claim[f"{kind}_claim"],
            claim[f"{kind}_rule"] or ("pledged" if approved & _names_of(claim) else None),
            tuple(filter(None, (claim["pledged_to"] or "").split("|"))),
        )
        for claim in claims
    ]

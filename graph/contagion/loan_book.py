"""From a snapshot's loans and statements to what the lender's layer and balance sheets' models start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.debtrank import Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.lender_losses import Flags, LoanBook
from supplyrisk.graph.contagion.network import Codes, SupplyNetwork, first_names
from supplyrisk.graph.credit.exposure_at_default import CCF, line_ead
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.snapshot import Snapshot

LGD = 0.45
"""Loss given default of loans that give none: of senior unsecured claims in the foundation approach of Basel II."""

GUARANTEES = ("firm", "guarantees", "firm")


@dataclass(frozen=True)
class DataGaps:
    """What had to do without. judged: firms whose default is decided by a statement; not_judged: the others. by_one: of
    the judged, those of which equity or liquid assets is missing; by_costs: those with costs in place of material
    costs. undrawn: loans left out, since nobody knows what is drawn. own_lgd: loans with
    their own lgd.
    """

    judged: int
    not_judged: int
    by_one: int
    by_costs: int
    undrawn: int
    own_lgd: int


def column_by_firm(network: SupplyNetwork, statements: pa.Table, name: str) -> Floats:
    """A column of the statements by firm, shape (n,), NaN where missing."""
    found = np.full(network.firms, np.nan)
    firms = np.array(network.firm_ids, dtype=object)
    ids = np.array(statements["firm_id"].to_pylist(), dtype=object)
    place = np.searchsorted(firms, ids) if len(ids) else np.zeros(0, np.int64)
    here = np.array([p < len(firms) and firms[p] == i for p, i in zip(place, ids, strict=True)], dtype=bool)
    found[place[here]] = as_doubles(statements[name])[here]
    return found


def margin_of(network: SupplyNetwork, statements: pa.Table) -> tuple[Floats, Flags]:
    """What each firm's production earns, shape (n,): revenue less material costs, less costs where those are missing.

    NaN where neither is known. The flags, shape (n,), say where costs stand in for material costs.
    """
    revenue, costs, material = (
        column_by_firm(network, statements, name) for name in ("revenue", "costs", "material_costs")
    )
    instead = np.isnan(material) & ~np.isnan(costs) & ~np.isnan(revenue)
    return revenue - np.where(np.isnan(material), costs, material), instead


@dataclass(frozen=True)
class LoanTerms:
    """What holds of all loans: lgd of those that give none, ccf of revolving lines (`line_ead`)."""

    lgd: float = LGD
    ccf: float = CCF


def eads_of(loans: pa.Table, ccf: float) -> Floats:
    """EAD of each line of a snapshot, money, (loans,): see `line_ead`."""
    drawn, limit, product = (loans[name].to_pylist() for name in ("drawn", "limit", "product"))
    eads = [line_ead(d, most, kind, ccf) for d, most, kind in zip(drawn, limit, product, strict=True)]
    return np.array(eads, np.float64)


def loan_book_of(
    network: SupplyNetwork,
    snapshot: Snapshot,
    statements: pa.Table,
    terms: LoanTerms | None = None,
    equity: Mapping[str, float] | None = None,
) -> tuple[LoanBook, DataGaps]:
    """The loans of a snapshot, and what firms can bear by their last statements.

    margin = revenue - material costs, or costs where those are not given; buffer = the lesser of equity and liquid
    assets, or the one that is given. A firm that is in default already is judged by nothing: it cannot default again.
    equity: by lender, what it can lose; None, and lenders that are not in it: no limit.

    Raises
    ------
    DataError: no loans, or an equity of lenders that lend nothing.
    """
    if snapshot.loans.num_rows == 0:
        raise DataError("the data hold no loans", "a table loans")
    margin, buffer, gaps = _judged(network, snapshot, statements)
    terms = terms or LoanTerms()
    eads = eads_of(snapshot.loans, terms.ccf)
    known = eads > 0
    loans = snapshot.loans.filter(pa.array(known))
    own = as_doubles(loans["lgd"])
    lenders, lender = np.unique(np.array(snapshot.loans["lender_id"].to_pylist(), str), return_inverse=True)
    names = tuple(str(name) for name in lenders)
    strange = sorted(set(equity or {}) - set(names))
    if strange:
        raise DataError(f"the equity of {first_names(strange)}", "lenders that are in the table loans")
    book = LoanBook(
        margin=margin,
        buffer=buffer,
        lenders=names,
        borrower=_places(network, loans["firm_id"]),
        lender=lender[known].astype(np.int64),
        ead=eads[known],
        lgd=np.where(np.isnan(own), terms.lgd, own),
        equity=np.array([(equity or {}).get(name, np.nan) for name in names]),
    )
    judged, by_one, by_costs = gaps
    undrawn = int((~known & np.isnan(as_doubles(snapshot.loans["drawn"]))).sum())
    own_lgd = int((~np.isnan(own)).sum())
    return book, DataGaps(judged, network.firms - judged, by_one, by_costs, undrawn, own_lgd)


def _judged(
    network: SupplyNetwork, seen: Snapshot, statements: pa.Table
) -> tuple[Floats, Floats, tuple[int, int, int]]:
    margin, by_costs = margin_of(network, statements)
    equity, liquid = (column_by_firm(network, statements, name) for name in ("equity", "liquid_assets"))
    buffer = np.fmin(equity, liquid)
    margin[in_default(seen)] = np.nan
    used = ~np.isnan(margin) & ~np.isnan(buffer)
    by_one = used & (np.isnan(equity) | np.isnan(liquid))
    return margin, buffer, (int(used.sum()), int(by_one.sum()), int((used & by_costs).sum()))


def in_default(snapshot: Snapshot) -> Flags:
    """Which firms of a snapshot are in default, shape (n,)."""
    return np.asarray(snapshot.firms["defaulted"].to_numpy(zero_copy_only=False)).astype(bool)


def _places(network: SupplyNetwork, ids: pa.ChunkedArray) -> Codes:
    names = ids.to_pylist()
    return np.searchsorted(np.array(network.firm_ids), np.array(names, str)).astype(np.int64)


@dataclass(frozen=True)
class OwedClaims:
    """Trade credit and guarantees of a snapshot as claims. trade, guarantees: how many of each; unpriced: guarantees
    without an amount, left out.
    """

    claims: Claims
    trade: int
    guarantees: int
    unpriced: int


def claims_of(
    network: SupplyNetwork,
    snapshot: Snapshot,
    *,
    guarantees: bool = True,
    excluded: tuple[int, int] | None = None,
) -> OwedClaims:
    """Who is owed what by whom: suppliers what their customers have not paid, guarantors what they stand in for.

    guarantees: whether they count as claims of the guarantor on the guaranteed: a loss if that one fails, but nothing
    that is due today. cut: (guarantor, guaranteed), row numbers of firms, of a guarantee that is left out.
    """
    trades = snapshot.trades.filter(snapshot.trades["unpaid"].is_valid())
    unpaid = as_doubles(trades["unpaid"])
    owed = unpaid > 0
    creditor, debtor = (_places(network, trades[name])[owed] for name in ("supplier_id", "customer_id"))
    edges = snapshot.edges.get(GUARANTEES) if guarantees else None
    if edges is None:
        return OwedClaims(Claims(creditor, debtor, unpaid[owed], network.firms), int(owed.sum()), 0, 0)
    source, target = (edges[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    kept = (
        np.ones(len(source), bool) if excluded is None else (source != excluded[0]) | (target != excluded[1])
    )
    amount = as_doubles(edges["amount"])
    priced = kept & (amount > 0)
    claims = Claims(
        np.concatenate([creditor, source[priced]]),
        np.concatenate([debtor, target[priced]]),
        np.concatenate([unpaid[owed], amount[priced]]),
        network.firms,
    )
    return OwedClaims(claims, int(owed.sum()), int(priced.sum()), int((kept & ~priced).sum()))


@dataclass(frozen=True)
class BalanceSheets:
    """What DebtRank and clearing start from. equity, liquid: shape (n,), NaN where no statement gives it."""

    owed: OwedClaims
    equity: Floats
    liquid: Floats

    @property
    def claims(self) -> Claims:
        """Trade credit and guarantees."""
        return self.owed.claims


def balance_sheets_of(
    network: SupplyNetwork, snapshot: Snapshot, statements: pa.Table, *, guarantees: bool
) -> BalanceSheets:
    """The claims of a snapshot, with guarantees or without, and what firms can bear by their last statements.

    Raises
    ------
    DataError: the data say of no trade whether it is paid and hold no guarantee with an amount, or no statements.
    """
    owed = claims_of(network, snapshot, guarantees=guarantees)
    if not owed.trade and not owed.guarantees:
        raise DataError(
            "no claims: the data do not show what customers owe" + (", or guarantees" if guarantees else ""),
            "supplies with due_on and paid_on" + (", or relations of kind guarantees" if guarantees else ""),
        )
    if statements.num_rows == 0:
        raise DataError(f"no statement was published by {snapshot.as_of}", "a table financials", "load one")
    equity, liquid = (column_by_firm(network, statements, name) for name in ("equity", "liquid_assets"))
    return BalanceSheets(owed, equity, liquid)

"""Loan books, claims and balance sheets of a snapshot: the inputs of lenders' losses, DebtRank and clearing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.debtrank import Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.lender_losses import Flags, LoanBook
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.credit.exposure_at_default import CCF, line_ead
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.relations import GUARANTEES
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.queries import first_names

LGD = 0.45
"""Loss given default of loans without one: that of senior unsecured claims in the foundation approach of Basel II."""


@dataclass(frozen=True)
class DataGaps:
    """How complete the data of a loan book are; all counts.

    judged: firms whose default is decided by a statement. not_judged: all others. by_one: judged firms with equity or
    liquid assets missing. by_costs: judged firms with costs in place of material costs. undrawn: loans left out because
    their drawn amount is unknown. own_lgd: loans with an LGD of their own.
    """

    judged: int
    not_judged: int
    by_one: int
    by_costs: int
    undrawn: int
    own_lgd: int


def column_by_firm(network: SupplyNetwork, statements: pa.Table, name: str) -> Floats:
    """Return a column of the statements by firm, shape (n,), NaN where missing. name: of the column."""
    by_firm = np.full(network.firms, np.nan)
    firms = np.array(network.firm_ids, dtype=object)
    ids = np.array(statements["firm_id"].to_pylist(), dtype=object)
    place = np.searchsorted(firms, ids) if len(ids) else np.zeros(0, np.int64)
    # searchsorted returns a place for every id, also for one that is not in the network.
    in_network = np.array(
        [p < len(firms) and firms[p] == firm_id for p, firm_id in zip(place, ids, strict=True)], dtype=bool
    )
    by_firm[place[in_network]] = as_doubles(statements[name])[in_network]
    return by_firm


def margin_of(network: SupplyNetwork, statements: pa.Table) -> tuple[Floats, Flags]:
    """Return the margin of each firm's production, and where costs replace material costs, both of shape (n,).

    margin = revenue - material costs, or revenue - costs where material costs are missing; money; NaN where neither is
    known.
    """
    revenue, costs, material = (
        column_by_firm(network, statements, name) for name in ("revenue", "costs", "material_costs")
    )
    by_costs = np.isnan(material) & ~np.isnan(costs) & ~np.isnan(revenue)
    return revenue - np.where(np.isnan(material), costs, material), by_costs


@dataclass(frozen=True)
class LoanTerms:
    """Terms of all loans. lgd: of loans without one. ccf: credit conversion factor of revolving lines (`line_ead`)."""

    lgd: float = LGD
    ccf: float = CCF


def eads_of(loans: pa.Table, ccf: float) -> Floats:
    """Return the exposure at default of each loan, shape (loans,), money: see `line_ead`."""
    columns = (loans[name].to_pylist() for name in ("drawn", "limit", "product"))
    eads = [line_ead(drawn, limit, product, ccf) for drawn, limit, product in zip(*columns, strict=True)]
    return np.array(eads, np.float64)


def loan_book_of(
    network: SupplyNetwork,
    snapshot: Snapshot,
    statements: pa.Table,
    terms: LoanTerms | None = None,
    equity: Mapping[str, float] | None = None,
) -> tuple[LoanBook, DataGaps]:
    """Return the loans of a snapshot with the losses that firms can absorb by their last statements, and data gaps.

    margin = revenue - material costs, or costs where those are missing; buffer = the smaller of equity and liquid
    assets, or the one that is known. A firm that is in default already cannot default again: its margin is NaN.

    Parameters
    ----------
    statements: the last statement of each firm. terms: LGD and CCF; None: the defaults of `LoanTerms`.
    equity: the most that each lender can lose, by lender; None, and lenders that are not in it: no limit.

    Raises
    ------
    DataError: no loans, or an equity of lenders without loans.
    """
    if snapshot.loans.num_rows == 0:
        raise DataError("the data contain no loans", "a table loans")
    buffers = _buffers(network, snapshot, statements)
    terms = terms or LoanTerms()
    eads = eads_of(snapshot.loans, terms.ccf)
    exposed = eads > 0
    loans = snapshot.loans.filter(pa.array(exposed))
    own_lgd = as_doubles(loans["lgd"])
    # Lenders of all loans, also of those without EAD: their equity is part of the denominator of FSRI.
    lenders, lender = np.unique(np.array(snapshot.loans["lender_id"].to_pylist(), str), return_inverse=True)
    names = tuple(str(name) for name in lenders)
    unknown = sorted(set(equity or {}) - set(names))
    if unknown:
        raise DataError(f"the equity of {first_names(unknown)}", "lenders that are in the table loans")
    book = LoanBook(
        margin=buffers.margin,
        buffer=buffers.buffer,
        lenders=names,
        borrower=network.rows_of(loans["firm_id"]),
        lender=lender[exposed].astype(np.int64),
        ead=eads[exposed],
        lgd=np.where(np.isnan(own_lgd), terms.lgd, own_lgd),
        equity=np.array([(equity or {}).get(name, np.nan) for name in names]),
    )
    gaps = DataGaps(
        judged=buffers.judged,
        not_judged=network.firms - buffers.judged,
        by_one=buffers.by_one,
        by_costs=buffers.by_costs,
        undrawn=int((~exposed & np.isnan(as_doubles(snapshot.loans["drawn"]))).sum()),
        own_lgd=int((~np.isnan(own_lgd)).sum()),
    )
    return book, gaps


@dataclass(frozen=True)
class _Buffers:
    """Margin and buffer of each firm, shape (n,), money, NaN where unknown; counts as in `DataGaps`."""

    margin: Floats
    buffer: Floats
    judged: int
    by_one: int
    by_costs: int


def _buffers(network: SupplyNetwork, snapshot: Snapshot, statements: pa.Table) -> _Buffers:
    margin, by_costs = margin_of(network, statements)
    equity, liquid = (column_by_firm(network, statements, name) for name in ("equity", "liquid_assets"))
    # fmin ignores NaN: where one of the two is unknown, the other one decides.
    buffer = np.fmin(equity, liquid)
    margin[in_default(snapshot)] = np.nan
    judged = ~np.isnan(margin) & ~np.isnan(buffer)
    by_one = judged & (np.isnan(equity) | np.isnan(liquid))
    return _Buffers(
        margin=margin,
        buffer=buffer,
        judged=int(judged.sum()),
        by_one=int(by_one.sum()),
        by_costs=int((judged & by_costs).sum()),
    )


def in_default(snapshot: Snapshot) -> Flags:
    """Return whether each firm of a snapshot is in default, shape (n,)."""
    return np.asarray(snapshot.firms["defaulted"].to_numpy(zero_copy_only=False)).astype(bool)


@dataclass(frozen=True)
class OwedClaims:
    """Trade credit and guarantees of a snapshot as claims.

    trade, guarantees: number of each. unpriced: number of guarantees without an amount, which are left out.
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
    """Return the claims of a snapshot: suppliers on unpaid deliveries, guarantors on the debts they guarantee.

    Parameters
    ----------
    guarantees: whether guarantees count as claims of the guarantor on the guaranteed firm: a loss if that firm fails,
        but nothing that is due today; default True.
    excluded: (guarantor, guaranteed), row numbers of firms, of a guarantee that is left out; default None.
    """
    # Null: the data do not show whether the trades of this pair are paid.
    trades = snapshot.trades.filter(snapshot.trades["unpaid"].is_valid())
    unpaid = as_doubles(trades["unpaid"])
    owed = unpaid > 0
    creditor, debtor = (network.rows_of(trades[name])[owed] for name in ("supplier_id", "customer_id"))
    edges = snapshot.edges.get(GUARANTEES.edge_type) if guarantees else None
    if edges is None:
        return OwedClaims(Claims(creditor, debtor, unpaid[owed], network.firms), int(owed.sum()), 0, 0)
    source, target = (edges[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    included = np.ones(len(source), bool)
    if excluded is not None:
        included = (source != excluded[0]) | (target != excluded[1])
    # An unknown amount is NaN, and the comparison with it false.
    amount = as_doubles(edges["amount"])
    priced = included & (amount > 0)
    claims = Claims(
        np.concatenate([creditor, source[priced]]),
        np.concatenate([debtor, target[priced]]),
        np.concatenate([unpaid[owed], amount[priced]]),
        network.firms,
    )
    return OwedClaims(claims, int(owed.sum()), int(priced.sum()), int((included & ~priced).sum()))


@dataclass(frozen=True)
class BalanceSheets:
    """Inputs of DebtRank and clearing. equity, liquid (assets): shape (n,), money, NaN without a statement."""

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
    """Return the claims of a snapshot, and equity and liquid assets of its firms by their last statements.

    guarantees: whether guarantees count as claims.

    Raises
    ------
    DataError: no trade with an unpaid amount and no guarantee with an amount, or no statements.
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

"""Losses of lenders: firms whose lost profit exceeds their buffer default on their loans (FSRI).

The financial systemic risk index of a firm is the share of all lenders' equity that is lost when the firm closes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, LenderLossArrays, LendingArrays, Longs
from supplyrisk.graph.contagion.weights import NetworkWeights

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class LoanBook:
    """Loans to the firms of a network, and the losses that these firms can absorb. All money in one unit.

    By firm, shape (n,): margin, the profit of a period that is lost with all production: revenue - material costs.
    buffer, the loss that the firm survives: the smaller of equity and liquid assets. NaN in either: default is not
    modelled.

    By loan, (loans,): borrower, lender, row numbers of firms and of lenders. ead, exposure at default, money (see
    `line_ead`). lgd, share of it that a default costs.

    By lender, (lenders,): lenders, their ids. equity, the most that each can lose; NaN where unknown.
    """

    margin: Floats
    buffer: Floats
    lenders: tuple[str, ...]
    borrower: Longs
    lender: Longs
    ead: Floats
    lgd: Floats
    equity: Floats

    @property
    def ead_by_lender(self) -> Floats:
        """EAD of each lender, shape (lenders,), money."""
        return np.bincount(self.lender, self.ead, len(self.lenders)).astype(np.float64)

    @property
    def loss_cap(self) -> Floats:
        """The most that each lender can lose, shape (lenders,): its equity, infinite where unknown."""
        return np.where(np.isnan(self.equity), np.inf, np.maximum(self.equity, 0.0))

    @property
    def fsri_base(self) -> float:
        """Denominator of FSRI: the equity of all lenders where each one's is known, otherwise all EAD."""
        # A sum over the lenders of known equity alone would overstate FSRI.
        known = len(self.equity) > 0 and not np.isnan(self.equity).any()
        return float(np.maximum(self.equity, 0.0).sum() if known else self.ead.sum())


@dataclass(frozen=True)
class LenderLosses:
    """Losses of lenders when firms close, one at a time.

    By closed firm, shape (n,): fsri, the loss of all lenders over `LoanBook.fsri_base`. loss, the same as money. own,
    the part of it on the closed firm's own loans. failed, number of other firms that default.

    By lender, (lenders,): expected, the sum over firms of PD x loss when that firm closes. direct, the part of it on
    the closed firms' own loans (both 0 without PDs). worst, source: (lenders, TOP), the largest losses in descending
    order, and the firms whose closure causes them.
    """

    fsri: Floats
    loss: Floats
    own: Floats
    failed: Longs
    expected: Floats
    direct: Floats
    worst: Floats
    source: Longs


def defaults_by_lost_profit(book: LoanBook, loss: Floats, closed: Flags) -> Flags:
    """Return which firms default in a scenario, shape (n,): closed firms, and those that lose more than their buffer.

        loss_i x margin_i > buffer_i  and  loss_i x margin_i > 0

    A firm that loses no production, or whose production brings no profit, does not default.

    loss: lost share of each firm's production, (n,). closed: whether a firm has stopped, (n,).
    """
    lost_profit = loss * book.margin
    # Comparisons with NaN are false: a firm without a statement does not default by lost profit.
    return closed | ((lost_profit > 0) & (lost_profit > book.buffer))


def losses_from_defaults(book: LoanBook, failed: Flags) -> Floats:
    """Return what each lender loses if some firms default, shape (lenders,), money: LGD x EAD, at most its equity.

    failed: whether each firm defaults, (n,).
    """
    defaulted = failed[book.borrower]
    lost = np.bincount(book.lender[defaulted], (book.ead * book.lgd)[defaulted], len(book.lenders))
    return np.minimum(lost, book.loss_cap)


def losses_on_own_loans(book: LoanBook, failed: Flags) -> Floats:
    """Return what each lender loses on some firms' own loans, summed over the firms failing one at a time, (lenders,).

    In one failure a lender loses at most its equity, as in `LenderLosses.direct`, of which this is the part of firms
    with a PD of 1. failed: which firms, shape (n,).
    """
    defaulted = failed[book.borrower]
    lenders = len(book.lenders)
    # One group per firm and lender: the cap applies to all loans of a firm together.
    pair, pair_of_loan = np.unique(
        book.borrower[defaulted] * lenders + book.lender[defaulted], return_inverse=True
    )
    lost = np.bincount(pair_of_loan, (book.ead * book.lgd)[defaulted], len(pair))
    capped = np.minimum(lost, book.loss_cap[pair % lenders])
    return np.asarray(np.bincount(pair % lenders, capped, lenders), np.float64)


def lending_arrays(book: LoanBook, weights: NetworkWeights) -> LendingArrays:
    """Return a loan book as the kernels read it, in the numbering of `weights`."""
    places = weights.places
    borrower = places[book.borrower]
    judged = ~np.isnan(book.margin) & ~np.isnan(book.buffer)
    # Firms without loans count too: how many firms default is a result of its own.
    firm = np.union1d(places[np.flatnonzero(judged)], borrower)
    # By borrower, then lender: the order in which the kernels add up losses.
    by_firm = np.lexsort((book.lender, borrower))
    row = weights.order[firm]
    return LendingArrays(
        firm=firm.astype(np.uint32),
        margin=book.margin[row],
        buffer=book.buffer[row],
        start=np.searchsorted(borrower[by_firm], np.append(firm, weights.network.firms)).astype(np.int64),
        lender=book.lender[by_firm].astype(np.uint32),
        loss=(book.ead * book.lgd)[by_firm],
        loss_cap=book.loss_cap,
    )


def collect_lender_losses(
    book: LoanBook, losses: LenderLossArrays, scenario_of_firm: Longs, order: Longs
) -> LenderLosses:
    """Return the losses of a run in the order of the network's firms.

    scenario_of_firm: shape (n,). order: row number in the network of each renumbered firm, (n,).
    """
    source = losses.worst_source.astype(np.int64)
    return LenderLosses(
        fsri=losses.loss[scenario_of_firm] / (book.fsri_base or 1.0),
        loss=losses.loss[scenario_of_firm],
        own=losses.own[scenario_of_firm],
        failed=losses.failed[scenario_of_firm],
        expected=losses.expected,
        direct=losses.direct,
        worst=losses.worst,
        source=order[source] if len(order) else source,
    )

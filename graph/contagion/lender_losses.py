"""The lender's layer: whose lost production is more than they can bear, and what lenders lose by it (FSRI)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, LenderLossArrays, LendingArrays, Longs
from supplyrisk.graph.contagion.weights import NetworkWeights

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class LoanBook:
    """Loans to the firms of a network, and what these can bear.

    margin: (n,), a period's profit that is lost with all production: revenue - material costs. buffer: (n,), what may
    be lost before a firm defaults: the lesser of equity and liquid assets. NaN in either: not judged. borrower, lender,
    ead, lgd: by loan, row numbers of firms and of lenders, money (`line_ead`), and the share that a default costs.
    equity: by lender, at most which it can lose; NaN where that is not known. All money in one unit.
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
        """What is at stake at each lender, (lenders,)."""
        return np.bincount(self.lender, self.ead, len(self.lenders)).astype(np.float64)

    @property
    def loss_cap(self) -> Floats:
        """What each lender can lose, (lenders,): its equity, without end where that is not known."""
        return np.where(np.isnan(self.equity), np.inf, np.maximum(self.equity, 0.0))

    @property
    def fsri_base(self) -> float:
        """What FSRI is a share of: all lenders' equity where each one's is known, else all EAD."""
        known = len(self.equity) > 0 and not np.isnan(self.equity).any()
        return float(np.maximum(self.equity, 0.0).sum() if known else self.ead.sum())


@dataclass(frozen=True)
class LenderLosses:
    """What lenders lose when firms close, one at a time.

    By firm, (n,): fsri, all lenders' loss over `Book.whole`; loss, the same as money; own, what of it is the closed
    firm's own loans; failed, how many other firms default. By lender: expected, the sum over firms of PD x loss when
    that firm closes; direct, what of it is by the closed firms' own loans (both 0 without PDs); worst, (lenders, TOP),
    the largest losses, falling, and the firms that cause them.
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
    """Who defaults in a scenario, (n,): the closed, and those whose lost profit is more than their buffer.

        loss_i x margin_i > buffer_i  and  loss_i x margin_i > 0

    loss: lost share of each firm's production, (n,). A firm that loses nothing, or whose production brings no profit,
    does not default by it. Comparisons with NaN are false: who is not judged does not default.
    """
    lost = loss * book.margin
    return closed | ((lost > 0) & (lost > book.buffer))


def losses_from_defaults(book: LoanBook, failed: Flags) -> Floats:
    """What each lender loses when some firms default, (lenders,): lgd x ead, at most its equity."""
    hit = failed[book.borrower]
    lost = np.bincount(book.lender[hit], (book.ead * book.lgd)[hit], len(book.lenders))
    return np.minimum(lost, book.loss_cap)


def losses_on_own_loans(book: LoanBook, failed: Flags) -> Floats:
    """What each lender loses on the loans of each of these firms, one failing after the other, summed, (lenders,).

    In one failure at most its equity, as in `BankLosses.direct`, of which this is the part of firms whose PD is 1.
    """
    hit, lenders = failed[book.borrower], len(book.lenders)
    pair, place = np.unique(book.borrower[hit] * lenders + book.lender[hit], return_inverse=True)
    lost = np.bincount(place, (book.ead * book.lgd)[hit], len(pair))
    most = np.minimum(lost, book.loss_cap[pair % lenders])
    return np.asarray(np.bincount(pair % lenders, most, lenders), np.float64)


def lending_arrays(book: LoanBook, weights: NetworkWeights) -> LendingArrays:
    """The same for the kernels, in the numbering of `weights`."""
    places = weights.places
    borrower = places[book.borrower]
    judged = ~np.isnan(book.margin) & ~np.isnan(book.buffer)
    firm = np.union1d(places[np.flatnonzero(judged)], borrower)
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


def collect_lender_losses(book: LoanBook, lent: LenderLossArrays, back: Longs, order: Longs) -> LenderLosses:
    """What was kept of a run, by firm. back: scenario of each firm; order: firm of each place in the kernels."""
    source = lent.worst_source.astype(np.int64)
    return LenderLosses(
        fsri=lent.loss[back] / (book.fsri_base or 1.0),
        loss=lent.loss[back],
        own=lent.own[back],
        failed=lent.failed[back],
        expected=lent.expected,
        direct=lent.direct,
        worst=lent.worst,
        source=order[source] if len(order) else source,
    )

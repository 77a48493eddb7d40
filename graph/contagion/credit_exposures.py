"""Balance sheets on which failures spread: what firms are owed, what they can bear, and what each failure costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.debtrank import MAX_ROUNDS, Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.errors import DataError

EPS = 1e-12


@dataclass(frozen=True)
class CreditExposures:
    """Who would lose what if another did not pay, and what each can bear.

    equity: shape (n,), in the money of the claims. NaN: no statement gives it; nobody can measure what such a firm
    loses, so that it passes nothing on but its own failure.
    """

    claims: Claims
    equity: Floats

    def leverage(self) -> sparse.csr_array:
        """L, shape (n, n): what creditor i is owed by debtor j over the equity of i; 0 where that is not above 0."""
        able = self.equity > 0
        over = np.divide(1.0, self.equity, out=np.zeros(len(self.equity)), where=able)
        return sparse.diags_array(over) @ self.claims.matrix()

    def start(self) -> Floats:
        """h before any failure, shape (n,): 1 without equity, else 0."""
        return np.where(self.equity <= 0, 1.0, 0.0)

    def debtrank_law(self, places: Longs) -> DebtRankLaw:
        """What failures cost, with firm i under the number places[i].

        Raises
        ------
        DataError: claims or equity of another number of firms, or a faulty amount.
        """
        n, claims = len(places), self.claims
        if claims.firms != n or self.equity.shape != (n,):
            raise DataError(
                f"claims among {claims.firms} firms and the equity of {len(self.equity)}", f"{n} of both"
            )
        creditor, debtor = (places[np.asarray(ends, np.int64)] for ends in (claims.creditor, claims.debtor))
        moved = CreditExposures(Claims(creditor, debtor, claims.amount, n), self.equity[np.argsort(places)])
        return DebtRankLaw(moved.leverage(), moved.start())


@dataclass(frozen=True)
class DebtRankLaw:
    """The law of `debtrank`, made ready. leverage: L, (n, n). start: h before any failure, (n,)."""

    leverage: sparse.csr_array
    start: Floats

    @property
    def inputs(self) -> tuple[Floats, ...]:
        """Everything that the results depend on."""
        return self.start, self.leverage.indptr, self.leverage.indices, self.leverage.data

    def losses(self, failing: Longs) -> Floats:
        """The share of its equity that each firm loses when one fails, beyond the base case, shape (n, failures).

        The base case runs beside them for as many rounds: who is not reached by a failure gets exactly 0.
        """
        start = np.repeat(self.start[:, None], len(failing) + 1, axis=1)
        start[failing, np.arange(len(failing))] = 1.0
        h, _, _ = spread_distress(self.leverage, start)
        return np.ascontiguousarray(np.maximum(0.0, h[:, :-1] - h[:, -1:]))


def spread_distress(leverage: sparse.csr_array, start: Floats) -> tuple[Floats, Longs, Floats]:
    """`debtrank` from several starts side by side, (n, lanes): h, and by lane the rounds and the last one's largest
    rise.
    """
    before, h = np.zeros_like(start), start
    rounds, residual, number = np.zeros(start.shape[1], np.int64), np.full(start.shape[1], np.inf), 0
    while residual.max(initial=0.0) > EPS and number < MAX_ROUNDS:
        new = np.minimum(1.0, h + leverage @ (h - before))
        before, h, number = h, new, number + 1
        rounds[residual > EPS] = number
        residual = np.max(h - before, axis=0, initial=0.0)
    return h, rounds, residual

"""Balance sheets on which failures spread by DebtRank: claims between firms and the equity that absorbs losses.

Sources: Battiston, Puliga, Kaushik, Tasca, Caldarelli, Scientific Reports 2:541 (2012); Bardoscia, Battiston, Caccioli,
Caldarelli, PLoS ONE 10(6):e0130406 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.debtrank import Claims, leverage_of, spread_distress, start_of_failures
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.errors import DataError


@dataclass(frozen=True)
class CreditExposures:
    """Claims between n firms, and the equity of each.

    equity: shape (n,), in the money of the claims; NaN where no statement gives it. The loss of a firm with unknown
    equity cannot be measured, so that it passes on nothing but its own failure.
    """

    claims: Claims
    equity: Floats

    def leverage(self) -> sparse.csr_array:
        """Return L, see `leverage_of`; a firm with unknown equity has no row of it."""
        return leverage_of(self.claims, self.equity)

    def start(self) -> Floats:
        """Return h before any failure, shape (n,): 1 for firms with equity of 0 or less, otherwise 0."""
        return np.where(self.equity <= 0, 1.0, 0.0)

    def debtrank_law(self, places: Longs) -> DebtRankLaw:
        """Return the law of DebtRank with firms renumbered. places: new number of each firm, shape (n,).

        Raises
        ------
        DataError: claims or equity of another number of firms, or a faulty amount.
        """
        n = len(places)
        claims = self.claims
        if claims.firms != n or self.equity.shape != (n,):
            raise DataError(
                f"claims among {claims.firms} firms and the equity of {len(self.equity)}", f"{n} of both"
            )
        creditor = places[np.asarray(claims.creditor, np.int64)]
        debtor = places[np.asarray(claims.debtor, np.int64)]
        renumbered = CreditExposures(
            Claims(creditor, debtor, claims.amount, n), self.equity[np.argsort(places)]
        )
        return DebtRankLaw(renumbered.leverage(), renumbered.start())


@dataclass(frozen=True)
class DebtRankLaw:
    """DebtRank prepared for many failures. leverage: L, shape (n, n). start: h before any failure, (n,)."""

    leverage: sparse.csr_array
    start: Floats

    @property
    def inputs(self) -> tuple[Floats, ...]:
        """All arrays that the results depend on, for the fingerprint of a checkpoint."""
        return self.start, self.leverage.indptr, self.leverage.indices, self.leverage.data

    def losses(self, failing: Longs) -> Floats:
        """Return the share of its equity that each firm loses by each failure, shape (n, failures).

        failing: firms that fail, one at a time. Losses are those beyond the base case without a failure.
        """
        # The base case runs in the last column for as many rounds as the failures: a firm that a failure does not reach
        # then has the same bits in both, and its loss is exactly 0.
        start = np.column_stack([start_of_failures(self.start, failing), self.start])
        h = spread_distress(self.leverage, start).h
        return np.ascontiguousarray(np.maximum(0.0, h[:, :-1] - h[:, -1:]))

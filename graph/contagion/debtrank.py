"""DebtRank, linear: distress that spreads in proportion to exposures over equity, each rise once along each link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.errors import DataError

MAX_ROUNDS = 100_000


@dataclass(frozen=True)
class Claims:
    """Who would lose what if another did not pay: trade credit, guarantees.

    creditor, debtor: shape (m,), row numbers of firms. amount: shape (m,), > 0, any money unit. firms: n.
    """

    creditor: ArrayLike
    debtor: ArrayLike
    amount: ArrayLike
    firms: int

    def matrix(self) -> sparse.csr_array:
        """A, shape (n, n): [i, j] = what creditor i is owed by debtor j; parallel claims summed, loops left out.

        Raises
        ------
        DataError: an amount that is negative or no number.
        """
        creditor, debtor = np.asarray(self.creditor, np.int64), np.asarray(self.debtor, np.int64)
        amount = np.asarray(self.amount, np.float64)
        faulty = ~np.isfinite(amount) | (amount < 0)
        if faulty.any():
            raise DataError(f"{int(faulty.sum())} claims have an amount that is negative or no number")
        used = creditor != debtor
        return sparse.csr_array(
            (amount[used], (creditor[used], debtor[used])), shape=(self.firms, self.firms)
        )


@dataclass(frozen=True)
class Distress:
    """h: lost share of each firm's equity, shape (n,). rounds: taken. residual: the largest rise of the last one."""

    h: Floats
    rounds: int
    residual: float

    def debtrank(self, shock: Floats, value: Floats) -> float:
        """DebtRank: the lost share of all value (equity, total assets) beyond the shock itself.

        value: shape (n,), of which the weights are the shares.
        """
        total = float(value.sum())
        return float((self.h - shock) @ value) / total if total > 0 else 0.0


def run_debtrank(claims: Claims, equity: Floats, shock: Floats, eps: float = 1e-12) -> Distress:
    """h_i(t+1) = min(1, h_i(t) + sum_j L_ij (h_j(t) - h_j(t-1))), L_ij = A_ij / E_i.

    A firm whose h is 1 passes on no more than it has: its rises end. With equity of 0 or less a firm is at 1 from the
    start, since whatever it loses is more than it has.

    Parameters
    ----------
    equity: E, shape (n,), unit of the claims. shock: h at the start, shape (n,), 0 to 1.
    eps: stop after the round in which no h rose by more.

    Source: Bardoscia, Battiston, Caccioli, Caldarelli, PLoS ONE 10(6):e0130406 (2015).

    Raises
    ------
    DataError: a shock outside [0, 1], or numbers that are none.
    """
    if not np.all((shock >= 0) & (shock <= 1)) or not np.all(np.isfinite(equity)):
        raise DataError("a shock outside 0 to 1, or an equity that is no number", "shares, and money")
    able = equity > 0
    leverage = (
        sparse.diags_array(np.divide(1.0, equity, out=np.zeros(len(equity)), where=able)) @ claims.matrix()
    )
    before, h = np.zeros(len(shock)), np.where(able, shock, 1.0).astype(np.float64)
    rounds, residual = 0, np.inf
    while residual > eps and rounds < MAX_ROUNDS:
        new = np.minimum(1.0, h + leverage @ (h - before))
        before, h, rounds = h, new, rounds + 1
        residual = float(np.max(h - before, initial=0.0))
    return Distress(h, rounds, residual)

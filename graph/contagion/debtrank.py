"""Linear DebtRank: distress spreads in proportion to exposure over equity, and each rise passes once over each link.

Sources: Battiston, Puliga, Kaushik, Tasca, Caldarelli, Scientific Reports 2:541 (2012); the linear form: Bardoscia,
Battiston, Caccioli, Caldarelli, PLoS ONE 10(6):e0130406 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.errors import DataError

EPS = 1e-12
"""Default: stop after the round in which nothing changed by more."""
MAX_ROUNDS = 100_000


@dataclass(frozen=True)
class Claims:
    """Claims between firms: trade credit and guarantees.

    creditor, debtor: row numbers of firms, shape (claims,). amount: what the creditor loses if the debtor does not pay,
    >= 0, any money unit, (claims,). firms: n.
    """

    creditor: ArrayLike
    debtor: ArrayLike
    amount: ArrayLike
    firms: int

    def matrix(self) -> sparse.csr_array:
        """Return A, shape (n, n): [i, j] = what debtor j owes creditor i.

        Parallel claims are summed; claims of a firm on itself are left out.

        Raises
        ------
        DataError: an amount that is negative or not a number.
        """
        creditor = np.asarray(self.creditor, np.int64)
        debtor = np.asarray(self.debtor, np.int64)
        amount = np.asarray(self.amount, np.float64)
        faulty = ~np.isfinite(amount) | (amount < 0)
        if faulty.any():
            raise DataError(
                f"{int(faulty.sum())} claims have an amount that is negative or not a number",
                "money, 0 or more",
            )
        # A firm's claim on itself would let its own loss come back to it.
        used = creditor != debtor
        return sparse.csr_array(
            (amount[used], (creditor[used], debtor[used])), shape=(self.firms, self.firms)
        )


@dataclass(frozen=True)
class Distress:
    """Result of DebtRank.

    h: lost share of each firm's equity, shape (n,), 0 to 1. rounds: number of rounds. residual: largest rise of h in
    the last round.
    """

    h: Floats
    rounds: int
    residual: float

    def debtrank(self, shock: Floats, value: Floats) -> float:
        """Return DebtRank, sum over firms of (h_i - shock_i) v_i: the lost share of all value beyond the shock itself.

        shock: h at the start, shape (n,). value: equity or total assets, (n,), of which v are the shares.
        """
        total = float(value.sum())
        return float((self.h - shock) @ value) / total if total > 0 else 0.0


def run_debtrank(claims: Claims, equity: Floats, shock: Floats, eps: float = EPS) -> Distress:
    """Compute how an initial loss of equity spreads from debtors to creditors.

        h_i(t+1) = min(1, h_i(t) + sum_j L_ij (h_j(t) - h_j(t-1))),   L_ij = A_ij / E_i

    A firm whose h is 1 has lost all its equity and its rises end. A firm with equity of 0 or less is at 1 from the
    start, since any loss exceeds what it has.

    Parameters
    ----------
    claims: A, n firms.
    equity: E, shape (n,), in the unit of the claims.
    shock: h at the start, shape (n,), 0 to 1.
    eps: stop after the round in which no h rose by more; default 1e-12.

    Raises
    ------
    DataError: a shock outside 0 to 1, an equity that is not a number, or a faulty claim.
    """
    if not np.all((shock >= 0) & (shock <= 1)) or not np.all(np.isfinite(equity)):
        raise DataError("a shock outside 0 to 1, or an equity that is not a number", "shares, and money")
    start = np.where(equity > 0, shock, 1.0).astype(np.float64)
    distress = spread_distress(leverage_of(claims, equity), start[:, None], eps)
    return Distress(distress.h[:, 0], int(distress.rounds[0]), float(distress.residual[0]))


def leverage_of(claims: Claims, equity: Floats) -> sparse.csr_array:
    """Return L, shape (n, n): what debtor j owes creditor i, over i's equity; 0 where the equity is not above 0.

    A firm without equity is at 1 from the start, and its leverage would be infinite.
    """
    inverse_equity = np.divide(1.0, equity, out=np.zeros(len(equity)), where=equity > 0)
    return sparse.diags_array(inverse_equity) @ claims.matrix()


@dataclass(frozen=True)
class SpreadDistress:
    """Distress from several starts side by side.

    h: lost share of equity, shape (n, lanes). rounds: number of rounds, (lanes,). residual: largest rise of the last
    round, (lanes,).
    """

    h: Floats
    rounds: Longs
    residual: Floats


def spread_distress(leverage: sparse.csr_array, start: Floats, eps: float = EPS) -> SpreadDistress:
    """Run DebtRank (see `run_debtrank`) from several starts side by side.

    leverage: L, shape (n, n). start: h at the start, (n, lanes).
    """
    before = np.zeros_like(start)
    h = start
    rounds = np.zeros(start.shape[1], np.int64)
    residual = np.full(start.shape[1], np.inf)
    number = 0
    while residual.max(initial=0.0) > eps and number < MAX_ROUNDS:
        # Only the rise of the last round spreads: earlier losses have been passed on already.
        new_h = np.minimum(1.0, h + leverage @ (h - before))
        before = h
        h = new_h
        number += 1
        # Lanes that have settled go on with the others, since one product serves all, but their rounds do not count.
        rounds[residual > eps] = number
        residual = np.max(h - before, axis=0, initial=0.0)
    return SpreadDistress(h, rounds, residual)


def start_of_failures(start: Floats, failing: Longs) -> Floats:
    """Return h at the start of each failure, shape (n, failures): that before any failure, (n,), and 1 if it fails."""
    columns = np.repeat(start[:, None], len(failing), axis=1)
    columns[failing, np.arange(len(failing))] = 1.0
    return columns

"""Eisenberg-Noe clearing: what each firm pays if it pays its debts from its cash and from what it is paid.

Source: Eisenberg, Noe, Management Science 47(2):236-249 (2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.debtrank import MAX_ROUNDS, Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.errors import DataError


@dataclass(frozen=True)
class Clearing:
    """Clearing payments.

    paid: what each firm pays, shape (n,), money. owed: what it owes, (n,), money. recovery: paid / owed, (n,), 1 where
    nothing is owed. default: whether it pays less than it owes, (n,). rounds: number of rounds. residual: largest
    change of a payment in the last round, money.
    """

    paid: Floats
    owed: Floats
    recovery: Floats
    default: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rounds: int
    residual: float


def clear_payments(claims: Claims, cash: Floats, eps: float = 1e-12) -> Clearing:
    """Compute the greatest clearing payments.

        p_i = min(owed_i, max(0, cash_i + sum_j share_ij p_j)),   share_ij = A_ij / owed_j

    Debts are paid in proportion. The rounds start from full payment, from where they fall to the greatest solution.

    Parameters
    ----------
    claims: A, n firms.
    cash: what each firm has besides its claims, less what it owes to others than these firms, shape (n,), in the unit
        of the claims; may be negative.
    eps: stop after the round in which no payment fell by more than this share of all debts; default 1e-12.

    Raises
    ------
    DataError: cash that is not a number, or a faulty claim.
    """
    if not np.all(np.isfinite(cash)):
        raise DataError("cash that is not a number", "money for each firm")
    matrix = claims.matrix()
    owed = np.asarray(matrix.sum(axis=0), np.float64)
    paid = owed
    rounds = 0
    residual = np.inf
    # The tiny constant ends the loop where no firm owes anything.
    while residual > eps * max(owed.sum(), 1e-300) and rounds < MAX_ROUNDS:
        recovery = np.divide(paid, owed, out=np.ones(len(owed)), where=owed > 0)
        new_paid = np.minimum(owed, np.maximum(0.0, cash + matrix @ recovery))
        residual = float(np.max(paid - new_paid, initial=0.0))
        paid = new_paid
        rounds += 1
    recovery = np.divide(paid, owed, out=np.ones(len(owed)), where=owed > 0)
    # A payment that falls short by rounding only is not a default.
    return Clearing(paid, owed, recovery, recovery < 1.0 - 1e-9, rounds, residual)

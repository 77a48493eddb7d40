"""Eisenberg-Noe clearing: who pays how much where firms pay from what they have and what they are paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.debtrank import MAX_ROUNDS, Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.errors import DataError


@dataclass(frozen=True)
class Clearing:
    """paid: what each firm pays of what it owes, shape (n,). owed: the same, in full. recovery: paid / owed, 1 where
    nothing is owed. default: who pays less than it owes. rounds, residual: taken, and the last one's largest change.
    """

    paid: Floats
    owed: Floats
    recovery: Floats
    default: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rounds: int
    residual: float


def clear_payments(claims: Claims, cash: Floats, eps: float = 1e-12) -> Clearing:
    """The greatest p with p_i = min(owed_i, max(0, cash_i + sum_j share_ij p_j)).

    share_ij = what i is owed by j, over all that j owes: debts are paid in proportion. Starts from full payment, from
    where the rounds fall to the greatest solution.

    Parameters
    ----------
    cash: what each firm has beside its claims, less what it owes outside, shape (n,), unit of the claims; may be < 0.
    eps: stop after the round in which no payment fell by more than this share of all debts.

    Source: Eisenberg, Noe, Management Science 47(2):236-249 (2001).

    Raises
    ------
    DataError: cash that is no number.
    """
    if not np.all(np.isfinite(cash)):
        raise DataError("cash that is no number", "money")
    matrix = claims.matrix()
    owed = np.asarray(matrix.sum(axis=0), np.float64)
    paid, rounds, residual = owed, 0, np.inf
    while residual > eps * max(owed.sum(), 1e-300) and rounds < MAX_ROUNDS:
        recovery = np.divide(paid, owed, out=np.ones(len(owed)), where=owed > 0)
        new = np.minimum(owed, np.maximum(0.0, cash + matrix @ recovery))
        residual, paid, rounds = float(np.max(paid - new, initial=0.0)), new, rounds + 1
    recovery = np.divide(paid, owed, out=np.ones(len(owed)), where=owed > 0)
    # Rounding in the last digits of a sum is no default.
    return Clearing(paid, owed, recovery, recovery < 1.0 - 1e-9, rounds, residual)

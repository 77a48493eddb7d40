"""Eisenberg-Noe clearing: what each firm pays if it pays its debts from its cash and from what it is paid.

Source: Eisenberg, Noe, Management Science 47(2):236-249 (2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.debtrank import EPS, MAX_ROUNDS, Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.errors import DataError

PAID_IN_FULL = 1 - 1e-9
"""Recovery from which a firm counts as paying in full: less is more than rounding."""


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


def clear_payments(claims: Claims, cash: Floats, eps: float = EPS) -> Clearing:
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
    cleared = spread_payments(matrix, owed, cash, np.zeros(0, np.int64), eps)
    paid = cleared.paid[:, 0]
    recovery = recovery_of(cleared.paid, owed)[:, 0]
    # A payment that falls short by rounding only is not a default.
    return Clearing(
        paid, owed, recovery, recovery < PAID_IN_FULL, int(cleared.rounds[0]), float(cleared.residual[0])
    )


def recovery_of(paid: Floats, owed: Floats) -> Floats:
    """Return paid / owed, 1 where nothing is owed, shape (n, lanes)."""
    return np.divide(paid, owed[:, None], out=np.ones_like(paid), where=owed[:, None] > 0)


@dataclass(frozen=True)
class SpreadPayments:
    """Payments of all firms, shape (n, lanes); rounds and the largest change of the last round, (lanes,)."""

    paid: Floats
    rounds: Longs
    residual: Floats


def spread_payments(
    matrix: sparse.csr_array, owed: Floats, cash: Floats, failing: Longs, eps: float = EPS
) -> SpreadPayments:
    """Compute clearing payments, in each lane without those of one failing firm; one lane if no firm fails.

    matrix: A, shape (n, n). owed: its column sums, (n,).
    """
    lanes = np.arange(len(failing))
    paid = np.repeat(owed[:, None], max(1, len(failing)), axis=1)
    paid[failing, lanes] = 0.0
    rounds = np.zeros(paid.shape[1], np.int64)
    residual = np.full(paid.shape[1], np.inf)
    number = 0
    # The tiny constant ends the loop where no firm owes anything.
    tolerance = eps * max(float(owed.sum()), 1e-300)
    while residual.max(initial=0.0) > tolerance and number < MAX_ROUNDS:
        received = matrix @ recovery_of(paid, owed)
        new_paid = np.minimum(owed[:, None], np.maximum(0.0, cash[:, None] + received))
        # The failing firm pays nothing in any round.
        new_paid[failing, lanes] = 0.0
        number += 1
        rounds[residual > tolerance] = number
        residual = np.max(paid - new_paid, axis=0, initial=0.0)
        paid = new_paid
    return SpreadPayments(paid, rounds, residual)

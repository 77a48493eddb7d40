"""DebtRank and clearing with each firm failing in turn: what a failure costs the others, and what each firm suffers.

Sources: Battiston et al., Scientific Reports 2:541 (2012); Bardoscia et al., PLoS ONE 10(6):e0130406 (2015); Eisenberg,
Noe, Management Science 47(2):236-249 (2001).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.clearing import PAID_IN_FULL, recovery_of, spread_payments
from supplyrisk.graph.contagion.credit_exposures import CreditExposures
from supplyrisk.graph.contagion.debtrank import Claims, spread_distress, start_of_failures
from supplyrisk.graph.contagion.kernels.kernel_arrays import TOP, Floats, Longs
from supplyrisk.graph.contagion.lender_losses import Flags

LANES = 64
"""Failures computed side by side: three arrays of 512 bytes per firm."""


@dataclass(frozen=True)
class CreditContagion:
    """Losses by each firm's failure beyond those without any failure; shape (n,) unless noted.

    By failing firm: impact, the lost share of all others' equity (DebtRank) or of all debts (clearing). lost, the same
    as money. failed, how many others lose all their equity (DebtRank) or cannot pay in full (clearing). iterations,
    number of rounds. residual, largest change of the last round.

    By firm that suffers: exposure, the sum over the others of their PD x its loss when they fail, as a share of its
    equity (DebtRank) or as money (clearing); None without PDs. worst, source: (n, TOP), its largest terms in descending
    order, and the firms they come from; zeros without PDs.
    """

    impact: Floats
    lost: Floats
    failed: Longs
    iterations: Longs
    residual: Floats
    exposure: Floats | None
    worst: Floats
    source: Longs


@dataclass(frozen=True)
class _FailureBlock:
    """Some failures: losses beyond the base case, as a share or as money, shape (n, lanes); the rest by lane."""

    loss: Floats
    failed: Flags
    rounds: Longs
    residual: Floats


def debtrank_all(
    claims: Claims,
    equity: Floats,
    *,
    pd: Floats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CreditContagion:
    """Run DebtRank with each firm's h set to 1 in turn; losses are those beyond the base case without a failure.

    Parameters
    ----------
    claims: claims among n firms.
    equity: shape (n,), in the unit of the claims. A firm whose equity is NaN has no measurable loss and passes on
        nothing but its own failure. A firm with 0 or less is at 1 from the start, with and without the failure, and
        loses nothing by it.
    pd: PD of each firm, shape (n,), for exposures; None: no exposures.
    progress: called with the failures done and their number.
    """
    exposures = CreditExposures(claims, equity)
    leverage = exposures.leverage()
    start = exposures.start()
    base = spread_distress(leverage, start[:, None]).h

    def block(failing: Longs) -> _FailureBlock:
        distress = spread_distress(leverage, start_of_failures(start, failing))
        failed = (distress.h >= 1.0) & (base < 1.0)
        return _FailureBlock(distress.h - base, failed, distress.rounds, distress.residual)

    # h is a share of equity: a firm without (known) equity has no money to lose.
    value = np.where(equity > 0, equity, 0.0)
    return _add_up_failures(block, value, value.sum() - value, pd, progress)


def clear_all(
    claims: Claims,
    cash: Floats,
    *,
    pd: Floats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CreditContagion:
    """Run clearing with each firm in turn paying nothing; losses are what the others are paid less than without that.

    Parameters
    ----------
    claims: claims among n firms.
    cash: what each firm has besides its claims, shape (n,); a firm whose cash is NaN is assumed to pay in full.
    pd: PD of each firm, shape (n,), for exposures; None: no exposures.
    progress: called with the failures done and their number.
    """
    matrix = claims.matrix()
    owed = np.asarray(matrix.sum(axis=0), np.float64)
    # Infinite cash: a firm of unknown cash pays in full, so that missing data cause no default.
    available = np.where(np.isnan(cash), np.inf, cash)
    no_failure = spread_payments(matrix, owed, available, np.zeros(0, np.int64))
    base_recovery = recovery_of(no_failure.paid, owed)
    income = matrix @ base_recovery
    # Firms that cannot pay in full in any case are not counted as failed by contagion.
    solvent = base_recovery >= PAID_IN_FULL

    def block(failing: Longs) -> _FailureBlock:
        payments = spread_payments(matrix, owed, available, failing)
        recovery = recovery_of(payments.paid, owed)
        failed = (recovery < PAID_IN_FULL) & solvent
        failed[failing, np.arange(len(failing))] = False
        lost_income = np.maximum(0.0, income - matrix @ recovery)
        return _FailureBlock(lost_income, failed, payments.rounds, payments.residual)

    return _add_up_failures(block, np.ones(len(owed)), np.full(len(owed), owed.sum()), pd, progress)


def _add_up_failures(
    block: Callable[[Longs], _FailureBlock],
    value: Floats,
    total_value: Floats,
    pd: Floats | None,
    progress: Callable[[int, int], None] | None,
) -> CreditContagion:
    """Run all failures in blocks and add them up.

    value: money of each firm's whole loss, shape (n,). total_value: what impact is a share of, by failing firm, (n,).
    """
    n = len(value)
    lost = np.zeros(n)
    failed = np.zeros(n, np.int64)
    rounds = np.zeros(n, np.int64)
    residual = np.zeros(n)
    exposure = np.zeros(n)
    worst = np.zeros((n, TOP))
    source = np.zeros((n, TOP), np.int64)
    for first in range(0, n, LANES):
        failing = np.arange(first, min(first + LANES, n))
        lanes = np.arange(len(failing))
        failures = block(failing)
        # What the failing firm itself loses is not contagion.
        failures.loss[failing, lanes] = 0.0
        failures.failed[failing, lanes] = False
        lost[failing] = value @ failures.loss
        failed[failing] = failures.failed.sum(axis=0)
        rounds[failing] = failures.rounds
        residual[failing] = failures.residual
        if pd is not None:
            terms = failures.loss * pd[failing]
            exposure += terms.sum(axis=1)
            worst, source = _worst(worst, source, terms, failing)
        if progress is not None:
            progress(int(failing[-1]) + 1, n)
    impact = np.divide(lost, total_value, out=np.zeros(n), where=total_value > 0)
    return CreditContagion(
        impact, lost, failed, rounds, residual, None if pd is None else exposure, worst, source
    )


def _worst(worst: Floats, source: Longs, terms: Floats, failing: Longs) -> tuple[Floats, Longs]:
    """Return the largest TOP terms of each firm so far, and their sources, both of shape (n, TOP)."""
    all_terms = np.concatenate([worst, terms], axis=1)
    all_sources = np.concatenate([source, np.broadcast_to(failing, terms.shape)], axis=1)
    # Stable: of equal terms the lower source comes first, since failures run in ascending order.
    order = np.argsort(-all_terms, axis=1, kind="stable")[:, :TOP]
    return np.take_along_axis(all_terms, order, axis=1), np.take_along_axis(all_sources, order, axis=1)

"""DebtRank and clearing with each firm failing in turn: what that costs the others, and what each suffers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.credit_exposures import EPS, CreditExposures, spread_distress
from supplyrisk.graph.contagion.debtrank import MAX_ROUNDS, Claims
from supplyrisk.graph.contagion.kernels.kernel_arrays import TOP, Floats, Longs
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.contagion.lender_losses import Flags

LANES = 64
"""Failures side by side: three arrays of 512 bytes a firm."""


@dataclass(frozen=True)
class CreditContagion:
    """What each firm's failure costs, beyond what is lost without any failure; shape (n,) each.

    impact: the lost share of all others' equity (DebtRank), or of all that is owed to others (clearing); lost: the same
    as money. failed: how many others lose all their equity, or cannot pay in full. iterations, residual: rounds taken,
    and the last one's largest change. exposure: by firm that suffers, the sum over others of their PD x its loss when
    they fail, as a share of its equity (DebtRank) or as money (clearing); worst, source: (n, TOP), its largest terms,
    falling, and their firms. None without PDs.
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
class _Block:
    """Some failures: what they cost each firm beyond the base case, its own share or money, shape (n, lanes)."""

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
    """`debtrank` with each firm's h at 1 in turn; losses are those beyond what spreads without it.

    equity: (n,); a firm of which it is NaN loses none that anybody could measure: it passes nothing on but its own
    failure. One with 0 or less is at 1 from the start, with and without the failure, and loses nothing by it.
    """
    debts = CreditExposures(claims, equity)
    leverage, before = debts.leverage(), debts.start()[:, None]
    base, *_ = spread_distress(leverage, before)

    def block(failing: Longs) -> _Block:
        start = np.repeat(before, len(failing), axis=1)
        start[failing, np.arange(len(failing))] = 1.0
        h, rounds, residual = spread_distress(leverage, start)
        return _Block(h - base, (h >= 1.0) & (base < 1.0), rounds, residual)

    value = np.where(equity > 0, equity, 0.0)
    return _everyone(block, value, value.sum() - value, pd, progress)


def clear_all(
    claims: Claims,
    cash: Floats,
    *,
    pd: Floats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CreditContagion:
    """`clear` with each firm in turn paying nothing; losses are what firms are paid less than without that.

    cash: (n,), what each has beside its claims; a firm of which it is NaN is taken to pay in full.
    """
    matrix = claims.matrix()
    owed = np.asarray(matrix.sum(axis=0), np.float64)
    able = np.where(np.isnan(cash), np.inf, cash)
    full, *_ = _payments(matrix, owed, able, np.zeros(0, np.int64))
    income, solvent = matrix @ _rate(full, owed), _rate(full, owed) >= 1 - 1e-9

    def block(failing: Longs) -> _Block:
        paid, rounds, residual = _payments(matrix, owed, able, failing)
        rate = _rate(paid, owed)
        broke = (rate < 1 - 1e-9) & solvent
        broke[failing, np.arange(len(failing))] = False
        return _Block(np.maximum(0.0, income - matrix @ rate), broke, rounds, residual)

    return _everyone(block, np.ones(len(owed)), np.full(len(owed), owed.sum()), pd, progress)


def _rate(paid: Floats, owed: Floats) -> Floats:
    return np.divide(paid, owed[:, None], out=np.ones_like(paid), where=owed[:, None] > 0)


def _payments(
    matrix: sparse.csr_array, owed: Floats, cash: Floats, failing: Longs
) -> tuple[Floats, Longs, Floats]:
    """Payments (n, lanes), lane by lane without those of one firm; with no firm failing, one lane."""
    lanes = np.arange(len(failing))
    paid = np.repeat(owed[:, None], max(1, len(failing)), axis=1)
    paid[failing, lanes] = 0.0
    rounds, number, small = np.zeros(paid.shape[1], np.int64), 0, EPS * max(float(owed.sum()), 1e-300)
    residual = np.full(paid.shape[1], np.inf)
    while residual.max(initial=0.0) > small and number < MAX_ROUNDS:
        new = np.minimum(owed[:, None], np.maximum(0.0, cash[:, None] + matrix @ _rate(paid, owed)))
        new[failing, lanes] = 0.0
        number += 1
        rounds[residual > small] = number
        residual, paid = np.max(paid - new, axis=0, initial=0.0), new
    return paid, rounds, residual


def _everyone(
    block: Callable[[Longs], _Block],
    value: Floats,
    whole: Floats,
    pd: Floats | None,
    progress: Callable[[int, int], None] | None,
) -> CreditContagion:
    """Add up failures. value: money of a firm's whole loss, (n,); whole: what impact is a share of, by failing firm."""
    n = len(value)
    lost, failed, rounds, residual = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    exposure, worst, source = np.zeros(n), np.zeros((n, TOP)), np.zeros((n, TOP), np.int64)
    for first in range(0, n, LANES):
        failing = np.arange(first, min(first + LANES, n))
        lanes = np.arange(len(failing))
        found = block(failing)
        found.loss[failing, lanes] = 0.0
        found.failed[failing, lanes] = False
        lost[failing], failed[failing] = value @ found.loss, found.failed.sum(axis=0)
        rounds[failing], residual[failing] = found.rounds, found.residual
        if pd is not None:
            terms = found.loss * pd[failing]
            exposure += terms.sum(axis=1)
            worst, source = _worst(worst, source, terms, failing)
        if progress is not None:
            progress(int(failing[-1]) + 1, n)
    impact = np.divide(lost, whole, out=np.zeros(n), where=whole > 0)
    return CreditContagion(
        impact, lost, failed, rounds, residual, None if pd is None else exposure, worst, source
    )


def _worst(worst: Floats, source: Longs, terms: Floats, failing: Longs) -> tuple[Floats, Longs]:
    """The largest terms of each firm so far; of equal ones the lower source goes first, as those before have it."""
    both = np.concatenate([worst, terms], axis=1)
    sources = np.concatenate([source, np.broadcast_to(failing, terms.shape)], axis=1)
    order = np.argsort(-both, axis=1, kind="stable")[:, :TOP]
    return np.take_along_axis(both, order, axis=1), np.take_along_axis(sources, order, axis=1)

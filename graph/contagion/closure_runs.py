"""Closures of many firms: scenarios in pieces, computed on threads, added up in order, with a checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from supplyrisk.graph.contagion.credit_exposures import DebtRankLaw
from supplyrisk.graph.contagion.kernels.compiling import has_cached_code
from supplyrisk.graph.contagion.kernels.kernel_arrays import (
    SLOTS,
    Floats,
    KernelInputs,
    KernelRules,
    KernelShocks,
    LendingArrays,
    Longs,
    Places,
    RunTotals,
    empty_lane_block,
    empty_run_totals,
    empty_single_scenario,
)
from supplyrisk.graph.contagion.kernels.run_kernel import run_scenarios
from supplyrisk.graph.contagion.kernels.terms_kernel import close_sector, join_worst
from supplyrisk.graph.contagion.run_checkpoint import RESULTS, RunCheckpoint, fingerprint
from supplyrisk.graph.contagion.upstream_loss import upstream_of
from supplyrisk.graph.contagion.weights import NetworkWeights

PIECE = 512
"""Scenarios in one piece: enough to keep lanes filled. The same for any number of threads: sums are taken piece by
piece, and other pieces would round differently."""

EXACT_PIECE = 64
"""The same where the loss by lost demand or by credit is computed beforehand: it is stored for a whole piece."""

SECTORS = 5
"""Largest sectors of closed firms that are stored for each firm."""


def _no_progress(_done: int, _total: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class RunHooks:
    """Progress and checkpoint of a run.

    progress: called with the scenarios done and their number; default: nothing. checkpoint: a file from which a killed
    run continues; it is removed once the run is complete; default None, no checkpoint.
    """

    progress: Callable[[int, int], None] = _no_progress
    checkpoint: Path | None = None


@dataclass(frozen=True)
class ClosurePlan:
    """Which firms to close, in the numbering of `weights`, and how.

    firms: shape (scenarios,), those of one sector in a row. pd: by firm, (n,), empty without exposures. credit: losses
    by credit; None where credit is not a channel.
    """

    weights: NetworkWeights
    rules: KernelRules
    firms: Places
    pd: Floats
    lending: LendingArrays
    threads: int
    credit: DebtRankLaw | None = None

    @property
    def shocks(self) -> KernelShocks:
        """Shocks of all scenarios: scenario s stops firm s of `firms` altogether."""
        ones = np.ones(len(self.firms))
        return KernelShocks(np.arange(len(self.firms) + 1), self.firms, ones, ones)

    @property
    def sector(self) -> Longs:
        """Sector of the firm that each scenario closes, shape (scenarios,)."""
        return self.weights.network.sector[self.weights.order][self.firms]

    def empty_totals(self, first: int, last: int) -> RunTotals:
        """Return zero totals of the scenarios from first to last - 1."""
        source = self.firms[first:last]
        pd = self.pd[source] if len(self.pd) else self.pd
        totals = empty_run_totals(self.weights.network.firms, first, source, pd, self.lending)
        totals.terms.slot[:] = _run_numbers(self.sector[first:last])
        return totals

    def piece_bounds(self) -> list[tuple[int, int]]:
        """Return (first, last + 1) of each piece: at most PIECE scenarios, of at most SLOTS sectors."""
        size = PIECE if self.rules.demand and self.credit is None else EXACT_PIECE
        # Sectors matter for exposures only; without PDs all scenarios of a piece share one column.
        run = _run_numbers(self.sector) if len(self.pd) else np.zeros(len(self.firms), np.int64)
        bounds = []
        first = 0
        while first < len(run):
            last = min(first + size, int(np.searchsorted(run, run[first] + SLOTS)))
            bounds.append((first, last))
            first = last
        return bounds


def _run_numbers(sector: Longs) -> Longs:
    """Return the number of the run of equal values that each position belongs to, from 0."""
    return np.cumsum(np.diff(sector, prepend=sector[:1]) != 0)


class RunResults(NamedTuple):
    """Results of a run so far; a NamedTuple, whose arrays `RunCheckpoint` stores in this order.

    open_sums: exposure to the sector that is not complete yet, shape (n,). open_sector: that sector, (1,), -1 for none.
    largest, largest_sector: (n, SECTORS), the largest sums of complete sectors in descending order, and the sectors.
    """

    totals: RunTotals
    open_sums: Floats
    open_sector: Longs
    largest: Floats
    largest_sector: Places

    def add(self, piece: RunTotals, sector: Longs) -> None:
        """Add the results of the next piece. sector: of the firm that each of its scenarios closes."""
        last = piece.first + len(piece.esri)
        for name in RESULTS:
            getattr(self.totals, name)[piece.first : last] = getattr(piece, name)
        lenders = self.totals.lender_losses
        added = piece.lender_losses
        for name in ("loss", "own", "failed"):
            getattr(lenders, name)[piece.first : last] = getattr(added, name)
        for name in ("expected", "direct"):
            getattr(lenders, name)[...] += getattr(added, name)
        join_worst(lenders.worst, lenders.worst_source, added.worst, added.worst_source)
        if len(piece.pd):
            self._add_terms(piece, sector)

    def _add_terms(self, piece: RunTotals, sector: Longs) -> None:
        terms = self.totals.terms
        added = piece.terms
        terms.supply[...] += added.supply
        terms.demand[...] += added.demand
        terms.credit[...] += added.credit
        join_worst(terms.worst, terms.worst_source, added.worst, added.worst_source)
        for slot in range(int(added.slot[-1]) + 1):
            slot_sector = int(sector[np.searchsorted(added.slot, slot)])
            # A sector may continue from the last piece; it is complete when another one begins.
            if slot_sector != self.open_sector[0]:
                self.close()
            self.open_sector[0] = slot_sector
            self.open_sums[...] += added.sectors[:, slot]

    def close(self) -> None:
        """Rank the open sector, which is now complete, among the largest ones."""
        if self.open_sector[0] >= 0:
            close_sector(self.largest, self.largest_sector, self.open_sums, int(self.open_sector[0]))


def is_compiled() -> bool:
    """Return whether machine code is cached; otherwise the first run compiles for some ten seconds."""
    return has_cached_code(run_scenarios)


def run_all(plan: ClosurePlan, hooks: RunHooks | None = None) -> RunResults:
    """Run all scenarios of a plan, from its checkpoint if there is one; results are in the plan's order."""
    hooks = hooks or RunHooks()
    totals = plan.empty_totals(0, len(plan.firms))
    exposed_firms = len(totals.terms.supply)
    results = RunResults(
        totals,
        open_sums=np.zeros(exposed_firms),
        open_sector=np.full(1, -1),
        largest=np.zeros((exposed_firms, SECTORS)),
        largest_sector=np.zeros((exposed_firms, SECTORS), np.uint32),
    )
    credit = () if plan.credit is None else plan.credit.inputs
    sector = plan.sector
    inputs = (plan.weights.links, plan.firms, sector, plan.pd, plan.lending, credit)
    # Hashing all inputs takes a while and is of use only if a file is compared with it.
    mark = fingerprint(plan.rules, *(inputs if hooks.checkpoint else ()))
    checkpoint = RunCheckpoint(hooks.checkpoint, mark)
    begin = checkpoint.restore(results)
    for piece in _pieces(plan, begin):
        last = piece.first + len(piece.esri)
        results.add(piece, sector[piece.first : last])
        checkpoint.save(results, last)
        hooks.progress(last, len(plan.firms))
    results.close()
    checkpoint.remove()
    return results


def _pieces(plan: ClosurePlan, begin: int) -> Iterator[RunTotals]:
    """Yield the pieces in order, from scenario `begin` on."""
    inputs = KernelInputs(plan.weights.links, plan.rules, plan.shocks)
    n = plan.weights.network.firms

    def run(first: int, last: int) -> RunTotals:
        piece = plan.empty_totals(first, last)
        closed = plan.firms[first:last]
        known_demand_loss = np.zeros((n, 0)) if plan.rules.demand else upstream_of(inputs.links, closed)
        credit_loss = (
            piece.credit_loss if plan.credit is None else plan.credit.losses(closed.astype(np.int64))
        )
        # The kernel adds to the arrays of `piece` in place; a copy of the tuple holds the large credit losses, so that
        # they are freed with this call.
        run_scenarios(
            inputs,
            known_demand_loss,
            piece._replace(credit_loss=credit_loss),
            empty_lane_block(n),
            empty_single_scenario(inputs.links),
        )
        return piece

    pending: deque[Future[RunTotals]] = deque()
    with ThreadPoolExecutor(plan.threads) as pool:
        for first, last in plan.piece_bounds():
            if first < begin:
                continue
            pending.append(pool.submit(run, first, last))
            # At most two pieces per thread are in memory. Results come in order, whichever thread finishes first:
            # sums over pieces then round alike for any number of threads.
            if len(pending) > 2 * plan.threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

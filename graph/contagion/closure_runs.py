"""Closures of many firms: scenarios in pieces, on threads, added up in order, with a checkpoint."""

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
"""Scenarios of one piece: enough to keep lanes filled; the same for any number of threads, so that sums are."""

EXACT_PIECE = 64
"""The same where the loss by lost demand or by credit is known beforehand: it is held for a whole piece."""

SECTORS = 5
"""Sectors of sources kept for each firm."""


def _silent(_done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class RunHooks:
    """progress: called with the scenarios done and those in all. checkpoint: a file that a killed run goes on from; it
    is gone once the run is over.
    """

    progress: Callable[[int, int], None] = _silent
    checkpoint: Path | None = None


@dataclass(frozen=True)
class ClosurePlan:
    """Which firms to close, in the numbering of `weights`, those of a sector one after the other.

    pd: by firm, empty where no exposures are wanted. credit: losses by credit, None where that is no channel.
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
        """Scenario s: firm s of `firms` stops."""
        ones = np.ones(len(self.firms))
        return KernelShocks(np.arange(len(self.firms) + 1), self.firms, ones, ones)

    @property
    def sector(self) -> Longs:
        """Of the firm that each scenario closes."""
        return self.weights.network.sector[self.weights.order][self.firms]

    def empty_totals(self, first: int, last: int) -> RunTotals:
        """Empty totals of some scenarios."""
        source = self.firms[first:last]
        pd = self.pd[source] if len(self.pd) else self.pd
        made = empty_run_totals(self.weights.network.firms, first, source, pd, self.lending)
        made.terms.slot[:] = _runs(self.sector[first:last])
        return made

    def piece_bounds(self) -> list[tuple[int, int]]:
        """First and last + 1 of each piece: a whole number of scenarios, of at most SLOTS sectors."""
        size = PIECE if self.rules.demand and self.credit is None else EXACT_PIECE
        # Sectors matter for exposures only; otherwise all of a piece share one column.
        run = _runs(self.sector) if len(self.pd) else np.zeros(len(self.firms), np.int64)
        found, first = [], 0
        while first < len(run):
            last = min(first + size, int(np.searchsorted(run, run[first] + SLOTS)))
            found.append((first, last))
            first = last
        return found


def _runs(sector: Longs) -> Longs:
    """Number of the run of equal values that each place belongs to."""
    return np.cumsum(np.diff(sector, prepend=sector[:1]) != 0)


class RunResults(NamedTuple):
    """All that is kept of a run. open: sums of the sector that is not complete yet, (n,), and which that is, (1,), -1
    for none. largest, largest_sector: (n, SECTORS), sums of the complete ones, falling.
    """

    totals: RunTotals
    open_sums: Floats
    open_sector: Longs
    largest: Floats
    largest_sector: Places

    def add(self, piece: RunTotals, sector: Longs) -> None:
        """Add the results of the next piece; sector: of each of its scenarios' firms."""
        last = piece.first + len(piece.esri)
        for name in RESULTS:
            getattr(self.totals, name)[piece.first : last] = getattr(piece, name)
        mine, its = self.totals.lender_losses, piece.lender_losses
        for name in ("loss", "own", "failed"):
            getattr(mine, name)[piece.first : last] = getattr(its, name)
        for name in ("expected", "direct"):
            getattr(mine, name)[...] += getattr(its, name)
        join_worst(mine.worst, mine.worst_source, its.worst, its.worst_source)
        if len(piece.pd):
            self._add_terms(piece, sector)

    def _add_terms(self, piece: RunTotals, sector: Longs) -> None:
        mine, its = self.totals.terms, piece.terms
        mine.supply[...] += its.supply
        mine.demand[...] += its.demand
        mine.credit[...] += its.credit
        join_worst(mine.worst, mine.worst_source, its.worst, its.worst_source)
        for slot in range(int(its.slot[-1]) + 1):
            here = int(sector[np.searchsorted(its.slot, slot)])
            if here != self.open_sector[0]:
                self.close()
            self.open_sector[0] = here
            self.open_sums[...] += its.sectors[:, slot]

    def close(self) -> None:
        """The open sector is complete."""
        if self.open_sector[0] >= 0:
            close_sector(self.largest, self.largest_sector, self.open_sums, int(self.open_sector[0]))


def is_compiled() -> bool:
    """Whether machine code is kept: the first run compiles for some ten seconds."""
    return has_cached_code(run_scenarios)


def run_all(plan: ClosurePlan, hooks: RunHooks | None = None) -> RunResults:
    """Every scenario of a plan; results in its order."""
    hooks = hooks or RunHooks()
    whole = plan.empty_totals(0, len(plan.firms))
    kept_firms = len(whole.terms.supply)
    kept = RunResults(
        whole,
        np.zeros(kept_firms),
        np.full(1, -1),
        np.zeros((kept_firms, SECTORS)),
        np.zeros((kept_firms, SECTORS), np.uint32),
    )
    credit = () if plan.credit is None else plan.credit.inputs
    inputs = (plan.weights.links, plan.firms, plan.sector, plan.pd, plan.lending, credit)
    checkpoint = RunCheckpoint(
        hooks.checkpoint, fingerprint(plan.rules, *(inputs if hooks.checkpoint else ()))
    )
    begin, sector = checkpoint.restore(kept), plan.sector
    for piece in _pieces(plan, begin):
        last = piece.first + len(piece.esri)
        kept.add(piece, sector[piece.first : last])
        checkpoint.save(kept, last)
        hooks.progress(last, len(plan.firms))
    kept.close()
    checkpoint.remove()
    return kept


def _pieces(plan: ClosurePlan, begin: int) -> Iterator[RunTotals]:
    """Pieces in order, from scenario `begin`; at most two for each thread are under way."""
    links, rules = plan.weights.links, plan.rules
    inputs = KernelInputs(links, rules, plan.shocks)

    def run(first: int, last: int) -> RunTotals:
        piece, n = plan.empty_totals(first, last), plan.weights.network.firms
        given = np.zeros((n, 0)) if rules.demand else upstream_of(links, plan.firms[first:last])
        rises = (
            piece.credit_loss
            if plan.credit is None
            else plan.credit.losses(plan.firms[first:last].astype(np.int64))
        )
        # The losses by credit end with the piece; what is added up from them is in the arrays of `piece` too.
        run_scenarios(
            inputs,
            given,
            piece._replace(credit_loss=rises),
            empty_lane_block(n),
            empty_single_scenario(links),
        )
        return piece

    under_way: deque[Future[RunTotals]] = deque()
    with ThreadPoolExecutor(plan.threads) as pool:
        for first, last in plan.piece_bounds():
            if first < begin:
                continue
            under_way.append(pool.submit(run, first, last))
            if len(under_way) > 2 * plan.threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

"""ESRI of every firm, and what every firm is exposed to: scenarios in pieces, on threads, with a checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from supplyrisk.graph.contagion.arrays import TOP, Floats, Longs, Rules, Shocks, Totals, block, single, totals
from supplyrisk.graph.contagion.checkpoint import RESULTS, Checkpoint, fingerprint
from supplyrisk.graph.contagion.run_kernel import join, run_scenarios
from supplyrisk.graph.contagion.weights import Weights

PIECE = 512
"""Scenarios of one piece: enough to keep lanes filled; the same for any number of threads, so that sums are."""

SPARSE = 16
"""A scenario is computed alone while fewer than 1 in so many firms have a loss."""

EPS = 1e-2
FOREVER = 1_000_000
"""Steps after which a scenario is stopped whatever its residual, which then tells."""


@dataclass(frozen=True)
class Options:
    """How to compute.

    eps: stop after the step in which no state fell by more; the field's default, 1e-2, is not converged.
    rounds: take so many steps instead. substitution: let others of a market stand in. threads: worker threads; results
    do not depend on them.
    """

    eps: float = EPS
    rounds: int | None = None
    substitution: bool = True
    threads: int = 2

    def rules(self, firms: int) -> Rules:
        """The same for the kernels."""
        if self.rounds is not None:
            return Rules(self.substitution, -1.0, self.rounds, firms // SPARSE)
        return Rules(self.substitution, self.eps, FOREVER, firms // SPARSE)


@dataclass(frozen=True)
class Losses:
    """What each scenario costs all firms together, shape (scenarios,).

    esri, down, up: lost share of all sales by both channels, by lost supply alone, by lost demand alone.
    iterations: steps taken. residual: the largest fall of any firm in the last step.
    """

    esri: Floats
    down: Floats
    up: Floats
    iterations: Longs
    residual: Floats


@dataclass(frozen=True)
class Exposure:
    """What each firm suffers from the others: the sum over all k but itself of PD_k x its loss when k closes.

    supply, demand: shape (n,), by the channel that binds (the larger loss; equal ones share it half and half); they
    sum to the exposure, which may exceed 1. worst: shape (n, TOP), the largest terms, falling; source: their firms.
    """

    supply: Floats
    demand: Floats
    worst: Floats
    source: Longs

    @property
    def total(self) -> Floats:
        """supply + demand."""
        return self.supply + self.demand


def _silent(_done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Watch:
    """progress: called with the scenarios done and those in all. checkpoint: a file that a killed run goes on from; it
    is gone once the run is over.
    """

    progress: Callable[[int, int], None] = _silent
    checkpoint: Path | None = None


def run_all(
    weights: Weights, shocks: Shocks, options: Options, pd: Floats, watch: Watch | None = None
) -> Totals:
    """Every scenario, in the numbering of `weights`; pd by scenario, empty where no exposures are wanted."""
    watch = watch or Watch()
    n, scenarios = weights.network.firms, len(shocks.start) - 1
    whole = totals(n, 0, scenarios, pd)
    mark = fingerprint(weights.links, options.rules(n), shocks, pd) if watch.checkpoint else ""
    checkpoint = Checkpoint(watch.checkpoint, mark)
    for piece in _pieces(weights, shocks, options, pd, checkpoint.restore(whole)):
        last = piece.first + len(piece.esri)
        for name in RESULTS:
            getattr(whole, name)[piece.first : last] = getattr(piece, name)
        join(whole, piece)
        checkpoint.save(whole, last)
        watch.progress(last, scenarios)
    checkpoint.remove()
    return whole


def _pieces(weights: Weights, shocks: Shocks, options: Options, pd: Floats, begin: int) -> Iterator[Totals]:
    """Pieces in order, from scenario `begin`; at most two for each thread are under way."""
    scenarios = len(shocks.start) - 1
    rules = options.rules(weights.network.firms)

    def run(first: int) -> Totals:
        last = min(first + PIECE, scenarios)
        piece = totals(weights.network.firms, first, last - first, pd[first:last])
        run_scenarios(
            weights.links, rules, shocks, piece, block(weights.network.firms), single(weights.links)
        )
        return piece

    under_way: deque[Future[Totals]] = deque()
    with ThreadPoolExecutor(options.threads) as pool:
        for first in range(begin, scenarios, PIECE):
            under_way.append(pool.submit(run, first))
            if len(under_way) > 2 * options.threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def closures(firms: int) -> Shocks:
    """Scenario s: firm s stops."""
    ones = np.ones(firms)
    return Shocks(np.arange(firms + 1), np.arange(firms, dtype=np.uint32), ones, ones)


def esri_all(
    weights: Weights,
    options: Options | None = None,
    *,
    pd: Floats | None = None,
    watch: Watch | None = None,
) -> tuple[Losses, Exposure | None]:
    """The closure of each firm, one after the other; and with pd, shape (n,), what each firm is exposed to."""
    options, order, n = options or Options(), weights.order, weights.network.firms
    found = run_all(weights, closures(n), options, np.empty(0) if pd is None else pd[order], watch)
    places = weights.places
    losses = Losses(*(getattr(found, name)[places] for name in ("esri", "down", "up", "steps", "fall")))
    if pd is None:
        return losses, None
    source = order[found.worst_source.astype(np.int64)] if n else np.zeros((0, TOP), np.int64)
    return losses, Exposure(found.supply[places], found.demand[places], found.worst[places], source[places])

"""What carries a loss: the links and paths that bind, step by step, with shares that sum to 1.

A loss is a maximum, so it is booked whole under what binds. At a firm and a step that is its own shock, if no other
loss there is larger, or else: by lost supply the part of its inputs that lacks most (one essential sector, or all
non-essential ones together), by lost demand its customers. Within it each supplier (customer) has the share of its
term, and so on back along the steps to the shocked firms. The loss of a firm is the larger of the two channels, half
and half where equal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.scenario import Scenario, ScenarioOutcome, States

SUPPLY, DEMAND = "supply", "demand"
MIN_PATH_SHARE = 1e-4
"""Paths that carry less of a loss are not looked for: there may be any number of them."""


@dataclass(frozen=True)
class LossPath:
    """firms: rows of the network, from the shocked firm to the one whose loss it is. share: of that loss."""

    firms: tuple[int, ...]
    channel: str
    share: float


@dataclass(frozen=True)
class LossExplanation:
    """What carries the loss of one firm; firms are rows of the network.

    loss: lost share of its production; by_supply, by_demand: what of it each channel binds, summing to the loss.
    shocked: share of the loss that begins at each firm, shape (n,), sum 1. supplier, customer, demand, share: by link
    and channel, the share of the loss that goes over it, the largest first; a loss that goes round passes a link more
    than once, so that shares of links may exceed 1. paths: the heaviest, disjoint, so that they sum to at most 1.
    """

    firm: int
    loss: float
    by_supply: float
    by_demand: float
    shocked: Floats
    supplier: Longs
    customer: Longs
    demand: np.ndarray[tuple[int], np.dtype[np.bool_]]
    share: Floats
    paths: tuple[LossPath, ...]


class ScenarioTrace:
    """One scenario with all of its steps kept: steps x firms x 16 bytes."""

    def __init__(
        self,
        scenario: Scenario,
        psi: Floats,
        psi_up: Floats | None = None,
        options: RunOptions | None = None,
        stock: Floats | None = None,
    ) -> None:
        self.scenario, self.options = scenario, options or RunOptions()
        self.states: list[States] = []
        self.outcome: ScenarioOutcome = scenario.run(
            psi, psi_up, self.options, stock=stock, states=self.states
        )
        order = scenario.weights.order
        self._spare = np.zeros(len(order)) if stock is None else np.asarray(stock, np.float64)[order]

    def explain(self, firm: int, path_count: int = 10) -> LossExplanation | None:
        """What carries the loss of a firm, given by its row in the network; None where it loses nothing.

        paths: how many of the heaviest to list, of those that carry at least LEAST of the loss.
        """
        order, place = self.scenario.weights.order, int(self.scenario.weights.places[firm])
        x, y = self.states[-1][0][place], self.states[-1][1][place]
        loss = float(max(x, y))
        if loss == 0.0:
            return None
        begin = {SUPPLY: float(x > y) + 0.5 * float(x == y), DEMAND: float(x < y) + 0.5 * float(x == y)}
        back: dict[str, _Back] = {SUPPLY: _Supply(self), DEMAND: _Demand(self)}
        shocked = np.zeros(len(order))
        parts = []
        for channel, share in begin.items():
            origin, flow = _flow(back[channel], place, share, len(self.states) - 1)
            shocked[order] += origin
            used = np.flatnonzero(flow > 0)
            supplier, customer = (order[ends[used].astype(np.int64)] for ends in back[channel].ends)
            parts.append((supplier, customer, np.full(len(used), channel == DEMAND), flow[used]))
        supplier, customer, demand, flows = (np.concatenate(column) for column in zip(*parts, strict=True))
        rank = np.lexsort((demand, customer, supplier, -flows))
        heaviest = _heaviest(back, {c: s for c, s in begin.items() if s > 0}, place, len(self.states) - 1)
        found = tuple(
            LossPath(tuple(int(order[f]) for f in firms), channel, share)
            for _, (channel, firms, share) in zip(range(path_count), heaviest, strict=False)
        )
        columns = (supplier[rank], customer[rank], demand[rank], flows[rank])
        return LossExplanation(
            firm, loss, loss * begin[SUPPLY], loss * begin[DEMAND], shocked, *columns, found
        )


class _Supply:
    """By lost supply: from a firm back to those of its suppliers that bind."""

    def __init__(self, trace: ScenarioTrace) -> None:
        self.trace, links = trace, trace.scenario.weights.links
        self.part = np.repeat(np.arange(len(links.part_firm)), np.diff(links.part_start))
        self.ends = links.source, links.part_firm[self.part] if len(self.part) else links.source
        self.before = links.source
        self._lacking: dict[int, Floats] = {}

    def lacking(self, step: int) -> Floats:
        """What each firm failed to deliver before a step."""
        if step not in self._lacking:
            x = self.trace.states[step - 1][0]
            self._lacking[step] = self.trace.scenario.shortage(x, self.trace.options.substitution)
        return self._lacking[step]

    def flows(self, mass: Floats, step: int) -> tuple[Floats, Floats]:
        """(what of the mass is the firms' own shock, shape (n,); what comes over each link)."""
        links, floor = self.trace.scenario.weights.links, self.trace.states[0][0]
        lacking = self.lacking(step)
        by_part = self.trace.scenario.down @ lacking
        firm = links.part_firm.astype(np.int64)
        most = np.zeros(len(mass))
        np.maximum.at(most, firm, by_part)
        own = (floor >= np.minimum(1.0, most) - self.trace._spare) | (most <= 0)
        # Of parts that lack equally much the first one binds: all non-essential ones, then sectors by name.
        number = np.arange(len(firm))
        first = np.full(len(mass), len(firm))
        np.minimum.at(first, firm, np.where(by_part == most[firm], number, len(firm)))
        binds = (first[firm] == number) & ~own[firm]
        share = np.divide(mass[firm], by_part, out=np.zeros(len(firm)), where=binds)
        flow = links.down * lacking[links.source] * share[self.part] if len(self.part) else np.zeros(0)
        return np.where(own, mass, 0.0), flow

    def into(self, firm: int, step: int) -> Iterator[tuple[int, float]]:
        """(supplier, share) of what binds at one firm; nobody where its own shock does."""
        links, floor = self.trace.scenario.weights.links, self.trace.states[0][0][firm]
        lacking, best, most = self.lacking(step), None, 0.0
        for part in range(links.row_start[firm], links.row_start[firm + 1]):
            at = slice(links.part_start[part], links.part_start[part + 1])
            terms = links.down[at] * lacking[links.source[at]]
            if terms.sum() > most:
                best, most = (links.source[at], terms), float(terms.sum())
        if best is not None and floor < min(1.0, most) - self.trace._spare[firm]:
            yield from _shares(*best)


class _Demand:
    """By lost demand: from a firm back to its customers."""

    def __init__(self, trace: ScenarioTrace) -> None:
        self.trace, links = trace, trace.scenario.weights.links
        self.row = np.repeat(np.arange(len(links.sales)), np.diff(links.out_start))
        self.ends = self.row, links.target
        self.before = links.target

    def flows(self, mass: Floats, step: int) -> tuple[Floats, Floats]:
        """As of `_Supply`."""
        links, y = self.trace.scenario.weights.links, self.trace.states[step - 1][1]
        lost = self.trace.scenario.up @ y
        own = (self.trace.states[0][1] >= np.minimum(1.0, lost)) | (lost <= 0)
        share = np.divide(mass, lost, out=np.zeros(len(mass)), where=~own)
        return np.where(own, mass, 0.0), links.up * y[links.target] * share[self.row]

    def into(self, firm: int, step: int) -> Iterator[tuple[int, float]]:
        """As of `_Supply`."""
        links, y = self.trace.scenario.weights.links, self.trace.states[step - 1][1]
        at = slice(links.out_start[firm], links.out_start[firm + 1])
        terms = links.up[at] * y[links.target[at]]
        if self.trace.states[0][1][firm] < min(1.0, float(terms.sum())):
            yield from _shares(links.target[at], terms)


_Back = _Supply | _Demand


def _shares(firms: np.ndarray[tuple[int], np.dtype[np.uint32]], terms: Floats) -> Iterator[tuple[int, float]]:
    whole = float(terms.sum())
    for place in np.flatnonzero(terms > 0):
        yield int(firms[place]), float(terms[place]) / whole


def _flow(back: _Back, firm: int, share: float, steps: int) -> tuple[Floats, Floats]:
    """Where a loss begins, by firm, and what goes over each link, summed over the steps."""
    n = len(back.trace.states[0][0])
    mass, origin, flow = np.zeros(n), np.zeros(n), np.zeros(len(back.before))
    mass[firm] = share
    for step in range(steps, 0, -1):
        if not mass.any():
            break
        own, over = back.flows(mass, step)
        origin += own
        flow += over
        mass = np.bincount(back.before, over, n).astype(np.float64)
    return origin + mass, flow


def _heaviest(
    back: dict[str, _Back], begin: dict[str, float], firm: int, steps: int
) -> Iterator[tuple[str, tuple[int, ...], float]]:
    """Paths from the heaviest down: the share of a path only falls as it grows, so whatever is whole first is next."""
    waiting: list[tuple[float, str, tuple[int, ...], bool]]
    waiting = [(-share, channel, (firm,), False) for channel, share in begin.items()]
    heapq.heapify(waiting)
    while waiting:
        share, channel, firms, whole = heapq.heappop(waiting)
        step = steps - len(firms) + 1
        if whole:
            yield channel, firms, -share
            continue
        near = list(back[channel].into(firms[0], step)) if step > 0 else []
        if not near:
            heapq.heappush(waiting, (share, channel, firms, True))
        for other, part in near:
            if -share * part >= MIN_PATH_SHARE:
                heapq.heappush(waiting, (share * part, channel, (other, *firms), False))

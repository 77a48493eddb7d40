"""Which links and paths carry a firm's loss in a scenario, with shares that sum to 1.

A loss is a maximum, so all of it is attributed to whatever binds. At a firm and a step that is the firm's own shock,
unless another loss is larger; by lost supply, the part of its inputs that lacks most (one essential sector, or all
non-essential inputs together); by lost demand, its customers. Within that, each supplier or customer has the share of
its term in the sum, and so on back along the steps to the shocked firms. A firm's loss is the larger of the two
channels, and half of each where they are equal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.scenario import ChannelLosses, Scenario, ScenarioOutcome

SUPPLY = "supply"
DEMAND = "demand"

MIN_PATH_SHARE = 1e-4
"""Paths that carry less of a loss are not searched: their number is unlimited."""


@dataclass(frozen=True)
class LossPath:
    """A path of links that carries a share of a loss.

    firms: rows of the network, from the shocked firm to the firm with the loss. channel: supply or demand.
    """

    firms: tuple[int, ...]
    channel: str
    share: float


@dataclass(frozen=True)
class LossExplanation:
    """What carries the loss of one firm; firms are rows of the network.

    loss: lost share of its production. by_supply, by_demand: the parts that each channel binds; their sum is the loss.
    shocked: share of the loss that begins at each firm, shape (n,), sum 1. supplier, customer, demand, share: by link
    and channel, (links,), the share of the loss that passes over it, largest first. A loss that goes round in a circle
    passes a link more than once, so that a share may exceed 1. paths: the heaviest ones; they are disjoint, so that
    their shares sum to at most 1.
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
    """One scenario with the losses of all its steps: steps x firms x 16 bytes.

    Parameters are those of `Scenario.run`. scenario, options, outcome, states: the inputs and results of the run.
    spare: what each firm's stock replaces, shape (n,), in the numbering of `NetworkWeights`.
    """

    def __init__(
        self,
        scenario: Scenario,
        psi: Floats,
        psi_up: Floats | None = None,
        options: RunOptions | None = None,
        stock: Floats | None = None,
    ) -> None:
        self.scenario = scenario
        self.options = options or RunOptions()
        self.states: list[ChannelLosses] = []
        self.outcome: ScenarioOutcome = scenario.run(
            psi, psi_up, self.options, stock=stock, states=self.states
        )
        order = scenario.weights.order
        self.spare = np.zeros(len(order)) if stock is None else np.asarray(stock, np.float64)[order]

    def explain(self, firm: int, path_count: int = 10) -> LossExplanation | None:
        """Return what carries the loss of a firm, or None if it loses nothing.

        firm: its row in the network. path_count: number of heaviest paths to list, of those that carry at least
        MIN_PATH_SHARE of the loss; default 10.
        """
        order = self.scenario.weights.order
        place = int(self.scenario.weights.places[firm])
        last_step = len(self.states) - 1
        x = self.states[-1].x[place]
        y = self.states[-1].y[place]
        loss = float(max(x, y))
        if loss == 0.0:
            return None
        channel_share = {
            SUPPLY: float(x > y) + 0.5 * float(x == y),
            DEMAND: float(x < y) + 0.5 * float(x == y),
        }
        backward: dict[str, _Backward] = {SUPPLY: _SupplyBackward(self), DEMAND: _DemandBackward(self)}
        shocked = np.zeros(len(order))
        columns = []
        for channel, share in channel_share.items():
            origin, flow = _flow_back(backward[channel], place, share, last_step)
            shocked[order] += origin
            used = np.flatnonzero(flow > 0)
            supplier = order[backward[channel].suppliers[used].astype(np.int64)]
            customer = order[backward[channel].customers[used].astype(np.int64)]
            columns.append((supplier, customer, np.full(len(used), channel == DEMAND), flow[used]))
        supplier, customer, demand, flow = (np.concatenate(column) for column in zip(*columns, strict=True))
        # Firms and channel break ties, so that the order of equal shares does not depend on the sort.
        rank = np.lexsort((demand, customer, supplier, -flow))
        binding = {channel: share for channel, share in channel_share.items() if share > 0}
        heaviest = _heaviest_paths(backward, binding, place, last_step)
        paths = tuple(
            LossPath(tuple(int(order[f]) for f in path.firms), path.channel, path.share)
            for _, path in zip(range(path_count), heaviest, strict=False)
        )
        return LossExplanation(
            firm=firm,
            loss=loss,
            by_supply=loss * channel_share[SUPPLY],
            by_demand=loss * channel_share[DEMAND],
            shocked=shocked,
            supplier=supplier[rank],
            customer=customer[rank],
            demand=demand[rank],
            share=flow[rank],
            paths=paths,
        )


class _SupplyBackward:
    """Lost supply, followed from a firm back to the suppliers that bind.

    suppliers, customers: ends of each link, shape (links,). before: the end the loss comes from, here the supplier.
    """

    def __init__(self, trace: ScenarioTrace) -> None:
        links = trace.scenario.weights.links
        self.trace = trace
        self.part = np.repeat(np.arange(len(links.part_firm)), np.diff(links.part_start))
        self.suppliers = links.source
        self.customers = links.part_firm[self.part] if len(self.part) else links.source
        self.before = links.source
        self._shortages: dict[int, Floats] = {}

    def shortage(self, step: int) -> Floats:
        """Return the lost deliveries of each firm before a step that its market does not replace, shape (n,)."""
        if step not in self._shortages:
            x = self.trace.states[step - 1].x
            self._shortages[step] = self.trace.scenario.shortage(x, self.trace.options.substitution)
        return self._shortages[step]

    def flows(self, mass: Floats, step: int) -> tuple[Floats, Floats]:
        """Divide shares of the loss one step back.

        mass: share of the loss that is at each firm, shape (n,). Returns what of it is the firms' own shock, (n,), and
        what comes over each link, (links,).
        """
        links = self.trace.scenario.weights.links
        floor = self.trace.states[0].x
        shortage = self.shortage(step)
        by_part = self.trace.scenario.down @ shortage
        firm = links.part_firm.astype(np.int64)
        worst = np.zeros(len(mass))
        np.maximum.at(worst, firm, by_part)
        # The shock binds where it is at least as large as the lost supply that the firm's stock does not replace.
        own = (floor >= np.minimum(1.0, worst) - self.trace.spare) | (worst <= 0)
        # Of parts that lack equally much the first one binds: all non-essential inputs, then sectors by name.
        # minimum.at over part numbers finds the first one of each firm, since parts are in this order.
        number = np.arange(len(firm))
        first = np.full(len(mass), len(firm))
        np.minimum.at(first, firm, np.where(by_part == worst[firm], number, len(firm)))
        binds = (first[firm] == number) & ~own[firm]
        share = np.divide(mass[firm], by_part, out=np.zeros(len(firm)), where=binds)
        flow = np.zeros(0)
        if len(self.part):
            flow = links.down * shortage[links.source] * share[self.part]
        return np.where(own, mass, 0.0), flow

    def into(self, firm: int, step: int) -> Iterator[tuple[int, float]]:
        """Yield (supplier, share) of the part that binds at one firm; nothing if its own shock binds."""
        links = self.trace.scenario.weights.links
        floor = self.trace.states[0].x[firm]
        shortage = self.shortage(step)
        worst_part: slice | None = None
        worst = 0.0
        for part in range(links.row_start[firm], links.row_start[firm + 1]):
            entries = slice(links.part_start[part], links.part_start[part + 1])
            terms = links.down[entries] * shortage[links.source[entries]]
            if terms.sum() > worst:
                worst_part = entries
                worst = float(terms.sum())
        if worst_part is not None and floor < min(1.0, worst) - self.trace.spare[firm]:
            terms = links.down[worst_part] * shortage[links.source[worst_part]]
            yield from _shares(links.source[worst_part], terms)


class _DemandBackward:
    """Lost demand, followed from a firm back to its customers; attributes as of `_SupplyBackward`."""

    def __init__(self, trace: ScenarioTrace) -> None:
        links = trace.scenario.weights.links
        self.trace = trace
        self.row = np.repeat(np.arange(len(links.sales)), np.diff(links.out_start))
        self.suppliers = self.row
        self.customers = links.target
        self.before = links.target

    def flows(self, mass: Floats, step: int) -> tuple[Floats, Floats]:
        """Divide shares of the loss one step back, as `_SupplyBackward.flows`."""
        links = self.trace.scenario.weights.links
        y = self.trace.states[step - 1].y
        lost = self.trace.scenario.up @ y
        own = (self.trace.states[0].y >= np.minimum(1.0, lost)) | (lost <= 0)
        share = np.divide(mass, lost, out=np.zeros(len(mass)), where=~own)
        return np.where(own, mass, 0.0), links.up * y[links.target] * share[self.row]

    def into(self, firm: int, step: int) -> Iterator[tuple[int, float]]:
        """Yield (customer, share) of the lost demand of one firm; nothing if its own shock binds."""
        links = self.trace.scenario.weights.links
        y = self.trace.states[step - 1].y
        entries = slice(links.out_start[firm], links.out_start[firm + 1])
        terms = links.up[entries] * y[links.target[entries]]
        if self.trace.states[0].y[firm] < min(1.0, float(terms.sum())):
            yield from _shares(links.target[entries], terms)


_Backward = _SupplyBackward | _DemandBackward


def _shares(firms: np.ndarray[tuple[int], np.dtype[np.uint32]], terms: Floats) -> Iterator[tuple[int, float]]:
    """Yield (firm, share in the sum) of the terms above 0."""
    total = float(terms.sum())
    for position in np.flatnonzero(terms > 0):
        yield int(firms[position]), float(terms[position]) / total


def _flow_back(backward: _Backward, firm: int, share: float, steps: int) -> tuple[Floats, Floats]:
    """Return where a loss begins, shape (n,), and what passes over each link, (links,), summed over the steps."""
    n = len(backward.trace.states[0].x)
    mass = np.zeros(n)
    origin = np.zeros(n)
    flow = np.zeros(len(backward.before))
    mass[firm] = share
    for step in range(steps, 0, -1):
        if not mass.any():
            break
        own, by_link = backward.flows(mass, step)
        origin += own
        flow += by_link
        # What came over a link is at its other end one step earlier.
        mass = np.bincount(backward.before, by_link, n).astype(np.float64)
    # What is left at step 0 is the shock itself.
    return origin + mass, flow


def _heaviest_paths(
    backward: dict[str, _Backward], channel_share: dict[str, float], firm: int, steps: int
) -> Iterator[LossPath]:
    """Yield paths from the heaviest down. channel_share: share of the loss that each channel binds.

    Best-first search: the share of a path only falls as the path grows, so the first complete path on top of the heap
    is the heaviest one left.
    """
    # (-share, channel, firms from the start to `firm`, complete): the tuple's order also breaks ties between shares.
    queue: list[tuple[float, str, tuple[int, ...], bool]]
    queue = [(-share, channel, (firm,), False) for channel, share in channel_share.items()]
    heapq.heapify(queue)
    while queue:
        negative_share, channel, firms, complete = heapq.heappop(queue)
        # Each further firm of a path is one step earlier.
        step = steps - len(firms) + 1
        if complete:
            yield LossPath(firms, channel, -negative_share)
            continue
        neighbours = list(backward[channel].into(firms[0], step)) if step > 0 else []
        # The firm's own shock binds, or it is step 0: the path begins here and goes back on the heap as complete.
        if not neighbours:
            heapq.heappush(queue, (negative_share, channel, firms, True))
        for neighbour, part in neighbours:
            if -negative_share * part >= MIN_PATH_SHARE:
                heapq.heappush(queue, (negative_share * part, channel, (neighbour, *firms), False))

"""Exposure of single firms: what they suffer when the others close one by one, and what carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.loss_paths import LossExplanation, LossPath, ScenarioTrace
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.scenario import Scenario

PATHS = 10
"""The heaviest are kept."""

_NO_LINKS = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0))

Progress = Callable[[int, int], None]


def _silent(_done: int, _of: int) -> None:
    """Nobody watches."""


def exposures(
    network: SupplyNetwork,
    loss_of: Callable[[Floats], Floats],
    pd: Floats,
    firms: Longs,
    progress: Progress = _silent,
) -> Floats:
    """Exposure of some firms: sum over k != i of pd_k x loss of i when k closes, shape (firms,).

    loss_of: psi, shape (n,), to losses. One run for each firm that reaches one of them; progress counts them.
    """
    total = np.zeros(len(firms))
    closing = sources_reaching(network, firms, pd)
    for number, source in enumerate(closing, start=1):
        total += pd[source] * np.where(firms == source, 0.0, loss_of(_closed(network, source))[firms])
        progress(number, len(closing))
    return total


def explain_exposure(
    scenario: Scenario, pd: Floats, firm: int, options: RunOptions, progress: Progress = _silent
) -> LossExplanation | None:
    """What carries the exposure of a firm: of each closure what carries the loss, times its share in the exposure.

    As of `Trace.why`, `loss` being the exposure and `shocked` the share of each source; None where it is exposed to
    nobody.
    """
    network = scenario.weights.network
    closing = [k for k in sources_reaching(network, np.array([firm]), pd) if k != firm]
    keys = network.customer * network.firms + network.supplier
    flow, shocked = np.zeros((2, len(keys))), np.zeros(network.firms)
    by_supply, by_demand, paths = 0.0, 0.0, tuple[LossPath, ...]()
    for number, source in enumerate(closing, start=1):
        one = ScenarioTrace(scenario, _closed(network, source), options=options).explain(firm, PATHS)
        progress(number, len(closing))
        if one is None:
            continue
        term = pd[source] * one.loss
        by_supply, by_demand = by_supply + pd[source] * one.by_supply, by_demand + pd[source] * one.by_demand
        shocked += term * one.shocked
        at = np.searchsorted(keys, one.customer * network.firms + one.supplier)
        np.add.at(flow, (one.demand.astype(np.int64), at), term * one.share)
        paths += tuple(LossPath(path.firms, path.channel, term * path.share) for path in one.paths)
    if by_supply + by_demand == 0.0:
        return None
    return _as_why(
        network,
        LossExplanation(firm, by_supply + by_demand, by_supply, by_demand, shocked, *_NO_LINKS, paths),
        flow,
    )


def _as_why(network: SupplyNetwork, found: LossExplanation, flow: Floats) -> LossExplanation:
    """The same with shares of the whole: shocked and paths come in as terms, flow is by channel and link."""
    demand, link = np.nonzero(flow)
    share = flow[demand, link] / found.loss
    rank = np.lexsort((demand, network.customer[link], network.supplier[link], -share))
    heaviest = sorted(found.paths, key=lambda path: (-path.share, path.channel, path.firms))[:PATHS]
    return replace(
        found,
        shocked=found.shocked / found.loss,
        supplier=network.supplier[link][rank],
        customer=network.customer[link][rank],
        demand=demand[rank] == 1,
        share=share[rank],
        paths=tuple(LossPath(path.firms, path.channel, path.share / found.loss) for path in heaviest),
    )


def sources_reaching(network: SupplyNetwork, firms: Longs, pd: Floats) -> list[int]:
    """Firms that may fail and reach one of some firms, rows in order.

    By lost supply suppliers of suppliers reach a firm, by lost demand customers of customers: nobody else takes
    anything from it.
    """
    sources: set[int] = set()
    for firm in firms.tolist():
        sources |= set(reachable_firms(network.customer, network.supplier, firm, network.firms).tolist())
        sources |= set(reachable_firms(network.supplier, network.customer, firm, network.firms).tolist())
    return [source for source in sorted(sources) if pd[source] > 0]


def reachable_firms(begin: Longs, end: Longs, firm: int, n: int) -> NDArray[np.int32]:
    """Firms to which a chain of links leads from a firm, itself among them."""
    ways = sparse.csr_array((np.ones(len(begin)), (begin, end)), shape=(n, n))
    return np.asarray(breadth_first_order(ways, firm, return_predecessors=False))


def _closed(network: SupplyNetwork, firm: int) -> Floats:
    psi = np.zeros(network.firms)
    psi[firm] = 1.0
    return psi

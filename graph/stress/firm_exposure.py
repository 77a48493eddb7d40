"""Exposure of single firms: their losses when each other firm closes, and which links and paths carry them."""

from __future__ import annotations

from collections.abc import Callable

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
"""Number of heaviest paths that are listed."""

Progress = Callable[[int, int], None]
"""Called with the closures done and their number."""


def _no_progress(_done: int, _total: int) -> None:
    """Ignore progress."""


def exposures(
    network: SupplyNetwork,
    loss_of: Callable[[Floats], Floats],
    pd: Floats,
    firms: Longs,
    progress: Progress = _no_progress,
) -> Floats:
    """Compute the exposure of some firms: the sum over k other than i of PD_k x loss of i when k closes, (firms,).

    Parameters
    ----------
    loss_of: from a shock psi to the losses it causes, both of shape (n,); called once for each firm that reaches one of
        `firms`.
    pd: PD of each firm, (n,).
    firms: their rows in the network.
    progress: counts the closures.
    """
    total = np.zeros(len(firms))
    closing = sources_reaching(network, firms, pd)
    for number, source in enumerate(closing, start=1):
        # A firm is not exposed to its own closure.
        total += pd[source] * np.where(firms == source, 0.0, loss_of(_closed(network, source))[firms])
        progress(number, len(closing))
    return total


def explain_exposure(
    scenario: Scenario, pd: Floats, firm: int, options: RunOptions, progress: Progress = _no_progress
) -> LossExplanation | None:
    """Return what carries the exposure of a firm: for each closure what carries the loss, weighted by PD x loss.

    As of `ScenarioTrace.explain`, with the exposure as `loss` and the share of each closed firm as `shocked`; None if
    no closure reaches the firm.

    pd: PD of each firm, shape (n,). firm: its row in the network. progress: counts the closures.
    """
    network = scenario.weights.network
    closing = [source for source in sources_reaching(network, np.array([firm]), pd) if source != firm]
    # Links are sorted by customer, then supplier: this key finds a link by its ends.
    keys = network.customer * network.firms + network.supplier
    flow = np.zeros((2, len(keys)))
    shocked = np.zeros(network.firms)
    by_supply = 0.0
    by_demand = 0.0
    paths: list[LossPath] = []
    for number, source in enumerate(closing, start=1):
        closure = ScenarioTrace(scenario, _closed(network, source), options=options).explain(firm, PATHS)
        progress(number, len(closing))
        if closure is None:
            continue
        term = pd[source] * closure.loss
        by_supply += pd[source] * closure.by_supply
        by_demand += pd[source] * closure.by_demand
        shocked += term * closure.shocked
        link = np.searchsorted(keys, closure.customer * network.firms + closure.supplier)
        np.add.at(flow, (closure.demand.astype(np.int64), link), term * closure.share)
        paths += [LossPath(path.firms, path.channel, term * path.share) for path in closure.paths]
    exposure = by_supply + by_demand
    if exposure == 0.0:
        return None
    # Until here everything is in terms of PD x loss; the result has shares of the exposure.
    demand, link = np.nonzero(flow)
    share = flow[demand, link] / exposure
    rank = np.lexsort((demand, network.customer[link], network.supplier[link], -share))
    heaviest = sorted(paths, key=lambda path: (-path.share, path.channel, path.firms))[:PATHS]
    return LossExplanation(
        firm=firm,
        loss=exposure,
        by_supply=by_supply,
        by_demand=by_demand,
        shocked=shocked / exposure,
        supplier=network.supplier[link][rank],
        customer=network.customer[link][rank],
        demand=demand[rank] == 1,
        share=share[rank],
        paths=tuple(LossPath(path.firms, path.channel, path.share / exposure) for path in heaviest),
    )


def sources_reaching(network: SupplyNetwork, firms: Longs, pd: Floats) -> list[int]:
    """Return the firms with a PD above 0 whose closure can reach some firms, rows in ascending order.

    Lost supply reaches a firm from its suppliers and theirs, lost demand from its customers and theirs; no other firm
    can affect it.
    """
    sources: set[int] = set()
    for firm in firms.tolist():
        sources |= set(reachable_firms(network.customer, network.supplier, firm, network.firms).tolist())
        sources |= set(reachable_firms(network.supplier, network.customer, firm, network.firms).tolist())
    return [source for source in sorted(sources) if pd[source] > 0]


def reachable_firms(begin: Longs, end: Longs, firm: int, n: int) -> NDArray[np.int32]:
    """Return the firms to which a chain of links leads from a firm, including itself.

    begin, end: ends of each link, shape (links,). n: number of firms.
    """
    graph = sparse.csr_array((np.ones(len(begin)), (begin, end)), shape=(n, n))
    return np.asarray(breadth_first_order(graph, firm, return_predecessors=False))


def _closed(network: SupplyNetwork, firm: int) -> Floats:
    """Return the shock of one closure, shape (n,)."""
    psi = np.zeros(network.firms)
    psi[firm] = 1.0
    return psi

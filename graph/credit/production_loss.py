"""A shop's loss of production when other firms stop: one scenario of ESRI over the trade in the graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.contagion import Scenario, SupplyNetwork, weights_of
from supplyrisk.graph.credit.partner_stops import StopEffect
from supplyrisk.graph.credit.shop_facts import RecordedLibrary
from supplyrisk.queries import Runner


def network_of(store: Runner[pa.Table]) -> SupplyNetwork:
    """Return the trade network of a graph: amounts of the last 180 days between firms, which are sorted by id."""
    links = RecordedLibrary(store).table("exposure/trade-links")
    # All suppliers, then all customers: entry i and entry i + num_rows are the two ends of link i.
    firms = _stacked(links, "supplier", "customer")
    sectors = _stacked(links, "sells", "buys")
    order = pc.unique(firms)
    order = order.take(pc.sort_indices(order))
    row = pc.index_in(firms, order).to_numpy().astype(np.int64)
    sector = np.full(len(order), None, dtype=object)
    sector[row] = sectors.to_numpy()
    amount = links["amount"].cast(pa.float64()).to_numpy()
    ends = row[: links.num_rows], row[links.num_rows :]
    return SupplyNetwork.from_arrays(order.to_pylist(), *ends, amount, sector.tolist())


def _stacked(links: pa.Table, above: str, below: str) -> pa.ChunkedArray:
    """Return two columns of text, one appended to the other."""
    # A column without values has no type in the engine's answer, hence the cast.
    columns = (links[name].cast(pa.string()).chunks for name in (above, below))
    return pa.chunked_array([chunk for chunks in columns for chunk in chunks], pa.string())


def production_losses(store: Runner[pa.Table], firm_id: str) -> StopEffect:
    """Return a function from the firms that stop to the share of a firm's production that it loses.

    The scenario has the defaults of `scgraph contagion`: all inputs non-essential, substitution within an industry,
    eps .01. A firm without trade loses nothing.
    """
    network = network_of(store)
    scenario = Scenario(weights_of(network))

    def lost(stopped: Sequence[str]) -> float:
        if firm_id not in network.rows:
            return 0.0
        # psi is the share of each firm's production that the shock removes, shape (firms,); firms outside the trade
        # network have no effect.
        psi = np.zeros(network.firms)
        psi[[network.rows[firm] for firm in stopped if firm in network.rows]] = 1.0
        return float(scenario.run(psi).loss[network.rows[firm_id]])

    return lost

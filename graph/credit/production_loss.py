"""What a shop loses by the mechanism when others stop: one scenario of ESRI over the trade that the graph holds."""

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
    """The trade network of a graph: amounts of the last 180 days, the firms that trade in order of their ids."""
    links = RecordedLibrary(store).table("exposure/trade-links")
    firms, sectors = _stacked(links, "supplier", "customer"), _stacked(links, "sells", "buys")
    order = pc.unique(firms)
    order = order.take(pc.sort_indices(order))
    row = pc.index_in(firms, order).to_numpy().astype(np.int64)
    sector = np.full(len(order), None, dtype=object)
    sector[row] = sectors.to_numpy()
    amount = links["amount"].cast(pa.float64()).to_numpy()
    ends = row[: links.num_rows], row[links.num_rows :]
    return SupplyNetwork.from_arrays(order.to_pylist(), *ends, amount, sector.tolist())


def _stacked(links: pa.Table, above: str, below: str) -> pa.ChunkedArray:
    """Two columns of text one above the other; an engine's column without any value has no type."""
    columns = (links[name].cast(pa.string()).chunks for name in (above, below))
    return pa.chunked_array([chunk for chunks in columns for chunk in chunks], pa.string())


def production_losses(store: Runner[pa.Table], firm_id: str) -> StopEffect:
    """By the firms that stop, the share of a firm's production that it loses.

    All inputs non-essential, substitution within an industry, eps .01: the defaults of `scgraph contagion`. A firm that
    trades with nobody loses nothing.
    """
    network = network_of(store)
    scenario = Scenario(weights_of(network))
    place = {firm: number for number, firm in enumerate(network.firm_ids)}

    def lost(stopped: Sequence[str]) -> float:
        if firm_id not in place:
            return 0.0
        psi = np.zeros(network.firms)
        psi[[place[firm] for firm in stopped if firm in place]] = 1.0
        return float(scenario.run(psi).loss[place[firm_id]])

    return lost

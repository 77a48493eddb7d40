"""What a shop loses by the mechanism when others stop: one scenario of ESRI over the trade that the graph holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion import Network, Scenario, weigh
from supplyrisk.graph.credit.shop import Library
from supplyrisk.graph.credit.stopping import Effect
from supplyrisk.queries import Runner


def network_of(store: Runner[pa.Table]) -> Network:
    """The trade network of a graph: amounts of the last 180 days, firms in order of their ids."""
    library = Library(store)
    firms, links = library.table("exposure/firms"), library.table("exposure/trade-links")
    ids = firms["firm"].to_pylist()
    order = pa.array(ids, pa.string())
    ends = (
        pa.compute.index_in(links[side].combine_chunks(), order)
        .to_numpy(zero_copy_only=False)
        .astype(np.int64)
        for side in ("supplier", "customer")
    )
    amount = links["amount"].to_numpy().astype(np.float64)
    return Network.from_arrays(ids, (*ends, amount), firms["industry"].to_pylist())


def mechanism(store: Runner[pa.Table], firm_id: str) -> Effect:
    """By the firms that stop, the share of a firm's production that it loses.

    All inputs non-essential, substitution within an industry, eps .01: the defaults of `scgraph contagion`. A firm that
    trades with nobody loses nothing.
    """
    network = network_of(store)
    scenario = Scenario(weigh(network))
    row, place = network.row_of(firm_id), {firm: number for number, firm in enumerate(network.firm_ids)}

    def lost(stopped: Sequence[str]) -> float:
        psi = np.zeros(network.firms)
        psi[[place[firm] for firm in stopped]] = 1.0
        return float(scenario.run(psi).loss[row])

    return lost

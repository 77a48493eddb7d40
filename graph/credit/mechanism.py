"""What a shop loses by the mechanism when others stop: one scenario of ESRI over the trade that the graph holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.contagion import Network, Scenario, weigh
from supplyrisk.graph.credit.shop import Library
from supplyrisk.graph.credit.stopping import Effect
from supplyrisk.queries import Runner


def network_of(store: Runner[pa.Table]) -> Network:
    """The trade network of a graph: amounts of the last 180 days, the firms that trade in order of their ids."""
    links = Library(store).table("exposure/trade-links")
    sectors: dict[str, str | None] = {}
    for firm, sector in (("supplier", "sells"), ("customer", "buys")):
        sectors |= dict(zip(links[firm].to_pylist(), links[sector].to_pylist(), strict=True))
    ids = sorted(sectors)
    order = pa.array(ids, pa.string())
    ends = (
        pc.index_in(links[side], order).to_numpy(zero_copy_only=False).astype(np.int64)
        for side in ("supplier", "customer")
    )
    amount = links["amount"].to_numpy().astype(np.float64)
    return Network.from_arrays(ids, (*ends, amount), [sectors[firm] for firm in ids])


def mechanism(store: Runner[pa.Table], firm_id: str) -> Effect:
    """By the firms that stop, the share of a firm's production that it loses.

    All inputs non-essential, substitution within an industry, eps .01: the defaults of `scgraph contagion`. A firm that
    trades with nobody loses nothing.
    """
    network = network_of(store)
    scenario = Scenario(weigh(network))
    place = {firm: number for number, firm in enumerate(network.firm_ids)}

    def lost(stopped: Sequence[str]) -> float:
        if firm_id not in place:
            return 0.0
        psi = np.zeros(network.firms)
        psi[[place[firm] for firm in stopped if firm in place]] = 1.0
        return float(scenario.run(psi).loss[place[firm_id]])

    return lost

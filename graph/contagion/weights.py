"""Weights: a network and its essentiality, ready to compute with; step 1 of ESRI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.esri_reference import DEAD, ratio
from supplyrisk.graph.contagion.essentiality import (
    ALL_NON_ESSENTIAL,
    ESSENTIAL,
    NON_ESSENTIAL,
    Essentiality,
)
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, KernelLinks, Longs
from supplyrisk.graph.contagion.network import SupplyNetwork


@dataclass(frozen=True)
class NetworkWeights:
    """links: the weights, with firms renumbered so that those of a market lie together.

    order: shape (n,), the network's row number of each renumbered firm; places: its inverse. essentiality: its name.
    """

    network: SupplyNetwork
    links: KernelLinks
    order: Longs
    places: Longs
    essentiality: str


def weights_of(network: SupplyNetwork, essentiality: Essentiality = ALL_NON_ESSENTIAL) -> NetworkWeights:
    """Step 1: downstream weights D and upstream weights U of every link.

    D = amount / (all that the customer buys from the supplier's sector) where the input is essential, amount / (all
    that it buys) where it is not, 0 where it is negligible; times purchases / costs where costs are given.
    U = amount / sales of the supplier, or / its revenue where that is given.
    """
    order = np.lexsort((np.arange(network.firms), network.market))
    places = np.empty_like(order)
    places[order] = np.arange(network.firms)
    role = essentiality.codes(network.sectors)[
        network.sector[network.supplier], network.sector[network.customer]
    ]
    part_sector = np.where(role == ESSENTIAL, network.sector[network.supplier] + 1, 0)
    by_customer = np.lexsort((places[network.supplier], part_sector, places[network.customer]))
    down, up = _down(network, role, part_sector), _up(network)
    inside = _Arranged(
        places[network.supplier][by_customer], places[network.customer][by_customer], part_sector[by_customer],
        down[by_customer], up[by_customer],
    )  # fmt: skip
    return NetworkWeights(network, inside.links(network, order), order, places, essentiality.name)


def _down(network: SupplyNetwork, role: NDArray[np.int64], part_sector: NDArray[np.int64]) -> Floats:
    customer, amount = network.customer, network.amount
    key = customer * (len(network.sectors) + 1) + part_sector
    _, where = np.unique(key, return_inverse=True)
    from_sector = np.bincount(where, amount)[where] if len(amount) else amount
    whole = np.where(role == ESSENTIAL, from_sector, network.purchases[customer])
    weight = np.where((role == ESSENTIAL) | (role == NON_ESSENTIAL), amount / whole, 0.0)
    return weight if network.costs is None else weight * ratio(network.purchases, network.costs)[customer]


def _up(network: SupplyNetwork) -> Floats:
    whole = network.sales if network.revenue is None else network.revenue
    return ratio(network.amount, whole[network.supplier])


@dataclass(frozen=True)
class _Arranged:
    """Links sorted by customer, part and supplier."""

    supplier: Longs
    customer: Longs
    sector: Longs
    down: Floats
    up: Floats

    def links(self, network: SupplyNetwork, order: Longs) -> KernelLinks:
        """Everything that the kernels read."""
        n, m = network.firms, len(self.supplier)
        begins = np.ones(m, dtype=bool)
        begins[1:] = (np.diff(self.customer) != 0) | (np.diff(self.sector) != 0)
        part = np.cumsum(begins) - 1
        part_firm = self.customer[begins]
        by_supplier = np.lexsort((self.customer, self.supplier))
        market = network.market[order]
        sales = network.sales[order]
        markets = int(market[-1]) + 1 if n else 0
        return KernelLinks(
            row_start=_starts(part_firm, n),
            part_start=np.append(np.flatnonzero(begins), m).astype(np.int64),
            part_firm=part_firm.astype(np.uint32),
            source=self.supplier.astype(np.uint32),
            down=self.down,
            up_in=self.up,
            out_start=_starts(self.supplier[by_supplier], n),
            target=self.customer[by_supplier].astype(np.uint32),
            up=self.up[by_supplier],
            down_out=self.down[by_supplier],
            part_out=part[by_supplier].astype(np.uint32),
            market_start=_starts(market, markets),
            market=market.astype(np.uint32),
            dead_sales=(DEAD * np.bincount(market, sales, markets)).astype(np.float64),
            sales=sales,
            share=network.shares[order],
        )


def _starts(sorted_codes: Longs, groups: int) -> Longs:
    """Where each group begins in a sorted array of group numbers, and where the last one ends."""
    return np.searchsorted(sorted_codes, np.arange(groups + 1)).astype(np.int64)

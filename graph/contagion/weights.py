"""Weights of a supply network under an essentiality table: step 1 of ESRI, in the arrays that the kernels read.

Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.essentiality import (
    ALL_NON_ESSENTIAL,
    ESSENTIAL,
    NON_ESSENTIAL,
    Essentiality,
)
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, KernelLinks, Longs
from supplyrisk.graph.contagion.network import SupplyNetwork

DEAD_SHARE = 1e-10
"""A market is dead if its remaining sales are at most this share of its sales: no firm in it can replace another."""


@dataclass(frozen=True)
class NetworkWeights:
    """Weights of all links, with firms renumbered so that those of one market lie together.

    order: row number in the network of each renumbered firm, shape (n,). places: the inverse, (n,). essentiality: name
    of the table.
    """

    network: SupplyNetwork
    links: KernelLinks
    order: Longs
    places: Longs
    essentiality: str


def weights_of(network: SupplyNetwork, essentiality: Essentiality = ALL_NON_ESSENTIAL) -> NetworkWeights:
    """Compute the downstream weight D and the upstream weight U of every link.

        D_ij = amount_ij / (purchases of j from i's sector)   where the input is essential
             = amount_ij / (purchases of j)                   where it is non-essential
             = 0                                              where it is negligible
        U_ij = amount_ij / sales of i, or / revenue of i where that is given

    D is multiplied by purchases / costs of j where costs are given.

    Raises
    ------
    DataError: sectors of the network without a role in the table.
    """
    # Firms of one market lie together, so that kernels sum a market over consecutive rows.
    order = np.lexsort((np.arange(network.firms), network.market))
    places = np.empty_like(order)
    places[order] = np.arange(network.firms)
    role = essentiality.codes(network.sectors)[
        network.sector[network.supplier], network.sector[network.customer]
    ]
    # A customer's inputs fall into parts: part 0 for all non-essential ones, one more per essential sector.
    part_sector = np.where(role == ESSENTIAL, network.sector[network.supplier] + 1, 0)
    # The sort order is the order in which kernels sum: another one would change the last digits of losses.
    by_customer = np.lexsort((places[network.supplier], part_sector, places[network.customer]))
    down = _down(network, role, part_sector)
    up = _up(network)
    sorted_links = _SortedLinks(
        supplier=places[network.supplier][by_customer],
        customer=places[network.customer][by_customer],
        sector=part_sector[by_customer],
        down=down[by_customer],
        up=up[by_customer],
    )
    return NetworkWeights(
        network, sorted_links.kernel_links(network, order), order, places, essentiality.name
    )


def _down(network: SupplyNetwork, role: NDArray[np.int64], part_sector: NDArray[np.int64]) -> Floats:
    """Return D by link, shape (m,). role: role of each link's input, (m,). part_sector: its part, (m,)."""
    customer = network.customer
    amount = network.amount
    # One key per customer and part; + 1 for the part of non-essential inputs.
    key = customer * (len(network.sectors) + 1) + part_sector
    _, group = np.unique(key, return_inverse=True)
    from_sector = np.bincount(group, amount)[group] if len(amount) else amount
    purchases = np.where(role == ESSENTIAL, from_sector, network.purchases[customer])
    weight = np.where((role == ESSENTIAL) | (role == NON_ESSENTIAL), amount / purchases, 0.0)
    if network.costs is None:
        return weight
    return weight * _quotient(network.purchases, network.costs)[customer]


def _up(network: SupplyNetwork) -> Floats:
    """Return U by link, shape (m,)."""
    revenue = network.sales if network.revenue is None else network.revenue
    return _quotient(network.amount, revenue[network.supplier])


def _quotient(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


@dataclass(frozen=True)
class _SortedLinks:
    """Links sorted by customer, part and supplier; all of shape (m,). sector: the part of the customer's inputs."""

    supplier: Longs
    customer: Longs
    sector: Longs
    down: Floats
    up: Floats

    def kernel_links(self, network: SupplyNetwork, order: Longs) -> KernelLinks:
        """Return the arrays of the kernels; order: row number in the network of each renumbered firm."""
        n = network.firms
        link_count = len(self.supplier)
        begins = np.ones(link_count, dtype=bool)
        begins[1:] = (np.diff(self.customer) != 0) | (np.diff(self.sector) != 0)
        part = np.cumsum(begins) - 1
        part_firm = self.customer[begins]
        by_supplier = np.lexsort((self.customer, self.supplier))
        market = network.market[order]
        sales = network.sales[order]
        markets = int(market[-1]) + 1 if n else 0
        return KernelLinks(
            row_start=_starts(part_firm, n),
            part_start=np.append(np.flatnonzero(begins), link_count).astype(np.int64),
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
            dead_sales=(DEAD_SHARE * np.bincount(market, sales, markets)).astype(np.float64),
            sales=sales,
            share=network.shares[order],
        )


def _starts(sorted_codes: Longs, groups: int) -> Longs:
    """Return where each group begins in a sorted array of group numbers, and where the last one ends, (groups + 1,)."""
    return np.searchsorted(sorted_codes, np.arange(groups + 1)).astype(np.int64)

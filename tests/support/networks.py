"""Supply networks by hand, from links by firm id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from supplyrisk.graph.contagion import SupplyNetwork


def linked_network(
    links: Sequence[tuple[str, str, float]], sectors: Mapping[str, str | None]
) -> SupplyNetwork:
    """The network of links (supplier, customer, amount); sectors: by firm id, None if unknown."""
    firm_ids = sorted(sectors)
    ends = [(firm_ids.index(supplier), firm_ids.index(customer)) for supplier, customer, _ in links]
    supplier, customer = np.array(ends, np.int64).reshape(-1, 2).T
    amount = np.array([amount for *_, amount in links], np.float64)
    return SupplyNetwork.from_arrays(
        firm_ids, supplier, customer, amount, [sectors[firm] for firm in firm_ids]
    )

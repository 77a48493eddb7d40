"""The supply network as arrays: who sold how much to whom, in which sector. All contagion models start from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.schema.relations import SUPPLIES
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.snapshot import Snapshot

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

UNKNOWN_SECTOR = "(none)"
"""The sector of all firms whose industry is missing.

Two firms of unknown industry are not substitutes, so each of them is a market of its own.
"""


@dataclass(frozen=True)
class SupplyNetwork:
    """A supply network.

    firm_ids: n firms, sorted. supplier, customer: row numbers in firm_ids, shape (m,). amount: what was sold, > 0, any
    money unit, (m,). There is one link per pair and none from a firm to itself, sorted by customer, then supplier.
    sectors: labels, sorted. sector: row number in sectors of each firm, (n,). market: firms with the same number can
    replace one another, (n,). revenue, costs: in the unit of amount, (n,); None: the sums of the links.
    """

    firm_ids: tuple[str, ...]
    supplier: Codes
    customer: Codes
    amount: Floats
    sectors: tuple[str, ...]
    sector: Codes
    market: Codes
    revenue: Floats | None = None
    costs: Floats | None = None

    @property
    def firms(self) -> int:
        """Number of firms, n."""
        return len(self.firm_ids)

    @property
    def sales(self) -> Floats:
        """Out-strength of each firm: the sum of its sales, shape (n,), money."""
        return np.bincount(self.supplier, self.amount, self.firms).astype(np.float64)

    @property
    def purchases(self) -> Floats:
        """In-strength of each firm: the sum of its purchases, shape (n,), money."""
        return np.bincount(self.customer, self.amount, self.firms).astype(np.float64)

    @property
    def shares(self) -> Floats:
        """Share of each firm in all sales, shape (n,); all 0 without sales."""
        sales = self.sales
        # 1 instead of 0: without any sales all shares are 0, not NaN.
        return sales / (sales.sum() or 1.0)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row number of each firm by id."""
        return {firm: row for row, firm in enumerate(self.firm_ids)}

    def rows_of(self, ids: pa.ChunkedArray) -> Codes:
        """Return the row number of each firm id; all ids must be in the network."""
        return np.searchsorted(np.array(self.firm_ids), np.array(ids.to_pylist(), str)).astype(np.int64)

    @classmethod
    def from_arrays(
        cls,
        firm_ids: Sequence[str],
        supplier: Codes,
        customer: Codes,
        amount: Floats,
        sectors: Sequence[str | None],
    ) -> Self:
        """Build a network from arrays of links.

        Parallel links are summed; links of a firm with itself and links of amount 0 are left out.

        Parameters
        ----------
        firm_ids: n ids, sorted. supplier, customer: their row numbers, shape (links,). amount: money, (links,).
        sectors: sector of each firm, None if unknown, (n,).

        Raises
        ------
        DataError: an amount that is negative or not a number.
        """
        faulty = ~np.isfinite(amount) | (amount < 0)
        if faulty.any():
            raise DataError(
                f"{int(faulty.sum())} links have an amount that is negative or not a number",
                "money, 0 or more",
            )
        used = (supplier != customer) & (amount > 0)
        n = len(firm_ids)
        # One key per pair, in the order of customer, then supplier; bincount adds parallel links in their given order.
        pairs, pair_of_link = np.unique(customer[used] * n + supplier[used], return_inverse=True)
        labels = np.array([UNKNOWN_SECTOR if label is None else label for label in sectors], dtype=object)
        names, codes = np.unique(labels.astype(str), return_inverse=True)
        unknown = np.array([label is None for label in sectors], dtype=bool)
        # Numbers beyond those of the sectors: a market of its own for each firm of unknown industry.
        market = np.where(unknown, len(names) + np.arange(n), codes)
        return cls(
            firm_ids=tuple(firm_ids),
            supplier=pairs % n if n else pairs,
            customer=pairs // n if n else pairs,
            amount=np.bincount(pair_of_link, amount[used], len(pairs)).astype(np.float64),
            sectors=tuple(str(name) for name in names),
            sector=codes.astype(np.int64),
            market=np.unique(market, return_inverse=True)[1].astype(np.int64),
        )

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> Self:
        """Build the network of a snapshot: amounts of the last 180 days, or all amounts where data are undated.

        Raises
        ------
        DataError: no trade at all, or none in the last 180 days.
        """
        firms = snapshot.firms
        empty = pa.table({"source": pa.array([], pa.int64()), "target": pa.array([], pa.int64())})
        edges = snapshot.edges.get(SUPPLIES.edge_type, empty)
        name = "amount" if snapshot.as_of is None else "amount_180"
        if edges.num_rows == 0:
            raise DataError("the data contain no trade", "a table supplies", "load one")
        # A link whose trades are all older than the window has no amount; from_arrays drops it.
        amount = np.nan_to_num(as_doubles(edges[name]), nan=0.0)
        supplier, customer = (edges[end].to_numpy().astype(np.int64) for end in ("source", "target"))
        network = cls.from_arrays(
            firms["firm_id"].to_pylist(), supplier, customer, amount, firms["industry"].to_pylist()
        )
        if not len(network.amount):
            raise DataError(
                f"no trade in the 180 days up to {snapshot.as_of}", remedy="choose another --as-of"
            )
        return network

"""Network: who sold how much to whom, in which sector, as arrays; what every contagion model starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.edges import SUPPLIES
from supplyrisk.graph.snapshot.snapshot import Snapshot

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

UNKNOWN_SECTOR = "(none)"
"""The sector of firms whose industry is missing: one of its own, in which nobody stands in for anybody.

Two firms of which nothing is known are no substitutes, so each is a market of its own.
"""


@dataclass(frozen=True)
class SupplyNetwork:
    """A supply network.

    firm_ids: n firms, sorted. supplier, customer: shape (m,), row numbers of firm_ids; amount: shape (m,), > 0, what
    was sold, any money unit. One link per pair, none to itself, sorted by customer, then supplier. sectors: labels,
    sorted; sector: shape (n,), row numbers of sectors. market: shape (n,), firms of one number stand in for one
    another. revenue, costs: shape (n,), in the unit of amount; None: what the links show.
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
        """n."""
        return len(self.firm_ids)

    @property
    def sales(self) -> Floats:
        """Out-strength s of each firm, shape (n,)."""
        return np.bincount(self.supplier, self.amount, self.firms).astype(np.float64)

    @property
    def purchases(self) -> Floats:
        """In-strength of each firm, shape (n,)."""
        return np.bincount(self.customer, self.amount, self.firms).astype(np.float64)

    @property
    def shares(self) -> Floats:
        """Share w of each firm in all sales, shape (n,); all 0 without sales."""
        sales = self.sales
        return sales / (sales.sum() or 1.0)

    def row_of(self, firm_id: str) -> int:
        """The row number of a firm.

        Raises
        ------
        DataError: it is not in the network.
        """
        place = int(np.searchsorted(np.array(self.firm_ids), firm_id)) if self.firms else 0
        if place == self.firms or self.firm_ids[place] != firm_id:
            raise DataError(f"no firm is called {firm_id}", "the firm_id of a firm in the data")
        return place

    @classmethod
    def from_links(
        cls,
        links: Sequence[tuple[str, str, float]],
        sectors: Mapping[str, str | None],
        *,
        markets: Mapping[str, str] | None = None,
    ) -> Self:
        """A network of (supplier, customer, amount) and each firm's sector (and market, else the sector), by id.

        Raises
        ------
        DataError: a firm without an entry in sectors, or an amount that is negative or no number.
        """
        firm_ids = tuple(sorted(sectors))
        place = {firm: number for number, firm in enumerate(firm_ids)}
        strange = sorted({end for link in links for end in link[:2]} - place.keys())
        if strange:
            raise DataError(f"links of unknown firms: {first_names(strange)}", "firms that have a sector")
        ends = np.array([(place[a], place[b]) for a, b, _ in links], np.int64).reshape(-1, 2)
        amount = np.array([amount for *_, amount in links], np.float64)
        made = cls.from_arrays(firm_ids, (ends[:, 0], ends[:, 1], amount), [sectors[f] for f in firm_ids])
        if markets is None:
            return made
        labels = [markets[firm] for firm in firm_ids]
        return replace(made, market=np.unique(np.array(labels), return_inverse=True)[1].astype(np.int64))

    @classmethod
    def from_arrays(
        cls,
        firm_ids: Sequence[str],
        links: tuple[Codes, Codes, Floats],
        sectors: Sequence[str | None],
    ) -> Self:
        """A network of sorted ids, (supplier, customer, amount) as arrays, and a sector per firm, None if unknown.

        Parallel links are summed; links of a firm with itself and links of amount 0 are left out.
        """
        supplier, customer, amount = links
        faulty = ~np.isfinite(amount) | (amount < 0)
        if faulty.any():
            raise DataError(f"{int(faulty.sum())} links have an amount that is negative or no number")
        used = (supplier != customer) & (amount > 0)
        n = len(firm_ids)
        pairs, where = np.unique(customer[used] * n + supplier[used], return_inverse=True)
        labels = np.array([UNKNOWN_SECTOR if s is None else s for s in sectors], dtype=object)
        names, codes = np.unique(labels.astype(str), return_inverse=True)
        alone = np.array([s is None for s in sectors], dtype=bool)
        market = np.where(alone, len(names) + np.arange(n), codes)
        return cls(
            firm_ids=tuple(firm_ids),
            supplier=pairs % n if n else pairs,
            customer=pairs // n if n else pairs,
            amount=np.bincount(where, amount[used], len(pairs)).astype(np.float64),
            sectors=tuple(str(name) for name in names),
            sector=codes.astype(np.int64),
            market=np.unique(market, return_inverse=True)[1].astype(np.int64),
        )

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> Self:
        """The supply links of a snapshot: amounts of the last 180 days, or all of them where data are undated.

        Raises
        ------
        DataError: no trade in that time.
        """
        firms = snapshot.firms
        empty = pa.table({"source": pa.array([], pa.int64()), "target": pa.array([], pa.int64())})
        edges = snapshot.edges.get(SUPPLIES, empty)
        name = "amount" if snapshot.as_of is None else "amount_180"
        if edges.num_rows == 0:
            raise DataError("the data hold no trade", "a table supplies", "load one")
        amount = np.nan_to_num(as_doubles(edges[name]), nan=0.0)
        ends = (edges[end].to_numpy().astype(np.int64) for end in ("source", "target"))
        made = cls.from_arrays(firms["firm_id"].to_pylist(), (*ends, amount), firms["industry"].to_pylist())
        if not len(made.amount):
            raise DataError(
                f"no trade in the 180 days up to {snapshot.as_of}", remedy="choose another --as-of"
            )
        return made


def first_names(names: Sequence[str], limit: int = 10) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more

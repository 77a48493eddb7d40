"""What a scenario can refer to: firms with region, industry, sales, categories and carriers, as of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.schema.relations import CARRIES_FOR
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.snapshot import Snapshot

WINDOW_DAYS = 180


@dataclass(frozen=True)
class FirmShares:
    """Shares of firms in words (categories or carriers), as a list of entries.

    words: the words, sorted. word, firm: row numbers in words and in the network, shape (entries,). share: above 0, the
    part of the firm's sales or shipments, (entries,).
    """

    words: tuple[str, ...]
    word: Longs
    firm: Longs
    share: Floats

    def share_in(self, words: tuple[str, ...], firms: int) -> Floats:
        """Return the share of each firm in some words together, shape (n,), at most 1. firms: n."""
        numbers = [self.words.index(word) for word in words if word in self.words]
        inside = np.isin(self.word, numbers)
        return np.minimum(1.0, np.bincount(self.firm[inside], self.share[inside], firms))


@dataclass(frozen=True)
class ScenarioScope:
    """The firms of a snapshot, and what a scenario can select them by.

    network: n firms. labels: by `region` and `industry`, the label of each firm, None where missing. categories: shares
    of each firm's sales. carriers: shares of each firm's shipments, sent and received, by units or, where no shipment
    has units, by number. weeks: that the sales cover, None where data are undated.
    """

    snapshot: Snapshot
    network: SupplyNetwork
    labels: Mapping[str, tuple[str | None, ...]]
    categories: FirmShares
    carriers: FirmShares
    weeks: float | None

    @property
    def weekly(self) -> Floats | None:
        """Sales of each firm per week, shape (n,), money; None where data are undated."""
        return None if self.weeks is None else self.network.sales / self.weeks


def scenario_scope_of(snapshot: Snapshot, network: SupplyNetwork) -> ScenarioScope:
    """Return the scope of a snapshot and its network."""
    labels = {name: tuple(snapshot.firms[name].to_pylist()) for name in ("region", "industry")}
    return ScenarioScope(
        snapshot, network, labels, _categories(snapshot, network), _carriers(snapshot), _weeks(snapshot)
    )


def _weeks(snapshot: Snapshot) -> float | None:
    """Return the weeks that the sales cover: 180 days, or the days since the first trade if there are fewer."""
    if snapshot.as_of is None:
        return None
    # A short history would otherwise understate the sales per week.
    first = pc.min(snapshot.trades["first_on"]).as_py()
    days = (snapshot.as_of - first).days + 1 if first is not None else WINDOW_DAYS
    return min(days, WINDOW_DAYS) / 7


def _categories(snapshot: Snapshot, network: SupplyNetwork) -> FirmShares:
    """Return the share of each category in each firm's sales."""
    # Sales to itself are no link of the network, so they are no part of a firm's sales here either.
    trades = snapshot.trades.filter(
        pc.not_equal(snapshot.trades["supplier_id"], snapshot.trades["customer_id"])
    )
    trades = trades.filter(pc.is_valid(trades["category"]))
    amount = np.nan_to_num(as_doubles(trades["amount" if snapshot.as_of is None else "amount_180"]))
    firm = network.rows_of(trades["supplier_id"])
    words, word = np.unique(
        np.array(trades["category"].to_pylist(), dtype=object).astype(str), return_inverse=True
    )
    sales = network.sales[firm]
    # Sales of 0 would divide by 0; such a firm has no share in anything.
    used = (amount > 0) & (sales > 0)
    return _shares(words, word[used], firm[used], amount[used] / sales[used])


def _carriers(snapshot: Snapshot) -> FirmShares:
    """Return the share of each carrier in each firm's shipments."""
    edges = snapshot.edges.get(CARRIES_FOR.edge_type)
    if edges is None:
        no_rows = np.empty(0, np.int64)
        return _shares(np.array([], str), no_rows, no_rows, np.empty(0))
    share = np.nan_to_num(as_doubles(edges["share"]))
    carrier, served = (edges[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    ids = np.array(snapshot.firms["firm_id"].to_pylist(), dtype=object)
    words, word = np.unique(ids[carrier].astype(str), return_inverse=True)
    used = share > 0
    return _shares(words, word[used], served[used], share[used])


def _shares(words: NDArray[np.str_], word: NDArray[np.int64], firm: Longs, share: Floats) -> FirmShares:
    return FirmShares(tuple(str(w) for w in words), word.astype(np.int64), firm, share)

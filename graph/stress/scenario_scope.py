"""What a scenario can be about: firms with their region, industry, sales, categories and carriers, as of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.snapshot.arrow_columns import as_doubles
from supplyrisk.graph.snapshot.edges import CARRIES_FOR
from supplyrisk.graph.snapshot.snapshot import Snapshot

WINDOW_DAYS = 180


@dataclass(frozen=True)
class FirmShares:
    """By firm and word (a category, a carrier) the firm's share in it, as a list: word, firm, share; shares are > 0."""

    words: tuple[str, ...]
    word: Longs
    firm: Longs
    share: Floats

    def share_in(self, words: tuple[str, ...], firms: int) -> Floats:
        """The share of each firm in these words together, shape (firms,), at most 1."""
        numbers_ = [self.words.index(word) for word in words if word in self.words]
        inside = np.isin(self.word, numbers_)
        return np.minimum(1.0, np.bincount(self.firm[inside], self.share[inside], firms))


@dataclass(frozen=True)
class ScenarioScope:
    """network: n firms. labels: by `region` and `industry` the label of each firm, None where missing.

    categories: shares of each firm's sales. carriers: shares of each firm's shipments, sent and received, by units or,
    where no shipment says how many, by shipments. weeks: that the sales cover, None where data are undated.
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
    """The field of a snapshot and its network."""
    labels = {name: tuple(snapshot.firms[name].to_pylist()) for name in ("region", "industry")}
    return ScenarioScope(
        snapshot, network, labels, _categories(snapshot, network), _carriers(snapshot), _weeks(snapshot)
    )


def _weeks(snapshot: Snapshot) -> float | None:
    """Weeks of the window in which there can be trade: 180 days, or those since the first trade if that is later."""
    if snapshot.as_of is None:
        return None
    first = pc.min(snapshot.trades["first_on"]).as_py()
    days = (snapshot.as_of - first).days + 1 if first is not None else WINDOW_DAYS
    return min(days, WINDOW_DAYS) / 7


def _categories(snapshot: Snapshot, network: SupplyNetwork) -> FirmShares:
    trades = snapshot.trades.filter(
        pc.not_equal(snapshot.trades["supplier_id"], snapshot.trades["customer_id"])
    )
    trades = trades.filter(pc.is_valid(trades["category"]))
    amount = np.nan_to_num(as_doubles(trades["amount" if snapshot.as_of is None else "amount_180"]))
    place = {firm: row for row, firm in enumerate(network.firm_ids)}
    firm = np.array([place[s] for s in trades["supplier_id"].to_pylist()], np.int64)
    words, word = np.unique(
        np.array(trades["category"].to_pylist(), dtype=object).astype(str), return_inverse=True
    )
    sales = network.sales[firm]
    used = (amount > 0) & (sales > 0)
    return _shares(words, word[used], firm[used], amount[used] / sales[used])


def _carriers(snapshot: Snapshot) -> FirmShares:
    edges = snapshot.edges.get(CARRIES_FOR)
    if edges is None:
        return _shares(np.array([], str), *(np.empty(0, np.int64),) * 2, np.empty(0))
    share = np.nan_to_num(as_doubles(edges["share"]))
    ends = [edges[end].to_numpy().astype(np.int64) for end in ("source", "target")]
    ids = np.array(snapshot.firms["firm_id"].to_pylist(), dtype=object)
    words, word = np.unique(ids[ends[0]].astype(str), return_inverse=True)
    used = share > 0
    return _shares(words, word[used], ends[1][used], share[used])


def _shares(words: NDArray[np.str_], word: NDArray[np.int64], firm: Longs, share: Floats) -> FirmShares:
    return FirmShares(tuple(str(w) for w in words), word.astype(np.int64), firm, share)

"""Closed loops: the same group of firms sells a grower its inputs and buys its harvest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from supplyrisk.graph.credit.farming.harvest import Harvest
from supplyrisk.graph.credit.shop_facts import Receivable


@dataclass(frozen=True)
class ClosedLoop:
    """An input supplier and a buyer of one group: a row of `shop/closed-loop`.

    inputs, harvest: value of what the grower bought from the one and sold to the other, money. input_share,
    harvest_share: of all that it bought and sold.
    """

    supplier: str
    supplier_name: str | None
    buyer: str
    buyer_name: str | None
    inputs: float
    input_share: float
    harvest: float
    harvest_share: float
    pd: float | None
    defaulted: bool

    @property
    def members(self) -> frozenset[str]:
        """Ids of both."""
        return frozenset((self.supplier, self.buyer))


@dataclass(frozen=True)
class JudgedLoop:
    """A loop with what the data say of it: a code, a key of texts "loop.<code>".

    CONFIRMED: the buyer has confirmed a standing crop or a delivery that it has not paid yet. UNCONFIRMED: it has not.
    RISKY: it is in default, or its PD is unknown or high.
    """

    loop: ClosedLoop
    code: str


def judged_loops(
    loops: Sequence[ClosedLoop],
    harvests: Sequence[Harvest],
    receivables: Sequence[Receivable],
    high_pd: float,
) -> tuple[JudgedLoop, ...]:
    """Return the loops of a grower with what the data say of them.

    Parameters
    ----------
    harvests: its crops. receivables: what its customers owe.
    high_pd: PD of the buyer from which the loop is risky.
    """
    confirmed = {row.buyer_id for row in harvests if row.is_standing and row.confirmed_on is not None}
    confirmed |= {row.debtor for row in receivables if row.confirmed}
    return tuple(JudgedLoop(loop, _code(loop, confirmed, high_pd)) for loop in loops)


def _code(loop: ClosedLoop, confirmed: Collection[str | None], high_pd: float) -> str:
    if loop.defaulted or loop.pd is None or loop.pd >= high_pd:
        return "RISKY"
    return "CONFIRMED" if loop.buyer in confirmed else "UNCONFIRMED"

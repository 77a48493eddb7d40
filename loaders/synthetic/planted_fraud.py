"""Fabricated trade on request ("fraud"): trades that were never made, booked by shops and their accomplices.

| kind | what is booked in the last 150 days |
|---|---|
| no_shipment | 12 to 40 trades with one customer that no carrier moves |
| ring | 1 to 5 rounds of goods through 3 to 5 firms, back to the first one within eight days |
| round_amounts | 5 to 20 trades with one customer in round amounts |
| one_day_burst | 5 to 20 trades with up to three customers on one day |
| returned_payment | 1 to 6 payments that come back within a week for trade in the other direction |

The rows are like all others, and `truth/fabricated` says which they are. Nothing else in the world changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import cents, counts, days, ids, money, numbered, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.supply_rows import CATEGORIES
from supplyrisk.loaders.synthetic.world_plan import LOGISTICS, NEVER, Floats, Ints

PLANTED_DAYS = 150
"""Fabricated trades lie in so many last days of the data."""
FIRST_ROW = 900_000_000
"""Number of the first fabricated trade, behind those of all other trades."""
CARRIED = 0.4
"""Share of fabricated trades for which a shipment is faked, except for no_shipment: that of other trades."""


@dataclass
class _Scheme:
    """The trades of one scheme so far: a list per column. shop: who runs it; usual: its usual trade, CNY."""

    rng: np.random.Generator
    shop: int
    others: Ints
    usual: float
    last_day: int
    supplier: list[int]
    customer: list[int]
    on: list[int]
    amount: list[float]
    paid: list[int]

    def book(self, supplier: int, customer: int, on: int, amount: float, paid: int) -> None:
        """Add a trade."""
        self.supplier.append(supplier)
        self.customer.append(customer)
        self.on.append(on)
        self.amount.append(amount)
        self.paid.append(paid)

    def day(self, spread: int = PLANTED_DAYS) -> int:
        """Draw a day of the last ones; what follows it for up to three weeks is still in the data."""
        return int(self.last_day - 21 - self.rng.integers(0, spread - 21))

    def drawn_amount(self) -> float:
        """Draw the amount of a trade, one to three times the usual one."""
        return float(self.usual * self.rng.uniform(1.0, 3.0))


def _no_shipment(scheme: _Scheme) -> None:
    customer = int(scheme.others[0])
    for _ in range(int(scheme.rng.integers(12, 41))):
        on = scheme.day()
        scheme.book(scheme.shop, customer, on, scheme.drawn_amount(), on + int(scheme.rng.integers(5, 60)))


def _ring(scheme: _Scheme) -> None:
    rng = scheme.rng
    firms = [scheme.shop, *(int(firm) for firm in scheme.others[: rng.integers(2, 5)])]
    for _ in range(int(rng.integers(1, 6))):
        on = scheme.day()
        amount = scheme.drawn_amount()
        for supplier, customer in zip(firms, [*firms[1:], firms[0]], strict=True):
            scheme.book(supplier, customer, on, amount, on + int(rng.integers(5, 60)))
            on += int(rng.integers(0, 3))
            # each firm adds a little
            amount *= float(rng.uniform(0.995, 1.012))


def _round_amounts(scheme: _Scheme) -> None:
    rng = scheme.rng
    unit = 10.0 ** np.floor(np.log10(max(scheme.usual, 1000.0)))
    for _ in range(int(rng.integers(5, 21))):
        on = scheme.day()
        amount = float(rng.choice([1.0, 1.5, 2.0, 3.0, 5.0]) * unit)
        scheme.book(scheme.shop, int(scheme.others[0]), on, amount, on + int(rng.integers(5, 60)))


def _one_day_burst(scheme: _Scheme) -> None:
    rng = scheme.rng
    on = scheme.day()
    customers = scheme.others[: rng.integers(1, 4)]
    for _ in range(int(rng.integers(5, 21))):
        scheme.book(
            scheme.shop, int(rng.choice(customers)), on, scheme.drawn_amount(), on + int(rng.integers(5, 60))
        )


def _returned_payment(scheme: _Scheme) -> None:
    rng = scheme.rng
    other = int(scheme.others[0])
    for _ in range(int(rng.integers(1, 7))):
        on = scheme.day()
        amount = scheme.drawn_amount()
        paid = on + int(rng.integers(2, 12))
        scheme.book(scheme.shop, other, on, amount, paid)
        back = float(amount * rng.uniform(0.985, 1.0))
        scheme.book(other, scheme.shop, on + int(rng.integers(0, 5)), back, paid + int(rng.integers(1, 8)))


SCHEMES: dict[str, Callable[[_Scheme], None]] = {
    "no_shipment": _no_shipment,
    "ring": _ring,
    "round_amounts": _round_amounts,
    "one_day_burst": _one_day_burst,
    "returned_payment": _returned_payment,
}
"""By kind, what books the trades of a scheme."""


@dataclass(frozen=True)
class PlantedFraud:
    """Fabricated trades: rows of supplies and shipments, and the truth about them."""

    supplies: pa.Table
    shipments: pa.Table
    truth: pa.Table


def planted_fraud(economy: Economy, history: WorldHistory) -> PlantedFraud | None:
    """Return the fabricated trades of the plan; None where it asks for none.

    Each kind is booked by its share of the firms that sell and have not ended, at least by one; a firm runs one scheme
    at most.
    """
    plan = economy.plan
    if not plan.fraud:
        return None
    sellers = _sellers(economy, history)
    rng = plan.stream("fraud")
    shops = rng.permutation(sellers)
    usual = _usual_amounts(economy)
    schemes: list[tuple[str, _Scheme]] = []
    for kind in sorted(plan.fraud):
        for _ in range(max(1, round(plan.fraud[kind] * len(sellers)))):
            if len(schemes) == len(shops):
                break
            shop = int(shops[len(schemes)])
            others = rng.permutation(sellers[sellers != shop])[:4]
            scheme = _Scheme(rng, shop, others, float(usual[shop]), plan.last_day, [], [], [], [], [])
            SCHEMES[kind](scheme)
            schemes.append((kind, scheme))
    return _tables(economy, schemes, rng)


def _sellers(economy: Economy, history: WorldHistory) -> Ints:
    """Return the firms with customers among firms that joined early enough and are there until the end."""
    plan = economy.plan
    firms = np.unique(economy.links.supplier[economy.links.active(plan.weeks - 1)])
    is_there = (history.ended_on[firms] > plan.last_day) & (
        economy.firms.joined_on[firms] < plan.last_day - PLANTED_DAYS
    )
    sellers: Ints = firms[is_there & (economy.firms.tier[firms] != LOGISTICS)]
    return sellers


def _usual_amounts(economy: Economy) -> Floats:
    """Return the mean amount of a trade of each supplier, CNY."""
    links = economy.links
    amount = links.value / np.maximum(links.trades_per_week, 0.05)
    total = np.bincount(links.supplier, amount, minlength=economy.plan.firms)
    number = np.bincount(links.supplier, minlength=economy.plan.firms)
    return np.maximum(total / np.maximum(number, 1), 100.0)


def _tables(economy: Economy, schemes: list[tuple[str, _Scheme]], rng: np.random.Generator) -> PlantedFraud:
    plan = economy.plan
    firm = ids("F", plan.firms)

    def column(name: str) -> Ints:
        return np.concatenate(
            [np.asarray(getattr(scheme, name), np.float64) for _, scheme in schemes]
        ).astype(np.int64)

    lengths = [len(scheme.on) for _, scheme in schemes]
    supplier, customer, on = column("supplier"), column("customer"), column("on")
    amount = cents(np.concatenate([scheme.amount for _, scheme in schemes]))
    number = len(on)
    row = FIRST_ROW + rng.permutation(number)
    delivered = on + rng.integers(1, 10, number)
    paid = np.maximum(column("paid"), on)
    due = np.maximum(paid - rng.integers(-3, 4, number), on)
    industry = economy.firms.industry[supplier]
    supplies = pa.table(
        {
            "supplier_id": pick(firm, supplier),
            "customer_id": pick(firm, customer),
            "on": days(on, plan.last_day),
            "amount": money(amount),
            "row_id": numbered("T", row, 9),
            "orders": counts(np.ones(number, np.int64)),
            "category": pick(CATEGORIES, industry),
            "promised_on": days(delivered, NEVER),
            "delivered_on": days(delivered, plan.last_day),
            "due_on": days(due, NEVER),
            "paid_on": days(paid, plan.last_day),
            "returned_on": days(np.full(number, NEVER), plan.last_day),
            "returned_amount": money(amount, np.zeros(number, bool)),
            "disputed_on": days(np.full(number, NEVER), plan.last_day),
            "confirmed_on": days(delivered + 1, plan.last_day),
        }
    )
    kinds = np.repeat([kind for kind, _ in schemes], lengths)
    carrier = economy.firms.carrier[supplier]
    is_moved = (kinds != "no_shipment") & (carrier != supplier) & (rng.random(number) < CARRIED)
    at = np.flatnonzero(is_moved)
    units = np.maximum(1.0, np.round(amount[at] / 80))
    shipments = pa.table(
        {
            "carrier_id": pick(firm, carrier[at]),
            "shipper_id": pick(firm, supplier[at]),
            "receiver_id": pick(firm, customer[at]),
            "shipped_on": days(on[at], plan.last_day),
            "row_id": numbered("S", row[at], 9),
            "promised_on": days(delivered[at], NEVER),
            "delivered_on": days(delivered[at], plan.last_day),
            "units": pa.array(units),
            "damaged": pa.array(np.zeros(len(at))),
        }
    )
    truth = pa.table(
        {
            "row_id": supplies["row_id"],
            "kind": pa.array(kinds.tolist(), pa.string()),
            "scheme": counts(np.repeat(np.arange(len(schemes)), lengths)),
            "firm_id": pick(firm, np.repeat([scheme.shop for _, scheme in schemes], lengths)),
            "supplier_id": supplies["supplier_id"],
            "customer_id": supplies["customer_id"],
            "on": supplies["on"],
            "amount": supplies["amount"],
        }
    )
    return PlantedFraud(supplies, shipments, truth)

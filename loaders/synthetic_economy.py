"""Who there is in a synthetic economy, and who deals with whom: what does not change from week to week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic_plan import (
    COMPONENTS,
    LINES,
    LOGISTICS,
    MANUFACTURING,
    MATERIALS,
    REGIONS,
    RETAIL,
    TIERS,
    WHOLESALE,
    Bools,
    Floats,
    Ints,
    Plan,
)

TIER_SHARES = (0.08, 0.14, 0.20, 0.18, 0.36, 0.04)
REGION_SHARES = (0.24, 0.20, 0.15, 0.12, 0.10, 0.08, 0.06, 0.05)
PURCHASE_SHARES = np.array([0.0, 0.45, 0.55, 0.75, 0.65, 0.0])
"""What a tier buys from the tiers above, as a share of its sales."""
OUTSIDE_SALES = np.array([6e3, 6e3, 8e3, 6e3, 4e4, 1.5e4])
"""Weekly sales (CNY) of a firm of size 1 to customers outside the data, by tier."""
SOURCES = (
    (COMPONENTS, MATERIALS, MATERIALS, 1.0),
    (MANUFACTURING, COMPONENTS, MATERIALS, 0.75),
    (WHOLESALE, MANUFACTURING, MANUFACTURING, 1.0),
    (RETAIL, WHOLESALE, MANUFACTURING, 0.65),
)
"""Buying tier, the tiers it buys from, and the first one's share of its suppliers."""

RESELLER, MAKER_SELLER, EXPORTER, PRODUCER, NO_SHOP = range(5)


@dataclass(frozen=True)
class Firms:
    """One entry per firm; money is per week, days are day numbers.

    shop is the shop type (NO_SHOP: no merchant). frailty is a fixed weakness of mean 0 and variance 1.
    carrier is the row of the firm's usual carrier. joined_week is 0 for all that were there at the start.
    sales are all weekly sales, direct those to customers outside the data.
    """

    tier: Ints
    line: Ints
    region: Ints
    shop: Ints
    size: Floats
    frailty: Floats
    owner: Ints
    carrier: Ints
    joined_week: Ints
    joined_on: Ints
    founded_on: Ints
    sales: Floats
    direct: Floats

    @property
    def merchant(self) -> Bools:
        """Which firms sell through a shop."""
        sells: Bools = self.shop != NO_SHOP
        return sells

    @property
    def hidden_upstream(self) -> Bools:
        """Producers and exporters: they buy like others, but no data set records from whom."""
        return np.isin(self.shop, (EXPORTER, PRODUCER))


@dataclass(frozen=True)
class Links:
    """One entry per supplier and customer, sorted by (supplier, customer); value is money per week.

    bought and sold are the link's shares of the customer's purchases and of the supplier's sales. It is in
    use in weeks [start, stop). terms and lead are days, rate is trades per week.
    """

    supplier: Ints
    customer: Ints
    value: Floats
    bought: Floats
    sold: Floats
    start: Ints
    stop: Ints
    terms: Ints
    lead: Ints
    rate: Floats


@dataclass(frozen=True)
class Guarantees:
    """One entry per guarantor and guaranteed firm; cover: amount over eight weeks of the former's sales."""

    guarantor: Ints
    guaranteed: Ints
    amount: Floats
    cover: Floats
    start: Ints
    stop: Ints


@dataclass(frozen=True)
class Economy:
    """The plan and everything in it that stays."""

    plan: Plan
    persons: int
    firms: Firms
    links: Links
    guarantees: Guarantees


class Pools:
    """Firms in pools by a key, to draw from in proportion to a weight.

    One cumulative sum over the firms sorted by key serves all pools: any number of draws is one search.
    """

    def __init__(self, key: Ints, weight: Floats, pools: int) -> None:
        self.order = np.argsort(key, kind="stable")
        self.total = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        self.first = np.searchsorted(key[self.order], np.arange(pools + 1))

    def filled(self, pool: Ints) -> Bools:
        """Which of these pools hold a firm."""
        return np.greater(self.first[pool + 1], self.first[pool])

    def draw(self, rng: np.random.Generator, pool: Ints) -> Ints:
        """One firm from each of these pools, none of which may be empty."""
        low, high = self.first[pool], self.first[pool + 1]
        at = self.total[low] + rng.random(len(pool)) * (self.total[high] - self.total[low])
        place = np.searchsorted(self.total, at, side="right") - 1
        drawn: Ints = self.order[np.clip(place, low, high - 1)]
        return drawn


def build_economy(plan: Plan) -> Economy:
    """Draw the firms, their trade links and their guarantees."""
    firms = _firms(plan)
    links, sales = _links(plan, firms)
    firms = Firms(**{**vars(firms), "sales": sales})
    persons = int(firms.owner.max()) + 1
    return Economy(plan, persons, firms, links, _guarantees(plan, firms))


def _firms(plan: Plan) -> Firms:
    """Everything about the firms but their sales to each other."""
    rng, n = plan.rng("firms"), plan.firms
    tier, line = _kinds(rng, n)
    region = np.searchsorted(np.cumsum(REGION_SHARES)[:-1], rng.random(n))
    size = np.exp(np.minimum(1.1 * rng.standard_normal(n), 3.8))
    shop = _shops(rng, tier)
    early = rng.random(n) < 0.78
    joined_week = np.where(early, 0, rng.integers(1, plan.weeks, n))
    joined_on = np.where(early, plan.first - rng.integers(1, 1100, n), plan.week_start(joined_week))
    direct = OUTSIDE_SALES[tier] * size + np.where(shop == MAKER_SELLER, 2e4 * size, 0.0)
    carriers = Pools((tier != LOGISTICS).astype(np.int64), size, 2)
    persons = max(1, round(0.7 * n))
    return Firms(
        tier=tier,
        line=line,
        region=region,
        shop=shop,
        size=size,
        frailty=rng.standard_normal(n),
        # the power gives a few persons many firms and most of them one
        owner=(persons * rng.random(n) ** 1.5).astype(np.int64),
        carrier=carriers.draw(rng, np.zeros(n, np.int64)),
        joined_week=joined_week,
        joined_on=joined_on,
        founded_on=joined_on - rng.integers(30, 5500, n),
        sales=direct,
        direct=direct,
    )


def _kinds(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Tier and line of goods by quota, so that no tier of a line is empty in a small economy."""
    tier = np.searchsorted(np.cumsum(TIER_SHARES)[:-1], (np.arange(n) + 0.5) / n)
    place = np.arange(n) - np.searchsorted(tier, tier)
    line = place % int(np.clip(n // 60, 1, len(LINES)))
    mixed = rng.permutation(n)
    return tier[mixed], line[mixed]


def _shops(rng: np.random.Generator, tier: Ints) -> Ints:
    """Shop types: all of retail, and a third of the manufacturers."""
    draw = rng.random(len(tier))
    retail = np.select([draw < 0.76, draw < 0.88], [RESELLER, PRODUCER], EXPORTER)
    maker = np.where(draw < 0.35, MAKER_SELLER, NO_SHOP)
    return np.where(tier == RETAIL, retail, np.where(tier == MANUFACTURING, maker, NO_SHOP))


def _pairs(plan: Plan, firms: Firms) -> tuple[Ints, Ints]:
    """Suppliers and customers of the links: one supplier for two in five, up to dozens for the large."""
    rng, lines, regions = plan.rng("pairs"), len(LINES), len(REGIONS)
    buyers = np.flatnonzero((firms.tier != MATERIALS) & (firms.tier != LOGISTICS))
    count = 1 + np.minimum(rng.poisson(0.85 * firms.size[buyers] ** 0.5), 40)
    customer = np.repeat(buyers, count)
    tier, draw = np.zeros(len(customer), np.int64), rng.random(len(customer))
    for buying, main, other, share in SOURCES:
        tier = np.where(firms.tier[customer] == buying, np.where(draw < share, main, other), tier)
    shelf = Pools(firms.tier * lines + firms.line, firms.size, len(TIERS) * lines)
    near = Pools(
        (firms.tier * lines + firms.line) * regions + firms.region, firms.size, len(TIERS) * lines * regions
    )
    wanted = tier * lines + np.where(
        rng.random(len(customer)) < 0.1, rng.integers(0, lines, len(customer)), firms.line[customer]
    )
    # a small economy has fewer lines than there are names for
    wanted = np.where(shelf.filled(wanted), wanted, tier * lines + firms.line[customer])
    nearby = wanted * regions + firms.region[customer]
    local = (rng.random(len(customer)) < 0.4) & near.filled(nearby)
    supplier = shelf.draw(rng, wanted)
    supplier[local] = near.draw(rng, nearby[local])
    both = np.unique(supplier * plan.firms + customer)
    return both // plan.firms, both % plan.firms


def _links(plan: Plan, firms: Firms) -> tuple[Links, Floats]:
    """The trade links, and every firm's weekly sales with them."""
    supplier, customer = _pairs(plan, firms)
    rng, m = plan.rng("links"), len(supplier)
    share = (0.05 + rng.gamma(1.0, size=m)) * firms.size[supplier] ** 0.25
    share /= np.bincount(customer, share, plan.firms)[customer]
    value, sales = np.zeros(m), firms.direct.copy()
    # tier by tier upwards: what a tier sells is known once all its customers' purchases are
    for tier in (RETAIL, WHOLESALE, MANUFACTURING, COMPONENTS):
        at = firms.tier[customer] == tier
        value[at] = share[at] * PURCHASE_SHARES[tier] * sales[customer[at]]
        sales += np.bincount(supplier[at], value[at], plan.firms)
    start, stop = _span(rng, plan, firms, (supplier, customer))
    links = Links(
        supplier=supplier,
        customer=customer,
        value=value,
        bought=share,
        sold=value / sales[supplier],
        start=start,
        stop=stop,
        terms=rng.choice([15, 30, 45, 60], m, p=[0.2, 0.4, 0.25, 0.15]),
        lead=rng.integers(3, 13, m),
        rate=0.15 * rng.gamma(2.0, size=m) * (value / np.median(value)) ** 0.2,
    )
    return links, sales


def _span(rng: np.random.Generator, plan: Plan, firms: Firms, ends: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Weeks [start, stop) of a link: mostly as long as both firms are there, some begin or end between."""
    start = np.maximum(firms.joined_week[ends[0]], firms.joined_week[ends[1]])
    late, short = rng.random((2, len(start))) < 0.12
    start = np.where(late, rng.integers(start, plan.weeks), start)
    return start, np.where(short, rng.integers(start, plan.weeks) + 1, plan.weeks)


def _guarantees(plan: Plan, firms: Firms) -> Guarantees:
    """One firm in five or so answers for another firm of its region."""
    rng = plan.rng("guarantees")
    guarantor = rng.choice(plan.firms, round(0.22 * plan.firms))
    region = Pools(firms.region, np.ones(plan.firms), len(REGIONS))
    guaranteed = region.draw(rng, firms.region[guarantor])
    both = np.unique((guarantor * plan.firms + guaranteed)[guarantor != guaranteed])
    guarantor, guaranteed = both // plan.firms, both % plan.firms
    amount = np.round(firms.sales[guaranteed] * rng.uniform(2, 12, len(both)), -2) + 1000
    start, stop = _span(rng, plan, firms, (guarantor, guaranteed))
    cover = np.clip(amount / (8 * firms.sales[guarantor]), 0, 1)
    return Guarantees(guarantor, guaranteed, amount, cover, start, stop)

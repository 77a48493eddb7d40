"""The links of a synthetic world: who supplies whom and when, and who guarantees for whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic.economy_firms import EconomyFirms
from supplyrisk.loaders.synthetic.firm_pools import FirmPools
from supplyrisk.loaders.synthetic.world_plan import (
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
    WorldPlan,
)


@dataclass(frozen=True)
class EssentialSuppliers:
    """Tiers that supply a tier's essential goods; main_share of these suppliers are of the main tier."""

    main_tier: int
    second_tier: int
    main_share: float


ESSENTIAL = {
    COMPONENTS: EssentialSuppliers(MATERIALS, MATERIALS, 1.0),
    MANUFACTURING: EssentialSuppliers(COMPONENTS, MATERIALS, 0.8),
    WHOLESALE: EssentialSuppliers(MANUFACTURING, MANUFACTURING, 1.0),
    RETAIL: EssentialSuppliers(WHOLESALE, MANUFACTURING, 0.65),
}
"""Suppliers of essential goods by buying tier; materials and logistics buy none."""
OTHER_GOODS_TIERS = (COMPONENTS, MANUFACTURING, WHOLESALE)
"""Tiers that sell goods a firm can do without for a while: packaging, machines, consumables."""
ESSENTIAL_COSTS = np.array([0.0, 0.38, 0.46, 0.66, 0.56, 0.0])
OTHER_GOODS_COSTS = np.array([0.06, 0.06, 0.07, 0.06, 0.06, 0.08])
"""Purchases of essential and of other goods from firms in the data, as shares of sales, by tier."""
RENEWALS_PER_YEAR = 0.30
"""How often in a year a customer replaces the supplier of a purchase, on average."""
QUALITY_BANDS = 3
"""Bands of equal size by quality of management, within which partners find each other."""
RING_SIZE = 4
"""Firms in a guarantee ring."""


@dataclass(frozen=True)
class TradeLinks:
    """One entry per supplier, customer and kind of goods, sorted by them.

    Parameters
    ----------
    supplier, customer: numbers of the firms.
    essential: whether the goods are essential to the customer.
    value: CNY per week.
    need: the link's share of the customer's essential (or of its other) goods.
    start, stop: the link is in use in weeks [start, stop).
    lead_days: days from order to promised delivery.
    trades_per_week: mean number of recorded trades.
    """

    supplier: Ints
    customer: Ints
    essential: Bools
    value: Floats
    need: Floats
    start: Ints
    stop: Ints
    lead_days: Ints
    trades_per_week: Floats

    def active(self, week: int) -> Bools:
        """Return whether each link is in use in a week."""
        used: Bools = (self.start <= week) & (week < self.stop)
        return used


@dataclass(frozen=True)
class GuaranteeLinks:
    """One entry per guarantor and guaranteed firm, in force in weeks [start, stop); amount in CNY."""

    guarantor: Ints
    guaranteed: Ints
    amount: Floats
    start: Ints
    stop: Ints


@dataclass(frozen=True)
class _PurchaseSlots:
    """Purchases that one supplier at a time serves: share of the customer's need, in weeks [start, stop)."""

    customer: Ints
    essential: Bools
    need: Floats
    start: Ints
    stop: Ints


@dataclass(frozen=True)
class _LinkEnds:
    """Supplier, customer and kind of goods of each link."""

    supplier: Ints
    customer: Ints
    essential: Bools


def draw_links(plan: WorldPlan, firms: EconomyFirms) -> tuple[TradeLinks, Floats]:
    """Draw the trade links; also return every firm's weekly sales (CNY) with them."""
    rng = plan.stream("links")
    slots = _draw_slots(plan, firms, rng)
    supplier = _draw_suppliers(plan, firms, slots, rng)
    start = np.maximum(slots.start, firms.joined_week[supplier])
    stop = slots.stop
    key = (supplier * plan.firms + slots.customer) * 2 + slots.essential
    # one entry per pair: a second purchase from the same supplier is left to firms outside the data
    _, first = np.unique(key, return_index=True)
    first = first[(supplier != slots.customer)[first] & (start < stop)[first]]
    customer = slots.customer[first]
    essential = slots.essential[first]
    m = len(first)
    used_share = (stop - start)[first] / plan.weeks
    ends = _LinkEnds(supplier[first], customer, essential)
    value, sales = _link_values(firms, ends, slots.need[first], used_share)
    links = TradeLinks(
        supplier=supplier[first],
        customer=customer,
        essential=essential,
        value=value,
        need=slots.need[first],
        start=start[first],
        stop=stop[first],
        lead_days=rng.integers(3, 13, m),
        trades_per_week=0.15 * rng.gamma(2.0, size=m) * (value / np.median(value)) ** 0.2
        if m
        else np.zeros(0),
    )
    return links, sales


def _draw_slots(plan: WorldPlan, firms: EconomyFirms, rng: np.random.Generator) -> _PurchaseSlots:
    """Draw the firms' purchases and their changes of supplier.

    Essential goods: one supplier for two in five, up to dozens for large firms; other goods: none to two. A
    purchase's supplier changes RENEWALS_PER_YEAR times a year; each change ends one link and begins another.
    """
    n = plan.firms
    buys = (firms.tier != MATERIALS) & (firms.tier != LOGISTICS)
    essential_number = np.where(buys, 1 + np.minimum(rng.poisson(0.7 * firms.size**0.75), 150), 0)
    other_number = rng.choice(3, n, p=[0.45, 0.35, 0.20])
    customer = np.concatenate(
        [np.repeat(np.arange(n), essential_number), np.repeat(np.arange(n), other_number)]
    )
    essential = np.arange(len(customer)) < essential_number.sum()
    # shares of a customer's need add up to 1 over its slots of one kind; none of them is negligible
    share = 0.05 + rng.gamma(1.0, size=len(customer))
    kind = customer * 2 + essential
    need = share / np.bincount(kind, share, 2 * n)[kind]
    changes = rng.poisson(RENEWALS_PER_YEAR * plan.weeks / 52, len(customer))
    changed_slot = np.repeat(np.arange(len(customer)), changes)
    week = rng.integers(1, plan.weeks, len(changed_slot))
    order = np.lexsort((week, changed_slot))
    changed_slot = changed_slot[order]
    week = week[order]
    slot = np.concatenate([np.arange(len(customer)), changed_slot])
    begin = np.concatenate([np.zeros(len(customer), np.int64), week])
    # each stretch ends where the next one of its slot begins
    order = np.lexsort((begin, slot))
    slot = slot[order]
    begin = begin[order]
    last = np.append(slot[1:] != slot[:-1], True)
    end = np.where(last, plan.weeks, np.append(begin[1:], 0))
    buyer = customer[slot]
    return _PurchaseSlots(
        customer=buyer,
        essential=essential[slot],
        need=need[slot],
        start=np.maximum(begin, firms.joined_week[buyer]),
        stop=end,
    )


def _draw_suppliers(
    plan: WorldPlan, firms: EconomyFirms, slots: _PurchaseSlots, rng: np.random.Generator
) -> Ints:
    """Draw a supplier for each slot in proportion to size, preferring the same region or similar quality.

    Partners of similar quality are homophily: similar firms trade with each other, so their defaults go together
    without any contagion.
    """
    lines = len(LINES)
    regions = len(REGIONS)
    m = len(slots.customer)
    draw = rng.random(m)
    tier = np.asarray(OTHER_GOODS_TIERS)[(draw * len(OTHER_GOODS_TIERS)).astype(np.int64)]
    for buying_tier, suppliers in ESSENTIAL.items():
        at = slots.essential & (firms.tier[slots.customer] == buying_tier)
        # one draw serves both kinds of goods: slots are either essential or not
        chosen = np.where(draw < suppliers.main_share, suppliers.main_tier, suppliers.second_tier)
        tier = np.where(at, chosen, tier)
    own_line = firms.line_of_goods[slots.customer]
    any_line = ~slots.essential | (rng.random(m) < 0.05)
    line = np.where(any_line, rng.integers(0, lines, m), own_line)
    industry = firms.tier * lines + firms.line_of_goods
    industries = len(TIERS) * lines
    # rank of quality, cut into bands; the sort must be stable so that ties fall the same way everywhere
    rank = np.argsort(np.argsort(firms.quality, kind="stable"), kind="stable")
    band = rank * QUALITY_BANDS // plan.firms
    by_industry = FirmPools(industry, firms.size, industries)
    by_region = FirmPools(industry * regions + firms.region, firms.size, industries * regions)
    by_quality = FirmPools(industry * QUALITY_BANDS + band, firms.size, industries * QUALITY_BANDS)
    # a small economy does not have all lines
    pool = np.where(by_industry.filled(tier * lines + line), tier * lines + line, tier * lines + own_line)
    regional_pool = pool * regions + firms.region[slots.customer]
    quality_pool = pool * QUALITY_BANDS + band[slots.customer]
    choice = rng.random(m)
    matched = (choice < 0.5 * plan.homophily) & by_quality.filled(quality_pool)
    local = ~matched & (choice > 0.65) & by_region.filled(regional_pool)
    supplier = by_industry.draw(rng, pool)
    supplier[local] = by_region.draw(rng, regional_pool[local])
    supplier[matched] = by_quality.draw(rng, quality_pool[matched])
    return supplier


def _link_values(
    firms: EconomyFirms, ends: _LinkEnds, need: Floats, used_share: Floats
) -> tuple[Floats, Floats]:
    """Compute the weekly value of each link and the weekly sales of each firm (both CNY).

    Parameters
    ----------
    ends, need: of each link.
    used_share: share of the world's weeks in which a link is in use, by which it counts in its supplier's sales.
    """
    supplier = ends.supplier
    customer = ends.customer
    essential = ends.essential
    n = len(firms.direct_sales)
    value = np.zeros(len(need))
    main_sales = firms.direct_sales.copy()
    # from retail upstream: a tier's sales are known once all its customers' purchases are
    for tier in (RETAIL, WHOLESALE, MANUFACTURING, COMPONENTS):
        at = essential & (firms.tier[customer] == tier)
        value[at] = need[at] * ESSENTIAL_COSTS[tier] * main_sales[customer[at]]
        main_sales += np.bincount(supplier[at], (value * used_share)[at], n)
    other = ~essential
    # other goods flow in circles between tiers: they are a share of the sales of essential goods only
    value[other] = need[other] * OTHER_GOODS_COSTS[firms.tier[customer[other]]] * main_sales[customer[other]]
    return value, main_sales + np.bincount(supplier[other], (value * used_share)[other], n)


def draw_guarantees(plan: WorldPlan, firms: EconomyFirms) -> GuaranteeLinks:
    """Draw guarantees: 16 % of as many as firms within regions, and rings in which each stands for the next."""
    rng = plan.stream("guarantees")
    n = plan.firms
    guarantor = rng.choice(n, round(0.16 * n))
    guaranteed = FirmPools(firms.region, np.ones(n), len(REGIONS)).draw(rng, firms.region[guarantor])
    members = np.flatnonzero(rng.random(n) < 0.06)
    # rings form within regions: neighbours in this order
    members = members[np.argsort(firms.region[members], kind="stable")]
    rings = members[: len(members) // RING_SIZE * RING_SIZE].reshape(-1, RING_SIZE)
    guarantor = np.concatenate([guarantor, rings.ravel()])
    guaranteed = np.concatenate([guaranteed, np.roll(rings, -1, axis=1).ravel()])
    pairs = np.unique((guarantor * n + guaranteed)[guarantor != guaranteed])
    guarantor = pairs // n
    guaranteed = pairs % n
    # no lender accepts a guarantee beyond four weeks of the guarantor's sales
    amount = np.minimum(firms.sales[guaranteed] * rng.uniform(2, 8, len(pairs)), 4 * firms.sales[guarantor])
    start = np.maximum(firms.joined_week[guarantor], firms.joined_week[guaranteed])
    starts_late, ends_early = rng.random((2, len(pairs))) < 0.15
    start = np.where(starts_late, rng.integers(start, plan.weeks), start)
    stop = np.where(ends_early, rng.integers(start, plan.weeks) + 1, plan.weeks)
    return GuaranteeLinks(
        guarantor, guaranteed, (np.round(amount, -2) + 1000).astype(np.float64), start, stop
    )

"""Who deals with whom in a synthetic world: trade links with their spans, and guarantees with their rings."""

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

ESSENTIAL = {
    COMPONENTS: (MATERIALS, MATERIALS, 1.0),
    MANUFACTURING: (COMPONENTS, MATERIALS, 0.8),
    WHOLESALE: (MANUFACTURING, MANUFACTURING, 1.0),
    RETAIL: (WHOLESALE, MANUFACTURING, 0.65),
}
"""By buying tier: the tiers of its essential goods, and the first one's share of these suppliers."""
OTHERS = (COMPONENTS, MANUFACTURING, WHOLESALE)
"""Tiers that sell what a firm can do without for a while: packaging, machines, consumables."""
ESSENTIAL_COSTS = np.array([0.0, 0.38, 0.46, 0.66, 0.56, 0.0])
OTHER_COSTS = np.array([0.06, 0.06, 0.07, 0.06, 0.06, 0.08])
"""Essential and other purchases from firms in the data, by tier, as shares of sales."""
RENEWALS = 0.30
"""How often in a year a customer replaces the supplier of one of its purchases by another."""
BANDS = 3
RING = 4
"""Firms in a guarantee ring."""


@dataclass(frozen=True)
class TradeLinks:
    """One entry per supplier, customer and kind of goods, sorted by them; value is money per week.

    need is the link's share of the customer's essential goods, or of its other goods where not essential.
    It is in use in weeks [start, stop). lead is in days, rate in trades per week.
    """

    supplier: Ints
    customer: Ints
    essential: Bools
    value: Floats
    need: Floats
    start: Ints
    stop: Ints
    lead: Ints
    rate: Floats

    def active(self, week: int) -> Bools:
        """Which links are in use in a week."""
        used: Bools = (self.start <= week) & (week < self.stop)
        return used


@dataclass(frozen=True)
class GuaranteeLinks:
    """One entry per guarantor and guaranteed firm, in force in weeks [start, stop)."""

    guarantor: Ints
    guaranteed: Ints
    amount: Floats
    start: Ints
    stop: Ints


@dataclass(frozen=True)
class _Slots:
    """Purchases of a customer that one supplier at a time serves: its share of the need, and when."""

    customer: Ints
    essential: Bools
    need: Floats
    start: Ints
    stop: Ints


def draw_links(plan: WorldPlan, firms: EconomyFirms) -> tuple[TradeLinks, Floats]:
    """The trade links, and every firm's weekly sales with them."""
    rng = plan.stream("links")
    slots = _slots(plan, firms, rng)
    supplier = _suppliers(plan, firms, slots, rng)
    span = np.maximum(slots.start, firms.joined_week[supplier]), slots.stop
    key = (supplier * plan.firms + slots.customer) * 2 + slots.essential
    # one entry per pair: what a customer buys of one supplier twice is left to firms outside the data
    _, first = np.unique(key, return_index=True)
    first = first[(supplier != slots.customer)[first] & (span[0] < span[1])[first]]
    customer, essential, m = slots.customer[first], slots.essential[first], len(first)
    used = (span[1] - span[0])[first] / plan.weeks
    value, sales = _values(firms, (supplier[first], customer, essential), slots.need[first], used)
    links = TradeLinks(
        supplier=supplier[first],
        customer=customer,
        essential=essential,
        value=value,
        need=slots.need[first],
        start=span[0][first],
        stop=span[1][first],
        lead=rng.integers(3, 13, m),
        rate=0.15 * rng.gamma(2.0, size=m) * (value / np.median(value)) ** 0.2 if m else np.zeros(0),
    )
    return links, sales


def _slots(plan: WorldPlan, firms: EconomyFirms, rng: np.random.Generator) -> _Slots:
    """Essential goods: one supplier for two in five, up to dozens for the large; other goods: none to two.

    A slot's supplier changes RENEWALS times a year: each change ends one link and begins another.
    """
    n = plan.firms
    buys = (firms.tier != MATERIALS) & (firms.tier != LOGISTICS)
    main = np.where(buys, 1 + np.minimum(rng.poisson(0.7 * firms.size**0.75), 150), 0)
    other = rng.choice(3, n, p=[0.45, 0.35, 0.20])
    customer = np.concatenate([np.repeat(np.arange(n), main), np.repeat(np.arange(n), other)])
    essential = np.arange(len(customer)) < main.sum()
    share = 0.05 + rng.gamma(1.0, size=len(customer))
    kind = customer * 2 + essential
    need = share / np.bincount(kind, share, 2 * n)[kind]
    changes = rng.poisson(RENEWALS * plan.weeks / 52, len(customer))
    turn = np.repeat(np.arange(len(customer)), changes)
    week = rng.integers(1, plan.weeks, len(turn))
    order = np.lexsort((week, turn))
    turn, week = turn[order], week[order]
    slot = np.concatenate([np.arange(len(customer)), turn])
    begin = np.concatenate([np.zeros(len(customer), np.int64), week])
    # each ends where the next of its slot begins
    order = np.lexsort((begin, slot))
    slot, begin = slot[order], begin[order]
    last = np.append(slot[1:] != slot[:-1], True)
    end = np.where(last, plan.weeks, np.append(begin[1:], 0))
    who = customer[slot]
    return _Slots(who, essential[slot], need[slot], np.maximum(begin, firms.joined_week[who]), end)


def _suppliers(plan: WorldPlan, firms: EconomyFirms, slots: _Slots, rng: np.random.Generator) -> Ints:
    """A supplier for each slot: by size, from nearby or of like quality where there is one."""
    lines, regions, m = len(LINES), len(REGIONS), len(slots.customer)
    draw = rng.random(m)
    tier = np.asarray(OTHERS)[(draw * len(OTHERS)).astype(np.int64)]
    for buying, (main, second, share) in ESSENTIAL.items():
        at = slots.essential & (firms.tier[slots.customer] == buying)
        tier = np.where(at, np.where(draw < share, main, second), tier)
    at_home = firms.line_of_goods[slots.customer]
    foreign = ~slots.essential | (rng.random(m) < 0.05)
    line = np.where(foreign, rng.integers(0, lines, m), at_home)
    kind, shelves = firms.tier * lines + firms.line_of_goods, len(TIERS) * lines
    band = np.argsort(np.argsort(firms.quality, kind="stable"), kind="stable") * BANDS // plan.firms
    shelf = FirmPools(kind, firms.size, shelves)
    near = FirmPools(kind * regions + firms.region, firms.size, shelves * regions)
    alike = FirmPools(kind * BANDS + band, firms.size, shelves * BANDS)
    # a small economy has fewer lines than there are names for
    wanted = np.where(shelf.filled(tier * lines + line), tier * lines + line, tier * lines + at_home)
    nearby, same = wanted * regions + firms.region[slots.customer], wanted * BANDS + band[slots.customer]
    choice = rng.random(m)
    matched = (choice < 0.5 * plan.likeness) & alike.filled(same)
    local = ~matched & (choice > 0.65) & near.filled(nearby)
    supplier = shelf.draw(rng, wanted)
    supplier[local] = near.draw(rng, nearby[local])
    supplier[matched] = alike.draw(rng, same[matched])
    return supplier


def _values(
    firms: EconomyFirms, ends: tuple[Ints, Ints, Bools], need: Floats, used: Floats
) -> tuple[Floats, Floats]:
    """Weekly value of each link, and sales of each firm: what it sells outside and, on average, along links."""
    supplier, customer, essential = ends
    n, value = len(firms.direct), np.zeros(len(need))
    main = firms.direct.copy()
    # tier by tier upwards: what a tier sells is known once all its customers' purchases are
    for tier in (RETAIL, WHOLESALE, MANUFACTURING, COMPONENTS):
        at = essential & (firms.tier[customer] == tier)
        value[at] = need[at] * ESSENTIAL_COSTS[tier] * main[customer[at]]
        main += np.bincount(supplier[at], (value * used)[at], n)
    other = ~essential
    value[other] = need[other] * OTHER_COSTS[firms.tier[customer[other]]] * main[customer[other]]
    return value, main + np.bincount(supplier[other], (value * used)[other], n)


def draw_guarantees(plan: WorldPlan, firms: EconomyFirms) -> GuaranteeLinks:
    """One firm in six or so answers for another of its region; some stand in rings, each for the next."""
    rng, n = plan.stream("guarantees"), plan.firms
    guarantor = rng.choice(n, round(0.16 * n))
    guaranteed = FirmPools(firms.region, np.ones(n), len(REGIONS)).draw(rng, firms.region[guarantor])
    members = np.flatnonzero(rng.random(n) < 0.06)
    members = members[np.argsort(firms.region[members], kind="stable")]
    rings = members[: len(members) // RING * RING].reshape(-1, RING)
    guarantor = np.concatenate([guarantor, rings.ravel()])
    guaranteed = np.concatenate([guaranteed, np.roll(rings, -1, axis=1).ravel()])
    both = np.unique((guarantor * n + guaranteed)[guarantor != guaranteed])
    guarantor, guaranteed = both // n, both % n
    # nobody answers for more than he is thought good for
    amount = np.minimum(firms.sales[guaranteed] * rng.uniform(2, 8, len(both)), 4 * firms.sales[guarantor])
    start = np.maximum(firms.joined_week[guarantor], firms.joined_week[guaranteed])
    late, short = rng.random((2, len(both))) < 0.15
    start = np.where(late, rng.integers(start, plan.weeks), start)
    stop = np.where(short, rng.integers(start, plan.weeks) + 1, plan.weeks)
    return GuaranteeLinks(
        guarantor, guaranteed, (np.round(amount, -2) + 1000).astype(np.float64), start, stop
    )

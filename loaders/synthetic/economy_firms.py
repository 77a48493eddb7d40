"""The firms of a synthetic world: tiers, sizes, buffers, payment terms and owners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.loaders.synthetic.firm_pools import FirmPools
from supplyrisk.loaders.synthetic.world_plan import (
    LINES,
    LOGISTICS,
    MANUFACTURING,
    REGIONS,
    RETAIL,
    Bools,
    Floats,
    Ints,
    WorldPlan,
)

TIER_SHARES = (0.08, 0.14, 0.20, 0.18, 0.36, 0.04)
REGION_SHARES = (0.24, 0.20, 0.15, 0.12, 0.10, 0.08, 0.06, 0.05)
PURCHASE_SHARES = np.array([0.10, 0.45, 0.55, 0.75, 0.65, 0.10])
"""Purchases of goods as a share of sales, by tier."""
OUTSIDE_SALES = np.array([6e3, 6e3, 8e3, 6e3, 4e4, 1.5e4])
"""Weekly sales (CNY) of a firm of size 1 to customers outside the data, by tier."""
SIZE_TAIL = 1.2
"""Exponent of the Pareto tail of sizes, to which the largest 5 % belong."""

RESELLER, MAKER_SELLER, EXPORTER, PRODUCER, NO_SHOP = range(5)


@dataclass(frozen=True)
class EconomyFirms:
    """One entry per firm; money is CNY per week, days are day numbers.

    Parameters
    ----------
    tier, line_of_goods, region: numbers in TIERS, LINES and REGIONS.
    shop: shop type; NO_SHOP for firms that are no merchants.
    size: relative size, lognormal with a Pareto tail.
    quality: quality of the management, of mean 0 and variance 1.
    owner: number of the person that owns the firm.
    carrier: the firm's usual carrier; carriers carry for themselves.
    joined_week: week in which the firm joined; 0 for those present from the start.
    joined_on, founded_on: days on which it joined the data and was founded.
    growth: yearly growth of demand (log).
    direct_sales, sales: weekly sales to customers outside the data, and all weekly sales.
    margin: profit over sales.
    materials, fixed: purchases and fixed costs over sales.
    target_cash: cash that the firm aims to hold, in weeks of its sales.
    credit_line: in weeks of its sales.
    target_stock: inputs that it aims to hold, in weeks of use.
    credit_weeks: weeks until its customers pay.
    payment_weeks: weeks until it pays its suppliers.
    initial_cash: cash at the beginning over `target_cash`.
    """

    tier: Ints
    line_of_goods: Ints
    region: Ints
    shop: Ints
    size: Floats
    quality: Floats
    owner: Ints
    carrier: Ints
    joined_week: Ints
    joined_on: Ints
    founded_on: Ints
    growth: Floats
    margin: Floats
    materials: Floats
    fixed: Floats
    target_cash: Floats
    credit_line: Floats
    target_stock: Floats
    credit_weeks: Ints
    payment_weeks: Ints
    initial_cash: Floats
    direct_sales: Floats
    sales: Floats

    @property
    def merchant(self) -> Bools:
        """Whether each firm sells through a shop."""
        sells: Bools = self.shop != NO_SHOP
        return sells

    @property
    def hidden_upstream(self) -> Bools:
        """Whether a firm's purchases are in no table: producers and exporters buy, but no data set records it."""
        return np.isin(self.shop, (EXPORTER, PRODUCER))

    @property
    def industry(self) -> Ints:
        """Number of each firm's industry (tier and line of goods)."""
        return self.tier * len(LINES) + self.line_of_goods


def draw_firms(plan: WorldPlan) -> EconomyFirms:
    """Draw all that is known of the firms before trade links are; `sales` holds direct sales only."""
    # the order of the draws below, down to the constructor's arguments, fixes every world: never reorder them
    rng = plan.stream("firms")
    n = plan.firms
    tier, line = _draw_kinds(rng, n)
    region = np.searchsorted(np.cumsum(REGION_SHARES)[:-1], rng.random(n))
    size = _draw_sizes(rng, n)
    shop = _draw_shops(rng, tier)
    early = rng.random(n) < 0.78
    joined_week = np.where(early, 0, rng.integers(1, plan.weeks, n))
    joined_on = np.where(early, plan.first_day - rng.integers(1, 1100, n), plan.week_start(joined_week))
    direct_sales = OUTSIDE_SALES[tier] * size + np.where(shop == MAKER_SELLER, 2e4 * size, 0.0)
    persons = max(1, round(0.7 * n))
    quality = _draw_quality(plan, line * len(REGIONS) + region)
    # in days; the larger a firm is, the older: the number of links goes with both
    age = 400 + rng.gamma(1.5, 1400 * size**0.2)
    materials = PURCHASE_SHARES[tier]
    return EconomyFirms(
        tier=tier,
        line_of_goods=line,
        region=region,
        shop=shop,
        size=size,
        quality=quality,
        # the power gives a few persons many firms and most of them one
        owner=(persons * rng.random(n) ** 1.5).astype(np.int64),
        carrier=_draw_carriers(plan, tier, region, size),
        joined_week=joined_week,
        joined_on=joined_on,
        founded_on=joined_on - age.astype(np.int64),
        growth=0.04 + 0.06 * rng.standard_normal(n),
        margin=0.056 + 0.010 * quality + 0.010 * rng.standard_normal(n),
        materials=materials,
        # half of what is not spent on goods, at most 26 % of sales
        fixed=np.clip(0.5 * (1 - materials), 0, 0.26),
        target_cash=np.clip(
            3.5 * size**0.04 * np.exp(0.12 * quality + 0.5 * rng.standard_normal(n)), 1.0, 20
        ),
        credit_line=rng.uniform(0.6, 2.0, n),
        target_stock=np.clip(1.3 * np.exp(0.6 * rng.standard_normal(n)), 0.3, 9),
        credit_weeks=rng.choice([2, 4, 6, 8], n, p=[0.2, 0.4, 0.25, 0.15]),
        payment_weeks=rng.choice([2, 4, 6], n, p=[0.3, 0.45, 0.25]),
        initial_cash=rng.uniform(0.5, 1.1, n),
        direct_sales=direct_sales,
        sales=direct_sales,
    )


def _draw_kinds(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Draw tier and line of goods by quota, so that no tier of a line is empty in a small economy."""
    tier = np.searchsorted(np.cumsum(TIER_SHARES)[:-1], (np.arange(n) + 0.5) / n)
    place_in_tier = np.arange(n) - np.searchsorted(tier, tier)
    # small economies have fewer lines, about one per 60 firms
    line = place_in_tier % int(np.clip(n // 60, 1, len(LINES)))
    shuffled = rng.permutation(n)
    return tier[shuffled], line[shuffled]


def _draw_sizes(rng: np.random.Generator, n: int) -> Floats:
    """Draw sizes: lognormal, with a Pareto tail from the 95th percentile (1.645 standard deviations) on."""
    body = np.exp(np.minimum(rng.standard_normal(n), 1.645))
    tail = rng.random(n)
    # no draw exceeds what the largest of n would be: one firm must not be the whole economy
    pareto = np.exp(1.645) * np.maximum(tail, 0.5 / n) ** (-1 / SIZE_TAIL)
    return np.where(body >= np.exp(1.645), pareto, body)


def _draw_quality(plan: WorldPlan, cell: Ints) -> Floats:
    """Draw the quality of management; a share of its variance, 0.4 x homophily, is common to line and region.

    Parameters
    ----------
    cell: each firm's line of goods and region as one number.
    """
    rng = plan.stream("quality")
    shared = 0.4 * plan.homophily
    own = rng.standard_normal(plan.firms)
    common = rng.standard_normal(len(LINES) * len(REGIONS))
    quality: Floats = np.sqrt(1 - shared) * own + np.sqrt(shared) * common[cell]
    return quality


def _draw_shops(rng: np.random.Generator, tier: Ints) -> Ints:
    """Draw shop types: all of retail, and a third of the manufacturers, are merchants."""
    draw = rng.random(len(tier))
    retail = np.select([draw < 0.76, draw < 0.88], [RESELLER, PRODUCER], EXPORTER)
    maker = np.where(draw < 0.35, MAKER_SELLER, NO_SHOP)
    return np.where(tier == RETAIL, retail, np.where(tier == MANUFACTURING, maker, NO_SHOP))


def _draw_carriers(plan: WorldPlan, tier: Ints, region: Ints, size: Floats) -> Ints:
    """Draw every firm's usual carrier in proportion to size, 70 % from its own region where it has one."""
    rng = plan.stream("carriers")
    n = plan.firms
    is_carrier = tier == LOGISTICS
    # the last pool takes the firms that are no carriers, and is never drawn from
    not_carriers = len(REGIONS)
    regional = FirmPools(np.where(is_carrier, region, not_carriers), size, not_carriers + 1)
    national = FirmPools((~is_carrier).astype(np.int64), size, 2)
    if not is_carrier.any():
        return np.arange(n)
    carrier = national.draw(rng, np.zeros(n, np.int64))
    local = (rng.random(n) < 0.7) & regional.filled(region)
    carrier[local] = regional.draw(rng, region[local])
    return np.where(is_carrier, np.arange(n), carrier)

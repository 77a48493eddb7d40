"""The firms of a synthetic world: their kinds, sizes, buffers and habits, and who owns them."""

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
"""What a tier spends on goods, as a share of its sales."""
OUTSIDE_SALES = np.array([6e3, 6e3, 8e3, 6e3, 4e4, 1.5e4])
"""Weekly sales (CNY) of a firm of size 1 to customers outside the data, by tier."""
SIZE_TAIL = 1.2
"""Exponent of the Pareto tail of sizes, which the largest twentieth belongs to."""

RESELLER, MAKER_SELLER, EXPORTER, PRODUCER, NO_SHOP = range(5)


@dataclass(frozen=True)
class EconomyFirms:
    """One entry per firm; money is per week, days are day numbers.

    shop is the shop type (NO_SHOP: no merchant). quality is that of the management, of mean 0 and variance 1.
    carrier is the row of the firm's usual carrier, itself for carriers. joined_week is 0 for all that were
    there at the start. sales are all weekly sales, direct those to customers outside the data. Everything
    below is in weeks of the firm's own sales: margin (profit over sales), materials and fixed (costs over
    sales), cash (what it likes to hold), line (of credit), stock (of inputs, in weeks of use), terms
    (weeks for which its customers get credit), pays (weeks until it pays its suppliers), start (cash at the
    beginning over `cash`).
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
    cash: Floats
    line: Floats
    stock: Floats
    terms: Ints
    pays: Ints
    start: Floats
    direct: Floats
    sales: Floats

    @property
    def merchant(self) -> Bools:
        """Which firms sell through a shop."""
        sells: Bools = self.shop != NO_SHOP
        return sells

    @property
    def hidden_upstream(self) -> Bools:
        """Producers and exporters: they buy like others, but no data set records from whom."""
        return np.isin(self.shop, (EXPORTER, PRODUCER))

    @property
    def industry(self) -> Ints:
        """Number of the firm's industry: tier and line of goods."""
        return self.tier * len(LINES) + self.line_of_goods


def draw_firms(plan: WorldPlan) -> EconomyFirms:
    """Everything about the firms but their sales to each other."""
    rng, n = plan.stream("firms"), plan.firms
    tier, line = _kinds(rng, n)
    region = np.searchsorted(np.cumsum(REGION_SHARES)[:-1], rng.random(n))
    size = _sizes(rng, n)
    shop = _shops(rng, tier)
    early = rng.random(n) < 0.78
    joined_week = np.where(early, 0, rng.integers(1, plan.weeks, n))
    joined_on = np.where(early, plan.first - rng.integers(1, 1100, n), plan.week_start(joined_week))
    direct = OUTSIDE_SALES[tier] * size + np.where(shop == MAKER_SELLER, 2e4 * size, 0.0)
    persons = max(1, round(0.7 * n))
    quality = _quality(plan, line * len(REGIONS) + region)
    # the larger a firm is, the older: degree goes with both
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
        carrier=_carriers(plan, tier, region, size),
        joined_week=joined_week,
        joined_on=joined_on,
        founded_on=joined_on - age.astype(np.int64),
        growth=0.04 + 0.06 * rng.standard_normal(n),
        margin=0.056 + 0.010 * quality + 0.010 * rng.standard_normal(n),
        materials=materials,
        fixed=np.clip(0.5 * (1 - materials), 0, 0.26),
        cash=np.clip(3.5 * size**0.04 * np.exp(0.12 * quality + 0.5 * rng.standard_normal(n)), 1.0, 20),
        line=rng.uniform(0.6, 2.0, n),
        stock=np.clip(1.3 * np.exp(0.6 * rng.standard_normal(n)), 0.3, 9),
        terms=rng.choice([2, 4, 6, 8], n, p=[0.2, 0.4, 0.25, 0.15]),
        pays=rng.choice([2, 4, 6], n, p=[0.3, 0.45, 0.25]),
        start=rng.uniform(0.5, 1.1, n),
        direct=direct,
        sales=direct,
    )


def _kinds(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Tier and line of goods by quota, so that no tier of a line is empty in a small economy."""
    tier = np.searchsorted(np.cumsum(TIER_SHARES)[:-1], (np.arange(n) + 0.5) / n)
    place = np.arange(n) - np.searchsorted(tier, tier)
    line = place % int(np.clip(n // 60, 1, len(LINES)))
    mixed = rng.permutation(n)
    return tier[mixed], line[mixed]


def _sizes(rng: np.random.Generator, n: int) -> Floats:
    """Lognormal, with a Pareto tail from its 95th percentile on."""
    body = np.exp(np.minimum(rng.standard_normal(n), 1.645))
    tail = rng.random(n)
    # no draw beyond what the largest of n would be: one firm should not be the whole economy
    pareto = np.exp(1.645) * np.maximum(tail, 0.5 / n) ** (-1 / SIZE_TAIL)
    return np.where(body >= np.exp(1.645), pareto, body)


def _quality(plan: WorldPlan, cell: Ints) -> Floats:
    """Quality of management: the more likeness, the more of it is shared by line of goods and region."""
    rng, shared = plan.stream("quality"), 0.4 * plan.likeness
    own, common = rng.standard_normal(plan.firms), rng.standard_normal(len(LINES) * len(REGIONS))
    mixed: Floats = np.sqrt(1 - shared) * own + np.sqrt(shared) * common[cell]
    return mixed


def _shops(rng: np.random.Generator, tier: Ints) -> Ints:
    """Shop types: all of retail, and a third of the manufacturers."""
    draw = rng.random(len(tier))
    retail = np.select([draw < 0.76, draw < 0.88], [RESELLER, PRODUCER], EXPORTER)
    maker = np.where(draw < 0.35, MAKER_SELLER, NO_SHOP)
    return np.where(tier == RETAIL, retail, np.where(tier == MANUFACTURING, maker, NO_SHOP))


def _carriers(plan: WorldPlan, tier: Ints, region: Ints, size: Floats) -> Ints:
    """Every firm's usual carrier: mostly one with a hub in its region, the large ones more often."""
    rng, n = plan.stream("carriers"), plan.firms
    carries, everywhere = tier == LOGISTICS, len(REGIONS)
    near = FirmPools(np.where(carries, region, everywhere), size, everywhere + 1)
    all_over = FirmPools((~carries).astype(np.int64), size, 2)
    if not carries.any():
        return np.arange(n)
    carrier = all_over.draw(rng, np.zeros(n, np.int64))
    local = (rng.random(n) < 0.7) & near.filled(region)
    carrier[local] = near.draw(rng, region[local])
    return np.where(carries, np.arange(n), carrier)

"""The rows about firms themselves: firms, persons, relations, activity, financials, events, and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic_columns import counts, days, ids, money, pick
from supplyrisk.loaders.synthetic_economy import NO_SHOP, PURCHASE_SHARES, Economy
from supplyrisk.loaders.synthetic_plan import (
    CAUSES,
    EPOCH,
    LINES,
    LOGISTICS,
    MATERIALS,
    NEVER,
    REGIONS,
    RETAIL,
    TIERS,
    Bools,
    Floats,
    Ints,
)
from supplyrisk.loaders.synthetic_simulation import History

SHOP_TYPES = ("reseller", "maker_seller", "exporter", "producer")
RELATION_TYPES = {
    "from_id": pa.string(),
    "to_id": pa.string(),
    "kind": pa.string(),
    "weight": pa.float64(),
    "amount": pa.float64(),
    "since": pa.date32(),
    "until": pa.date32(),
}
COMPLAINTS = ("payment", "payment|goods", "loan", "labour", "loan|guarantee", "quality")


def firms_table(economy: Economy) -> pa.Table:
    """The table `firms`."""
    plan, firms = economy.plan, economy.firms
    rng, n = plan.rng("registry"), plan.firms
    # materials come from outside the data
    upstream = (firms.tier == MATERIALS) | (firms.tier == LOGISTICS)
    role = np.select(
        [firms.tier == LOGISTICS, firms.tier == RETAIL, firms.merchant, upstream], [0, 1, 2, 3], default=4
    )
    roles = ("logistics", "merchant|buyer", "merchant|supplier|buyer", "supplier", "supplier|buyer")
    industries = tuple("logistics" if t == "logistics" else f"{line} {t}" for t in TIERS for line in LINES)
    industry = pick(industries, firms.tier * len(LINES) + firms.line)
    region = pick(REGIONS, firms.region)
    number = pc.utf8_lpad(pa.array(np.arange(1, n + 1)).cast(pa.string()), 4, "0")
    capital = np.round(firms.sales * 20 * np.exp(0.5 * rng.standard_normal(n)), -4) + 10_000
    paid_in = np.clip(0.75 - 0.1 * firms.frailty + 0.2 * rng.standard_normal(n), 0.05, 1.0)
    people = 1 + (firms.sales / 15_000 * np.exp(0.4 * rng.standard_normal(n))).astype(np.int64)
    return pa.table(
        {
            "firm_id": ids("F", n),
            "name": pc.binary_join_element_wise(region, industry, number, " "),
            "roles": pick(roles, role),
            "shop_type": pick(SHOP_TYPES, np.minimum(firms.shop, NO_SHOP - 1), firms.merchant),
            "industry": industry,
            "region": region,
            "founded_on": days(firms.founded_on, plan.last),
            "joined_on": days(firms.joined_on, plan.last),
            "registered_capital": money(capital),
            "paid_in_capital": money(capital * paid_in),
            "employees": counts(people),
        }
    )


def persons_table(economy: Economy) -> pa.Table:
    """The table `persons`."""
    return pa.table({"person_id": ids("P", economy.persons)})


def relations_table(economy: Economy, history: History) -> pa.Table:
    """The table `relations`: owns and manages (person to firm), guarantees and invests (firm to firm)."""
    plan, firms = economy.plan, economy.firms
    rng, n = plan.rng("relations"), plan.firms
    firm, person = ids("F", n), ids("P", economy.persons)
    managed, invested = np.flatnonzero(rng.random(n) < 0.25), np.flatnonzero(rng.random(n) < 0.03)
    manager = pick(person, rng.integers(0, economy.persons, len(managed)))
    investor = (invested + rng.integers(1, n, len(invested))) % n
    share, stake = np.round(rng.uniform(0.34, 1, n), 2), np.round(rng.uniform(0.05, 0.5, len(invested)), 2)
    both = days(np.maximum(firms.joined_on[invested], firms.joined_on[investor]), plan.last)
    founded, joined = days(firms.founded_on, plan.last), days(firms.joined_on[managed], plan.last)
    owner = {"from_id": pick(person, firms.owner), "to_id": firm, "weight": pa.array(share), "since": founded}
    parts = (
        ("owns", owner),
        ("manages", {"from_id": manager, "to_id": pick(firm, managed), "since": joined}),
        ("guarantees", _guarantee_columns(economy, history)),
        (
            "invests",
            {
                "from_id": pick(firm, investor),
                "to_id": pick(firm, invested),
                "weight": pa.array(stake),
                "since": both,
            },
        ),
    )
    return pa.concat_tables(_relations(kind, columns) for kind, columns in parts)


def _guarantee_columns(economy: Economy, history: History) -> dict[str, pa.Array]:
    """Columns of the guarantees that came about: neither firm had stopped before."""
    plan, cover, firm = economy.plan, economy.guarantees, ids("F", economy.plan.firms)
    stopped = np.minimum(history.ended_week[cover.guarantor], history.ended_week[cover.guaranteed])
    at = np.flatnonzero(cover.start < stopped)
    since = np.where(cover.start > 0, plan.week_start(cover.start), plan.first - 1)[at]
    until = np.where(cover.stop < plan.weeks, plan.week_start(cover.stop) - 1, NEVER)[at]
    return {
        "from_id": pick(firm, cover.guarantor[at]),
        "to_id": pick(firm, cover.guaranteed[at]),
        "amount": money(cover.amount[at]),
        "since": days(since, plan.last),
        "until": days(until, plan.last),
    }


def _relations(kind: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Rows of one kind; columns that are not given are null."""
    n = len(columns["from_id"])
    given = {**columns, "kind": pick([kind], np.zeros(n, np.int64))}
    return pa.table({name: given.get(name, pa.nulls(n, type)) for name, type in RELATION_TYPES.items()})


def activity_table(economy: Economy, history: History) -> pa.Table:
    """The table `activity`: a row per shop and week, dated the week's last day."""
    plan, firms = economy.plan, economy.firms
    rng, shops, weeks = plan.rng("activity"), np.flatnonzero(firms.merchant), np.arange(plan.weeks)[:, None]
    week, shop = np.nonzero((weeks >= firms.joined_week[shops]) & (weeks < history.ended_week[shops]))
    firm, n = shops[shop], len(shop)
    strain = history.stress[week, firm].astype(float)
    # lasting habits: a level by itself says less about a shop than its change does
    growth, cushion, thrift = (rng.standard_normal(len(shops))[shop] for _ in range(3))
    usual = firms.direct[firm] * np.exp(0.08 * growth * (week / 52.0))
    open_for = np.where(history.suspended[week, firm], 0.25, 1.0)
    sales = usual * plan.season()[week] * open_for * np.exp(-0.14 * strain + 0.22 * rng.standard_normal(n))
    reserve = usual * (5 + 2 * cushion - 1.1 * strain + rng.standard_normal(n))
    return pa.table(
        {
            "firm_id": pick(ids("F", plan.firms), firm),
            "on": days(plan.week_start(week) + 6, plan.last),
            "sales": money(sales),
            **_customer_columns(rng, sales, strain, shop),
            "stock_value": money(usual * np.exp(1.3 + 0.08 * strain + 0.15 * rng.standard_normal(n))),
            "ad_spend": money(sales * 0.06 * np.exp(0.3 * thrift + 0.2 * rng.standard_normal(n))),
            "cash": money(reserve),
        }
    )


def _customer_columns(
    rng: np.random.Generator, sales: Floats, strain: Floats, shop: Ints
) -> dict[str, pa.Array]:
    """What customers do in each shop and week; shops differ by lasting habits of their own."""
    shops, n = int(shop.max(initial=-1)) + 1, len(shop)
    basket, returns, quarrels, loyalty = (rng.standard_normal(shops)[shop] for _ in range(4))
    orders = rng.poisson(sales / (120 * np.exp(0.5 * basket)))
    customers = rng.binomial(orders, 0.9)
    loyal = rng.binomial(customers, 1 / (1 + np.exp(0.9 - 0.4 * loyalty + 0.12 * strain)))
    rate = 0.03 * np.exp(0.5 * returns + 0.25 * strain + 0.4 * rng.standard_normal(n))
    return {
        "orders": counts(orders),
        "refunds": money(sales * np.minimum(0.9, rate)),
        "disputes": counts(rng.poisson(orders * 0.006 * np.exp(0.5 * quarrels + 0.3 * strain))),
        "customers": counts(customers),
        "returning_customers": counts(loyal),
        "visitors": counts(rng.poisson(orders * 22 * np.exp(0.1 * loyalty)) + customers),
    }


def financials_table(economy: Economy, history: History) -> pa.Table:
    """The table `financials`: half-yearly statements of most firms, published 60 to 120 days later."""
    plan, firms = economy.plan, economy.firms
    rng = plan.rng("financials")
    ends = _half_years(plan.first - 200, plan.last)
    writes = np.flatnonzero(rng.random(plan.firms) < 0.8)
    when, who = (axis.ravel() for axis in np.meshgrid(ends, writes, indexing="ij"))
    published = when + rng.integers(60, 121, len(when))
    there = (firms.founded_on[who] <= when - 181) & (firms.joined_on[who] <= published)
    # one that has stopped publishes nothing, and what is not out yet is not in the data
    kept = there & (published <= plan.last) & (published < history.ended_on[who])
    when, who, published = when[kept], who[kept], published[kept]
    n = len(when)
    strain = history.stress[np.clip((when - plan.first) // 7, 0, plan.weeks - 1), who].astype(float)
    revenue = 26 * firms.sales[who] * np.exp(-0.14 * strain + 0.1 * rng.standard_normal(n))
    materials = revenue * PURCHASE_SHARES[firms.tier[who]] * np.exp(0.03 * rng.standard_normal(n))
    costs = np.maximum(materials, revenue * (0.93 + 0.03 * strain + 0.03 * rng.standard_normal(n)))
    equity = revenue * (0.5 - 0.2 * firms.frailty[who] - 0.06 * strain + 0.12 * rng.standard_normal(n))
    liquid = revenue * 0.2 * np.exp(-0.25 * firms.frailty[who] - 0.2 * strain + 0.4 * rng.standard_normal(n))
    debt = revenue * 0.3 * np.exp(0.25 * firms.frailty[who] + 0.15 * strain + 0.4 * rng.standard_normal(n))
    return pa.table(
        {
            "firm_id": pick(ids("F", plan.firms), who),
            "on": days(when, plan.last),
            "published_on": days(published, plan.last),
            "revenue": money(revenue),
            "costs": money(costs),
            "material_costs": money(materials),
            "equity": money(equity),
            "liquid_assets": money(liquid),
            "short_term_debt": money(debt),
        }
    )


def _half_years(first: int, last: int) -> Ints:
    """Last days of the half-years from one day to another."""
    years = range((EPOCH + timedelta(days=first)).year, (EPOCH + timedelta(days=last)).year + 1)
    ends = [(date(year, *day) - EPOCH).days for year in years for day in ((6, 30), (12, 31))]
    return np.array([day for day in ends if first <= day <= last], np.int64)


def events_table(economy: Economy, history: History) -> pa.Table:
    """The table `events`: defaults (one in five a bankruptcy), closures, suspensions, lawsuits; by day."""
    plan, n = economy.plan, economy.plan.firms
    rng = plan.rng("events")
    ended = np.flatnonzero(history.ended_week < plan.weeks)
    end_kind = np.where(history.failed, np.where(rng.random(n) < 0.2, 1, 0), 2)[ended]
    weeks, paused = np.nonzero(history.suspended)
    sued_weeks, sued = history.lawsuits
    firm = np.concatenate([ended, paused, sued])
    kind = np.concatenate([end_kind, np.full(len(paused), 3), np.full(len(sued), 4)])
    on = np.concatenate([history.ended_on[ended], plan.week_start(weeks), plan.week_start(sued_weeks) + 1])
    order = np.lexsort((kind, firm, on))
    firm, kind, on = firm[order], kind[order], on[order]
    lawsuit: Bools = kind == 4
    claim = economy.firms.sales[firm] * rng.uniform(0.2, 4.0, len(firm))
    words = pick(COMPLAINTS, rng.integers(0, len(COMPLAINTS), len(firm)), lawsuit)
    return pa.table(
        {
            "firm_id": pick(ids("F", n), firm),
            "on": days(on, plan.last),
            "row_id": ids("E", len(firm)),
            "kind": pick(("default", "bankruptcy", "closure", "suspension", "lawsuit"), kind),
            "amount": money(claim, lawsuit),
            "detail": words,
            "source": pick(("register", "court", "register", "platform", "court"), kind),
        }
    )


def truth_table(economy: Economy, history: History) -> pa.Table:
    """Every default with what it came from: firm_id, on, cause, source_id (null for own)."""
    firm = ids("F", economy.plan.firms)
    failed = np.flatnonzero(history.failed)
    failed = failed[np.lexsort((failed, history.ended_on[failed]))]
    source = history.source[failed]
    return pa.table(
        {
            "firm_id": pick(firm, failed),
            "on": days(history.ended_on[failed], economy.plan.last),
            "cause": pick(CAUSES, history.cause[failed]),
            "source_id": pick(firm, np.maximum(source, 0), source >= 0),
        }
    )

"""The rows about firms themselves: firms, persons, relations, financials, events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic.column_builders import counts, days, ids, money, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.economy_firms import NO_SHOP
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.world_plan import (
    EPOCH,
    LINES,
    LOGISTICS,
    MATERIALS,
    NEVER,
    REGIONS,
    RETAIL,
    TIERS,
    Bools,
    Ints,
)

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
SUSPENSIONS, LAWSUITS = 0.03 / 52, 0.05 / 52
"""Weekly chances for a sound firm."""


def firms_table(economy: Economy) -> pa.Table:
    """The table `firms`."""
    plan, firms = economy.plan, economy.firms
    rng, n = plan.stream("registry"), plan.firms
    upstream = (firms.tier == MATERIALS) | (firms.tier == LOGISTICS)
    role = np.select(
        [firms.tier == LOGISTICS, firms.tier == RETAIL, firms.merchant, upstream], [0, 1, 2, 3], default=4
    )
    roles = ("logistics|buyer", "merchant|supplier|buyer", "merchant|supplier|buyer", "supplier|buyer")
    industries = tuple("logistics" if t == "logistics" else f"{line} {t}" for t in TIERS for line in LINES)
    industry = pick(industries, firms.industry)
    region = pick(REGIONS, firms.region)
    number = pc.utf8_lpad(pa.array(np.arange(1, n + 1)).cast(pa.string()), 4, "0")
    capital = np.round(firms.sales * 20 * np.exp(0.5 * rng.standard_normal(n)), -4) + 10_000
    paid_in = np.clip(0.75 + 0.08 * firms.quality + 0.2 * rng.standard_normal(n), 0.05, 1.0)
    people = 1 + (firms.sales / 15_000 * np.exp(0.4 * rng.standard_normal(n))).astype(np.int64)
    return pa.table(
        {
            "firm_id": ids("F", n),
            "name": pc.binary_join_element_wise(region, industry, number, " "),
            "roles": pick((*roles, "supplier|buyer"), role),
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


def relations_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """The table `relations`: owns and manages (person to firm), guarantees and invests (firm to firm)."""
    plan, firms = economy.plan, economy.firms
    rng, n = plan.stream("relations"), plan.firms
    firm, person = ids("F", n), ids("P", economy.persons)
    managed, invested = np.flatnonzero(rng.random(n) < 0.25), np.flatnonzero(rng.random(n) < 0.03)
    manager = pick(person, rng.integers(0, economy.persons, len(managed)))
    investor = (invested + rng.integers(1, n, len(invested))) % n
    share, stake = np.round(rng.uniform(0.34, 1, n), 2), np.round(rng.uniform(0.05, 0.5, len(invested)), 2)
    both = days(np.maximum(firms.joined_on[invested], firms.joined_on[investor]), plan.last)
    founded, joined = days(firms.founded_on, plan.last), days(firms.joined_on[managed], plan.last)
    owner = {"from_id": pick(person, firms.owner), "to_id": firm, "weight": pa.array(share), "since": founded}
    manages = {"from_id": manager, "to_id": pick(firm, managed), "since": joined}
    invests = {
        "from_id": pick(firm, investor),
        "to_id": pick(firm, invested),
        "weight": pa.array(stake),
        "since": both,
    }
    parts = (
        ("owns", owner),
        ("manages", manages),
        ("guarantees", _guarantee_columns(economy, history)),
        ("invests", invests),
    )
    return pa.concat_tables(_relations(kind, columns) for kind, columns in parts)


def _guarantee_columns(economy: Economy, history: WorldHistory) -> dict[str, pa.Array]:
    """Columns of the guarantees that came about: neither firm had stopped before."""
    plan, given, firm = economy.plan, economy.guarantees, ids("F", economy.plan.firms)
    stopped = np.minimum(history.ended_week[given.guarantor], history.ended_week[given.guaranteed])
    at = np.flatnonzero(given.start < stopped)
    since = np.where(given.start > 0, plan.week_start(given.start), plan.first - 1)[at]
    until = np.where(given.stop < plan.weeks, plan.week_start(given.stop) - 1, NEVER)[at]
    return {
        "from_id": pick(firm, given.guarantor[at]),
        "to_id": pick(firm, given.guaranteed[at]),
        "amount": money(given.amount[at]),
        "since": days(since, plan.last),
        "until": days(until, plan.last),
    }


def _relations(kind: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Rows of one kind; columns that are not given are null."""
    n = len(columns["from_id"])
    given = {**columns, "kind": pick([kind], np.zeros(n, np.int64))}
    return pa.table({name: given.get(name, pa.nulls(n, type)) for name, type in RELATION_TYPES.items()})


def financials_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """The table `financials`: half-yearly statements of most firms, published 60 to 120 days later."""
    plan = economy.plan
    writes = np.flatnonzero(plan.stream("financials").random(plan.firms) < 0.8)
    parts = [_statements(economy, history, end, writes) for end in _half_years(plan.first - 200, plan.last)]
    return pa.concat_tables(parts)


def _statements(economy: Economy, history: WorldHistory, end: int, who: Ints) -> pa.Table:
    """Statements of one half-year; one from before week 0 shows the first week."""
    plan, firms = economy.plan, economy.firms
    rng = plan.stream("financials", end)
    published = end + rng.integers(60, 121, len(who))
    there = (firms.founded_on[who] <= end - 181) & (firms.joined_on[who] <= published)
    # one that has stopped publishes nothing, and what is not out yet is not in the data
    kept = there & (published <= plan.last) & (published < history.ended_on[who])
    noise = rng.standard_normal((5, len(who)))[:, kept]
    who, published = who[kept], published[kept]
    week = int(np.clip((end - plan.first) // 7, 0, plan.weeks - 1))
    first = np.maximum(week - 25, 0)
    trade = (history.trade * (1 - history.gap))[first : week + 1][:, who].mean(axis=0)
    at = np.maximum(week, firms.joined_week[who])
    sales, drift = firms.sales[who], history.drift[at, who]
    cash = history.cash[at, who] + 2.0 * history.rumour[at, who]
    revenue = 26 * sales * trade * np.exp(0.05 * noise[0])
    materials = revenue * firms.materials[who] * np.exp(0.03 * noise[1])
    lost = firms.margin[who] - drift - firms.fixed[who] * np.maximum(1 - trade, 0)
    costs = np.maximum(materials, revenue * (1 - lost + 0.06 * noise[2]))
    liquid = sales * np.maximum(cash + 0.3, 0.05) * np.exp(0.8 * noise[3])
    debt = sales * (2.5 + np.maximum(firms.cash[who] - cash, 0)) * np.exp(0.6 * noise[4])
    equity = (
        revenue * (0.3 + 0.06 * firms.quality[who])
        + sales * (cash - firms.cash[who])
        + 0.1 * revenue * noise[2]
    )
    n = len(who)
    return pa.table(
        {
            "firm_id": pick(ids("F", plan.firms), who),
            "on": days(np.full(n, end), plan.last),
            "published_on": days(published, plan.last),
            "revenue": money(revenue),
            "costs": money(costs),
            "material_costs": money(materials),
            "equity": money(equity),
            "liquid_assets": money(liquid),
            "short_term_debt": money(debt),
        }
    )


def _half_years(first: int, last: int) -> list[int]:
    """Last days of the half-years from one day to another."""
    years = range((EPOCH + timedelta(days=first)).year, (EPOCH + timedelta(days=last)).year + 1)
    ends = [(date(year, *day) - EPOCH).days for year in years for day in ((6, 30), (12, 31))]
    return [day for day in ends if first <= day <= last]


def events_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """The table `events`: defaults (one in five a bankruptcy), closures, suspensions, lawsuits; by day."""
    plan, n = economy.plan, economy.plan.firms
    rng = plan.stream("events")
    ended = np.flatnonzero(history.ended_week < plan.weeks)
    end_kind = np.where(history.failed, np.where(rng.random(n) < 0.2, 1, 0), 2)[ended]
    (weeks, paused), (sued_weeks, sued) = _incidents(economy, history)
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


def _incidents(economy: Economy, history: WorldHistory) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Suspensions and lawsuits, as pairs of week and firm: both more likely in trouble."""
    plan, everyone = economy.plan, np.arange(economy.plan.firms)
    found: tuple[list[Ints], list[Ints]] = ([], [])
    for week in range(plan.weeks):
        here = (economy.firms.joined_week <= week) & (week < history.ended_week)
        stress = history.stress(economy, week, everyone)
        draws = plan.stream("incidents", week).random((2, plan.firms))
        for kind, (rate, slope) in enumerate(((SUSPENSIONS, 0.9), (LAWSUITS, 0.8))):
            found[kind].append(np.flatnonzero(here & (draws[kind] < rate * np.exp(slope * stress))))
    weeks = [np.repeat(np.arange(plan.weeks), [len(f) for f in kind]) for kind in found]
    return (weeks[0], np.concatenate(found[0])), (weeks[1], np.concatenate(found[1]))

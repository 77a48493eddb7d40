"""Rows of the tables firms, persons, relations, financials and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
SUSPENSION_CHANCE = 0.03 / 52
LAWSUIT_CHANCE = 0.05 / 52
"""Weekly chances for a firm whose stress is 0."""


def firms_table(economy: Economy) -> pa.Table:
    """Return the table `firms`."""
    plan = economy.plan
    firms = economy.firms
    n = plan.firms
    rng = plan.stream("registry")
    upstream = (firms.tier == MATERIALS) | (firms.tier == LOGISTICS)
    # the first condition that holds decides; numbers index `roles`
    role = np.select(
        [firms.tier == LOGISTICS, firms.tier == RETAIL, firms.merchant, upstream], [0, 1, 2, 3], default=4
    )
    roles = (
        "logistics|buyer",
        "merchant|supplier|buyer",
        "merchant|supplier|buyer",
        "supplier|buyer",
        "supplier|buyer",
    )
    industries = tuple("logistics" if t == "logistics" else f"{line} {t}" for t in TIERS for line in LINES)
    industry = pick(industries, firms.industry)
    region = pick(REGIONS, firms.region)
    number = pc.utf8_lpad(pa.array(np.arange(1, n + 1)).cast(pa.string()), 4, "0")
    # twenty weeks of sales, rounded to 10,000 CNY
    capital = np.round(firms.sales * 20 * np.exp(0.5 * rng.standard_normal(n)), -4) + 10_000
    paid_in = np.clip(0.75 + 0.08 * firms.quality + 0.2 * rng.standard_normal(n), 0.05, 1.0)
    # one employee per 15,000 CNY of weekly sales
    employees = 1 + (firms.sales / 15_000 * np.exp(0.4 * rng.standard_normal(n))).astype(np.int64)
    return pa.table(
        {
            "firm_id": ids("F", n),
            "name": pc.binary_join_element_wise(region, industry, number, " "),
            "roles": pick(roles, role),
            "shop_type": pick(SHOP_TYPES, np.minimum(firms.shop, NO_SHOP - 1), firms.merchant),
            "industry": industry,
            "region": region,
            "founded_on": days(firms.founded_on, plan.last_day),
            "joined_on": days(firms.joined_on, plan.last_day),
            "registered_capital": money(capital),
            "paid_in_capital": money(capital * paid_in),
            "employees": counts(employees),
        }
    )


def persons_table(economy: Economy) -> pa.Table:
    """Return the table `persons`."""
    return pa.table({"person_id": ids("P", economy.persons)})


def relations_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """Return the table `relations`: owns and manages (person to firm), guarantees and invests (firm to firm)."""
    plan = economy.plan
    firms = economy.firms
    n = plan.firms
    # draws in this order: who is managed, who is invested in, managers, investors, shares, stakes
    rng = plan.stream("relations")
    firm = ids("F", n)
    person = ids("P", economy.persons)
    managed = np.flatnonzero(rng.random(n) < 0.25)
    invested = np.flatnonzero(rng.random(n) < 0.03)
    manager = pick(person, rng.integers(0, economy.persons, len(managed)))
    # an offset of 1 to n - 1: no firm invests in itself
    investor = (invested + rng.integers(1, n, len(invested))) % n
    share = np.round(rng.uniform(0.34, 1, n), 2)
    stake = np.round(rng.uniform(0.05, 0.5, len(invested)), 2)
    both_joined_on = np.maximum(firms.joined_on[invested], firms.joined_on[investor])
    owns = {
        "from_id": pick(person, firms.owner),
        "to_id": firm,
        "weight": pa.array(share),
        "since": days(firms.founded_on, plan.last_day),
    }
    manages = {
        "from_id": manager,
        "to_id": pick(firm, managed),
        "since": days(firms.joined_on[managed], plan.last_day),
    }
    invests = {
        "from_id": pick(firm, investor),
        "to_id": pick(firm, invested),
        "weight": pa.array(stake),
        "since": days(both_joined_on, plan.last_day),
    }
    parts = (
        ("owns", owns),
        ("manages", manages),
        ("guarantees", _guarantee_columns(economy, history)),
        ("invests", invests),
    )
    return pa.concat_tables(_relations(kind, columns) for kind, columns in parts)


def _guarantee_columns(economy: Economy, history: WorldHistory) -> dict[str, pa.Array]:
    """Return the guarantees that came into force: neither firm had exited before."""
    plan = economy.plan
    guarantees = economy.guarantees
    firm = ids("F", plan.firms)
    exited_week = np.minimum(
        history.ended_week[guarantees.guarantor], history.ended_week[guarantees.guaranteed]
    )
    at = np.flatnonzero(guarantees.start < exited_week)
    # one in force from the start was given before the data begin
    since = np.where(guarantees.start > 0, plan.week_start(guarantees.start), plan.first_day - 1)[at]
    until = np.where(guarantees.stop < plan.weeks, plan.week_start(guarantees.stop) - 1, NEVER)[at]
    return {
        "from_id": pick(firm, guarantees.guarantor[at]),
        "to_id": pick(firm, guarantees.guaranteed[at]),
        "amount": money(guarantees.amount[at]),
        "since": days(since, plan.last_day),
        "until": days(until, plan.last_day),
    }


def _relations(kind: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return the rows of one kind; columns of the table that are not in `columns` are null."""
    n = len(columns["from_id"])
    filled = {**columns, "kind": pick([kind], np.zeros(n, np.int64))}
    return pa.table({name: filled.get(name, pa.nulls(n, type)) for name, type in RELATION_TYPES.items()})


def financials_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """Return the table `financials`: half-yearly statements of 80 % of the firms, published 60 to 120 days later."""
    plan = economy.plan
    reporting = np.flatnonzero(plan.stream("financials").random(plan.firms) < 0.8)
    half_years = _half_years(plan.first_day - 200, plan.last_day)
    return pa.concat_tables([_statements(economy, history, end, reporting) for end in half_years])


def _statements(economy: Economy, history: WorldHistory, end: int, firm: Ints) -> pa.Table:
    """Return the statements of the half-year that ends on day `end`; before week 0 they show the first week."""
    plan = economy.plan
    firms = economy.firms
    rng = plan.stream("financials", end)
    published = end + rng.integers(60, 121, len(firm))
    existed = (firms.founded_on[firm] <= end - 181) & (firms.joined_on[firm] <= published)
    # a firm that has exited publishes nothing, and a statement not out yet is not in the data
    visible = existed & (published <= plan.last_day) & (published < history.ended_on[firm])
    # noise is drawn for all reporting firms, so that it does not depend on who is still active
    noise = rng.standard_normal((5, len(firm)))[:, visible]
    firm = firm[visible]
    published = published[visible]
    week = int(np.clip((end - plan.first_day) // 7, 0, plan.weeks - 1))
    first = np.maximum(week - 25, 0)
    # share of usual trade over the half-year (26 weeks)
    trade = (history.trade * (1 - history.gap))[first : week + 1][:, firm].mean(axis=0)
    at = np.maximum(week, firms.joined_week[firm])
    sales = firms.sales[firm]
    drift = history.drift[at, firm]
    # what a statement shows of cash is blurred by the firm's rumour
    cash = history.cash[at, firm] + 2.0 * history.rumour[at, firm]
    revenue = 26 * sales * trade * np.exp(0.05 * noise[0])
    materials = revenue * firms.materials[firm] * np.exp(0.03 * noise[1])
    margin = firms.margin[firm] - drift - firms.fixed[firm] * np.maximum(1 - trade, 0)
    costs = np.maximum(materials, revenue * (1 - margin + 0.06 * noise[2]))
    liquid = sales * np.maximum(cash + 0.3, 0.05) * np.exp(0.8 * noise[3])
    # cash below target is financed by short-term debt
    debt = sales * (2.5 + np.maximum(firms.target_cash[firm] - cash, 0)) * np.exp(0.6 * noise[4])
    equity = (
        revenue * (0.3 + 0.06 * firms.quality[firm])
        + sales * (cash - firms.target_cash[firm])
        + 0.1 * revenue * noise[2]
    )
    return pa.table(
        {
            "firm_id": pick(ids("F", plan.firms), firm),
            "on": days(np.full(len(firm), end), plan.last_day),
            "published_on": days(published, plan.last_day),
            "revenue": money(revenue),
            "costs": money(costs),
            "material_costs": money(materials),
            "equity": money(equity),
            "liquid_assets": money(liquid),
            "short_term_debt": money(debt),
        }
    )


def _half_years(first: int, last: int) -> list[int]:
    """Return the last days of the half-years between two days, as day numbers."""
    years = range((EPOCH + timedelta(days=first)).year, (EPOCH + timedelta(days=last)).year + 1)
    ends = [(date(year, *day) - EPOCH).days for year in years for day in ((6, 30), (12, 31))]
    return [day for day in ends if first <= day <= last]


@dataclass(frozen=True)
class _Incidents:
    """Incidents of one kind: week and firm of each, by week and firm."""

    week: Ints
    firm: Ints


def events_table(economy: Economy, history: WorldHistory) -> pa.Table:
    """Return the table `events` by day: defaults (one in five a bankruptcy), closures, suspensions, lawsuits."""
    plan = economy.plan
    n = plan.firms
    rng = plan.stream("events")
    ended = np.flatnonzero(history.ended_week < plan.weeks)
    # 0 default, 1 bankruptcy, 2 closure, 3 suspension, 4 lawsuit
    end_kind = np.where(history.failed, np.where(rng.random(n) < 0.2, 1, 0), 2)[ended]
    suspensions, lawsuits = _draw_incidents(economy, history)
    firm = np.concatenate([ended, suspensions.firm, lawsuits.firm])
    kind = np.concatenate([end_kind, np.full(len(suspensions.firm), 3), np.full(len(lawsuits.firm), 4)])
    on = np.concatenate(
        [
            history.ended_on[ended],
            plan.week_start(suspensions.week),
            plan.week_start(lawsuits.week) + 1,
        ]
    )
    # amounts and words are drawn in this order of the rows
    order = np.lexsort((kind, firm, on))
    firm = firm[order]
    kind = kind[order]
    on = on[order]
    is_lawsuit: Bools = kind == 4
    claim = economy.firms.sales[firm] * rng.uniform(0.2, 4.0, len(firm))
    complaint = pick(COMPLAINTS, rng.integers(0, len(COMPLAINTS), len(firm)), is_lawsuit)
    return pa.table(
        {
            "firm_id": pick(ids("F", n), firm),
            "on": days(on, plan.last_day),
            "row_id": ids("E", len(firm)),
            "kind": pick(("default", "bankruptcy", "closure", "suspension", "lawsuit"), kind),
            "amount": money(claim, is_lawsuit),
            "detail": complaint,
            "source": pick(("register", "court", "register", "platform", "court"), kind),
        }
    )


def _draw_incidents(economy: Economy, history: WorldHistory) -> tuple[_Incidents, _Incidents]:
    """Draw suspensions and lawsuits: both more likely under stress, which makes them warning signs."""
    plan = economy.plan
    everyone = np.arange(plan.firms)
    suspended: list[Ints] = []
    sued: list[Ints] = []
    for week in range(plan.weeks):
        active = (economy.firms.joined_week <= week) & (week < history.ended_week)
        stress = history.stress(economy, week, everyone)
        draws = plan.stream("incidents", week).random((2, plan.firms))
        suspended.append(np.flatnonzero(active & (draws[0] < SUSPENSION_CHANCE * np.exp(0.9 * stress))))
        sued.append(np.flatnonzero(active & (draws[1] < LAWSUIT_CHANCE * np.exp(0.8 * stress))))
    return _stack_weeks(suspended), _stack_weeks(sued)


def _stack_weeks(firms_by_week: list[Ints]) -> _Incidents:
    """Return incidents from the firms of each week."""
    week = np.repeat(np.arange(len(firms_by_week)), [len(firms) for firms in firms_by_week])
    return _Incidents(week, np.concatenate(firms_by_week))

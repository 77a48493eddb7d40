"""Noisy tables of a world of latent distances, in the loader's contract (docs/tables.md).

Readings of the distance are two weeks old and have three errors: one that lasts, one that changes slowly and a fresh
one. Sales, cash, refunds, delays, payments, statements and lawsuits read it; the other columns do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from latent_distance import BURN_IN, DAYS, Bools, Floats, History, Ints, World

LAST_DAY = date(2025, 6, 29)
"""A Sunday; every world ends on it."""
EPOCH = date(1970, 1, 1)
MISSING = 0.05
"""Share of rows of activity, and of single cells in it, that are missing."""
UNRECORDED = 0.1
"""Share of trade links that pass damage on but are in no table."""


@dataclass(frozen=True)
class Calendar:
    """Days since 1970 of a world of so many weeks, the last of which ends on LAST_DAY."""

    weeks: int

    @property
    def last(self) -> int:
        """The last day."""
        return (LAST_DAY - EPOCH).days

    def start_of(self, week: Ints | int) -> Ints:
        """First day of a week; week 0 is the first of the history."""
        return np.asarray(self.last - DAYS * (self.weeks - np.asarray(week)) + 1, np.int64)


@dataclass(frozen=True)
class Tables:
    """What the tables are written from. failed_on [firms]: day since 1970, far ahead for firms that did not fail."""

    world: World
    history: History
    calendar: Calendar
    failed_on: Ints

    def readings(self, purpose: int, habit: float, slow: float, white: float) -> Floats:
        """Noisy distances [BURN_IN + weeks, firms]; habit, slow and white: standard deviations of the errors."""
        rng = self.stream(purpose)
        path = np.clip(self.history.distance.astype(np.float64), -1, 5)
        lagged = np.vstack([path[:2], path[:-2]])
        slow_error = np.empty_like(path)
        slow_error[0] = slow * rng.standard_normal(path.shape[1])
        for week in range(1, len(path)):
            fresh = slow * np.sqrt(1 - 0.95**2) * rng.standard_normal(path.shape[1])
            slow_error[week] = 0.95 * slow_error[week - 1] + fresh
        lasting = habit * rng.standard_normal(path.shape[1])
        return lagged + lasting + slow_error + white * rng.standard_normal(path.shape)

    def stream(self, purpose: int) -> np.random.Generator:
        """Random numbers of one purpose."""
        return np.random.default_rng([self.world.seed, 10, purpose])

    def sales(self) -> Floats:
        """True weekly sales [BURN_IN + weeks, firms]: size, season, own demand, and a little of the distance."""
        firms = self.world.firms
        reading = self.readings(1, habit=0.0, slow=1.5, white=0.8) - firms.target
        season = 0.1 * np.sin(2 * np.pi * np.arange(len(reading)) / 52)[:, None]
        sales: Floats = firms.size * np.exp(season + 0.08 * reading)
        return sales


def firm_ids(rows: Ints) -> pa.Array:
    """Ids of firms."""
    return pa.array([f"L{row:05d}" for row in rows])


def days(day: Ints, known: Bools | None = None) -> pa.Array:
    """Days since 1970 as dates; null where not known."""
    return pa.array(day.astype(np.int32), pa.int32(), mask=None if known is None else ~known).cast(
        pa.date32()
    )


def money(values: Floats, known: Bools | None = None) -> pa.Array:
    """Amounts of cents; null where not known."""
    return pa.array(np.round(values, 2), pa.float64(), mask=None if known is None else ~known)


def firms_table(tables: Tables) -> pa.Table:
    """Master data; employees and capital go with size, not with the distance."""
    firms = tables.world.firms
    rng = tables.stream(2)
    count = len(firms)
    # Who was there before the history joined in the three years before it.
    before = tables.calendar.start_of(0) - 1 - rng.integers(0, 1095, count)
    joined = np.where(firms.joined > 0, tables.calendar.start_of(firms.joined), before)
    return pa.table(
        {
            "firm_id": firm_ids(np.arange(count)),
            "name": [f"Latent firm {row}" for row in range(count)],
            "roles": pa.array(np.where(rng.random(count) < 0.5, "supplier|buyer", "merchant|buyer")),
            "industry": [f"industry {number}" for number in firms.industry],
            "region": [f"region {number}" for number in firms.region],
            "founded_on": days(joined - rng.integers(30, 7000, count)),
            "joined_on": days(joined),
            "registered_capital": money(firms.size * 20 * np.exp(0.8 * rng.standard_normal(count))),
            "employees": pa.array(
                (1 + firms.size / 3000 * np.exp(0.5 * rng.standard_normal(count))).astype(int)
            ),
        }
    )


def supplies_table(tables: Tables) -> pa.Table:
    """Trades of about a third of all weeks per link; delays read the supplier's distance, payments the customer's."""
    world, calendar = tables.world, tables.calendar
    trades = world.trades
    rng = tables.stream(3)
    recorded = rng.random(len(trades.supplier)) >= UNRECORDED
    first = np.maximum(trades.start, 0)
    length = np.maximum(np.minimum(trades.stop, world.weeks) - first, 0) * recorded
    link = np.repeat(np.arange(len(length)), length)
    week = np.arange(len(link)) - np.repeat(np.cumsum(length) - length, length) + first[link]
    drawn = rng.random(len(link)) < 0.33
    link, week = link[drawn], week[drawn]
    on = calendar.start_of(week) + rng.integers(0, DAYS, len(link))
    going = (on < tables.failed_on[trades.supplier[link]]) & (on < tables.failed_on[trades.customer[link]])
    link, week, on = link[going], week[going], on[going]
    supplier, customer = trades.supplier[link], trades.customer[link]
    promised = on + rng.integers(3, 15, len(on))
    due = on + rng.choice([14, 30, 45], len(trades.supplier))[link]
    late_by = lateness(tables, 4, week, supplier, rng)
    delivered = promised + late_by - rng.integers(0, 3, len(on))
    paid = due + lateness(tables, 5, week, customer, rng) - rng.integers(0, 6, len(on))
    arrived = (delivered <= calendar.last) & (delivered < tables.failed_on[supplier])
    settled = (paid <= calendar.last) & (paid < tables.failed_on[customer])
    return pa.table(
        {
            "supplier_id": firm_ids(supplier),
            "customer_id": firm_ids(customer),
            "on": days(on),
            "amount": money(3 * trades.amount[link] * np.exp(0.5 * rng.standard_normal(len(on))) + 0.01),
            "promised_on": days(promised),
            "delivered_on": days(delivered, arrived),
            "due_on": days(due),
            "paid_on": days(paid, settled),
        }
    )


def lateness(tables: Tables, purpose: int, week: Ints, firm: Ints, rng: np.random.Generator) -> Ints:
    """Days late [rows]; on average 2, times 1.35 for each unit by which the reading is nearer to default."""
    reading = tables.readings(purpose, habit=1.6, slow=0.8, white=0.5)[BURN_IN + week, firm]
    expected = np.minimum(2 * np.exp(-0.3 * (reading - 2)), 60)
    drawn: Ints = rng.poisson(expected)
    return drawn


def activity_table(tables: Tables) -> pa.Table:
    """A row per firm and week, some missing; cash and refunds read the distance, visitors and advertising do not."""
    world, calendar = tables.world, tables.calendar
    rng = tables.stream(6)
    sales = tables.sales()[BURN_IN:]
    cash = tables.readings(7, habit=1.1, slow=0.9, white=0.5)[BURN_IN:]
    refunds = tables.readings(8, habit=2.0, slow=1.0, white=1.0)[BURN_IN:]
    week, firm = np.indices(sales.shape).reshape(2, -1)
    on = calendar.start_of(week) + DAYS - 1
    present = (week >= world.firms.joined[firm]) & (on < tables.failed_on[firm])
    present &= rng.random(len(week)) >= MISSING
    week, firm, on = week[present], firm[present], on[present]
    sold = sales[week, firm] * np.exp(0.15 * rng.standard_normal(len(week)))
    orders = rng.poisson(sold / 150)
    rate = np.minimum(0.03 * np.exp(-0.2 * (refunds[week, firm] - 2)), 0.5)
    # Weeks of sales held in cash: 1 at a reading of 2; overdrawn at readings far below 0.
    weeks_of_cash = np.sinh(0.5 * cash[week, firm]) / np.sinh(1.0)
    visitors = rng.poisson(orders * rng.uniform(8, 40, len(world.firms))[firm])
    advertising = sold * rng.uniform(0, 0.1, len(world.firms))[firm] * rng.uniform(0.5, 1.5, len(week))
    return pa.table(
        {
            "firm_id": firm_ids(firm),
            "on": days(on),
            "sales": money(sold, rng.random(len(week)) >= MISSING),
            "orders": pa.array(orders),
            "refunds": money(sold * rate, rng.random(len(week)) >= MISSING),
            "visitors": pa.array(visitors),
            "ad_spend": money(advertising),
            "cash": money(sales[week, firm] * weeks_of_cash, rng.random(len(week)) >= 2 * MISSING),
        }
    )


def financials_table(tables: Tables) -> pa.Table:
    """Quarterly or annual statements of three firms in four, published two to four months after the period."""
    world, calendar = tables.world, tables.calendar
    rng = tables.stream(9)
    count = len(world.firms)
    kind = rng.choice([0, 13, 52], count, p=[0.25, 0.3, 0.45])
    # Weeks to the end of the period, counted back from the last one; each firm closes its books in another week.
    ends = np.arange(-BURN_IN, world.weeks)
    closes = rng.integers(0, 52, count)
    week, firm = np.nonzero((kind > 0) & ((ends[:, None] - closes) % np.maximum(kind, 1) == 0))
    week = week - BURN_IN
    on = calendar.start_of(week) + DAYS - 1
    published = on + rng.integers(55, 125, len(on))
    public = (
        (published <= calendar.last)
        & (published < tables.failed_on[firm])
        & (week >= world.firms.joined[firm] - 13)
    )
    week, firm, on, published = week[public], firm[public], on[public], published[public]
    reading = tables.readings(10, habit=1.0, slow=0.6, white=0.6)[BURN_IN + week, firm] - 2
    second = tables.readings(11, habit=1.3, slow=0.6, white=0.8)[BURN_IN + week, firm] - 2
    third = tables.readings(12, habit=1.3, slow=0.6, white=1.0)[BURN_IN + week, firm] - 2
    revenue = world.firms.size[firm] * kind[firm] * np.exp(0.15 * rng.standard_normal(len(firm)))
    debt = world.firms.size[firm] * 12 * np.exp(0.5 * rng.standard_normal(len(firm)))
    return pa.table(
        {
            "firm_id": firm_ids(firm),
            "on": days(on),
            "published_on": days(published),
            "revenue": money(revenue),
            "costs": money(revenue * np.maximum(0.96 - 0.015 * third, 0.2)),
            "equity": money(debt * (0.5 + 0.25 * reading)),
            "liquid_assets": money(debt * np.exp(0.3 * second)),
            "short_term_debt": money(debt),
        }
    )


def relations_table(tables: Tables) -> pa.Table:
    """Guarantees and ownership, all from before the history or from when both ends had joined."""
    world, calendar = tables.world, tables.calendar
    links = world.relations
    joined = np.maximum(world.firms.joined[links.source], world.firms.joined[links.target])
    since = np.where(joined > 0, calendar.start_of(joined), calendar.start_of(0) - 200)
    amount = 15 * world.firms.size[links.target] * links.weight
    table = pa.table(
        {
            "from_id": firm_ids(links.source),
            "to_id": firm_ids(links.target),
            "kind": pa.array(np.where(links.guarantee, "guarantees", "owns")),
            "weight": pa.array(np.round(links.weight, 4), pa.float64(), mask=links.guarantee),
            "amount": money(amount, links.guarantee),
            "since": days(since),
        }
    )
    # A pair that was drawn twice is one relation. One thread, so that the order of rows is always the same.
    unique = table.group_by(["from_id", "to_id", "kind"], use_threads=False)
    names = ["weight", "amount", "since"]
    merged = unique.aggregate([("weight", "max"), ("amount", "max"), ("since", "min")])
    return merged.rename_columns(["from_id", "to_id", "kind", *names])


def events_table(tables: Tables) -> pa.Table:
    """Defaults, and lawsuits, a little more frequent for weak firms."""
    world, calendar = tables.world, tables.calendar
    rng = tables.stream(13)
    failed = np.flatnonzero(tables.failed_on <= calendar.last)
    reading = tables.readings(14, habit=1.0, slow=0.5, white=0.5)[BURN_IN:]
    week, firm = np.nonzero(rng.random(reading.shape) < 0.002 * np.exp(-0.3 * (reading - 2)))
    on = calendar.start_of(week) + rng.integers(0, DAYS, len(week))
    real = (on < tables.failed_on[firm]) & (week >= world.firms.joined[firm])
    both = np.concatenate([failed, firm[real]])
    return pa.table(
        {
            "firm_id": firm_ids(both),
            "on": days(np.concatenate([tables.failed_on[failed], on[real]])),
            "kind": ["default"] * len(failed) + ["lawsuit"] * int(real.sum()),
        }
    )

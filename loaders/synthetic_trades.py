"""The rows of trade: supplies, the shipments that carry some, and the loans, which finance some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic_columns import cents, counts, days, ids, money, pick
from supplyrisk.loaders.synthetic_economy import Economy
from supplyrisk.loaders.synthetic_plan import LINES, LOGISTICS, NEVER, TIERS, Floats, Ints
from supplyrisk.loaders.synthetic_simulation import History

GOODS = ("materials", "components", "products", "wholesale goods", "retail goods", "services")
CATEGORIES = tuple(f"{line} {GOODS[tier]}" for tier in range(len(TIERS)) for line in LINES)
LENDERS = 12
STATE_EVERY = 4
"""Weeks between two states of a credit line."""


@dataclass(frozen=True)
class Trades:
    """One entry per recorded trade, by week and link; what lies after the last day will be null."""

    link: Ints
    week: Ints
    on: Ints
    amount: Floats
    orders: Ints
    promised: Ints
    delivered: Ints
    due: Ints
    paid: Ints
    carrier: Ints


def draw_trades(economy: Economy, history: History) -> Trades:
    """Trades over the weeks in which both firms are there and the link is in use, and how they went."""
    plan, links = economy.plan, economy.links
    rng = plan.rng("trades")
    link, week, plain = _trade_weeks(rng, economy, history)
    supplier, customer = links.supplier[link], links.customer[link]
    strained = history.stress[week, supplier].astype(float), history.stress[week, customer].astype(float)
    on = plan.week_start(week) + rng.integers(0, 7, len(link))
    demand = (0.5 + 0.5 * plan.season())[week] * np.exp(-0.12 * strained[1] - 0.08 * strained[0])
    amount = plain * demand * np.exp(0.35 * rng.standard_normal(len(link)))
    carrier = _carriers(rng, economy, history, (supplier, week))
    tired = np.where(carrier >= 0, history.stress[week, carrier], 0.0)
    promised = on + links.lead[link]
    slip = rng.normal(0, 1.5, len(link)) + 1.2 * np.exp(0.5 * strained[0]) + 0.6 * np.exp(0.4 * tired) - 1.5
    # never before it is shipped
    delivered = np.maximum(promised + np.round(slip).astype(np.int64), on + links.lead[link] // 3)
    delivered = _by_then(_by_then(delivered, supplier, history), customer, history)
    due = on + links.terms[link]
    late = rng.normal(-2, 3.5, len(link)) + 3.0 * np.exp(0.6 * strained[1])
    # nobody pays for what has not come
    paid = _by_then(np.maximum(due + np.round(late).astype(np.int64), delivered), customer, history)
    return Trades(
        link=link,
        week=week,
        on=on,
        amount=cents(np.maximum(amount, 1.0)),
        orders=1 + rng.poisson(1.5, len(link)),
        promised=promised,
        delivered=delivered,
        due=due,
        paid=paid,
        carrier=carrier,
    )


def _by_then(day: Ints, firm: Ints, history: History) -> Ints:
    """The day if the firm still does it: one that closes in order does it before, one that failed never."""
    ended = history.ended_on[firm]
    return np.where(day < ended, day, np.where(history.failed[firm] | (day >= NEVER), NEVER, ended))


def _trade_weeks(rng: np.random.Generator, economy: Economy, history: History) -> tuple[Ints, Ints, Floats]:
    """Link, week and plain value of every trade, sorted by week and link.

    The number of rows is exact: they are dealt out to links in proportion to rate times weeks in use. A value
    is the link's weekly value over its trades per week, so that fewer rows are larger ones; it must not
    depend on how many the link got, which would tell how long it is going to last.
    """
    plan, links = economy.plan, economy.links
    stop = np.minimum(
        links.stop, np.minimum(history.ended_week[links.supplier], history.ended_week[links.customer])
    )
    active = np.clip(stop - links.start, 0, None)
    expected = links.rate * active * ~economy.firms.hidden_upstream[links.customer]
    rows = round(expected.sum()) if plan.supplies_rows is None else plan.supplies_rows
    if expected.sum() == 0:
        rows, expected = 0, np.ones(len(expected))
    number = rng.multinomial(rows, expected / expected.sum())
    link = np.repeat(np.arange(len(number)), number)
    week = links.start[link] + (rng.random(rows) * active[link]).astype(np.int64)
    order = np.lexsort((link, week))
    link, week = link[order], week[order]
    return link, week, links.value[link] / links.rate[link] * (expected.sum() / max(rows, 1))


def _carriers(rng: np.random.Generator, economy: Economy, history: History, sent: tuple[Ints, Ints]) -> Ints:
    """The carrier of each trade of (supplier, week), -1 where none is recorded or it is not there."""
    supplier, week = sent
    carrier = economy.firms.carrier[supplier]
    other = np.flatnonzero(economy.firms.tier == LOGISTICS)
    draw = rng.random((2, len(supplier)))
    carrier = np.where(draw[0] < 0.15, rng.choice(other, len(supplier)), carrier)
    there = (economy.firms.joined_week[carrier] <= week) & (week < history.ended_week[carrier])
    return np.where((draw[1] < 0.4) & there, carrier, -1)


def supplies_table(economy: Economy, history: History, trades: Trades) -> pa.Table:
    """The table `supplies`, in the order of the trades (row_id counts them)."""
    plan, links, n = economy.plan, economy.links, len(trades.link)
    rng, firm = plan.rng("returns"), ids("F", plan.firms)
    supplier, customer = links.supplier[trades.link], links.customer[trades.link]
    after = _aftermath(
        rng, trades, history.stress[trades.week, supplier].astype(float), history.ended_on[customer]
    )
    back = np.minimum(trades.amount, np.maximum(cents(trades.amount * rng.uniform(0.1, 1.0, n)), 0.01))
    goods = economy.firms.tier[supplier] * len(LINES) + economy.firms.line[supplier]
    return pa.table(
        {
            "supplier_id": pick(firm, supplier),
            "customer_id": pick(firm, customer),
            "on": days(trades.on, plan.last),
            "amount": money(trades.amount),
            "row_id": ids("T", n, 9),
            "orders": counts(trades.orders),
            "category": pick(CATEGORIES, goods),
            "promised_on": days(trades.promised, NEVER),
            "delivered_on": days(trades.delivered, plan.last),
            "due_on": days(trades.due, NEVER),
            "paid_on": days(trades.paid, plan.last),
            "returned_on": days(after["returned"], plan.last),
            "returned_amount": money(back, after["returned"] <= plan.last),
            "disputed_on": days(after["disputed"], plan.last),
            "confirmed_on": days(after["confirmed"], plan.last),
        }
    )


def _aftermath(rng: np.random.Generator, trades: Trades, strain: Floats, ended_on: Ints) -> dict[str, Ints]:
    """Days of return, dispute and confirmation by a customer that is still there, by what it does."""
    after, n = {}, len(trades.link)
    for what, chance, longest in (
        ("returned", 0.02 * np.exp(0.4 * strain), 15),
        ("disputed", 0.015 * np.exp(0.6 * strain), 15),
        ("confirmed", np.full(n, 0.9), 4),
    ):
        day = trades.delivered + rng.integers(0, longest, n)
        after[what] = np.where((rng.random(n) < chance) & (day < ended_on), day, NEVER)
    return after


def shipments_table(economy: Economy, history: History, trades: Trades) -> pa.Table:
    """The table `shipments`: the trades whose carrier is recorded."""
    plan, links = economy.plan, economy.links
    rng, firm = plan.rng("shipments"), ids("F", plan.firms)
    at = np.flatnonzero(trades.carrier >= 0)
    carrier, link = trades.carrier[at], trades.link[at]
    shipped = trades.on[at] + links.lead[link] // 3
    # sent by a carrier that was still there, from a supplier that was still there
    sent = shipped < np.minimum(history.ended_on[carrier], history.ended_on[links.supplier[link]])
    at, carrier, link, shipped = (
        column[sent & (shipped <= plan.last)] for column in (at, carrier, link, shipped)
    )
    # one that fails on the way never reports a delivery of its own
    arrived = np.where(trades.delivered[at] < history.ended_on[carrier], trades.delivered[at], NEVER)
    units = np.maximum(1.0, np.round(trades.amount[at] / 80))
    damaged = rng.binomial(
        units.astype(np.int64), np.clip(0.008 * np.exp(0.3 * history.stress[trades.week[at], carrier]), 0, 1)
    )
    return pa.table(
        {
            "carrier_id": pick(firm, carrier),
            "shipper_id": pick(firm, links.supplier[link]),
            "receiver_id": pick(firm, links.customer[link]),
            "shipped_on": days(shipped, plan.last),
            "row_id": ids("S", len(at), 9),
            "promised_on": days(trades.promised[at], NEVER),
            "delivered_on": days(arrived, plan.last),
            "units": pa.array(units),
            "damaged": pa.array(damaged.astype(float), pa.float64(), mask=arrived > plan.last),
        }
    )


@dataclass(frozen=True)
class _States:
    """Entries of the table `loans`: line is the credit line's number, trade the financed trade or -1."""

    line: Ints
    firm: Ints
    on: Ints
    product: Ints
    limit: Floats
    drawn: Floats
    opened: Ints
    due: Ints
    trade: Ints


def loans_table(economy: Economy, history: History, trades: Trades) -> pa.Table:
    """The table `loans`: credit lines every few weeks, and loans for single trades when drawn and repaid."""
    plan = economy.plan
    rng = plan.rng("loans")
    lines = _credit_lines(rng, economy, history)
    orders = _order_loans(rng, economy, trades, int(lines.line.max(initial=-1)) + 1)
    both = _States(
        *(np.concatenate(pair) for pair in zip(vars(lines).values(), vars(orders).values(), strict=True))
    )
    order = np.lexsort((both.line, both.on))
    both = _States(*(column[order] for column in vars(both).values()))
    total = int(both.line.max(initial=-1)) + 1
    lender = (LENDERS * rng.random(total) ** 2).astype(np.int64)
    lgd = np.round(rng.beta(4, 5, total), 2)
    return pa.table(
        {
            "loan_id": pick(ids("C", total), both.line),
            "lender_id": pick(ids("L", LENDERS, 3), lender[both.line]),
            "firm_id": pick(ids("F", plan.firms), both.firm),
            "on": days(both.on, plan.last),
            "product": pick(("order", "credit", "supply_chain", "other"), both.product),
            "limit": money(both.limit),
            "drawn": money(both.drawn),
            "opened_on": days(both.opened, plan.last),
            "due_on": days(both.due, NEVER),
            "lgd": pa.array(lgd[both.line]),
            "financed_row_id": pick(ids("T", len(trades.link), 9), np.maximum(both.trade, 0), both.trade >= 0)
            if len(trades.link)
            else pa.nulls(len(both.line), pa.string()),
        }
    )


def _credit_lines(rng: np.random.Generator, economy: Economy, history: History) -> _States:
    """General lines of about two firms in five: the more stressed, the more is drawn."""
    plan, firms = economy.plan, economy.firms
    firm = np.flatnonzero(rng.random(plan.firms) < 0.4)
    opened = np.maximum(firms.joined_on[firm], plan.first - rng.integers(0, 300, len(firm)))
    limit = np.round(firms.sales[firm] * rng.uniform(2, 8, len(firm)), -3) + 1000
    habit = rng.normal(-0.3, 0.8, len(firm))
    product = np.where(rng.random(len(firm)) < 0.85, 1, 3)
    # a line's first state comes within the first STATE_EVERY weeks of the firm
    seen = np.arange(plan.weeks)[:, None] - firms.joined_week[firm]
    week, line = np.nonzero(
        (seen >= 0) & (seen % STATE_EVERY == 0) & (np.arange(plan.weeks)[:, None] < history.ended_week[firm])
    )
    strain = history.stress[week, firm[line]] + 0.5 * rng.standard_normal(len(line))
    used = 1 / (1 + np.exp(-(habit[line] + 0.8 * strain)))
    due = opened[line] + 365 * (1 + (plan.week_start(week) - opened[line]) // 365)
    return _States(
        line=line,
        firm=firm[line],
        on=plan.week_start(week),
        product=product[line],
        limit=limit[line],
        drawn=cents(limit[line] * used),
        opened=opened[line],
        due=due,
        trade=np.full(len(line), -1),
    )


def _order_loans(rng: np.random.Generator, economy: Economy, trades: Trades, first_line: int) -> _States:
    """Loans for single trades: drawn by the customer on the trade's day, repaid on the day it is paid."""
    plan = economy.plan
    trade = np.flatnonzero(rng.random(len(trades.link)) < 0.01)
    customer = economy.links.customer[trades.link[trade]]
    line = first_line + np.arange(len(trade))
    product = np.where(rng.random(len(trade)) < 0.7, 2, 0)
    limit = cents(0.8 * trades.amount[trade])
    repaid = np.flatnonzero(trades.paid[trade] <= plan.last)
    both = np.concatenate([np.arange(len(trade)), repaid])
    return _States(
        line=line[both],
        firm=customer[both],
        on=np.concatenate([trades.on[trade], trades.paid[trade][repaid]]),
        product=product[both],
        limit=limit[both],
        drawn=np.concatenate([limit, np.zeros(len(repaid))]),
        opened=trades.on[trade][both],
        due=trades.due[trade][both],
        trade=trade[both],
    )

"""The rows of trade: supplies, and the shipments that carry some of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import cents, counts, days, ids, money, numbered, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.world_plan import LINES, LOGISTICS, NEVER, TIERS, Bools, Floats, Ints

GOODS = ("materials", "components", "products", "wholesale goods", "retail goods", "services")
CATEGORIES = (
    *(f"{line} {GOODS[tier]}" for tier in range(len(TIERS)) for line in LINES),
    *(f"{line} consumables" for line in LINES),
)
PIECE = 1 << 19
"""Trades that are drawn at a time."""


@dataclass(frozen=True)
class RecordedTrades:
    """One entry per recorded trade (or month of trades) of one piece; what lies after the last day will be null.

    row counts trades over all pieces, from 0.
    """

    row: Ints
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

    def only(self, kept: Bools) -> RecordedTrades:
        """The trades that are kept."""
        return self if kept.all() else RecordedTrades(*(column[kept] for column in vars(self).values()))


def trade_pieces(economy: Economy, history: WorldHistory) -> Iterator[RecordedTrades]:
    """Trades in the order of their periods, piece by piece, and how they went."""
    link, period, plain = _cells(economy, history)
    # one piece at least, so that a table without rows has its columns
    for number, start in enumerate(range(0, max(len(link), 1), PIECE)):
        piece = slice(start, start + PIECE)
        yield _trades(economy, history, (link[piece], period[piece], plain[piece]), number)


def _cells(economy: Economy, history: WorldHistory) -> tuple[Ints, Ints, Floats]:
    """Link, period and plain value of every row, sorted by period and link.

    Rows are dealt out to links in proportion to rate times periods in use, and lie about evenly in them; in
    months, at most one row per link and month. A value is the link's value per period over its rows per
    period, so that fewer rows are larger ones; it must not depend on how many rows the link got, which would
    tell how long it is going to last.
    """
    plan, links = economy.plan, economy.links
    rng, (_, last, _) = plan.stream("trades"), plan.periods()
    ended = np.minimum(history.ended_week[links.supplier], history.ended_week[links.customer])
    # periods that lie wholly in the link's span and in both firms' lives
    start = np.searchsorted(last, links.start)
    stop = np.searchsorted(last, np.minimum(links.stop, ended))
    active = np.maximum(stop - start, 0)
    weeks = plan.weeks / len(last)
    monthly = plan.grain == "month"
    rate = np.minimum(links.rate * weeks, 1.0) if monthly else links.rate * weeks
    expected = rate * active * ~economy.firms.hidden_upstream[links.customer]
    rows = round(expected.sum()) if plan.supplies_rows is None else plan.supplies_rows
    if expected.sum() == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    number = rng.multinomial(rows, expected / expected.sum())
    number = np.minimum(number, active) if monthly else number
    link = np.repeat(np.arange(len(number)), number)
    turn = np.arange(len(link)) - np.repeat(np.cumsum(number) - number, number)
    jitter = rng.random(len(number))[link] if monthly else rng.random(len(link))
    period = start[link] + ((turn + jitter) / number[link] * active[link]).astype(np.int64)
    order = np.lexsort((link, period))
    link = link[order]
    between = np.maximum(expected.sum() / max(rows, 1) / rate[link], 1.0 if monthly else 0.0)
    return link, period[order], links.value[link] * weeks * between


def _trades(
    economy: Economy, history: WorldHistory, cells: tuple[Ints, Ints, Floats], number: int
) -> RecordedTrades:
    """How the trades of one piece went."""
    plan, links, firms = economy.plan, economy.links, economy.firms
    rng, (link, period, plain) = plan.stream("dealings", number), cells
    first, last, ends = plan.periods()
    n, supplier, customer = len(link), links.supplier[link], links.customer[link]
    week = last[period]
    on = ends[period] - (rng.integers(0, 7, n) if plan.grain == "week" else 0)
    strained = history.stress(economy, week, supplier), history.stress(economy, week, customer)
    carrier = _carriers(rng, economy, history, (supplier, first[period], week))
    noise = rng.standard_normal((3, n))
    held = np.where(carrier >= 0, 2.5 * history.stress(economy, week, carrier), 0.0)
    slip = 1.5 * noise[1] + 1.5 * strained[0] + 8 * history.gap[week, supplier] + held - 0.5
    # never before it is shipped
    promised = on + links.lead[link]
    delivered = np.maximum(promised + np.round(slip).astype(np.int64), on + links.lead[link] // 3)
    delivered = _by_then(_by_then(delivered, supplier, history), customer, history)
    due = on + 7 * firms.terms[supplier]
    late = -2 + 3.5 * noise[2] + 3.0 * strained[1]
    # nobody pays for what has not come
    paid = _by_then(np.maximum(due + np.round(late).astype(np.int64), delivered), customer, history)
    return RecordedTrades(
        row=number * PIECE + np.arange(n),
        link=link,
        week=week,
        on=on,
        amount=cents(np.maximum(plain * _busy(economy, history, (supplier, customer, week), noise[0]), 1.0)),
        orders=1 + rng.poisson(1.5, n),
        promised=promised,
        delivered=delivered,
        due=due,
        paid=paid,
        carrier=carrier,
    )


def _busy(economy: Economy, history: WorldHistory, at: tuple[Ints, Ints, Ints], noise: Floats) -> Floats:
    """How much more or less than usual is traded: season and growth, the customer's trade, what is short."""
    firms, (supplier, customer, week) = economy.firms, at
    season = economy.plan.season()[week, firms.line_of_goods[supplier], 1]
    grown = np.exp(firms.growth[customer] * (week / 52.0))
    trade = np.sqrt(history.trade[week, customer]) * (1 - history.gap[week, supplier])
    busy: Floats = season * grown * trade * np.exp(0.3 * noise)
    return busy


def _by_then(day: Ints, firm: Ints, history: WorldHistory) -> Ints:
    """The day if the firm still does it: one that closes in order does it before, one that failed never."""
    ended = history.ended_on[firm]
    return np.where(day < ended, day, np.where(history.failed[firm] | (day >= NEVER), NEVER, ended))


def _carriers(
    rng: np.random.Generator, economy: Economy, history: WorldHistory, sent: tuple[Ints, Ints, Ints]
) -> Ints:
    """The carrier of each trade of (supplier, first and last week), -1 where none is recorded or it is not there."""
    supplier, first, week = sent
    carrier = economy.firms.carrier[supplier]
    other = np.flatnonzero(economy.firms.tier == LOGISTICS)
    draw = rng.random((2, len(supplier)))
    if len(other):
        carrier = np.where(draw[0] < 0.15, rng.choice(other, len(supplier)), carrier)
    there: Bools = (economy.firms.joined_week[carrier] <= first) & (week < history.ended_week[carrier])
    itself = (carrier == supplier) | (economy.firms.tier[carrier] != LOGISTICS)
    return np.where((draw[1] < 0.4) & there & ~itself, carrier, -1)


def supplies_table(economy: Economy, history: WorldHistory, trades: RecordedTrades) -> pa.Table:
    """Rows of the table `supplies`, in the order of the trades (row_id counts them)."""
    plan, links, n = economy.plan, economy.links, len(trades.link)
    rng, firm = plan.stream("returns", int(trades.row[0]) if n else 0), ids("F", plan.firms)
    supplier, customer = links.supplier[trades.link], links.customer[trades.link]
    strain = history.stress(economy, trades.week, supplier)
    after = _aftermath(rng, trades, strain, history.ended_on[customer])
    back = np.minimum(trades.amount, np.maximum(cents(trades.amount * rng.uniform(0.1, 1.0, n)), 0.01))
    kind = economy.firms.industry[supplier]
    goods = np.where(links.essential[trades.link], kind, len(TIERS) * len(LINES) + kind % len(LINES))
    return pa.table(
        {
            "supplier_id": pick(firm, supplier),
            "customer_id": pick(firm, customer),
            "on": days(trades.on, plan.last),
            "amount": money(trades.amount),
            "row_id": numbered("T", trades.row, 9),
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


def _aftermath(
    rng: np.random.Generator, trades: RecordedTrades, strain: Floats, ended_on: Ints
) -> dict[str, Ints]:
    """Days of return, dispute and confirmation by a customer that is still there, by what it does."""
    after, n = {}, len(trades.link)
    for what, chance, longest in (
        ("returned", 0.02 * np.exp(0.6 * strain), 15),
        ("disputed", 0.015 * np.exp(0.8 * strain), 15),
        ("confirmed", np.full(n, 0.9), 4),
    ):
        day = trades.delivered + rng.integers(0, longest, n)
        after[what] = np.where((rng.random(n) < chance) & (day < ended_on), day, NEVER)
    return after


def shipments_table(economy: Economy, history: WorldHistory, trades: RecordedTrades) -> pa.Table:
    """Rows of the table `shipments`: the trades whose carrier is recorded; row_id is the trade's number."""
    plan, links = economy.plan, economy.links
    rng, firm = plan.stream("shipments", int(trades.row[0]) if len(trades.row) else 0), ids("F", plan.firms)
    shipped = trades.on + links.lead[trades.link] // 3
    # sent by a carrier that was still there, from a supplier that was still there
    supplier = links.supplier[trades.link]
    ended = np.minimum(history.ended_on[trades.carrier], history.ended_on[supplier])
    at = np.flatnonzero((trades.carrier >= 0) & (shipped < ended) & (shipped <= plan.last))
    carrier, link, week = trades.carrier[at], trades.link[at], trades.week[at]
    # one that fails on the way never reports a delivery of its own
    arrived = np.where(trades.delivered[at] < history.ended_on[carrier], trades.delivered[at], NEVER)
    units = np.maximum(1.0, np.round(trades.amount[at] / 80))
    careless = np.clip(0.008 * np.exp(0.5 * history.stress(economy, week, carrier)), 0, 1)
    damaged = rng.binomial(units.astype(np.int64), careless)
    return pa.table(
        {
            "carrier_id": pick(firm, carrier),
            "shipper_id": pick(firm, links.supplier[link]),
            "receiver_id": pick(firm, links.customer[link]),
            "shipped_on": days(shipped[at], plan.last),
            "row_id": numbered("S", trades.row[at], 9),
            "promised_on": days(trades.promised[at], NEVER),
            "delivered_on": days(arrived, plan.last),
            "units": pa.array(units),
            "damaged": pa.array(damaged.astype(float), pa.float64(), mask=arrived > plan.last),
        }
    )

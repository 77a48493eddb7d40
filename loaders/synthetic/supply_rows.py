"""Rows of the tables `supplies`, and `shipments`, which carry some of them."""

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
ROWS_PER_PIECE = 1 << 19
"""Trades drawn at a time; it is part of what fixes the draws, so changing it changes every world."""


@dataclass(frozen=True)
class RecordedTrades:
    """One entry per recorded trade (or month of trades) of one piece; days after the last day become null.

    Parameters
    ----------
    row: number of the trade over all pieces, from 0.
    link: number of the trade link.
    week: week that the trade belongs to.
    on, promised, delivered, due, paid: day numbers; NEVER where it does not happen.
    amount: CNY.
    orders: number of orders.
    carrier: number of the carrier; -1 where none is recorded.
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

    def where(self, selected: Bools) -> RecordedTrades:
        """Return the selected trades."""
        if selected.all():
            return self
        return RecordedTrades(*(column[selected] for column in vars(self).values()))


@dataclass(frozen=True)
class _TradeCells:
    """Link, period and usual amount (CNY) of every trade, before season and trouble."""

    link: Ints
    period: Ints
    usual_amount: Floats

    def slice(self, piece: slice) -> _TradeCells:
        """Return a part of the trades."""
        return _TradeCells(self.link[piece], self.period[piece], self.usual_amount[piece])


@dataclass(frozen=True)
class _TradeEnds:
    """Supplier, customer and week of each trade; first_week: of the period it belongs to."""

    supplier: Ints
    customer: Ints
    first_week: Ints
    week: Ints


def trade_pieces(economy: Economy, history: WorldHistory) -> Iterator[RecordedTrades]:
    """Yield the trades in the order of their periods, piece by piece, with what became of them."""
    cells = _draw_cells(economy, history)
    # one piece at least, so that a table without rows has its columns
    for number, start in enumerate(range(0, max(len(cells.link), 1), ROWS_PER_PIECE)):
        yield _draw_trades(economy, history, cells.slice(slice(start, start + ROWS_PER_PIECE)), number)


def _draw_cells(economy: Economy, history: WorldHistory) -> _TradeCells:
    """Draw link, period and usual amount of every trade, sorted by period and link.

    Rows are distributed over links in proportion to rate times periods in use, and spread about evenly over these
    periods; in months, at most one row per link and month. An amount is the link's value per period over its expected
    rows per period, so that fewer rows are larger ones. It must not depend on how many rows the link got: that would
    reveal how long the link is going to last.
    """
    plan = economy.plan
    links = economy.links
    rng = plan.stream("trades")
    period_ends = plan.periods().last_week
    ended = np.minimum(history.ended_week[links.supplier], history.ended_week[links.customer])
    # periods that lie wholly in the link's span and in both firms' lives
    start = np.searchsorted(period_ends, links.start)
    stop = np.searchsorted(period_ends, np.minimum(links.stop, ended))
    active = np.maximum(stop - start, 0)
    weeks_per_period = plan.weeks / len(period_ends)
    monthly = plan.grain == "month"
    rate = links.trades_per_week * weeks_per_period
    if monthly:
        rate = np.minimum(rate, 1.0)
    expected = rate * active * ~economy.firms.hidden_upstream[links.customer]
    rows = round(expected.sum()) if plan.supplies_rows is None else plan.supplies_rows
    if expected.sum() == 0:
        return _TradeCells(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    number = rng.multinomial(rows, expected / expected.sum())
    number = np.minimum(number, active) if monthly else number
    link = np.repeat(np.arange(len(number)), number)
    # 0, 1, ... within each link: the k-th of n rows lies in the k-th n-th of its periods
    rank = np.arange(len(link)) - np.repeat(np.cumsum(number) - number, number)
    # monthly rows of a link share one offset, so that no two of them fall into the same month
    jitter = rng.random(len(number))[link] if monthly else rng.random(len(link))
    period = start[link] + ((rank + jitter) / number[link] * active[link]).astype(np.int64)
    order = np.lexsort((link, period))
    link = link[order]
    # periods between two rows of a link, by expectation
    between = np.maximum(expected.sum() / max(rows, 1) / rate[link], 1.0 if monthly else 0.0)
    return _TradeCells(link, period[order], links.value[link] * weeks_per_period * between)


def _draw_trades(economy: Economy, history: WorldHistory, cells: _TradeCells, number: int) -> RecordedTrades:
    """Draw what became of the trades of piece `number`; the order of the draws is fixed."""
    plan = economy.plan
    links = economy.links
    firms = economy.firms
    rng = plan.stream("dealings", number)
    link = cells.link
    periods = plan.periods()
    n = len(link)
    ends = _TradeEnds(
        supplier=links.supplier[link],
        customer=links.customer[link],
        first_week=periods.first_week[cells.period],
        week=periods.last_week[cells.period],
    )
    supplier = ends.supplier
    customer = ends.customer
    week = ends.week
    on = periods.last_day[cells.period] - (rng.integers(0, 7, n) if plan.grain == "week" else 0)
    supplier_stress = history.stress(economy, week, supplier)
    customer_stress = history.stress(economy, week, customer)
    carrier = _draw_carriers(rng, economy, history, ends)
    noise = rng.standard_normal((3, n))
    carrier_delay = np.where(carrier >= 0, 2.5 * history.stress(economy, week, carrier), 0.0)
    # days late: troubled suppliers, goods that are short, troubled carriers
    slip = 1.5 * noise[1] + 1.5 * supplier_stress + 8 * history.gap[week, supplier] + carrier_delay - 0.5
    promised = on + links.lead_days[link]
    # never delivered before it is shipped
    delivered = np.maximum(promised + np.round(slip).astype(np.int64), on + links.lead_days[link] // 3)
    delivered = _unless_ended(_unless_ended(delivered, supplier, history), customer, history)
    due = on + 7 * firms.credit_weeks[supplier]
    payment_slip = -2 + 3.5 * noise[2] + 3.0 * customer_stress
    # customers do not pay before the goods arrive
    paid_on = np.maximum(due + np.round(payment_slip).astype(np.int64), delivered)
    paid = _unless_ended(paid_on, customer, history)
    activity = _relative_activity(economy, history, ends, noise[0])
    return RecordedTrades(
        row=number * ROWS_PER_PIECE + np.arange(n),
        link=link,
        week=week,
        on=on,
        amount=cents(np.maximum(cells.usual_amount * activity, 1.0)),
        orders=1 + rng.poisson(1.5, n),
        promised=promised,
        delivered=delivered,
        due=due,
        paid=paid,
        carrier=carrier,
    )


def _relative_activity(economy: Economy, history: WorldHistory, ends: _TradeEnds, noise: Floats) -> Floats:
    """Compute trade relative to usual: season and growth, the customer's trade, and what the supplier lacks."""
    firms = economy.firms
    season = economy.plan.season()[ends.week, firms.line_of_goods[ends.supplier], 1]
    growth = np.exp(firms.growth[ends.customer] * (ends.week / 52.0))
    # orders follow the customer's own trade less than proportionally
    trade = np.sqrt(history.trade[ends.week, ends.customer]) * (1 - history.gap[ends.week, ends.supplier])
    activity: Floats = season * growth * trade * np.exp(0.3 * noise)
    return activity


def _unless_ended(day: Ints, firm: Ints, history: WorldHistory) -> Ints:
    """Return the day on which a firm does something: at its closure at the latest, never after its default."""
    ended = history.ended_on[firm]
    return np.where(day < ended, day, np.where(history.failed[firm] | (day >= NEVER), NEVER, ended))


def _draw_carriers(
    rng: np.random.Generator, economy: Economy, history: WorldHistory, ends: _TradeEnds
) -> Ints:
    """Draw the carrier of each trade: mostly the supplier's usual one; -1 where none is recorded or active."""
    firms = economy.firms
    carrier = firms.carrier[ends.supplier]
    carriers = np.flatnonzero(firms.tier == LOGISTICS)
    draw = rng.random((2, len(ends.supplier)))
    if len(carriers):
        carrier = np.where(draw[0] < 0.15, rng.choice(carriers, len(ends.supplier)), carrier)
    active: Bools = (firms.joined_week[carrier] <= ends.first_week) & (
        ends.week < history.ended_week[carrier]
    )
    # without carriers in the data every firm is its own
    own_transport = (carrier == ends.supplier) | (firms.tier[carrier] != LOGISTICS)
    return np.where((draw[1] < 0.4) & active & ~own_transport, carrier, -1)


def supplies_table(economy: Economy, history: WorldHistory, trades: RecordedTrades) -> pa.Table:
    """Return rows of the table `supplies`, in the order of the trades; row_id counts them."""
    plan = economy.plan
    links = economy.links
    n = len(trades.link)
    # keyed by the piece's first trade, so that pieces share no draws
    rng = plan.stream("returns", int(trades.row[0]) if n else 0)
    firm = ids("F", plan.firms)
    supplier = links.supplier[trades.link]
    customer = links.customer[trades.link]
    stress = history.stress(economy, trades.week, supplier)
    customer_ended_on = history.ended_on[customer]
    returned = _draw_reaction(rng, trades, 0.02 * np.exp(0.6 * stress), 15, customer_ended_on)
    disputed = _draw_reaction(rng, trades, 0.015 * np.exp(0.8 * stress), 15, customer_ended_on)
    confirmed = _draw_reaction(rng, trades, np.full(n, 0.9), 4, customer_ended_on)
    returned_amount = np.minimum(
        trades.amount, np.maximum(cents(trades.amount * rng.uniform(0.1, 1.0, n)), 0.01)
    )
    industry = economy.firms.industry[supplier]
    # goods that are not essential have categories of their own, behind those of the industries
    category = np.where(
        links.essential[trades.link], industry, len(TIERS) * len(LINES) + industry % len(LINES)
    )
    return pa.table(
        {
            "supplier_id": pick(firm, supplier),
            "customer_id": pick(firm, customer),
            "on": days(trades.on, plan.last_day),
            "amount": money(trades.amount),
            "row_id": numbered("T", trades.row, 9),
            "orders": counts(trades.orders),
            "category": pick(CATEGORIES, category),
            # promised and due days are known in advance
            "promised_on": days(trades.promised, NEVER),
            "delivered_on": days(trades.delivered, plan.last_day),
            "due_on": days(trades.due, NEVER),
            "paid_on": days(trades.paid, plan.last_day),
            "returned_on": days(returned, plan.last_day),
            "returned_amount": money(returned_amount, returned <= plan.last_day),
            "disputed_on": days(disputed, plan.last_day),
            "confirmed_on": days(confirmed, plan.last_day),
        }
    )


def _draw_reaction(
    rng: np.random.Generator, trades: RecordedTrades, chance: Floats, max_days: int, customer_ended_on: Ints
) -> Ints:
    """Draw the day of a customer's reaction (return, dispute, confirmation); NEVER where there is none.

    Parameters
    ----------
    chance: probability of the reaction, per trade.
    max_days: it comes less than so many days after delivery.
    customer_ended_on: day on which the customer exits, after which it does not react.
    """
    n = len(trades.link)
    day = trades.delivered + rng.integers(0, max_days, n)
    return np.where((rng.random(n) < chance) & (day < customer_ended_on), day, NEVER)


def shipments_table(economy: Economy, history: WorldHistory, trades: RecordedTrades) -> pa.Table:
    """Return rows of the table `shipments`: trades whose carrier is recorded; row_id is the trade's number."""
    plan = economy.plan
    links = economy.links
    rng = plan.stream("shipments", int(trades.row[0]) if len(trades.row) else 0)
    firm = ids("F", plan.firms)
    shipped = trades.on + links.lead_days[trades.link] // 3
    # both carrier and supplier must still be active
    supplier = links.supplier[trades.link]
    ended = np.minimum(history.ended_on[trades.carrier], history.ended_on[supplier])
    at = np.flatnonzero((trades.carrier >= 0) & (shipped < ended) & (shipped <= plan.last_day))
    carrier = trades.carrier[at]
    link = trades.link[at]
    # a carrier that exits on the way never reports its delivery
    arrived = np.where(trades.delivered[at] < history.ended_on[carrier], trades.delivered[at], NEVER)
    # one unit per 80 CNY
    units = np.maximum(1.0, np.round(trades.amount[at] / 80))
    carrier_stress = history.stress(economy, trades.week[at], carrier)
    damage_chance = np.clip(0.008 * np.exp(0.5 * carrier_stress), 0, 1)
    damaged = rng.binomial(units.astype(np.int64), damage_chance)
    return pa.table(
        {
            "carrier_id": pick(firm, carrier),
            "shipper_id": pick(firm, links.supplier[link]),
            "receiver_id": pick(firm, links.customer[link]),
            "shipped_on": days(shipped[at], plan.last_day),
            "row_id": numbered("S", trades.row[at], 9),
            "promised_on": days(trades.promised[at], NEVER),
            "delivered_on": days(arrived, plan.last_day),
            "units": pa.array(units),
            "damaged": pa.array(damaged.astype(float), pa.float64(), mask=arrived > plan.last_day),
        }
    )

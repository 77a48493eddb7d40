"""Rows of the table `activity`: what can be observed of a shop's week or month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import counts, days, ids, money, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints

MISSED_SHARE = 0.02
"""Share of periods without data of a shop whose stress is 0."""
HABITS = 7
"""Lasting traits of a shop that carry no information about its state."""


@dataclass(frozen=True)
class _ShopPeriod:
    """The shops of one period, one entry per shop.

    firm: number of the firm. cash, stock: at the period's end, as outsiders could know them, in weeks of sales and
    of use. sold: sales over the period (CNY). stress: see `WorldHistory.stress`. habits: HABITS x shops.
    """

    firm: Ints
    cash: Floats
    stock: Floats
    sold: Floats
    stress: Floats
    habits: Floats


def activity_pieces(economy: Economy, history: WorldHistory) -> Iterator[pa.Table]:
    """Yield the table piece by piece, one per period: shops active all through it, less rows that went missing."""
    plan = economy.plan
    firms = economy.firms
    shops = np.flatnonzero(firms.merchant)
    # lasting habits: a level by itself says less about a shop than its change does
    habits = plan.stream("habits").standard_normal((HABITS, len(shops)))
    season = plan.season()
    firm_ids = ids("F", plan.firms)
    periods = plan.periods()
    for number, (first, last, on) in enumerate(
        zip(periods.first_week, periods.last_week, periods.last_day, strict=True)
    ):
        rng = plan.stream("activity", number)
        stress = history.stress(economy, int(last), shops)
        # rows of troubled shops go missing more often: missing data carry information
        recorded = rng.random(len(shops)) > MISSED_SHARE * np.exp(stress)
        visible: Bools = (firms.joined_week[shops] <= first) & (last < history.ended_week[shops]) & recorded
        at = np.flatnonzero(visible)
        firm = shops[at]
        # weeks x shops
        weeks = np.arange(first, last + 1)[:, None]
        growth = np.exp(firms.growth[firm] * (weeks / 52.0))
        usual = season[weeks, firms.line_of_goods[firm], 0] * growth
        traded = history.trade[weeks, firm] * (1 - history.gap[weeks, firm])
        end_week = int(last)
        observed = _ShopPeriod(
            firm=firm,
            # cash of the week before, blurred by the firm's rumour
            cash=history.cash[max(end_week - 1, 0), firm] + 1.5 * history.rumour[end_week, firm],
            stock=history.stock[end_week, firm],
            sold=firms.direct_sales[firm] * (usual * traded).sum(axis=0),
            stress=stress[at],
            habits=habits[:, at],
        )
        columns = _draw_columns(rng, economy, observed)
        on_column = days(np.full(len(at), on), plan.last_day)
        yield pa.table({"firm_id": pick(firm_ids, firm), "on": on_column, **columns})


def _draw_columns(rng: np.random.Generator, economy: Economy, observed: _ShopPeriod) -> dict[str, pa.Array]:
    """Draw all columns but firm and day; the order of the draws, down to the returned columns, is fixed."""
    firms = economy.firms
    firm = observed.firm
    stress = observed.stress
    basket, returns, quarrels, loyalty, thrift, purse, shelf = observed.habits
    noise = rng.standard_normal((5, len(firm)))
    sales = observed.sold * np.exp(0.18 * noise[0] - 0.10 * stress)
    orders = rng.poisson(sales / (120 * np.exp(0.5 * basket)))
    customers = rng.binomial(orders, 0.9)
    returning = rng.binomial(customers, 1 / (1 + np.exp(0.9 - 0.4 * loyalty + 0.25 * stress)))
    refund_share = np.minimum(0.9, 0.03 * np.exp(0.5 * returns + 0.45 * stress + 0.4 * noise[1]))
    # the part of its cash that the shop keeps where the data source sees it
    cash = observed.cash * np.exp(0.7 * purse + 0.3 * noise[2]) + 0.7 * noise[3]
    stock = firms.materials[firm] * observed.stock * np.exp(0.4 * shelf + 0.15 * noise[4])
    return {
        "sales": money(sales),
        "orders": counts(orders),
        "refunds": money(sales * refund_share),
        "disputes": counts(rng.poisson(orders * 0.006 * np.exp(0.5 * quarrels + 0.5 * stress))),
        "customers": counts(customers),
        "returning_customers": counts(returning),
        "visitors": counts(rng.poisson(orders * 22 * np.exp(0.1 * loyalty)) + customers),
        "stock_value": money(firms.sales[firm] * stock),
        "ad_spend": money(sales * 0.06 * np.exp(0.3 * thrift + 0.2 * noise[0])),
        "cash": money(firms.sales[firm] * cash),
    }

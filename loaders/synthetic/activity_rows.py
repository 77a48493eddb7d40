"""The rows of the table `activity`: what a shop's week or month looks like from outside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from supplyrisk.loaders.synthetic.column_builders import counts, days, ids, money, pick
from supplyrisk.loaders.synthetic.economy import Economy
from supplyrisk.loaders.synthetic.simulation import WorldHistory
from supplyrisk.loaders.synthetic.world_plan import Bools, Floats, Ints

MISSED = 0.02
"""Share of periods of which a sound shop sends no data."""
HABITS = 7


def activity_pieces(economy: Economy, history: WorldHistory) -> Iterator[pa.Table]:
    """A piece per period, dated its last day: of the shops that were there all through, less what went missing."""
    plan, firms = economy.plan, economy.firms
    shops = np.flatnonzero(firms.merchant)
    # lasting habits: a level by itself says less about a shop than its change does
    habits = plan.stream("habits").standard_normal((HABITS, len(shops)))
    season, name = plan.season(), ids("F", plan.firms)
    for number, (first, last, on) in enumerate(zip(*plan.periods(), strict=True)):
        rng = plan.stream("activity", number)
        stress = history.stress(economy, int(last), shops)
        sent = rng.random(len(shops)) > MISSED * np.exp(stress)
        there: Bools = (firms.joined_week[shops] <= first) & (last < history.ended_week[shops]) & sent
        at = np.flatnonzero(there)
        firm, weeks = shops[at], np.arange(first, last + 1)[:, None]
        grown = np.exp(firms.growth[firm] * (weeks / 52.0))
        wanted = season[weeks, firms.line_of_goods[firm], 0] * grown
        done = history.trade[weeks, firm] * (1 - history.gap[weeks, firm])
        sold = firms.direct[firm] * (wanted * done).sum(axis=0)
        columns = _columns(rng, (economy, history, firm, int(last)), (sold, stress[at]), habits[:, at])
        yield pa.table({"firm_id": pick(name, firm), "on": days(np.full(len(at), on), plan.last), **columns})


def _columns(
    rng: np.random.Generator,
    who: tuple[Economy, WorldHistory, Ints, int],
    seen: tuple[Floats, Floats],
    habits: Floats,
) -> dict[str, pa.Array]:
    """All columns but firm and day."""
    economy, history, firm, week = who
    sold, stress = seen
    n, firms = len(firm), economy.firms
    basket, returns, quarrels, loyalty, thrift, purse, shelf = habits
    noise = rng.standard_normal((5, n))
    sales = sold * np.exp(0.18 * noise[0] - 0.10 * stress)
    orders = rng.poisson(sales / (120 * np.exp(0.5 * basket)))
    customers = rng.binomial(orders, 0.9)
    loyal = rng.binomial(customers, 1 / (1 + np.exp(0.9 - 0.4 * loyalty + 0.25 * stress)))
    refunded = np.minimum(0.9, 0.03 * np.exp(0.5 * returns + 0.45 * stress + 0.4 * noise[1]))
    # what it holds with the platform and its bank, of what it has in all
    held = history.cash[max(week - 1, 0), firm] + 1.5 * history.rumour[week, firm]
    shown = held * np.exp(0.7 * purse + 0.3 * noise[2]) + 0.7 * noise[3]
    stock = firms.materials[firm] * history.stock[week, firm] * np.exp(0.4 * shelf + 0.15 * noise[4])
    return {
        "sales": money(sales),
        "orders": counts(orders),
        "refunds": money(sales * refunded),
        "disputes": counts(rng.poisson(orders * 0.006 * np.exp(0.5 * quarrels + 0.5 * stress))),
        "customers": counts(customers),
        "returning_customers": counts(loyal),
        "visitors": counts(rng.poisson(orders * 22 * np.exp(0.1 * loyalty)) + customers),
        "stock_value": money(firms.sales[firm] * stock),
        "ad_spend": money(sales * 0.06 * np.exp(0.3 * thrift + 0.2 * noise[0])),
        "cash": money(firms.sales[firm] * shown),
    }

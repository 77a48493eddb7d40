"""Advice to buy stock before a season that the shop had a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from supplyrisk.graph.merchant.advice.advice_kinds import STOCK_UP, Advice, AdviceFigure, NoAdvice
from supplyrisk.graph.merchant.advice.advice_rules import AdviceRules
from supplyrisk.graph.merchant.advice.advice_texts import advice_texts
from supplyrisk.graph.merchant.advice.shop_history import Floats, ShopHistory
from supplyrisk.graph.merchant.advice.simulated_effects import NO_SALES_EFFECT, STOCK_EFFECT
from supplyrisk.graph.schema.festivals import SPRING_FESTIVAL, festivals_between

YEAR = 52
"""Weeks between a week and the same one a year ago."""
WEEKS_AHEAD = 13
_SPRING_REACH = timedelta(days=35)


@dataclass(frozen=True)
class ComingSeason:
    """Weeks ahead, 1 the next one, in which a shop sold more a year ago.

    Parameters
    ----------
    first, last: its weeks, both included. factor: its mean sales in units of the usual level.
    low, high: its interval of 80 %, widened for the choice of the highest weeks.
    """

    first: int
    last: int
    factor: float
    low: float
    high: float


def stock_up_advice(
    shop: ShopHistory, rules: AdviceRules, spare_cash: float | None = None, currency: str | None = None
) -> Advice | NoAdvice:
    """Return the advice to buy stock, or why there is none.

    Parameters
    ----------
    spare_cash: the 10 % quantile of the lowest forecast cash less the floor; None: unknown.
    currency: of the texts.
    """
    window = shop.sales[: YEAR + rules.usual_weeks + 4]
    if np.count_nonzero(~np.isnan(window)) < rules.least_season_weeks:
        return NoAdvice(shop.firm_id, STOCK_UP, "short_history")
    season = coming_season(shop, rules)
    if season is None:
        return NoAdvice(shop.firm_id, STOCK_UP, "no_season")
    reason = _unknown(shop)
    if reason is not None:
        return NoAdvice(shop.firm_id, STOCK_UP, reason)
    amounts = [
        _missing_goods(shop, season, factor, rules) for factor in (season.factor, season.low, season.high)
    ]
    if amounts[0] <= 0:
        return NoAdvice(shop.firm_id, STOCK_UP, "stock_lasts")
    if spare_cash is not None and spare_cash < amounts[0]:
        return NoAdvice(shop.firm_id, STOCK_UP, "cash_first")
    return _advice(shop, season, amounts, rules, currency)


def _unknown(shop: ShopHistory) -> str | None:
    """Why it is unknown what a shop would have to buy; None if it is known."""
    values = {"no_stock": shop.stock, "no_margin": shop.margin, "no_lead_time": shop.lead_days}
    return next((reason for reason, value in values.items() if value is None), None)


def coming_season(shop: ShopHistory, rules: AdviceRules) -> ComingSeason | None:
    """Return the weeks from `ahead_days` on in which the shop sold most above its usual level a year ago.

    None if there are none whose factor reaches `season_factor` with a lower bound above 1.
    """
    back = _weeks_a_year_ago(shop.as_of)
    usual = _mean(shop.sales[YEAR : YEAR + rules.usual_weeks])
    first = -(-(rules.ahead_days + 6) // 7)
    if not usual > 0:
        return None
    factors = {week: float(shop.sales[back[week]] / usual) for week in range(first, WEEKS_AHEAD + 1)}
    peak = max(factors, key=lambda week: np.nan_to_num(factors[week], nan=-1.0))
    weeks = _around(peak, factors, rules)
    factor = float(np.mean([factors[week] for week in weeks]))
    if not factor >= rules.season_factor:
        return None
    # A past and a coming season, each against its own usual weeks, the highest of several weeks.
    spread = _weekly_spread(shop.sales, rules) * np.sqrt(2 / len(weeks) + 2 / rules.usual_weeks)
    reach = float(np.exp(NormalDist().inv_cdf(1 - 0.1 / len(factors)) * spread))
    if not factor / reach > 1:
        return None
    return ComingSeason(weeks[0], weeks[-1], factor, factor / reach, factor * reach)


def _weeks_a_year_ago(as_of: date) -> dict[int, int]:
    """The week back that matches each week ahead: 52 weeks before it, by the New Year where that is near."""
    springs = [
        festival.first_day
        for festival in festivals_between(as_of - timedelta(days=500), as_of + timedelta(days=150))
        if festival.key == SPRING_FESTIVAL
    ]
    back = {}
    for week in range(1, WEEKS_AHEAD + 1):
        middle = as_of + timedelta(days=7 * week - 3)
        shift = timedelta(weeks=YEAR)
        for earlier, later in pairwise(springs):
            if abs(middle - later) <= _SPRING_REACH:
                shift = later - earlier
        back[week] = max((as_of - (middle - shift)).days // 7, 0)
    return back


def _around(peak: int, factors: dict[int, float], rules: AdviceRules) -> list[int]:
    """The weeks around the highest one that reach the factor of a season, the higher neighbour first."""
    weeks = [peak]
    while len(weeks) < rules.longest_season:
        sides = {week: factors.get(week, np.nan) for week in (weeks[0] - 1, weeks[-1] + 1)}
        high = {week: value for week, value in sides.items() if value >= rules.season_factor}
        if not high:
            break
        weeks = sorted([*weeks, max(high, key=lambda week: high[week])])
    return weeks


def _weekly_spread(sales: Floats, rules: AdviceRules) -> float:
    """Spread of the log of a week's sales around the median of the weeks before it, robust to seasons."""
    gaps = []
    for week in range(YEAR):
        usual = np.nanmedian(sales[week + 1 : week + 1 + rules.usual_weeks]) if sales[week] > 0 else np.nan
        if usual > 0:
            gaps.append(np.log(sales[week] / usual))
    low, high = np.quantile(gaps, [0.25, 0.75]) if gaps else (-np.inf, np.inf)
    # Quartiles of a normal distribution are 1.349 standard deviations apart.
    return float((high - low) / 1.349)


def _missing_goods(shop: ShopHistory, season: ComingSeason, factor: float, rules: AdviceRules) -> float:
    """Goods at cost for what a season sells above the usual level, less the stock that may be used up; at least 0."""
    margin, stock = shop.margin or 0.0, shop.stock or 0.0
    weeks = season.last - season.first + 1
    more = _mean(shop.sales[: rules.usual_weeks]) * (factor - 1) * weeks * (1 - margin)
    return max(more - (1 - rules.stock_reserve) * stock, 0.0)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _advice(
    shop: ShopHistory, season: ComingSeason, amounts: list[float], rules: AdviceRules, currency: str | None
) -> Advice:
    lead_days = shop.lead_days or 0.0
    usual = _mean(shop.sales[: rules.usual_weeks])
    first_day = shop.week_days(-season.first)[0]
    last_day = shop.week_days(-season.last)[1]
    act_by = max(shop.as_of, first_day - timedelta(days=int(np.ceil(lead_days))))
    effects = (NO_SALES_EFFECT, STOCK_EFFECT)
    a_year = timedelta(weeks=YEAR)
    usual_first = shop.week_days(rules.usual_weeks - 1)[0]
    figures = (
        AdviceFigure("usual_sales", usual, usual_first, shop.as_of),
        AdviceFigure("season_factor", season.factor, first_day - a_year, last_day - a_year),
        AdviceFigure("season_factor_low", season.low, first_day, last_day),
        AdviceFigure("season_factor_high", season.high, first_day, last_day),
        AdviceFigure("stock", shop.stock or 0.0, shop.as_of, shop.as_of),
        AdviceFigure("lead_days", lead_days, shop.as_of - timedelta(days=363), shop.as_of),
    )
    values = {
        "amount": amounts[0],
        "low": amounts[1],
        "high": amounts[2],
        "factor": season.factor,
        "factor_low": season.low,
        "first": first_day,
        "last": last_day,
        "act_by": act_by,
        "usual": usual,
    }
    return Advice(
        firm_id=shop.firm_id,
        kind=STOCK_UP,
        amount=amounts[0],
        low=amounts[1],
        high=amounts[2],
        evidence=figures,
        effects=effects,
        first_day=shop.as_of,
        act_by=act_by,
        valid_until=max(act_by, min(shop.as_of + timedelta(days=rules.stock_days), first_day)),
        products=(),
        texts=advice_texts(STOCK_UP, effects, values, currency),
    )

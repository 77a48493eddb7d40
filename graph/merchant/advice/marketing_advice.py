"""Advice to advertise more: from the shop's own weeks, where they show that it pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from supplyrisk.graph.merchant.advice.advice_kinds import (
    MARKETING,
    OWN_WEEKS,
    Advice,
    AdviceEffect,
    AdviceFigure,
    NoAdvice,
)
from supplyrisk.graph.merchant.advice.advice_rules import AdviceRules
from supplyrisk.graph.merchant.advice.advice_texts import advice_texts
from supplyrisk.graph.merchant.advice.shop_history import Floats, ShopHistory
from supplyrisk.graph.merchant.advice.simulated_effects import NO_DEFAULT_EFFECT


@dataclass(frozen=True)
class SpendElasticity:
    """Change of log sales in a week by that of log advertising in the week before.

    Parameters
    ----------
    estimate, low, high: with its interval of 95 %. weeks: pairs of weeks. spread: of log spend after the controls.
    """

    estimate: float
    low: float
    high: float
    weeks: int
    spread: float


def spend_elasticity(sales: Floats, spend: Floats) -> SpendElasticity | None:
    """Return the elasticity from weeks, the newest first; None with fewer than 12 pairs of successive known weeks.

    Sales of a week are regressed on the advertising of the week before, with the sales of that week, a trend and the
    time of the year held fixed. Advertising of the same week is not used: a budget that follows sales would pass for
    an effect.
    """
    from scipy.stats import t as student  # noqa: PLC0415 - scipy.stats loads slowly

    now, before = sales[:-1], sales[1:]
    spent = spend[1:]
    known = (now > 0) & (before > 0) & (spent > 0)
    count = int(known.sum())
    if count < 12:
        return None
    week = np.arange(len(now))[known]
    angle = 2 * np.pi * week / 52.18
    controls = np.column_stack(
        [np.ones(count), week / 52, np.sin(angle), np.cos(angle), np.log(before[known])]
    )
    # The coefficient is that of what the controls leave of either.
    left = _residual(np.log(spent[known]), controls)
    outcome = _residual(np.log(now[known]), controls)
    power = float(left @ left)
    free = count - controls.shape[1] - 1
    if power <= 1e-12:
        return SpendElasticity(0.0, -np.inf, np.inf, count, 0.0)
    estimate = float(left @ outcome) / power
    error = float(np.sqrt(np.sum((outcome - estimate * left) ** 2) / free / power))
    reach = float(student.ppf(0.975, free)) * error
    return SpendElasticity(estimate, estimate - reach, estimate + reach, count, float(np.sqrt(power / free)))


def _residual(values: Floats, controls: Floats) -> Floats:
    coefficients = np.linalg.lstsq(controls, values, rcond=None)[0]
    return np.asarray(values - controls @ coefficients)


def marketing_advice(
    shop: ShopHistory, rules: AdviceRules, *, in_dip: bool = False, currency: str | None = None
) -> Advice | NoAdvice:
    """Return the advice to advertise more, or why there is none.

    Parameters
    ----------
    in_dip: whether the shop's sales are in a temporary dip. currency: of the texts.
    """
    if in_dip:
        return NoAdvice(shop.firm_id, MARKETING, "temporary_dip")
    weeks = (shop.sales[: rules.usual_weeks] > 0) & (shop.spend[: rules.usual_weeks] > 0)
    if not weeks.any():
        return NoAdvice(shop.firm_id, MARKETING, "no_spend")
    elasticity = spend_elasticity(shop.sales, shop.spend)
    reason = _weakness(elasticity, shop.margin, rules)
    if elasticity is None or shop.margin is None or reason is not None:
        return NoAdvice(shop.firm_id, MARKETING, reason or "short_history")
    sales = float(shop.sales[: rules.usual_weeks][weeks].mean())
    spend = float(shop.spend[: rules.usual_weeks][weeks].mean())
    yields = SpendReturn(elasticity, sales, spend, shop.margin)
    if yields.at(elasticity.low) <= 1:
        return NoAdvice(shop.firm_id, MARKETING, "no_clear_return")
    return _advice(shop, yields, rules, currency)


@dataclass(frozen=True)
class SpendReturn:
    """What a further unit of advertising returns: usual weekly sales and spend, and the margin on sales."""

    elasticity: SpendElasticity
    sales: float
    spend: float
    margin: float

    def at(self, elasticity: float) -> float:
        """Margin per further unit of spend at an elasticity."""
        return elasticity * self.sales * self.margin / self.spend


def _weakness(elasticity: SpendElasticity | None, margin: float | None, rules: AdviceRules) -> str | None:
    """Why an elasticity supports no advice, whatever it is; None if it may."""
    if elasticity is None or elasticity.weeks < rules.least_spend_weeks:
        return "short_history"
    if elasticity.spread < rules.least_spend_spread:
        return "little_variation"
    return "no_margin" if margin is None else None


def _advice(shop: ShopHistory, yields: SpendReturn, rules: AdviceRules, currency: str | None) -> Advice:
    elasticity = yields.elasticity
    bounds = (elasticity.estimate, elasticity.low, elasticity.high)
    more = [yields.sales * ((1 + rules.spend_step) ** bound - 1) for bound in bounds]
    amount = yields.spend * rules.spend_step
    effects = (AdviceEffect("sales", OWN_WEEKS, *more), NO_DEFAULT_EFFECT)
    until = shop.as_of + timedelta(days=rules.marketing_days)
    first = shop.week_days(int(np.flatnonzero(~np.isnan(shop.spend)).max()))[0]
    returns = [yields.at(bound) for bound in bounds]
    evidence = {
        "elasticity": bounds[0],
        "elasticity_low": bounds[1],
        "elasticity_high": bounds[2],
        "weeks": float(elasticity.weeks),
        "margin": yields.margin,
        "return": returns[0],
        "return_low": returns[1],
    }
    usual_first = shop.week_days(rules.usual_weeks - 1)[0]
    values = {
        "amount": amount,
        "spend": yields.spend,
        "weeks": elasticity.weeks,
        "return": returns[0],
        "return_low": returns[1],
        "return_high": returns[2],
        "more": more[0],
        "more_low": more[1],
        "more_high": more[2],
        "until": until,
    }
    return Advice(
        firm_id=shop.firm_id,
        kind=MARKETING,
        amount=amount,
        low=amount,
        high=amount,
        evidence=(
            *(AdviceFigure(name, value, first, shop.as_of) for name, value in evidence.items()),
            AdviceFigure("usual_spend", yields.spend, usual_first, shop.as_of),
        ),
        effects=effects,
        first_day=shop.as_of,
        act_by=until,
        valid_until=until,
        products=(),
        texts=advice_texts(MARKETING, effects, values, currency),
    )

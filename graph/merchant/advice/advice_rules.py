"""From where on a shop is advised: the bounds as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AdviceRules:
    """Bounds of advice. Weeks are counted back from the day, seven days each.

    Parameters
    ----------
    least_chance: probability of cash under the floor within 13 weeks from which a shop is advised to borrow.
    ahead_days: a season begins at least so many days ahead; cash is looked for so many days before it is short.
    finance_days, stock_days, marketing_days: most days for which advice holds.
    finance_least_days: days for which advice on cash holds where it is short sooner, or already.
    usual_weeks: weeks whose mean sales are the usual level.
    least_season_weeks: known weeks of sales, of the last 52 + usual_weeks + 4, that seasons need.
    season_factor: sales of a season in units of the usual level, at least.
    longest_season: most weeks of a season.
    stock_reserve: share of today's stock that is to be left after the season.
    stock_age_days: age from which a value of the stock is too old.
    least_purchases: purchases with a delivery within a year that a lead time needs.
    lead_quantile: quantile of the lead times of purchases that is planned with.
    least_spend_weeks: pairs of successive weeks with sales and advertising that an elasticity needs.
    least_spend_spread: standard deviation of the log of spend, after the controls, that it needs.
    spend_step: share by which advertising is to be raised.
    """

    least_chance: float = 0.5
    ahead_days: int = 30
    finance_days: int = 28
    finance_least_days: int = 7
    stock_days: int = 28
    marketing_days: int = 28
    usual_weeks: int = 8
    least_season_weeks: int = 60
    season_factor: float = 1.2
    longest_season: int = 4
    stock_reserve: float = 0.5
    stock_age_days: int = 28
    least_purchases: int = 5
    lead_quantile: float = 0.8
    least_spend_weeks: int = 52
    least_spend_spread: float = 0.1
    spend_step: float = 0.2

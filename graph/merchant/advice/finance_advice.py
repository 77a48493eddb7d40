"""Advice to borrow before cash is short: from the forecast of the lowest cash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from supplyrisk.graph.merchant.advice.advice_kinds import FINANCE, Advice, AdviceFigure, NoAdvice
from supplyrisk.graph.merchant.advice.advice_rules import AdviceRules
from supplyrisk.graph.merchant.advice.advice_texts import advice_texts
from supplyrisk.graph.merchant.advice.shortfall import chance_under
from supplyrisk.graph.merchant.advice.simulated_effects import BORROW_EFFECT

RECEIVABLES = "receivables"
CREDIT_LINE = "credit_line"
FINANCE_PRODUCTS = (RECEIVABLES, CREDIT_LINE)
"""What could cover a need: financing of own receivables that cover it, or a line. A lender decides on either."""
HORIZON = timedelta(weeks=13)


def finance_advice(
    need: Mapping[str, Any], as_of: date, rules: AdviceRules, currency: str | None = None
) -> Advice | NoAdvice:
    """Return the advice to borrow, or why there is none.

    Parameters
    ----------
    need: a row of needs as docs/forecast.md lists them. as_of: the day of the forecast.
    currency: of the texts.
    """
    firm = str(need["firm_id"])
    if need["lowest_p50"] is None:
        return NoAdvice(firm, FINANCE, "no_cash")
    if need["state"] != "ok":
        return NoAdvice(firm, FINANCE, "thin_data")
    floor = float(need["floor"])
    chance = chance_under(floor, need["lowest_p10"], need["lowest_p50"], need["lowest_p90"])
    if chance <= rules.least_chance or need["cautious_need"] <= 0:
        return NoAdvice(firm, FINANCE, "enough_cash")
    short_on = need["under_on"] or need["cautious_under_on"] or as_of + timedelta(days=1)
    amount = max(float(need["need"]), 0.0) or float(need["cautious_need"])
    act_by = max(as_of, short_on - timedelta(days=rules.ahead_days))
    at_least = as_of + timedelta(days=rules.finance_least_days)
    covered = (need["receivables_due"] or 0.0) >= amount
    values = {
        "chance": chance,
        "amount": amount,
        "cautious": float(need["cautious_need"]),
        "short_on": short_on,
        "floor": floor,
        "refuted_on": as_of + HORIZON,
    }
    figures = [AdviceFigure("cash", float(need["cash"]), as_of, as_of)]
    ahead = as_of + timedelta(days=1)
    for name in ("lowest_p10", "lowest_p50", "lowest_p90", "loans_due", "receivables_due"):
        if need[name] is not None:
            figures.append(AdviceFigure(name, float(need[name]), ahead, as_of + HORIZON))
    figures.append(AdviceFigure("chance", chance, ahead, as_of + HORIZON))
    return Advice(
        firm_id=firm,
        kind=FINANCE,
        amount=amount,
        low=max(floor - float(need["lowest_p90"]), 0.0),
        high=float(need["cautious_need"]),
        evidence=tuple(figures),
        effects=(BORROW_EFFECT,),
        first_day=as_of,
        act_by=act_by,
        valid_until=min(max(short_on, at_least), as_of + timedelta(days=rules.finance_days)),
        products=FINANCE_PRODUCTS if covered else (CREDIT_LINE,),
        texts=advice_texts(
            FINANCE, (BORROW_EFFECT,), values, currency, text="now" if need["cash"] < floor else "text"
        ),
    )

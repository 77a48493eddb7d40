"""Values and changes of indicators as text, with their units, in both languages."""

from __future__ import annotations

from supplyrisk.graph.merchant.portrait.figure_kinds import Unit
from supplyrisk.graph.texts.figures import MISSING, count, money, number, percent
from supplyrisk.graph.texts.text_files import read_texts

_WHOLE_FROM = 100
"""Amount from which money is written in whole units."""


def value_text(value: float | None, unit: Unit, lang: str, currency: str | None = None) -> str:
    """Return the value of an indicator with its unit, such as CNY 1,234, 12.5% or 3.0 days; - where it is missing.

    Parameters
    ----------
    lang: "en" or "zh".
    currency: of money; None (default): the number alone.
    """
    if value is None:
        return MISSING
    if unit is Unit.MONEY:
        return _amount(value, currency)
    if unit is Unit.SHARE:
        return percent(value, 1)
    if unit is Unit.COUNT:
        return count(value)
    texts = read_texts("supplyrisk.graph.texts", "portrait", lang)
    figure = number(value, 1)
    if unit is Unit.DAYS and figure == "1.0":
        return texts["unit.one_day"]
    return texts[f"unit.{unit}"].format(figure=figure)


def _amount(value: float, currency: str | None) -> str:
    if abs(value) >= _WHOLE_FROM or value == 0:
        return money(value, currency)
    return f"{currency} {number(value)}" if currency else number(value)


def change_text(change: float | None, unit: Unit, lang: str) -> str:
    """Return a change of an indicator with its sign: in percent, percentage points or days; - where it is missing."""
    if change is None:
        return MISSING
    texts = read_texts("supplyrisk.graph.texts", "portrait", lang)
    if unit is Unit.SHARE:
        return texts["unit.points"].format(figure=number(100 * change, 1, signed=True))
    if unit is Unit.DAYS:
        return texts["unit.days"].format(figure=number(change, 1, signed=True))
    return percent(change, 1, signed=True)

"""A what-if on the terminal: score and limit before and after, each change's part, and the figures that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph.merchant.what_if import what_if_text
from supplyrisk.graph.texts.figures import MISSING, count, money, number, percent, significant

if TYPE_CHECKING:
    from supplyrisk.services import WhatIf, WhatIfFeature, WhatIfStep

_HAZARDS = ("own", "context", "caught")


def show_what_if(result: WhatIf, lang: str) -> None:
    """Print a what-if on stdout."""
    name = result.firm if result.name is None else f"{result.name} ({result.firm})"
    show_lines(what_if_text("text.head", lang, name=name, day=result.as_of))
    keys: tuple[str, ...] = ("figure", "before", "after", "difference")
    show_section([what_if_text(f"heading.{key}", lang) for key in keys], _figures(result, lang))
    if result.steps:
        keys = ("step", "rows", "points", "difference")
        steps = [_step(step, lang) for step in result.steps]
        show_section([what_if_text(f"heading.{key}", lang) for key in keys], steps)
        show_lines(what_if_text("text.order", lang))
    if result.features:
        keys = ("feature", "before", "after", "seen", "outside")
        rows = [_feature(feature, result.currency, lang) for feature in result.features]
        show_section([what_if_text(f"heading.{key}", lang) for key in keys], rows)
    if result.outside:
        show_lines(f"* {what_if_text('text.outside', lang)}")


def _figures(result: WhatIf, lang: str) -> list[tuple[str, ...]]:
    before = result.before.score
    after = result.after.score
    rows: list[tuple[str, ...]] = [
        ("state", before.state, after.state, ""),
        # The difference is that of the printed points.
        ("points", *_points(before.points, after.points)),
        ("grade", before.grade or MISSING, after.grade or MISSING, ""),
    ]
    if not result.partners_fixed:
        rows.append(("worst_grade", before.worst_grade or MISSING, after.worst_grade or MISSING, ""))
        rows.append(("pd", percent(before.pd), percent(after.pd), _percent_change(before.pd, after.pd)))
        for name in _HAZARDS:
            values = (getattr(before, name), getattr(after, name))
            rows.append((name, number(values[0], 5), number(values[1], 5), _change(*values, 5)))
    rows.append(("limit", *_limits(result, lang)))
    if result.before.limit and result.after.limit:
        rows.append(("binding", result.before.limit.binding, result.after.limit.binding, ""))
    rows += _needs(result, lang)
    days = count(result.horizon_days)
    return [(what_if_text(f"figure.{key}", lang, days=days), *cells) for key, *cells in rows]


def _points(before: float | None, after: float | None) -> tuple[str, str, str]:
    if before is None or after is None:
        return count(before), count(after), MISSING
    return count(before), count(after), number(round(after) - round(before), 0, signed=True)


def _limits(result: WhatIf, lang: str) -> tuple[str, str, str]:
    before = result.before.limit
    after = result.after.limit
    if before is None or after is None:
        return MISSING, MISSING, result.limit_note.in_language(lang) if result.limit_note else ""
    amounts = (money(before.amount, result.currency), money(after.amount, result.currency))
    return *amounts, _change(before.amount, after.amount, 0)


def _needs(result: WhatIf, lang: str) -> list[tuple[str, ...]]:
    before = result.before.need
    after = result.after.need
    currency = result.currency
    note = result.need_note.in_language(lang) if result.need_note else ""
    if before is None or after is None:
        known = [MISSING if need is None else money(need.amount, currency) for need in (before, after)]
        return [("need", *known, note)]
    pairs = {"need": (before.amount, after.amount), "cautious_need": (before.cautious, after.cautious)}
    return [
        (key, money(old, currency), money(new, currency), _change(old, new, 0))
        for key, (old, new) in pairs.items()
    ]


def _step(step: WhatIfStep, lang: str) -> tuple[str, ...]:
    text = f"{step.number}. {step.text.in_language(lang)}"
    return text, count(step.rows), number(step.points, 1), number(step.points_change, 1, signed=True)


def _feature(feature: WhatIfFeature, currency: str | None, lang: str) -> tuple[str, ...]:
    seen = MISSING
    if feature.lowest is not None:
        ends = (feature.lowest, feature.highest)
        seen = " .. ".join(_value(end, feature.unit, currency) for end in ends)
    values = (_value(value, feature.unit, currency) for value in (feature.before, feature.after))
    return feature.text.in_language(lang), *values, seen, "*" if feature.outside else ""


def _value(value: float | None, unit: str, currency: str | None) -> str:
    if value is None:
        return MISSING
    if unit == "money":
        return money(value, currency)
    return percent(value, 1) if unit == "share" else significant(value)


def _change(before: float | None, after: float | None, decimals: int) -> str:
    return MISSING if before is None or after is None else number(after - before, decimals, signed=True)


def _percent_change(before: float | None, after: float | None) -> str:
    return MISSING if before is None or after is None else percent(after - before, signed=True)

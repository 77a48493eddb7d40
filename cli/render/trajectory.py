"""A trajectory on the terminal: a row per week, with the largest causes of its change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph import Words, read_texts
from supplyrisk.graph.texts.figures import MISSING, money, number

if TYPE_CHECKING:
    from supplyrisk.services import ForcePoint, ShopLimit, TrajectoryResult, TrajectoryWeek

MOST_CAUSES = 3
"""Parts of a change that are named; the rest are counted."""


def show_trajectory(result: TrajectoryResult, lang: str, *, for_shop: bool = False) -> None:
    """Print the weeks of a shop on stdout; for_shop: as the shop may see them."""
    texts = read_texts("supplyrisk.graph.texts", "trajectory", lang)
    name = result.firm_id if result.name is None else f"{result.name} ({result.firm_id})"
    show_lines(texts["phrase.head"].format(name=name, day=result.as_of))
    columns: tuple[str, ...] = ("week", "scored", "points", "grade", "change", "causes")
    rows: list[tuple[object, ...]]
    if for_shop:
        columns = ("week", "points", "grade", "change", "causes")
        rows = [
            (
                week.ends_on,
                number(week.points, 0),
                week.grade or MISSING,
                number(week.change, 1, signed=True),
                _causes([(reason.text, reason.points) for reason in week.reasons], lang, texts),
            )
            for week in result.for_shop()
        ]
    else:
        rows = [_row(week, lang, texts) for week in result.weeks]
    show_section(tuple(texts[f"heading.{column}"] for column in columns), rows)
    if result.limits is not None and not for_shop:
        _show_limits(result.limits, texts)
    if result.in_force and not for_shop:
        _show_in_force(result.in_force, texts)


def _show_in_force(points: Sequence[ForcePoint], texts: Mapping[str, str]) -> None:
    columns = ("on", "in_force", "change", "target", "target_change", "cause")
    rows = []
    for point in points:
        cause = MISSING if point.cause is None else texts[f"limit_cause.{point.cause}"]
        amounts = (point.limit, point.change, point.target, point.target_change)
        rows.append((point.on, *(money(amount) for amount in amounts), cause))
    show_section(
        tuple(texts[f"heading.{column}"] for column in columns), rows, title=texts["phrase.in_force"]
    )


def _show_limits(limits: Sequence[ShopLimit], texts: Mapping[str, str]) -> None:
    columns = ("on", "source", "product", "limit", "binding", "change", "data", "policy", "unseparated")
    rows = []
    for limit in limits:
        change = limit.change
        parts = (
            (None,) * 4 if change is None else (change.amount, change.data, change.policy, change.unseparated)
        )
        source = texts["phrase.now"]
        if limit.entry is not None:
            source = texts["phrase.entry"].format(number=limit.entry)
        rows.append(
            (
                limit.on,
                source,
                limit.product,
                money(limit.amount),
                limit.binding,
                *(money(part) for part in parts),
            )
        )
    headings = tuple(texts[f"heading.{column}"] for column in columns)
    show_section(headings, rows, title=texts["phrase.limits"])


def _row(week: TrajectoryWeek, lang: str, texts: Mapping[str, str]) -> tuple[object, ...]:
    scored = texts["phrase.none"] if week.scored_on is None else str(week.scored_on)
    if week.source == "rescored":
        scored = texts["phrase.rescored"].format(day=week.scored_on)
    parts = [] if week.change is None else [(part.name, part.points) for part in week.change.parts]
    return (
        week.ends_on,
        scored,
        number(week.points, 0),
        week.grade or week.state or MISSING,
        number(None if week.change is None else week.change.points, 1, signed=True),
        _causes(parts, lang, texts),
    )


def _causes(parts: Sequence[tuple[Words, float]], lang: str, texts: Mapping[str, str]) -> str:
    """The largest parts by name, and the sum of the others."""
    shown = [
        texts["phrase.part"].format(name=name.in_language(lang), points=number(points, 1, signed=True))
        for name, points in parts[:MOST_CAUSES]
    ]
    rest = parts[MOST_CAUSES:]
    if rest:
        total = number(math.fsum(points for _, points in rest), 1, signed=True)
        shown.append(texts["phrase.more"].format(count=len(rest), points=total))
    return texts["phrase.separator"].join(shown)

"""What the page of a shop shows, in one language: texts, charts and tables from its typed document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from supplyrisk.graph import read_texts
from supplyrisk.graph.merchant.advice import FINANCE, Advice
from supplyrisk.graph.merchant.portrait import (
    FigureState,
    PortraitGroup,
    ShopIndex,
    ShopIndicator,
    ShopPortrait,
    change_text,
    value_text,
)
from supplyrisk.graph.texts.figures import MISSING, count, fill, money, number
from supplyrisk.services import ShopForecast, ShopLetter, ShopLimitDay, ShopPage, ShopWeek
from supplyrisk.web.charts import Line, line_chart
from supplyrisk.web.letter_parts import LetterPart, letter_head, letter_parts

MOST_CHANGES = 4
"""Weeks whose change is listed, the last ones."""
MOST_CAUSES = 3
"""Causes of a change that are named."""

Texts = Mapping[str, str]


@dataclass(frozen=True)
class IndexView:
    """An index: its name, its value from 0 to 100 (None where unknown), and what stands beside it."""

    name: str
    value: float | None
    text: str


@dataclass(frozen=True)
class FigureGroup:
    """A group of figures: heading, rows of the table, and a line on those without data ("" for none)."""

    heading: str
    rows: tuple[tuple[str, ...], ...]
    missing: str


@dataclass(frozen=True)
class ShopView:
    """The page of a shop in one language.

    Parameters
    ----------
    points, grade: "" where there is no score.
    before, after: parts of the letter that stand above and below the figures.
    weeks: chart of the points; empty with fewer than two weeks that have any.
    changes: the last changes of a point or more: a line on each, and its causes.
    forecast: chart, empty without a forecast; forecast_text: the total.
    need: "" where cash is unknown, or advice says it.
    advice: a title and lines each.
    limit: the limit in force, "" without one. limits: chart of all; limit_changes: a line on each change, and why.
    """

    language: str
    title: str
    points: str
    grade: str
    head: tuple[tuple[str, str], ...]
    before: tuple[LetterPart, ...]
    after: tuple[LetterPart, ...]
    weeks: Markup
    changes: tuple[tuple[str, str], ...]
    forecast: Markup
    forecast_text: str
    need: str
    limit: str
    limits: Markup
    limit_changes: tuple[tuple[str, str], ...]
    advice: tuple[tuple[str, tuple[str, ...]], ...]
    indices: tuple[IndexView, ...]
    groups: tuple[FigureGroup, ...]
    portrait_heading: str
    texts: Texts


def shop_view(page: ShopPage, language: str) -> ShopView:
    """Return what the page of a shop shows in "en" or "zh"."""
    texts = read_texts("supplyrisk.graph.texts", "shop_page", language)
    own = page.letter
    parts = letter_parts(own, language)
    # Data used and how to correct them stand at the end of the page.
    after = 2
    portrait = page.portrait
    scored = own.points is not None and own.grade is not None
    return ShopView(
        language=language,
        title=fill(texts["title.page"], name=_name(own)),
        points=count(own.points) if scored else "",
        grade=fill(texts["head.grade"], grade=own.grade) if scored else "",
        # Points and grade, which come last, stand above it.
        head=tuple(letter_head(own, language)[: -1 if scored else None]),
        before=tuple(parts[:-after]),
        after=tuple(parts[-after:]),
        weeks=_weeks_chart(page.weeks, texts, language),
        changes=_changes(page.weeks, texts, language),
        forecast=_forecast_chart(page.forecast, texts, language),
        forecast_text=_forecast_text(page.forecast, texts),
        # Advice on financing says it, with its probability.
        need="" if any(each.kind == FINANCE for each in page.advice) else _need_text(page.forecast, texts),
        advice=tuple(_advice(each, language) for each in page.advice),
        limit=_limit_text(page, texts),
        limits=_limits_chart(page.limits, texts, language),
        limit_changes=_limit_changes(page.limits, own.currency, texts, language),
        indices=() if portrait is None else tuple(_index(each, texts, language) for each in portrait.indices),
        groups=() if portrait is None else _groups(portrait, texts, language),
        portrait_heading=""
        if portrait is None
        else fill(texts["heading.portrait"], days=portrait.window_days),
        texts=texts,
    )


def _name(own: ShopLetter) -> str:
    return " ".join((own.name or own.firm).split())


def _weeks_chart(weeks: tuple[ShopWeek, ...], texts: Texts, language: str) -> Markup:
    known = [(week.ends_on, week.points) for week in weeks if week.points is not None]
    if len(known) < 2:
        return Markup()
    days, points = zip(*known, strict=True)
    line = Line(texts["column.points"], days, points)
    return line_chart(
        f"weeks-{language}", [line], x_label=texts["column.week"], y_label=texts["column.points"]
    )


def _changes(weeks: tuple[ShopWeek, ...], texts: Texts, language: str) -> tuple[tuple[str, str], ...]:
    """The last weeks whose points changed by at least one, the latest first."""
    changed = [week for week in weeks if week.change is not None and abs(week.change) >= 0.5]
    lines = []
    for week in reversed(changed[-MOST_CHANGES:]):
        causes = [
            fill(
                texts["text.reason"],
                name=reason.text.in_language(language),
                points=number(reason.points, 0, signed=True),
            )
            for reason in week.reasons[:MOST_CAUSES]
            if abs(reason.points) >= 0.5
        ]
        change = number(week.change, 0, signed=True)
        lines.append(
            (fill(texts["text.change"], day=week.ends_on, change=change), _comma(language).join(causes))
        )
    return tuple(lines)


def _forecast_chart(forecast: ShopForecast | None, texts: Texts, language: str) -> Markup:
    if forecast is None or len(forecast.weeks) < 2:
        return Markup()
    days = [week.last_day for week in forecast.weeks]
    lines = [
        Line(texts[f"column.{name}"], days, [getattr(week, name) for week in forecast.weeks])
        for name in ("high", "middle", "low")
    ]
    return line_chart(
        f"forecast-{language}",
        lines,
        x_label=texts["column.week"],
        y_label=texts[f"column.{_measure(forecast)}"],
    )


def _forecast_text(forecast: ShopForecast | None, texts: Texts) -> str:
    if forecast is None:
        return ""
    total = forecast.total
    figures = {name: money(getattr(total, name), forecast.currency) for name in ("low", "middle", "high")}
    measure = texts[f"measure.{_measure(forecast)}"]
    return fill(
        texts["text.forecast"], measure=measure, first=total.first_day, last=total.last_day, **figures
    )


def _need_text(forecast: ShopForecast | None, texts: Texts) -> str:
    need = None if forecast is None else forecast.need
    if forecast is None or need is None:
        return ""
    if need.under_on is not None:
        return fill(texts["text.need"], day=need.under_on, amount=money(need.need, forecast.currency))
    if need.cautious_under_on is not None:
        amount = money(need.cautious_need, forecast.currency)
        return fill(texts["text.cautious_need"], day=need.cautious_under_on, amount=amount)
    return texts["text.no_need"]


def _advice(advice: Advice, language: str) -> tuple[str, tuple[str, ...]]:
    texts = read_texts("supplyrisk.graph.texts", "advice", language)
    words = advice.texts
    lines = [part.in_language(language) for part in (words.text, words.effect, words.refuted_by)]
    if advice.products:
        products = _comma(language).join(texts[f"product.{name}"] for name in advice.products)
        lines.append(fill(texts["phrase.products"], products=products))
    lines.append(fill(texts["phrase.valid"], day=advice.valid_until, by=advice.act_by))
    return words.title.in_language(language), tuple(lines)


def _limit_text(page: ShopPage, texts: Texts) -> str:
    if not page.limits:
        return ""
    last = page.limits[-1]
    as_of = page.letter.as_of
    if not last.limit or (as_of is not None and as_of > last.expires_on):
        return texts["text.no_limit"]
    return fill(texts["text.limit"], limit=money(last.limit, page.letter.currency), expires=last.expires_on)


def _limits_chart(limits: tuple[ShopLimitDay, ...], texts: Texts, language: str) -> Markup:
    if len(limits) < 2:
        return Markup()
    label = texts["column.limit"]
    line = Line(label, [limit.on for limit in limits], [limit.limit for limit in limits])
    return line_chart(f"limits-{language}", [line], x_label=texts["column.week"], y_label=label)


def _limit_changes(
    limits: tuple[ShopLimitDay, ...], currency: str | None, texts: Texts, language: str
) -> tuple[tuple[str, str], ...]:
    """The last changes of the limit, the latest first."""
    changed = [*limits[:1], *(after for before, after in pairwise(limits) if before.limit != after.limit)]
    return tuple(
        (
            fill(texts["text.limit_change"], day=limit.on, limit=money(limit.limit, currency)),
            limit.why.in_language(language),
        )
        for limit in reversed(changed[-MOST_CHANGES:])
    )


def _measure(forecast: ShopForecast) -> str:
    return "orders" if forecast.basis == "orders" else "turnover"


def _index(index: ShopIndex, texts: Texts, language: str) -> IndexView:
    known = fill(texts["text.index_parts"], known=index.known, all=len(index.parts))
    text = texts["text.index_unknown"] if index.value is None else known
    return IndexView(index.name.in_language(language), index.value, text)


def _groups(portrait: ShopPortrait, texts: Texts, language: str) -> tuple[FigureGroup, ...]:
    return tuple(_group(group, portrait.currency, texts, language) for group in portrait.groups)


def _group(group: PortraitGroup, currency: str | None, texts: Texts, language: str) -> FigureGroup:
    known = [each for each in group.indicators if each.state is FigureState.KNOWN]
    others = [each.name.in_language(language) for each in group.indicators if each not in known]
    missing = fill(texts["text.missing"], names=_comma(language).join(others)) if others else ""
    rows = tuple(_row(each, currency, language) for each in known)
    return FigureGroup(group.name.in_language(language), rows, missing)


def _row(figure: ShopIndicator, currency: str | None, language: str) -> tuple[str, ...]:
    words = _portrait_texts(language)
    percentile = MISSING if figure.percentile is None else f"{100 * figure.percentile:.0f}%"
    peers = ""
    if figure.peers is not None and figure.peer_level is not None:
        peers = fill(
            words["phrase.peers"], count=count(figure.peers), group=words[f"peers.{figure.peer_level}"]
        )
    return (
        figure.name.in_language(language),
        value_text(figure.value, figure.unit, language, currency),
        change_text(figure.change, figure.unit, language),
        change_text(figure.yearly_change, figure.unit, language),
        percentile,
        peers,
    )


def _comma(language: str) -> str:
    return _portrait_texts(language)["phrase.comma"]


def _portrait_texts(language: str) -> Texts:
    return read_texts("supplyrisk.graph.texts", "portrait", language)

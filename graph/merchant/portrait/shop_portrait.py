"""The portrait of one shop as a typed document, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import isfinite

import numpy as np
import pyarrow as pa

from supplyrisk.graph.merchant.portrait.figure_kinds import Better, Figure, FigureState, Unit
from supplyrisk.graph.merchant.portrait.indicator import Indicator
from supplyrisk.graph.merchant.portrait.indicator_register import GROUPS, INDICATORS
from supplyrisk.graph.merchant.portrait.portrait_index import INDICES, PortraitIndex
from supplyrisk.graph.merchant.portrait.portrait_table import PortraitTable, change_of
from supplyrisk.graph.merchant.portrait.window_figures import fresh_days
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts


@dataclass(frozen=True)
class ShopIndicator:
    """One indicator of a shop.

    Parameters
    ----------
    key, name, meaning, unit, better: of its record.
    state: whether it has a value.
    value: over the window; None unless known.
    before, year_ago: the same of the window before, and of the same weeks a year ago; None where unknown.
    change, yearly_change: of the value since then: relative for money, counts and times, else the difference.
    percentile: among the peers, 0 to 1; None where there are too few of them.
    peers: number of firms of the peer group with a value. peer_level: the group, one of LEVELS; None without one.
    coverage: share of the window's periods or rows that record it. age_days: since the last row that does.
    """

    key: str
    name: Words
    meaning: Words
    unit: Unit
    better: Better
    state: FigureState
    value: float | None
    before: float | None
    change: float | None
    year_ago: float | None
    yearly_change: float | None
    percentile: float | None
    peers: int | None
    peer_level: str | None
    coverage: float | None
    age_days: int | None


@dataclass(frozen=True)
class PortraitGroup:
    """The indicators of one group."""

    key: str
    name: Words
    indicators: tuple[ShopIndicator, ...]


@dataclass(frozen=True)
class ShopIndexPart:
    """One part of an index: the figure that is ranked, its direction and weight."""

    indicator: str
    name: Words
    figure: Figure
    better: Better
    weight: float


@dataclass(frozen=True)
class ShopIndex:
    """An index of a shop.

    Parameters
    ----------
    value: 0 to 100; None with fewer than `least` known parts.
    known: number of known parts.
    """

    key: str
    name: Words
    value: float | None
    known: int
    least: int
    parts: tuple[ShopIndexPart, ...]


@dataclass(frozen=True)
class ShopPortrait:
    """The portrait of one shop.

    Parameters
    ----------
    name, industry, region: None where unknown.
    currency: of amounts; None where the data state none.
    """

    firm_id: str
    name: str | None
    industry: str | None
    region: str | None
    as_of: date
    window_days: int
    currency: str | None
    indices: tuple[ShopIndex, ...]
    groups: tuple[PortraitGroup, ...]

    @property
    def has_data(self) -> bool:
        """Whether any source has a row about the shop."""
        return any(each.age_days is not None for group in self.groups for each in group.indicators)

    def indicator(self, key: str) -> ShopIndicator:
        """Return one of its indicators.

        Raises
        ------
        KeyError: there is no indicator of that name.
        """
        by_key = {each.key: each for group in self.groups for each in group.indicators}
        return by_key[key]


def shop_portrait(portraits: PortraitTable, row: int) -> ShopPortrait:
    """Return the portrait of the shop in a row of a table of portraits."""
    shop = portraits.shops.slice(row, 1)
    head = shop.select(["firm_id", "name", "industry", "region"]).to_pylist()[0]
    by_group: dict[str, list[ShopIndicator]] = {group: [] for group in GROUPS}
    for indicator in INDICATORS.values():
        by_group[indicator.group].append(_indicator(indicator, shop, portraits.window_days))
    return ShopPortrait(
        **head,
        as_of=portraits.as_of,
        window_days=portraits.window_days,
        currency=portraits.currency,
        indices=tuple(_index(index, shop) for index in INDICES.values()),
        groups=tuple(PortraitGroup(key, _words(f"group.{key}"), tuple(by_group[key])) for key in GROUPS),
    )


def part_name(indicator: str, figure: Figure) -> Words:
    """Return how a part of an index is called."""
    name = _words(f"name.{indicator}")
    template = _words(f"figure.{figure}")
    return Words(*(template.in_language(lang).format(name=name.in_language(lang)) for lang in LANGUAGES))


def _indicator(indicator: Indicator, shop: pa.Table, window_days: int) -> ShopIndicator:
    key = indicator.key
    value, before, year_ago = (_cell(shop, name) for name in (key, f"{key}.before", f"{key}.year_ago"))
    age = _cell(shop, f"{indicator.basis}.age")
    return ShopIndicator(
        key,
        _words(f"name.{key}"),
        _words(f"meaning.{key}"),
        indicator.unit,
        indicator.better,
        _state(indicator, value, age, window_days),
        value,
        before,
        _change(indicator, value, before),
        year_ago,
        _change(indicator, value, year_ago),
        _cell(shop, f"{key}.percentile"),
        shop[f"{key}.peers"][0].as_py(),
        shop[f"{key}.level"][0].as_py(),
        _cell(shop, f"{indicator.basis}.coverage"),
        None if age is None else int(age),
    )


def _state(indicator: Indicator, value: float | None, age: float | None, window_days: int) -> FigureState:
    if value is not None:
        return FigureState.KNOWN
    if age is None:
        return FigureState.MISSING
    return FigureState.STALE if age >= fresh_days(indicator.rows, window_days) else FigureState.EMPTY


def _change(indicator: Indicator, value: float | None, earlier: float | None) -> float | None:
    if value is None or earlier is None:
        return None
    change = float(change_of(indicator, np.array(value), np.array(earlier)))
    return round(change, 6) if isfinite(change) else None


def _index(index: PortraitIndex, shop: pa.Table) -> ShopIndex:
    parts = tuple(
        ShopIndexPart(
            part.indicator,
            part_name(part.indicator, part.figure),
            part.figure,
            INDICATORS[part.indicator].better,
            part.weight,
        )
        for part in index.parts
    )
    known = shop[f"index.{index.key}.parts"][0].as_py()
    return ShopIndex(
        index.key, _words(f"index.{index.key}"), _cell(shop, f"index.{index.key}"), known, index.least, parts
    )


def _cell(shop: pa.Table, name: str) -> float | None:
    value = shop[name][0].as_py()
    return None if value is None else float(value)


def _words(key: str) -> Words:
    return Words(*(read_texts("supplyrisk.graph.texts", "portrait", lang)[key] for lang in LANGUAGES))

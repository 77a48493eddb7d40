"""Portraits on the terminal: the indicators of one shop by group, and the indices of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from supplyrisk.cli.talk import show_lines, show_section
from supplyrisk.graph import read_texts
from supplyrisk.graph.merchant.portrait import FigureState, change_text, value_text
from supplyrisk.graph.texts.figures import MISSING, count, number, percent

if TYPE_CHECKING:
    from supplyrisk.graph.merchant.portrait import PortraitTable, ShopIndex, ShopIndicator, ShopPortrait

MAX_SHOPS = 20
"""Rows of the table of all shops that are shown."""
_COLUMNS = ("value", "change", "year", "percentile", "peers", "better", "coverage", "age")


def show_portrait(portrait: ShopPortrait, lang: str) -> None:
    """Print the portrait of one shop on stdout."""
    texts = read_texts("supplyrisk.graph.texts", "portrait", lang)
    name = portrait.firm_id if portrait.name is None else f"{portrait.name} ({portrait.firm_id})"
    show_lines(texts["phrase.head"].format(name=name, days=portrait.window_days, day=portrait.as_of))
    show_section(
        (texts["heading.index"], "", texts["heading.parts"]),
        [(index.name.in_language(lang), *_index_cells(index)) for index in portrait.indices],
    )
    show_lines(texts["phrase.beside_pd"])
    headings = tuple(texts[f"heading.{name}"] for name in _COLUMNS)
    for group in portrait.groups:
        shown = [each for each in group.indicators if each.state is not FigureState.MISSING]
        rows = [_cells(each, portrait.currency, lang, texts) for each in shown]
        if rows:
            show_section((group.name.in_language(lang), *headings), rows)
    missing = [
        each.name.in_language(lang)
        for group in portrait.groups
        for each in group.indicators
        if each.state is FigureState.MISSING
    ]
    if missing:
        show_lines(f"\n{texts['state.missing']}: {texts['phrase.comma'].join(missing)}")


def show_portraits(portraits: PortraitTable, lang: str) -> None:
    """Print the indices of the first shops on stdout."""
    texts = read_texts("supplyrisk.graph.texts", "portrait", lang)
    names = portraits.shops.column_names
    indices = [name for name in names if name.startswith("index.") and f"{name}.parts" in names]
    shown = portraits.shops.select(["firm_id", "name", *indices]).slice(0, MAX_SHOPS).to_pylist()
    rows = [(row["firm_id"], row["name"], *(number(row[name], 1) for name in indices)) for row in shown]
    headings = [texts[name] for name in indices]
    counts = {"count": portraits.shops.num_rows, "days": portraits.window_days, "day": portraits.as_of}
    show_lines(texts["phrase.all"].format(**counts))
    show_section(("firm", "name", *headings), rows)


def _index_cells(index: ShopIndex) -> tuple[str, str]:
    return number(index.value, 1), f"{index.known} / {len(index.parts)}"


def _cells(
    figure: ShopIndicator, currency: str | None, lang: str, texts: Mapping[str, str]
) -> tuple[str, ...]:
    known = figure.state is FigureState.KNOWN
    value = value_text(figure.value, figure.unit, lang, currency)
    peers = MISSING
    if figure.peers is not None and figure.peer_level is not None:
        group = texts[f"peers.{figure.peer_level}"]
        peers = texts["phrase.peers"].format(count=count(figure.peers), group=group)
    return (
        figure.name.in_language(lang),
        value if known else texts[f"state.{figure.state}"],
        change_text(figure.change, figure.unit, lang),
        change_text(figure.yearly_change, figure.unit, lang),
        MISSING if figure.percentile is None else count(100 * figure.percentile),
        peers,
        texts[f"better.{figure.better}"],
        percent(figure.coverage, 0),
        MISSING if figure.age_days is None else count(figure.age_days),
    )

"""Sentences about a shop's own figures, written for the shop: its value, and that of others in its trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from supplyrisk.graph.merchant.permitted_reasons import shop_feature
from supplyrisk.graph.snapshot.features.feature import Feature
from supplyrisk.graph.texts.figures import count, money, number, percent
from supplyrisk.graph.texts.text_files import LANGUAGES, Words, read_texts

_PHRASES = {"industry x region": "nearby", "industry": "trade", "all": "all"}
"""The phrase that names the peers, by level of the peer group."""
_YEARS_FROM = 730
"""Days from which a time is written in years."""


@dataclass(frozen=True)
class ShopFigure:
    """A feature of a shop and what it is compared with.

    Parameters
    ----------
    feature: its record.
    value: the shop's.
    peers: the median of its peers; None (default) where it is unknown.
    level: the peer group, of `peers.LEVELS`.
    currency: of amounts; None where the data have none.
    """

    feature: Feature
    value: float
    peers: float | None = None
    level: str = "all"
    currency: str | None = None


def shop_sentence(figure: ShopFigure, *, raises: bool) -> Words | None:
    """Return what a shop is told of one of its figures, in both languages.

    None where the feature has no text, the figure is unknown or zero, or it points the other way: a figure that is
    better than that of the peers is no reason against a shop.

    Parameters
    ----------
    figure: the figure.
    raises: whether it raises the risk; otherwise it lowers it.
    """
    if isnan(figure.value) or _contradicts(figure, raises):
        return None
    sentences = [_sentence(figure, raises, lang) for lang in LANGUAGES]
    return Words(*sentences) if all(sentences) else None  # type: ignore[arg-type]


def figure_text(figure: ShopFigure, lang: str) -> str:
    """Return the value of a figure with its unit."""
    return _Form.of(figure.feature, _shop_texts(lang)).text(figure.value, figure, lang)


def source_words(source: str) -> Words:
    """Return the name of a table as a shop knows it."""
    return Words(*(_shop_texts(lang)[f"source.{source}"] for lang in LANGUAGES))


def provide_words(source: str) -> Words:
    """Return how a shop provides the records of a table."""
    return Words(*(_shop_texts(lang)[f"provide.{source}"] for lang in LANGUAGES))


def missing_words(source: str) -> Words:
    """Return that a table has no row about the shop."""
    return Words(
        *(
            _shop_texts(lang)["phrase.missing"].format(source=source_words(source).in_language(lang))
            for lang in LANGUAGES
        )
    )


@dataclass(frozen=True)
class _Form:
    """How a feature is written: as its value, as a change, as days early or late, or as equal partners (of an HHI)."""

    placeholder: str

    @classmethod
    def of(cls, feature: Feature, texts: Mapping[str, str]) -> _Form:
        key = f"feature.{shop_feature(feature.name)}"
        if f"{key}.early" in texts:
            return cls("early")
        template = texts.get(f"{key}.raises", "")
        return cls(next((name for name in ("change", "equal") if f"{{{name}}}" in template), "value"))

    def text(self, value: float, figure: ShopFigure, lang: str) -> str:
        """Return a value of the figure's feature as text that stands alone."""
        if self.placeholder == "change":
            return _percent(_change(value, figure.feature), signed=True)
        if self.placeholder == "equal":
            return number(1 / value, 1) if value > 0 else count(0)
        if self.placeholder == "early" and value < 0:
            early = _with_unit(-value, figure, lang)
            return early if _is_zero(early) else _shop_texts(lang)["phrase.early"].format(figure=early)
        return _with_unit(value, figure, lang)


def _sentence(figure: ShopFigure, raises: bool, lang: str) -> str | None:
    texts = _shop_texts(lang)
    form = _Form.of(figure.feature, texts)
    side = "raises" if raises else "lowers"
    name = "value"
    if form.placeholder == "change":
        change = _change(figure.value, figure.feature)
        if (change * figure.feature.direction > 0) != raises:
            return None
        name = "change"
        main = _percent(abs(change))
    elif form.placeholder == "early" and figure.value < 0:
        if raises:
            return None
        side = name = "early"
        main = _with_unit(-figure.value, figure, lang)
    else:
        name = "equal" if form.placeholder == "equal" else "value"
        main = form.text(figure.value, figure, lang)
    template = texts.get(f"feature.{shop_feature(figure.feature.name)}.{side}")
    if template is None or _is_zero(main):
        return None
    text = template.format(**{"period": _period(figure.feature, texts), name: main})
    peers = _peers_text(figure, form, lang)
    if peers is None:
        return texts["phrase.alone"].format(text=text)
    return texts[f"phrase.{_PHRASES[figure.level]}"].format(text=text, peers=peers)


def _contradicts(figure: ShopFigure, raises: bool) -> bool:
    """Whether the shop stands better than its peers where it is held against it, or worse where it speaks for it."""
    if figure.peers is None:
        return False
    worse = (figure.value - figure.peers) * figure.feature.direction
    return worse * (1 if raises else -1) < 0


def _peers_text(figure: ShopFigure, form: _Form, lang: str) -> str | None:
    """The peers' figure; None where it is unknown or reads like the shop's own."""
    if figure.peers is None:
        return None
    text = form.text(figure.peers, figure, lang)
    if text == form.text(figure.value, figure, lang):
        return None
    texts = _shop_texts(lang)
    if _is_zero(text):
        return texts["phrase.unchanged" if form.placeholder == "change" else "phrase.none"]
    if form.placeholder == "early" and figure.value < 0 < figure.peers:
        # Beside days early, bare days would read as early ones.
        return texts["phrase.late"].format(figure=text)
    return text


def _change(value: float, feature: Feature) -> float:
    """The change that a ratio to an earlier period or a growth stands for."""
    return value - 1 if feature.unit == "ratio" else value


def _period(feature: Feature, texts: Mapping[str, str]) -> str:
    return texts["phrase.period"].format(days=feature.window) if feature.window else ""


def _with_unit(value: float, figure: ShopFigure, lang: str) -> str:
    unit = figure.feature.unit
    if unit == "money":
        return money(value, figure.currency)
    if unit in ("share", "ratio"):
        return _percent(value)
    if unit == "days" and value >= _YEARS_FROM:
        return _shop_texts(lang)["phrase.years"].format(figure=number(value / 365.25, 1))
    text = count(value) if abs(value) >= 10 or value == int(value) else number(value, 1)
    words = read_texts("supplyrisk.graph.texts", "reasons", lang)
    one = words.get(f"unit.one.{unit}") if text == "1" else None
    return f"{text} {one or words[f'unit.{unit}']}"


def _percent(share: float, *, signed: bool = False) -> str:
    """A share in percent with about two significant digits, such as 44%, 4.4% and 0.44%."""
    size = abs(share)
    if 0.995 <= size < 1:
        return percent(share, 1, signed=signed)
    return percent(share, 0 if size >= 0.1 else 1 if size >= 0.01 else 2, signed=signed)


def _is_zero(text: str) -> bool:
    return not any(digit in text for digit in "123456789")


def _shop_texts(lang: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "shop_reasons", lang)

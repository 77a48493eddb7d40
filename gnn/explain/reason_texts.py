"""Texts of the reasons in English and in Chinese; codes are the same in both.

Phrases and units are in `graph/texts/reasons.toml`, meanings in the features' records. A column that only the data
define keeps its name, and values stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from supplyrisk.graph import FEATURES, PEER_LEVEL, Feature, event_meaning, is_shipped, read_texts
from supplyrisk.graph.texts.figures import fill, is_one


def phrase(name: str, lang: str, **values: object) -> str:
    """Return a phrase of the reasons with its values; trailing spaces, which an empty unit leaves, are removed."""
    texts = _texts(lang)
    value = values.get("value")
    one = isinstance(value, float) and is_one(value)
    text = texts.get(f"phrase.one.{name}") if one else None
    return fill(text or texts[f"phrase.{name}"], **values).rstrip()


@cache
def meaning_of(name: str, feature: Feature | None, lang: str) -> str:
    """Return the meaning of a feature; without one in its record, the stored one or its name."""
    if feature and _is_users(feature):
        return _users_meaning(feature, lang)
    meaning = _composed_meaning(name, lang)
    if meaning is not None:
        return meaning
    # Stored meanings are English.
    return feature.meaning if feature and lang == "en" else name.replace("_", " ")


def unit_of(feature: Feature | None, currency: str | None, lang: str, *, one: bool = False) -> str:
    """Return a feature's unit in words, in the singular for one; money is in the data's currency, if it is known."""
    unit = feature.unit if feature else ""
    if unit == "money":
        return currency or ""
    texts = _texts(lang)
    plural = texts.get(f"unit.{unit}", unit)
    return texts.get(f"unit.one.{unit}", plural) if one else plural


def _texts(lang: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "reasons", lang)


@cache
def _meanings(lang: str) -> Mapping[str, str]:
    """Meanings by the feature's name without its window."""
    texts = {feature.base_name: getattr(feature, lang) for feature in (*FEATURES, PEER_LEVEL)}
    return {name: text for name, text in texts.items() if text}


def _is_users(feature: Feature) -> bool:
    """Whether a feature is a column that users added: its name may look like a shipped one over a window."""
    return not is_shipped(feature.name) and feature.name != PEER_LEVEL.name


def _users_meaning(feature: Feature, lang: str) -> str:
    # Stored meanings are English.
    if lang == "en":
        return feature.meaning
    label = feature.base_name.replace("_", " ")
    return (
        _texts(lang)["meaning.window"].format(meaning=label, days=feature.window) if feature.window else label
    )


def _composed_meaning(name: str, lang: str) -> str | None:
    """The meaning by a record, also over a window or among peers; None where there is none in this language."""
    texts = _texts(lang)
    meanings = _meanings(lang)
    if name in meanings:
        return meanings[name]
    if name.endswith("_peers"):
        meaning = _composed_meaning(name.removesuffix("_peers"), lang)
        return meaning and texts["meaning.peers"].format(meaning=meaning)
    # sales_30: the feature over a window of days.
    if match := re.fullmatch(r"(.+)_(\d+)", name):
        meaning = _composed_meaning(match[1], lang)
        return meaning and texts["meaning.window"].format(meaning=meaning, days=match[2])
    if lang == "en":
        return None
    if name.startswith("events_"):
        # events_lawsuit:tax counts the events of a kind whose text has a word.
        kind, _, word = name.removeprefix("events_").partition(":")
        return event_meaning(kind, word, lang)
    return name.replace("_", " ")

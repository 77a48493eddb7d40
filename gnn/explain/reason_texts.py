"""Texts of the reasons in English and in Chinese; codes are the same in both.

Phrases and units are in `graph/texts/reasons.toml`, meanings in the features' records. A column that only the data
define keeps its name, and values stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from supplyrisk.graph import FEATURES, PEER_LEVEL, Feature, read_texts
from supplyrisk.graph.texts.figures import fill, is_one

FAMILIES = {
    "en": {
        "upstream": "its suppliers",
        "downstream": "its customers",
        "carriers": "the carriers that serve it",
        "related": "firms related to it",
        "via": "firms two relations away",
        "second_upstream": "suppliers of its suppliers",
        "second_downstream": "customers of its customers",
        "cell": "firms of its industry and region",
    },
    "zh": {
        "upstream": "其供应商",
        "downstream": "其客户",
        "carriers": "为其服务的承运商",
        "related": "其关联企业",
        "via": "相隔两层关系的企业",
        "second_upstream": "其供应商的供应商",
        "second_downstream": "其客户的客户",
        "cell": "同行业同地区的企业",
    },
}
LINKS_ZH = {
    "supplier": "供应商",
    "customer": "客户",
    "carrier": "承运商",
    "served": "其承运的企业",
    "owns": "持股",
    "manages": "任职管理",
    "guarantees": "担保",
    "invests": "投资",
    "branch": "分支机构",
}


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


def link_of(link: str, lang: str) -> str:
    """Return the name of a kind of link, or of what a neighbour is to a firm."""
    return LINKS_ZH.get(link, link.replace("_", " ")) if lang == "zh" else link.replace("_", " ")


def _texts(lang: str) -> Mapping[str, str]:
    return read_texts("supplyrisk.graph.texts", "reasons", lang)


@cache
def _meanings(lang: str) -> Mapping[str, str]:
    """Meanings by the feature's name without its window."""
    texts = {feature.base_name: getattr(feature, lang) for feature in (*FEATURES, PEER_LEVEL)}
    return {name: text for name, text in texts.items() if text}


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
        # events_lawsuit:tax counts the events of a kind whose text has a word; kinds that the data add keep their name.
        kind, _, word = name.removeprefix("events_").partition(":")
        event = texts.get(f"event.{kind}", kind)
        return texts["meaning.event_word" if word else "meaning.event"].format(event=event, word=word)
    return name.replace("_", " ")

"""Reasons for a score: at most four per firm, with stable codes, from the sum that the scoring model computes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from supplyrisk.gnn.explain.reason_texts import meaning_of, phrase, unit_of
from supplyrisk.graph import Feature
from supplyrisk.graph.schema.relations import FAMILY_WORDS, end_of, relation_of
from supplyrisk.graph.texts.figures import significant

MAX_REASONS = 4
METHOD = "path attribution (Saabas) of the boosted score, mean over the ensemble"
"""How the reasons of a boosted baseline are computed."""


@dataclass(frozen=True)
class Reason:
    """A reason for a score.

    Parameters
    ----------
    code: the same in all releases and languages.
    text: a sentence for people.
    share: of the whole hazard; None where the method explains a margin rather than a sum of hazards.
    """

    code: str
    text: str
    share: float | None


@dataclass(frozen=True)
class Wording:
    """How a reason is worded: the features' meanings and units, the data's currency, and the language."""

    features: Mapping[str, Feature]
    currency: str | None = None
    lang: str = "en"


@cache
def own_code(feature: str) -> str:
    """Return the code of a reason by one of the firm's own features."""
    return "OWN_" + re.sub(r"\W+", "_", feature).upper()


def reason_code(column: tuple[str, str] | str) -> str:
    """Return the code of the reason by a column, whatever its value."""
    return own_code(column[0]) if isinstance(column, tuple) else neighbourhood_reason(column, 0.0).code


def own_reason(column: tuple[str, str], value: float, share: float | None, wording: Wording) -> Reason:
    """Return the reason by a column of the firm's own data, (feature, word) as in `Encoder.columns`."""
    name, word = column
    lang = wording.lang
    feature = wording.features.get(name)
    meaning = meaning_of(name, feature, lang)
    code = own_code(name)
    if np.isnan(value):
        return Reason(code, phrase("missing", lang, meaning=meaning), share)
    if word == "#words":
        return Reason(code, phrase("entries", lang, meaning=meaning, value=value), share)
    if word:
        return Reason(code, phrase("is" if value else "is_not", lang, meaning=meaning, word=word), share)
    figure = readable_number(value, feature.unit if feature else "")
    # Singular by the printed figure: .99996 prints as 1.
    unit = unit_of(feature, wording.currency, lang, one=figure == "1")
    return Reason(code, phrase("value", lang, meaning=meaning, figure=figure, unit=unit), share)


def readable_number(value: float, unit: str = "") -> str:
    """Format a number for people: four significant digits, or whole with commas from a thousand on.

    A share is in percent, and a percentile counts from 0 to 100.
    """
    if unit in ("share", "percentile"):
        return readable_number(100 * value) + ("%" if unit == "share" else "")
    return significant(value)


def neighbourhood_reason(column: str, value: float, lang: str = "en") -> Reason:
    """Return the reason by a neighbourhood column of the baseline with neighbours, such as "count:upstream"."""
    figure, *rest = column.split(":")
    if figure == "count" and len(rest) > 2:
        direction = "links_out" if rest[-1] == "out" else "links_in"
        word = relation_of(rest[1]).word.in_language(lang)
        return Reason("NET_LINKS_" + rest[1].upper(), phrase(direction, lang, value=value, kind=word), None)
    # "mean:FAMILY:FEATURE" or "mean:FAMILY:FEATURE=WORD" is of models of earlier versions.
    family = rest[0] if figure == "mean" else rest[-1]
    values: dict[str, object] = {"family": FAMILY_WORDS[family].in_language(lang)}
    if figure == "count":
        name = "defaulted" if len(rest) == 2 else "count"
        values["value"] = value
    elif figure == "mean":
        feature, equals, word = rest[1].partition("=")
        name = "mean"
        values["column"] = meaning_of(feature, None, lang) + equals + word
    else:
        name = "risk" if figure == "score" else "failed" if value else "failed_none"
    code = name.removesuffix("_none").upper()
    return Reason(f"NET_{code}_{family.upper()}", phrase(name, lang, **values), None)


def context_reason(share: float, lang: str = "en") -> Reason:
    """Return the reason by the network's context."""
    return Reason("CONTEXT", phrase("context", lang), share)


def caught_code(link: str) -> str:
    """Return the code of hazard caught from a neighbour with this kind of link."""
    return "CAUGHT_" + link.upper()


def caught_reason(near: Mapping[str, Any], lang: str = "en") -> Reason:
    """Return the reason by a neighbour; near: its id, its link and its share of the hazard, see `neighbours_of`."""
    text = phrase(
        "caught", lang, share=near["share"], id=near["id"], link=end_of(near["link"]).word.in_language(lang)
    )
    return Reason(caught_code(near["link"]), text, near["share"])

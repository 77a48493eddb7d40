"""Why a firm scores as it does: at most four reasons, with stable codes, from the champion's own sum."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from supplyrisk.gnn.words import FAMILIES, LANGUAGES, link_of, meaning_of, say, unit_of
from supplyrisk.graph import Feature

MOST_REASONS = 4
METHOD = "path attribution (Saabas) of the boosted score, mean over the ensemble"
"""How the reasons of a boosted control are found."""


@dataclass(frozen=True)
class Reason:
    """A code that stays the same between releases, a sentence for people, and the share of the hazard it stands for.

    share is of the whole hazard; null where the method explains a margin rather than a sum of hazards.
    """

    code: str
    text: str
    share: float | None


def own_code(feature: str) -> str:
    """The code of a reason that one of the firm's own features gives."""
    return "OWN_" + re.sub(r"\W+", "_", feature).upper()


def reason_code(column: tuple[str, str] | str) -> str:
    """The code of the reason that a column gives, whatever its value."""
    return own_code(column[0]) if isinstance(column, tuple) else neighbourhood_reason(column, 0.0).code


def own_reason(  # noqa: PLR0913 - keywords, each with a default
    column: tuple[str, str],
    features: dict[str, Feature],
    value: float,
    share: float | None,
    *,
    currency: str | None = None,
    lang: str = "en",
) -> Reason:
    """The reason that a column of the firm's own data gives."""
    name, word = column
    feature = features.get(name)
    meaning = meaning_of(name, feature, lang)
    code = own_code(name)
    if np.isnan(value):
        return Reason(code, say("missing", lang, meaning=meaning), share)
    if word == "#words":
        return Reason(code, say("entries", lang, meaning=meaning, value=value), share)
    if word:
        return Reason(code, say("is" if value else "is_not", lang, meaning=meaning, word=word), share)
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    unit = unit_of(feature, currency, lang)
    return Reason(code, say("value", lang, meaning=meaning, shown=shown, unit=unit), share)


def neighbourhood_reason(column: str, value: float, lang: str = "en") -> Reason:
    """The reason that a column about the neighbourhood gives, where the second control is champion."""
    what, *rest = column.split(":")
    families = FAMILIES[lang]
    if what == "count" and rest[0] == "defaulted":
        text = say("defaulted", lang, value=value, family=families[rest[1]])
        return Reason("NET_DEFAULTED_" + rest[1].upper(), text, None)
    if what == "count" and len(rest) == 1:
        text = say("count", lang, value=value, family=families[rest[0]])
        return Reason("NET_COUNT_" + rest[0].upper(), text, None)
    if what == "count":
        way = "links_out" if rest[-1] == "out" else "links_in"
        text = say(way, lang, value=value, kind=link_of(rest[1], lang))
        return Reason("NET_LINKS_" + rest[1].upper(), text, None)
    if what == "score":
        family = rest[-1]
        return Reason("NET_RISK_" + family.upper(), say("risk", lang, family=families[family]), None)
    feature, _, word = rest[1].partition("=")
    named = meaning_of(feature, None, lang) + (f"={word}" if word else "")
    text = say("mean", lang, column=named, family=families[rest[0]])
    return Reason("NET_MEAN_" + rest[0].upper(), text, None)


def context_reason(share: float, lang: str = "en") -> Reason:
    """The reason that the network's context gives."""
    return Reason("CONTEXT", say("context", lang), share)


def caught_reason(near: Mapping[str, Any], lang: str = "en") -> Reason:
    """The reason that a neighbour gives; near: its id, its link and the share of the hazard, see `top_neighbours`."""
    text = say("caught", lang, share=near["share"], id=near["id"], link=link_of(near["link"], lang))
    return Reason("CAUGHT_" + near["link"].upper(), text, near["share"])


Maker = Callable[..., Reason]
"""Makes a reason in the language `lang`."""


def strongest(candidates: Sequence[tuple[float, Maker]], lang: str = "en") -> list[dict[str, Any]]:
    """The heaviest candidates, one per code, at most four; weights that are not positive give no reason.

    Each as a row: code, share, text in the language asked for, and text_en and text_zh.
    """
    made = [(weight, make(lang=lang), make) for weight, make in candidates if weight > 0]
    kept: dict[str, dict[str, Any]] = {}
    for _, reason, make in sorted(made, key=lambda c: (-c[0], c[1].code, c[1].text)):
        if len(kept) < MOST_REASONS and reason.code not in kept:
            others = {f"text_{other}": make(lang=other).text for other in LANGUAGES}
            kept[reason.code] = asdict(reason) | others
    return list(kept.values())

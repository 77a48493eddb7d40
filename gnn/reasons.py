"""Why a firm scores as it does: at most four reasons, with stable codes, from the champion's own sum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyrisk.graph import Feature

MOST_REASONS = 4
METHOD = "path attribution (Saabas) of the boosted score, mean over the ensemble"
"""How the reasons of a boosted control are found."""
FAMILY_WORDS = {
    "upstream": "its suppliers",
    "downstream": "its customers",
    "carriers": "the carriers that serve it",
    "related": "firms related to it",
    "via": "firms two relations away",
    "cell": "firms of its industry and region",
}


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


def own_reason(
    column: tuple[str, str],
    features: dict[str, Feature],
    value: float,
    share: float | None,
    currency: str | None = None,
) -> Reason:
    """The reason that a column of the firm's own data gives."""
    name, word = column
    feature = features.get(name)
    meaning = feature.meaning if feature else name.replace("_", " ")
    code = own_code(name)
    if np.isnan(value):
        return Reason(code, f"{meaning}: not known", share)
    if word == "#words":
        return Reason(code, f"{meaning}: {value:.0f} entries", share)
    if word:
        return Reason(code, f"{meaning}: {word}" if value else f"{meaning}: not {word}", share)
    unit = feature.unit if feature else ""
    unit = (currency or "") if unit == "money" else unit
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return Reason(code, f"{meaning}: {shown} {unit}".rstrip(), share)


def neighbourhood_reason(column: str, value: float) -> Reason:
    """The reason that a column about the neighbourhood gives, where the second control is champion."""
    what, *rest = column.split(":")
    if what == "count" and rest[0] == "defaulted":
        return Reason(
            "NET_DEFAULTED_" + rest[1].upper(), f"{value:.0f} of {FAMILY_WORDS[rest[1]]} in default", None
        )
    if what == "count" and len(rest) == 1:
        return Reason("NET_COUNT_" + rest[0].upper(), f"{value:.0f} links to {FAMILY_WORDS[rest[0]]}", None)
    if what == "count":
        way = "from" if rest[-1] == "out" else "to"
        return Reason(
            "NET_LINKS_" + rest[1].upper(), f"{value:.0f} links {rest[1].replace('_', ' ')} {way} it", None
        )
    if what == "score":
        family = rest[-1]
        return Reason("NET_RISK_" + family.upper(), f"own risk of {FAMILY_WORDS[family]}", None)
    return Reason(
        "NET_MEAN_" + rest[0].upper(), f"{rest[1].replace('_', ' ')} of {FAMILY_WORDS[rest[0]]}", None
    )


def strongest(candidates: Sequence[tuple[float, Reason]]) -> list[Reason]:
    """The heaviest candidates, one per code, at most four; weights that are not positive give no reason."""
    kept: dict[str, Reason] = {}
    for weight, reason in sorted(candidates, key=lambda c: (-c[0], c[1].code, c[1].text)):
        if weight > 0 and len(kept) < MOST_REASONS:
            kept.setdefault(reason.code, reason)
    return list(kept.values())

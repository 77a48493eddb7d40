"""Which compared pairs are shown to a person, with the evidence for and against them in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.matching.firm_records import KEYS
from supplyrisk.loaders.matching.pair_comparisons import COMPARISONS, KEY_COMPARISON
from supplyrisk.loaders.matching.pair_levels import PairLevel

PROBABLE = "probable"
NAME_ONLY = "name only"
CONTRADICTION = "keys contradict each other"
_IDENTIFYING = ("key", "seat", "founded_on")
"""Topics of which one must agree: a name alone, or with region and industry, identifies no firm."""
_NAME_TOPICS = ("key", "place", "trade", "branch", "founded_on")
"""Topics that must not disagree where the name is the only evidence."""
_WORDS_OF_KEYS = {
    "credit_code": "credit code",
    "lei": "LEI",
    "vat_number": "VAT number",
    "company_number": "company number",
}


@dataclass(frozen=True)
class FirmPair:
    """Two listed firms that may be one.

    Parameters
    ----------
    firm_id_a, firm_id_b, name_a, name_b: of the two, the smaller id first.
    kind: PROBABLE, NAME_ONLY, or CONTRADICTION where one key is equal and another is not.
    probability: that they are one firm; None where only their names agree, which is never evidence enough.
    evidence_for, evidence_against: what agrees and what does not, in words.
    """

    firm_id_a: str
    name_a: str | None
    firm_id_b: str
    name_b: str | None
    kind: str
    probability: float | None
    evidence_for: str
    evidence_against: str


def shown_pairs(pairs: pa.Table, records: pa.Table, at_least: float) -> list[FirmPair]:
    """Return the pairs to show, the most probable first and those with equal names only last.

    Parameters
    ----------
    pairs: as `score_pairs` returns them.
    records: as `firm_records` returns them.
    at_least: smallest probability of a pair that has one.
    """
    rows: dict[str, int] = {firm: row for row, firm in enumerate(records["firm_id"].to_pylist())}
    # most of the compared pairs are neither probable nor namesakes: they need no Python
    may_be_shown = pc.or_(pc.greater_equal(pairs["probability"], at_least), pc.equal(pairs["brand"], 0))
    may_be_shown = pc.or_(may_be_shown, pc.equal(pairs["key"], 0))
    shown = []
    for pair in pairs.filter(may_be_shown).to_pylist():
        levels = _levels(pair)
        kind = _kind(pair, levels, at_least)
        if kind is None:
            continue
        left, right = (
            records.slice(rows[pair[side]], 1).to_pylist()[0] for side in ("firm_id_l", "firm_id_r")
        )
        shown.append(_firm_pair(pair, levels, kind, left, right))
    return sorted(shown, key=_order)


def _levels(pair: Mapping[str, Any]) -> dict[str, PairLevel]:
    """Return the levels that a pair is at, by topic; topics with a missing value are left out."""
    return {c.topic: c.levels[pair[c.name]] for c in COMPARISONS if pair[c.name] >= 0}


def _kind(pair: Mapping[str, Any], levels: Mapping[str, PairLevel], at_least: float) -> str | None:
    """Return the kind of a pair, None for one that is not shown."""
    if "key" in levels and levels["key"].agrees is None:
        return CONTRADICTION
    if any(topic in levels and levels[topic].agrees for topic in _IDENTIFYING):
        return PROBABLE if pair["probability"] >= at_least else None
    has_same_brand = "brand" in levels and levels["brand"] is _SAME_BRAND
    disagrees = any(topic in levels and levels[topic].agrees is False for topic in _NAME_TOPICS)
    return NAME_ONLY if has_same_brand and not disagrees else None


def _firm_pair(
    pair: Mapping[str, Any],
    levels: Mapping[str, PairLevel],
    kind: str,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
) -> FirmPair:
    evidence_for = [_words(level, left, right) for level in levels.values() if level.agrees is not False]
    evidence_against = [_words(level, left, right) for level in levels.values() if level.agrees is False]
    return FirmPair(
        firm_id_a=left["firm_id"],
        name_a=left["name"],
        firm_id_b=right["firm_id"],
        name_b=right["name"],
        kind=kind,
        probability=None if kind == NAME_ONLY else round(pair["probability"], 6),
        evidence_for="; ".join(evidence_for),
        evidence_against="; ".join(evidence_against),
    )


def _words(level: PairLevel, left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    """Return what a level says, with the keys that it is about."""
    if level not in KEY_COMPARISON.levels:
        return level.says
    same = [_WORDS_OF_KEYS[key] for key in KEYS if left[key] is not None and left[key] == right[key]]
    other = [
        f"{_WORDS_OF_KEYS[key]} {left[key]} and {right[key]}"
        for key in KEYS
        if left[key] is not None and right[key] is not None and left[key] != right[key]
    ]
    texts = ([f"same {' and '.join(same)}"] if same else []) + (
        [f"other {', '.join(other)}"] if other else []
    )
    return ", but ".join(texts)


_SAME_BRAND = next(c for c in COMPARISONS if c.name == "brand").levels[0]


def _order(pair: FirmPair) -> tuple[bool, float, str, str]:
    return pair.probability is None, -(pair.probability or 0), pair.firm_id_a, pair.firm_id_b

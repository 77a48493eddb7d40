"""The terms of scenarios compared: which keys are stricter, and the strictest of several."""

from __future__ import annotations

from collections.abc import Iterable

from supplyrisk.graph.credit.admission.scenario_policy import ScenarioTerms

LOWER_IS_STRICTER = ("most", "turnover_share", "order_advance", "receivable_advance")
"""Keys of the limit, beside the caps by grade, of which a lower value never gives a higher limit."""
HIGHER_IS_STRICTER = ("least_coverage",)
"""Keys of the limit of which a higher value never gives a higher limit."""
RATES = ("hurdle", "funding_rate", "cost")
"""Keys that do not change the limit; a higher one asks for a higher rate."""


def stricter_keys(terms: ScenarioTerms, own: ScenarioTerms) -> list[str]:
    """Return the keys of the limit that terms set stricter than the policy's own; caps as by_grade.C.

    own: all keys, see `Policy.own_terms`.
    """
    keys = [f"by_grade.{grade}" for grade, cap in terms.by_grade.items() if cap < own.by_grade[grade]]
    for name in (*LOWER_IS_STRICTER, *HIGHER_IS_STRICTER):
        value = getattr(terms, name)
        if value is not None and _is_stricter(name, value, getattr(own, name)):
            keys.append(name)
    return keys


def strictest_terms(own: ScenarioTerms, several: Iterable[ScenarioTerms]) -> ScenarioTerms:
    """Return the keys that any of several terms set, each at its strictest among them and the policy's own.

    Caps that do not rise from A to G stay so: each is the lowest of its grade.
    """
    several = list(several)
    strictest = own
    for terms in several:
        filled = terms.filled_from(own)
        caps = {grade: min(cap, filled.by_grade[grade]) for grade, cap in strictest.by_grade.items()}
        values = {
            name: getattr(filled, name)
            for name in (*LOWER_IS_STRICTER, *HIGHER_IS_STRICTER, *RATES)
            if _is_stricter(name, getattr(filled, name), getattr(strictest, name))
        }
        strictest = strictest.model_copy(update={"by_grade": caps, **values})
    unset = {
        name: None for name in (*LOWER_IS_STRICTER, *HIGHER_IS_STRICTER, *RATES) if not _is_set(name, several)
    }
    caps = strictest.by_grade if any(terms.by_grade for terms in several) else {}
    return strictest.model_copy(update={"by_grade": caps, **unset})


def _is_set(name: str, several: Iterable[ScenarioTerms]) -> bool:
    return any(getattr(terms, name) is not None for terms in several)


def without_keys_of(terms: ScenarioTerms, first: ScenarioTerms) -> ScenarioTerms:
    """Return terms without the keys that others set first; the caps by grade are one key."""
    taken = {name: None for name, value in first if value is not None and name != "by_grade"}
    caps = {} if first.by_grade else terms.by_grade
    return terms.model_copy(update={**taken, "by_grade": caps})


def _is_stricter(name: str, value: float, other: float) -> bool:
    return value < other if name in LOWER_IS_STRICTER else value > other

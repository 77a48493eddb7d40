"""Names in a graph: the properties of scores, contagion and portraits, and the vocabulary of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXPOSED_TO = "EXPOSED_TO"
# The left-hand names are the columns of scgraph contagion.
CONTAGION = {
    "esri": "risk_esri",
    "down": "risk_esri_down",
    "up": "risk_esri_up",
    "exposure": "risk_exposure",
    "by_supply": "risk_exposure_by_supply",
    "by_demand": "risk_exposure_by_demand",
    "by_credit": "risk_exposure_by_credit",
}
"""Firm properties by column of the contagion results; they are separate from a model's scores."""
PORTRAIT_PREFIX = "portrait_"
"""How the names of the properties of portraits begin."""
CONTAGION_AS_OF = "risk_contagion_as_of"
CONTAGION_NAMES = frozenset((*CONTAGION.values(), CONTAGION_AS_OF))
CHANGE_PROPERTIES = (
    "risk_pd_before",
    "risk_grade_before",
    "risk_before_as_of",
    "risk_moved_by",
    "risk_moved_by_data",
    "risk_moved_by_neighbour",
    "risk_moved_by_model",
    "risk_moved_by_unseparated",
)
"""Properties that compare scores with the stored scores of an earlier day: PD, grade and day before, the main cause of
the change, and the change of the PD by cause. They are known names wherever a model's scores are, although the first
scoring writes none of them."""


def known_scores(written: Iterable[str]) -> tuple[str, ...]:
    """Return the properties of results that a statement may name, given those written into the graph."""
    names = tuple(written)
    # Only a model's scores are compared with an earlier day; contagion and portraits add no such names.
    return tuple(dict.fromkeys((*names, *CHANGE_PROPERTIES))) if holds_scores(names) else names


def holds_scores(written: Iterable[str]) -> bool:
    """Return whether a model's scores are among the properties of results that were written into the graph."""
    return any(name not in CONTAGION_NAMES and not name.startswith(PORTRAIT_PREFIX) for name in written)


@dataclass(frozen=True)
class Vocabulary:
    """The names that a statement may use: properties by node label, and by relationship type."""

    labels: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        """Return the vocabulary as JSON values, sorted."""
        return {
            part: {name: sorted(names) for name, names in sorted(getattr(self, part).items())}
            for part in ("labels", "types")
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, list[str]]]) -> Vocabulary:
        """Return the vocabulary that `to_json` wrote."""
        return cls(*({k: frozenset(v) for k, v in value[part].items()} for part in ("labels", "types")))

    def joined(self, other: Vocabulary) -> Vocabulary:
        """Return the union of two vocabularies."""
        return Vocabulary(_joined(self.labels, other.labels), _joined(self.types, other.types))


def _joined(a: Mapping[str, frozenset[str]], b: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in sorted({*a, *b})}

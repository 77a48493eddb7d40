"""The names in a graph: properties risk_ that scores and contagion write, and what a statement may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXPOSED_TO = "EXPOSED_TO"
CONTAGION = {
    "esri": "risk_esri",
    "down": "risk_esri_down",
    "up": "risk_esri_up",
    "exposure": "risk_exposure",
    "by_supply": "risk_exposure_by_supply",
    "by_demand": "risk_exposure_by_demand",
    "by_credit": "risk_exposure_by_credit",
}
"""Columns of contagion by mechanism as properties of firms, apart from the scores that a model gives."""
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
"""What kept scores of an earlier day add to a model's: PD, grade and day before, the weightiest cause of the change,
and what each cause moved the PD by. Known names wherever a model's scores are: a first scoring has none of them."""


def known_scores(written: Iterable[str]) -> tuple[str, ...]:
    """The properties risk_ that a statement may name, of a graph that these were written into."""
    names = tuple(written)
    return names if CONTAGION_NAMES.issuperset(names) else tuple(dict.fromkeys((*names, *CHANGE_PROPERTIES)))


@dataclass(frozen=True)
class Vocabulary:
    """The names that a statement may use: properties by node label, and by relationship type."""

    labels: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        """Itself as JSON, sorted."""
        return {
            part: {name: sorted(names) for name, names in sorted(getattr(self, part).items())}
            for part in ("labels", "types")
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, list[str]]]) -> Vocabulary:
        """What `to_json` gave."""
        return cls(*({k: frozenset(v) for k, v in value[part].items()} for part in ("labels", "types")))

    def joined(self, other: Vocabulary) -> Vocabulary:
        """The names of both."""
        return Vocabulary(_joined(self.labels, other.labels), _joined(self.types, other.types))


def _joined(a: Mapping[str, frozenset[str]], b: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in sorted({*a, *b})}

"""Margins of conservatism: what a grade assumes of a source that is missing or stale.

Without a source the model's hazard of a firm is that of an average firm, so a risky firm would gain by hiding it. The
hazard that a grade rests on is therefore multiplied by a margin for each source that firms of its role usually have and
that it lacks: the ratio of the hazard with the source to that without, which only few firms exceed (`TAIL`). It is
measured on firms that have the source, see `margin_fitting`. The PD has no margin: it stays the calibrated estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import MARGIN_SOURCES, Snapshot, main_role

Matrix = NDArray[np.float64]

TAIL = 0.05
"""Share of the firms whose hazard fell by more than the margin when the source was hidden."""
USUAL_SHARE = 2 / 3
"""A source is usual for a role if at least this share of its firms have it; only a usual one can be missed."""
MIN_MEASURED = 40
"""Fewest firms that a margin is measured on. A role with fewer has the margin of all roles together."""


@dataclass(frozen=True)
class SourceMargin:
    """The margin of one source in one state, for firms of one role.

    Parameters
    ----------
    role: by whose list of sources the firms are measured, see `main_role`.
    source: name of a `MarginSource`. state: "absent", "stale" or "ageing".
    ratio: the margin, at least 1.
    firms: number of firms that it was measured on.
    """

    # Part of the checkpoint: these names are keys of a file.
    role: str
    source: str
    state: str
    ratio: float
    firms: int

    def __post_init__(self) -> None:
        if not 1 <= self.ratio < np.inf:
            raise ValueError(f"a margin of {self.ratio}, expected 1 or more")


@dataclass(frozen=True)
class FirmMargins:
    """The margins of the firms of a snapshot.

    factor [firms]: product of the margins of each firm, 1 without any. reasons [firms]: what each firm lacks, as
    "statements_absent", the largest margin first.
    """

    factor: Matrix
    reasons: tuple[tuple[str, ...], ...]

    @classmethod
    def none(cls, firms: int) -> FirmMargins:
        """Return those of firms without margins."""
        return cls(np.ones(firms), ((),) * firms)


@dataclass(frozen=True)
class ModelMargins:
    """The margins of one candidate model.

    measured_on: ISO day of the snapshot. tail: see `TAIL`. margins: those above 1.
    """

    measured_on: str
    tail: float
    margins: tuple[SourceMargin, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ModelMargins:
        """Read what `dataclasses.asdict` gives."""
        margins = tuple(SourceMargin(**margin) for margin in stored["margins"])
        return cls(stored["measured_on"], stored["tail"], margins)

    def of_firms(self, snapshot: Snapshot) -> FirmMargins:
        """Return the margins of the firms of a snapshot."""
        roles = snapshot.firms["roles"].to_pylist()
        states = {source.name: source.states_of(snapshot) for source in MARGIN_SOURCES}
        return self.by_states([main_role(text) for text in roles], states)

    def by_states(
        self, roles: Sequence[str], states: Mapping[str, Sequence[str] | NDArray[np.object_]]
    ) -> FirmMargins:
        """Return the margins of firms with these roles [firms] and states of their sources, by source [firms]."""
        by_role = np.array(roles, dtype=object)
        factor = np.ones(len(roles))
        reasons: list[list[str]] = [[] for _ in roles]
        for margin in sorted(self.margins, key=lambda margin: -margin.ratio):
            lacking = (by_role == margin.role) & (np.asarray(states[margin.source]) == margin.state)
            factor[lacking] *= margin.ratio
            for firm in np.flatnonzero(lacking):
                reasons[firm].append(f"{margin.source}_{margin.state}")
        return FirmMargins(factor, tuple(map(tuple, reasons)))

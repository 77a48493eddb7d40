"""Measuring the margins of conservatism: sources are hidden of firms that have them, and the hazards compared.

It is done on the last day of the data. Of no row of that day the outcome was known when the model was fitted, so that
the hazards compared are such as the model states in use. In each round every firm that is changed has one source
hidden, and the firms of a round are drawn at random; its neighbours' data change little.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.margins import MIN_MEASURED, TAIL, USUAL_SHARE, ModelMargins, SourceMargin
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import (
    LEAST_COVERAGE,
    MARGIN_SOURCES,
    HiddenSource,
    MarginSource,
    Snapshot,
    Tables,
    build_snapshot,
    hide_sources,
    last_day_of,
    main_role,
)

Matrix = NDArray[np.float64]

ROUNDS = 8
CHANGED_SHARE = 0.6
"""Share of the firms that a round changes."""
ENOUGH = 1500
"""Firms per source and state from which on no further round follows."""
LEAST_FIRMS = 200
"""Fewest firms with enough coverage for a grade that margins are measured on."""
MARGINS = "measuring margins"
"""The stage as progress states it."""
CARD_KEY = "margins"
"""Key of the champion's margins in the card."""


Draw = tuple[MarginSource, str, NDArray[np.int64]]
"""A source, the state in which it is hidden, and the firms that it is hidden of, by their rows."""


@dataclass(frozen=True)
class _Comparison:
    """Hazards of the firms of which one source was hidden: by candidate log(before / after) [firms]."""

    source: str
    state: str
    roles: NDArray[np.object_]
    ratios: Mapping[str, Matrix]


def with_margins(
    model: RiskModel, tables: Tables, seed: int, report: Callable[[str, int, int], None] = lambda *_: None
) -> RiskModel:
    """Return the model with margins for each of its candidates; the model itself where they cannot be measured.

    Undated data have no day on which a source could be stale, and too few firms show no margin.

    Parameters
    ----------
    tables: that it was trained on.
    seed: of the draws.
    report: called with stage, round and number of rounds.
    """
    if not (model.dated and tables.info.has_window):
        return model
    as_of = last_day_of(tables)
    if as_of is None:
        return model
    report(MARGINS, 0, 0)
    day = _LastDay.of(model, tables, as_of)
    if day.eligible.sum() < LEAST_FIRMS:
        return model
    comparisons = [
        comparison
        for drawn in _rounds(tables, day, np.random.default_rng(seed), report)
        for comparison in day.compared(drawn)
    ]
    usual = day.usual_sources()
    margins = {
        name: ModelMargins(as_of.isoformat(), TAIL, tuple(_margins(name, comparisons, usual)))
        for name in model.candidates
    }
    card = {**model.card, CARD_KEY: asdict(margins[model.champion])}
    return replace(model, margins=margins, card=card)


@dataclass(frozen=True)
class _LastDay:
    """The last day of the data with everything known.

    Parameters
    ----------
    eligible [firms]: those with enough coverage for a grade.
    ids, roles [firms]: ids and main roles. states: by source its states [firms].
    hazards: by candidate the calibrated hazards [firms].
    """

    model: RiskModel
    tables: Tables
    as_of: date
    eligible: NDArray[np.bool_]
    ids: NDArray[np.object_]
    roles: NDArray[np.object_]
    states: Mapping[str, NDArray[np.object_]]
    hazards: Mapping[str, Matrix]

    @classmethod
    def of(cls, model: RiskModel, tables: Tables, as_of: date) -> _LastDay:
        """Compute it."""
        snapshot = _snapshot(model, tables, as_of)
        scored, hazards = _hazards(model, snapshot)
        coverage = snapshot.firms["coverage"].to_numpy().astype(np.float64)
        return cls(
            model=model,
            tables=tables,
            as_of=as_of,
            eligible=scored & (coverage >= LEAST_COVERAGE),
            ids=np.array(snapshot.firms["firm_id"].to_pylist(), dtype=object),
            roles=np.array([main_role(text) for text in snapshot.firms["roles"].to_pylist()], dtype=object),
            states={source.name: source.states_of(snapshot) for source in MARGIN_SOURCES},
            hazards=hazards,
        )

    def compared(self, drawn: Sequence[Draw]) -> Iterator[_Comparison]:
        """Hide the drawn sources all at once, and yield what became of the hazards of the firms that lost each."""
        hidden = [HiddenSource(source, state, tuple(self.ids[firms])) for source, state, firms in drawn]
        with tempfile.TemporaryDirectory() as folder:
            tables = hide_sources(self.tables, self.as_of, hidden, Path(folder))
            snapshot = _snapshot(self.model, tables, self.as_of)
        scored, hazards = _hazards(self.model, snapshot)
        ids = snapshot.firms["firm_id"].to_pylist()
        # A firm that is only known by the hidden rows is gone or unlisted without them: it has no grade to improve.
        place = {firm: row for row, firm in enumerate(ids) if scored[row]}
        for source, state, firms in drawn:
            present = np.array([firm for firm in firms if self.ids[firm] in place], dtype=np.int64)
            after = np.array([place[firm] for firm in self.ids[present]], dtype=np.int64)
            ratios = {
                name: np.log(before[present] / hazards[name][after]) for name, before in self.hazards.items()
            }
            yield _Comparison(source.name, state, self.roles[present], ratios)

    def usual_sources(self) -> list[tuple[str, str]]:
        """Return the roles, each with the sources that are usual for it."""
        roles = self.roles[self.eligible]
        current = {source: states[self.eligible] == "" for source, states in self.states.items()}
        return [
            (role, source)
            for role in sorted(set(roles))
            for source, has in current.items()
            if has[roles == role].mean() >= USUAL_SHARE
        ]


def _snapshot(model: RiskModel, tables: Tables, as_of: date) -> Snapshot:
    return build_snapshot(tables, as_of, model.horizon_days or 1, default_definition=model.default_definition)


def _hazards(model: RiskModel, snapshot: Snapshot) -> tuple[NDArray[np.bool_], dict[str, Matrix]]:
    """Return which firms are scored [firms], and by candidate their calibrated hazards [firms]."""
    graph, parts = model.parts(snapshot)
    hazards = {
        name: np.maximum(model.calibrations[name].apply(parts.hazard(name)), 1e-300)
        for name in model.candidates
    }
    return graph.scored, hazards


def _rounds(
    tables: Tables, day: _LastDay, rng: np.random.Generator, report: Callable[[str, int, int], None]
) -> Iterator[list[Draw]]:
    """Yield per round the firms that lose a source, by source and state: each firm once at most."""
    hiding = [
        (source, state)
        for source in MARGIN_SOURCES
        if tables.present(source.table)
        for state in source.states
    ]
    left = {
        (source.name, state): rng.permutation(np.flatnonzero(day.eligible & (day.states[source.name] == "")))
        for source, state in hiding
    }
    size = max(1, min(ENOUGH, round(CHANGED_SHARE * day.eligible.sum() / max(1, len(hiding)))))
    rounds = min(ROUNDS, -(-ENOUGH // size)) if hiding else 0
    for number in range(rounds):
        report(MARGINS, number, rounds)
        used = np.zeros(len(day.eligible), dtype=bool)
        drawn: list[Draw] = []
        for source, state in hiding:
            pool = left[source.name, state]
            firms = pool[~used[pool]][:size]
            used[firms] = True
            left[source.name, state] = pool[~np.isin(pool, firms)]
            drawn.append((source, state, firms))
        yield drawn


def _margins(
    candidate: str, comparisons: Sequence[_Comparison], usual: Sequence[tuple[str, str]]
) -> Iterator[SourceMargin]:
    """Yield the margins of a candidate that are above 1."""
    measured: dict[tuple[str, str], list[_Comparison]] = defaultdict(list)
    for comparison in comparisons:
        measured[comparison.source, comparison.state].append(comparison)
    for (source, state), items in measured.items():
        roles = np.concatenate([item.roles for item in items])
        ratios = np.concatenate([item.ratios[candidate] for item in items])
        for role in (role for role, name in usual if name == source):
            own = ratios[roles == role]
            sample = own if len(own) >= MIN_MEASURED else ratios
            if len(sample) < MIN_MEASURED:
                continue
            ratio = round(float(np.exp(np.quantile(sample, 1 - TAIL))), 3)
            if ratio > 1:
                yield SourceMargin(role, source, state, ratio, len(sample))

"""The choice of the context and of the champion, on rows that the compared models were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.calibration import CalibrationRows, cross_fitted_losses
from supplyrisk.gnn.data.data_splits import CONTEXTS
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.transmission_gate import clustered
from supplyrisk.gnn.panel_fit import PanelFit, ScoredRows

Matrix = NDArray[np.float64]

SIGNIFICANT = 1.96
"""Standard errors beyond which a difference is significant, at the 5 % level in two directions."""


@dataclass(frozen=True)
class Evidence:
    """A fit, and rows that it is judged on: those of its panel out of fold, or those of later dates."""

    fit: PanelFit
    scored: ScoredRows

    def base_hazard(self, context: str) -> Matrix:
        """Return own + context [rows] by the members with a context."""
        return self.scored.base_hazard(self.fit.members[context])

    def second_stage_hazard(self) -> Matrix:
        """Return the hazards [rows] of the second boosted stage: the geometric mean over the members."""
        return np.asarray(np.exp(np.mean([s.full for s in self.scored.scores], axis=0)))


def choose_context(evidence: Sequence[Evidence], *, dated: bool) -> str:
    """Return the context by the cross-fitted log loss of own + context, over all evidence.

    Contexts come in order of capacity. A richer one must be better by more than one standard error of the paired
    difference over all evidence: a context that is free to explain everything leaves nothing to be caught. And it must
    not be worse on any piece: a shock that is common to the firms of a date and an industry looks like context out of
    fold by firm, and is gone on later dates.

    Own + context must not be significantly worse than the baseline with neighbours: where the context chosen so is, the
    one with the least loss is taken instead.

    dated: whether later dates are needed as evidence. Without them the context of least capacity is taken.
    """
    contexts = [c for c in CONTEXTS if c in evidence[0].fit.members]
    if not contexts:
        raise ValueError("no context to compare; expected at least one in TrainingSettings.contexts")
    if dated and len(evidence) == 1:
        return contexts[0]
    outcomes = RowOutcomes.of_graphs([graph for piece in evidence for graph in piece.scored.graphs])
    rows = outcomes.rows(outcomes.known)
    sizes = [len(piece.scored.outcomes.known) for piece in evidence]
    losses = {context: _losses(evidence, [e.base_hazard(context) for e in evidence]) for context in contexts}
    best = contexts[0]
    for context in contexts[1:]:
        gain = losses[best] - losses[context]
        over_all = clustered(gain, rows)
        if over_all.mean > over_all.error and _gains_everywhere(gain, rows.weight, sizes):
            best = context
    worse = clustered(losses[best] - _losses(evidence, [e.second_stage_hazard() for e in evidence]), rows)
    if worse.mean > SIGNIFICANT * worse.error:
        return min(contexts, key=lambda c: float(np.average(losses[c], weights=rows.weight)))
    return best


def _gains_everywhere(gain: Matrix, weight: Matrix, sizes: Sequence[int]) -> bool:
    """Whether the weighted mean gain is positive on each piece of evidence, of so many rows."""
    ends = np.cumsum(sizes)[:-1]
    return all(float(g @ w) > 0 for g, w in zip(np.split(gain, ends), np.split(weight, ends), strict=True))


class ChampionChoice(NamedTuple):
    """The candidate that scores, and by candidate the cross-fitted log loss over all pieces of evidence."""

    champion: str
    losses: dict[str, float]


def choose_champion(pieces: Sequence[CalibrationRows]) -> ChampionChoice:
    """Choose the candidate that scores: the network, unless a baseline has the lower log loss on every piece.

    Of several such baselines, the one with the least loss over all pieces.
    """
    weights = [piece.rows.weight for piece in pieces]
    losses = {}
    on_each = {}
    for candidate in pieces[0].hazards:
        scaled = candidate == NETWORK
        parts = [cross_fitted_losses(piece.hazards[candidate], piece.rows, scaled=scaled) for piece in pieces]
        losses[candidate] = float(np.average(np.concatenate(parts), weights=np.concatenate(weights)))
        on_each[candidate] = [
            float(np.average(part, weights=weight)) for part, weight in zip(parts, weights, strict=True)
        ]
    better = [
        candidate
        for candidate, by_piece in on_each.items()
        if candidate == NETWORK or all(np.less(by_piece, on_each[NETWORK]))
    ]
    return ChampionChoice(min(better, key=lambda c: losses[c]), losses)


def _losses(evidence: Sequence[Evidence], hazards: Sequence[Matrix]) -> Matrix:
    """Cross-fitted log losses [rows with an outcome] of hazards [rows] over all evidence."""
    pairs = zip(hazards, evidence, strict=True)
    return np.concatenate([cross_fitted_losses(hazard, piece.scored.outcomes) for hazard, piece in pairs])

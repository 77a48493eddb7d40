"""The choice of the context and of the champion, on rows that the compared models were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.calibration import CalibrationRows, cross_fitted, row_losses
from supplyrisk.gnn.data.data_splits import CONTEXTS
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network.transmission_gate import clustered
from supplyrisk.gnn.panel_fit import PanelFit, ScoredRows
from supplyrisk.gnn.risk_model import NETWORK

Matrix = NDArray[np.float64]

SIGNIFICANT = 1.96
"""Standard errors beyond which a difference is significant, at the 5 % level in two directions."""


@dataclass(frozen=True)
class Evidence:
    """A fit, and rows that it is judged on: those of its panel out of fold, or those of later dates."""

    fit: PanelFit
    scored: ScoredRows


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
    rows = _all_rows(evidence)
    sizes = [len(piece.scored.outcomes.known) for piece in evidence]
    losses = {
        context: _losses(evidence, [e.scored.base_hazard(e.fit.members[context]) for e in evidence])
        for context in contexts
    }
    best = contexts[0]
    for context in contexts[1:]:
        gain = losses[best] - losses[context]
        over_all = clustered(gain, rows)
        if over_all.mean > over_all.error and _gains_everywhere(gain, rows.weight, sizes):
            best = context
    baseline = _losses(evidence, [_baseline_hazard(e.scored) for e in evidence])
    worse = clustered(losses[best] - baseline, rows)
    if worse.mean > SIGNIFICANT * worse.error:
        return min(contexts, key=lambda c: float(np.average(losses[c], weights=rows.weight)))
    return best


def _gains_everywhere(gain: Matrix, weight: Matrix, sizes: Sequence[int]) -> bool:
    """Whether the weighted mean gain is positive on each piece of evidence, of so many rows."""
    ends = np.cumsum(sizes)[:-1]
    return all(float(g @ w) > 0 for g, w in zip(np.split(gain, ends), np.split(weight, ends), strict=True))


def choose_champion(pieces: Sequence[CalibrationRows]) -> str:
    """Return the candidate that scores: the network, unless a baseline has the lower log loss on every piece.

    Of several such baselines, the one with the least loss over all pieces.
    """
    over_all = candidate_losses(pieces)
    on_each = [candidate_losses([piece]) for piece in pieces]
    better = [c for c in over_all if c == NETWORK or all(loss[c] < loss[NETWORK] for loss in on_each)]
    return min(better, key=lambda c: over_all[c])


def candidate_losses(pieces: Sequence[CalibrationRows]) -> dict[str, float]:
    """Return by candidate the cross-fitted log loss over all pieces."""
    weight = np.concatenate([piece.rows.weight for piece in pieces])
    losses = {}
    for candidate in pieces[0].hazards:
        parts = [row_losses(cross_fitted(p.hazards[candidate], p.rows), p.rows.y) for p in pieces]
        losses[candidate] = float(np.average(np.concatenate(parts), weights=weight))
    return losses


def _losses(evidence: Sequence[Evidence], hazards: Sequence[Matrix]) -> Matrix:
    """Cross-fitted log losses [rows with an outcome] of hazards [rows] over all evidence."""
    parts = []
    for piece, hazard in zip(evidence, hazards, strict=True):
        outcomes = piece.scored.outcomes
        rows = outcomes.rows(outcomes.known)
        parts.append(row_losses(cross_fitted(hazard[outcomes.known], rows), rows.y))
    return np.concatenate(parts)


def _baseline_hazard(scored: ScoredRows) -> Matrix:
    """Hazards [rows] of the baseline with neighbours: the geometric mean over the members."""
    return np.asarray(np.exp(np.mean([s.full for s in scored.scores], axis=0)))


def _all_rows(evidence: Sequence[Evidence]) -> RowOutcomes:
    """The rows with an outcome of all evidence; a firm has the same number throughout."""
    ids = [
        np.array([f for g in e.scored.graphs for f in g.firm_ids], dtype=object).astype(str) for e in evidence
    ]
    known = [e.scored.outcomes for e in evidence]
    numbers = np.unique(np.concatenate(ids), return_inverse=True)[1].astype(np.int64)
    at = np.concatenate([~np.isnan(o.y) for o in known])
    return RowOutcomes(
        np.concatenate([o.y for o in known])[at], numbers[at], np.concatenate([o.weight for o in known])[at]
    )

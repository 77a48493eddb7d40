"""The graphs to train on and to validate on, and the outcomes that training requires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyrisk.gnn.data.data_splits import MIN_FIRMS, REQUIREMENT, DataSplits
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.graph import DataError


@dataclass(frozen=True)
class TrainingPanels:
    """Graphs to train on, and graphs to validate on."""

    train: list[PanelGraph]
    validation: list[PanelGraph]


def training_panels_of(splits: DataSplits, encoder: Encoder, seed: int) -> TrainingPanels:
    """Return both sets as graphs; without a validation set, the same graphs with other firms' outcomes hidden."""
    train_graphs = [panel_graph_of(s, encoder) for s in splits.train]
    if splits.validation:
        hidden = set(splits.hidden)
        return TrainingPanels(
            [g.without_outcomes(hidden) for g in train_graphs],
            [panel_graph_of(s, encoder) for s in splits.validation],
        )
    held = held_out(train_graphs, splits.validation_share, seed)
    trained_on = {f for g in train_graphs for f in g.firm_ids} - held
    return TrainingPanels(
        [g.without_outcomes(set(held)) for g in train_graphs],
        [g.without_outcomes(trained_on) for g in train_graphs],
    )


def held_out(graphs: Sequence[PanelGraph], share: float, seed: int) -> frozenset[str]:
    """Draw the firms to validate on where there is no validation set: a share of those with an outcome."""
    # Sorted, so that the draw does not depend on the order of the rows.
    ids = sorted({f for g in graphs for f, y in zip(g.firm_ids, g.y, strict=True) if not np.isnan(y)})
    return frozenset(np.random.default_rng(seed).choice(ids, int(len(ids) * share), replace=False).tolist())


def require_outcomes(panels: TrainingPanels) -> None:
    """Raise one DataError for everything that either set lacks."""
    lacking = []
    for graphs, purpose in ((panels.train, "to learn from"), (panels.validation, "to choose by")):
        failed = len(_with_outcome(graphs, 1.0))
        sound = len(_with_outcome(graphs, 0.0))
        if min(failed, sound) < MIN_FIRMS:
            lacking.append(f"{failed:,} firms that defaulted and {sound:,} that did not {purpose}")
    if lacking:
        raise DataError(
            " and ".join(lacking),
            REQUIREMENT,
            "load more history or labels; a longer --horizon sees more defaults, but needs more days",
        )


def _with_outcome(graphs: Sequence[PanelGraph], outcome: float) -> set[str]:
    """The firms that had this outcome on any date: in dated data a firm has a row on each."""
    return {graph.firm_ids[at] for graph in graphs for at in np.flatnonzero(graph.y == outcome)}

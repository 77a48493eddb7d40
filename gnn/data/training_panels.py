"""The panels of a training run: graphs of its snapshots, with the outcomes that were known on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow.compute as pc

from supplyrisk.gnn.data.data_splits import MIN_FIRMS, REQUIREMENT, DataSplits, TrainingSettings
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.graph import DataError, Snapshot

Panel = list[PanelGraph]

ROWS_PER_OUTCOME = 6
"""So many rows may share one outcome at full weight: as-of dates a month apart with a horizon of 180 days.

Denser dates weigh less, so that the number of dates does not decide how much the priors count. To weigh each outcome as
a single row ranks firms slightly worse (see docs/measurements/model.md).
"""


@dataclass(frozen=True)
class ChoicePanels:
    """A panel to fit on, and graphs that the choice is validated on."""

    train: Panel
    validation: Panel


def panel_of(snapshots: Sequence[Snapshot], encoder: Encoder, known_until: date | None) -> Panel:
    """Return the graphs of snapshots with the outcomes known on a day; undated ones keep all of their outcomes."""
    return known_by([panel_graph_of(s, encoder) for s in snapshots], known_until)


def known_by(graphs: Sequence[PanelGraph], day: date | None) -> Panel:
    """Return the graphs with the outcomes known on a day; rows of dense dates are weighted down."""
    if day is None:
        return list(graphs)
    repeats = _repeats(graphs)
    return [graph.known_by(day, repeats) for graph in graphs]


def _repeats(graphs: Sequence[PanelGraph]) -> float:
    """How many rows count as one: the as-of dates within one horizon, over ROWS_PER_OUTCOME; at least 1."""
    follow_ups = [graph.follow_up for graph in graphs if graph.follow_up]
    if len(follow_ups) < 2:
        return 1.0
    days = (max(f.as_of for f in follow_ups) - min(f.as_of for f in follow_ups)).days
    within_horizon = follow_ups[0].horizon_days * (len(follow_ups) - 1) / max(days, 1)
    return max(1.0, min(len(follow_ups), within_horizon) / ROWS_PER_OUTCOME)


def forward_panels(panel: Panel) -> ChoicePanels | None:
    """Return the panel as it was known on a forward date, and the graphs of the dates from then on.

    A model that is fitted on the first part has seen no date and no outcome of the second one. The forward dates are
    the last third of those whose windows are complete, or else of all dates. None where both leave too few firms that
    defaulted or did not in either part.
    """
    complete = [graph for graph in panel if graph.follow_up and graph.follow_up.complete]
    for graphs in (complete, panel):
        panels = _split_at_last_third(panel, graphs)
        if panels and all(
            min(firms_with(part, outcome) for outcome in (0.0, 1.0)) >= MIN_FIRMS
            for part in (panels.train, panels.validation)
        ):
            return panels
    return None


def _split_at_last_third(panel: Panel, graphs: Panel) -> ChoicePanels | None:
    """The panel before the last third of some of its graphs, and this third; None where nothing lies before it."""
    forward = graphs[-max(1, len(graphs) // 3) :]
    if not forward or forward[0].follow_up is None:
        return None
    start = forward[0].follow_up.as_of
    before = [graph for graph in panel if graph.follow_up and graph.follow_up.as_of < start]
    return ChoicePanels(known_by(before, start), forward) if before else None


def undated_panels(splits: DataSplits, encoder: Encoder, settings: TrainingSettings) -> ChoicePanels:
    """Return both sets of undated data; without a validation set, the same graphs with other firms' outcomes hidden."""
    train_graphs = [panel_graph_of(s, encoder) for s in splits.train]
    if splits.validation:
        hidden = set(splits.hidden)
        return ChoicePanels(
            [g.without_outcomes(hidden) for g in train_graphs],
            [panel_graph_of(s, encoder) for s in splits.validation],
        )
    held = held_out(train_graphs, splits.validation_share, settings.seed)
    trained_on = {f for g in train_graphs for f in g.firm_ids} - held
    return ChoicePanels(
        [g.without_outcomes(set(held)) for g in train_graphs],
        [g.without_outcomes(trained_on) for g in train_graphs],
    )


def held_out(graphs: Sequence[PanelGraph], share: float, seed: int) -> frozenset[str]:
    """Draw the firms to validate on where there is no validation set: a share of those with an outcome."""
    # Sorted, so that the draw does not depend on the order of the rows.
    ids = sorted({f for g in graphs for f, y in zip(g.firm_ids, g.y, strict=True) if not np.isnan(y)})
    return frozenset(np.random.default_rng(seed).choice(ids, int(len(ids) * share), replace=False).tolist())


def testable(splits: DataSplits) -> DataSplits:
    """Return the splits, without a test set where too few defaults are known on the test date, or none follows it.

    All outcomes that are known on the last day are learned from then. Splits that do not state the last day are those
    of an evaluation, and stay as they are.
    """
    if not splits.test or splits.last_day is None:
        return splits
    known = {firm for snapshot in splits.train for firm in _failed_by(snapshot, splits.known_until)}
    tested = {firm for snapshot in splits.test for firm in _failed_by(snapshot, splits.last_day)}
    return splits if len(known) >= MIN_FIRMS and tested else splits.without_test()


def _failed_by(snapshot: Snapshot, day: date | None) -> list[str]:
    """The firms that default within a snapshot's window, as known at the end of a day."""
    if snapshot.as_of is None or day is None:
        return []
    window = min((day - snapshot.as_of).days, snapshot.horizon_days or 0)
    failed = pc.less_equal(snapshot.firms["failed_after"], window)
    return list(snapshot.firms.filter(failed)["firm_id"].to_pylist())


def require_outcomes(panels: dict[str, Panel]) -> None:
    """Raise one DataError for everything that a panel lacks; panels by their purpose, in words."""
    lacking = []
    for purpose, graphs in panels.items():
        failed = firms_with(graphs, 1.0)
        sound = firms_with(graphs, 0.0)
        if min(failed, sound) < MIN_FIRMS:
            lacking.append(f"{failed:,} firms that defaulted and {sound:,} that did not {purpose}")
    if lacking:
        raise DataError(
            " and ".join(lacking),
            REQUIREMENT,
            "load more history or labels, or ship a scorecard: scgraph train --expert --base-rate RATE",
        )


def firms_with(graphs: Sequence[PanelGraph], outcome: float) -> int:
    """Return how many firms had this outcome on any date: in dated data a firm has a row on each."""
    return len({graph.firm_ids[at] for graph in graphs for at in np.flatnonzero(graph.y == outcome)})

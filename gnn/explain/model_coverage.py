"""The model's coverage of firms: the share of what the model uses, weighted by gain, that is known and fresh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.baseline_registry import NETWORK
from supplyrisk.gnn.baselines.boosting import as_shares
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.risk_model import RiskModel
from supplyrisk.graph import DATA_SOURCES, SHIPPED_SOURCES, SOURCE_OF_TABLE, Snapshot

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


def model_coverage(model: RiskModel, candidate: str, snapshot: Snapshot, graph: PanelGraph) -> Matrix:
    """Return the model's coverage of every firm of a snapshot [firms], in [0, 1].

        coverage = gain of the features that are known and fresh / gain of the features that count for the firm

    A feature is known where it has a value, and fresh where the last row of its source is. One that the data set lacks
    is not known of any firm. All features count for a firm but those of sources that its role's list leaves out and of
    which nothing is known: a carrier without activity lacks nothing. What a model uses of neighbours is left out: it is
    known as far as the firm's trades are.

    Parameters
    ----------
    model: the model.
    candidate: the one that scores; the network's gains are those of its own part.
    snapshot: the scored snapshot.
    graph: the same as arrays.
    """
    gains = column_gains(model, candidate)
    fresh = SHIPPED_SOURCES.fresh(snapshot.source_ages)
    listed = _listed_sources(snapshot)
    tables = _tables(model, snapshot)
    known_gain = np.zeros(graph.firms)
    counted_gain = np.zeros(graph.firms)
    for column, gain, feature in _used(model, gains):
        known = ~np.isnan(graph.x[:, column])
        source = SOURCE_OF_TABLE.get(tables.get(feature, ""))
        counts = np.ones(graph.firms, dtype=bool)
        if source is not None:
            place = DATA_SOURCES.index(source)
            known &= fresh[:, place]
            counts = known | listed[:, place]
        known_gain += gain * known
        counted_gain += gain * counts
    # Rounded: sums of floats in different orders must not decide about a threshold.
    shares = np.divide(known_gain, counted_gain, out=np.zeros(graph.firms), where=counted_gain > 0)
    return np.asarray(np.round(shares, 9))


def column_gains(model: RiskModel, candidate: str) -> Matrix:
    """Return the share of each own column in what a candidate uses [columns].

    Trees state what their splits gain, linear scores the sizes of their weights. All columns count alike where a
    candidate uses none of a firm's own.
    """
    columns = len(model.encoder.columns)
    if candidate == NETWORK:
        # Both own scores, weighted as the members weigh them on average.
        boosted, straight = np.abs(np.mean([m.own.detach().cpu().numpy() for m in model.members], axis=0))[1:]
        trees = np.mean([b.own.column_gains() for b in model.boosters], axis=0)
        gains = boosted * trees + straight * model.boosters[0].smooth.column_sizes
    else:
        gains = model.baselines[candidate].column_gains(columns)
    return as_shares(gains if gains.any() else np.ones(columns))


def _used(model: RiskModel, gains: Matrix) -> Iterator[tuple[int, float, str]]:
    """Yield column, gain and feature of the columns that are used."""
    for column, (feature, _) in enumerate(model.encoder.columns):
        if gains[column] > 0:
            yield column, float(gains[column]), feature


def _tables(model: RiskModel, snapshot: Snapshot) -> dict[str, str]:
    """Return the table of each feature: as in training, or else as in the snapshot."""
    tables = {feature.name: feature.source for feature in snapshot.features}
    return tables | {profile.feature: profile.source for profile in model.features}


def _listed_sources(snapshot: Snapshot) -> Flags:
    """Return which sources the list of each firm's role names [firms, DATA_SOURCES]."""
    roles = snapshot.firms.column("roles").to_pylist()
    rows = {
        text: [weight > 0 for weight in SHIPPED_SOURCES.weights_of(text).by_source.values()]
        for text in set(roles)
    }
    return np.array([rows[text] for text in roles], dtype=bool).reshape(-1, len(DATA_SOURCES))

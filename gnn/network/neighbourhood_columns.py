"""The columns about a firm's neighbourhood that the second boosted stage and the summary context use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.column_directions import RAISING
from supplyrisk.gnn.data.neighbourhood import FeatureBlock, feature_means, neighbourhood_summary
from supplyrisk.gnn.data.panel import PanelGraph, at_base_rate, unstacked
from supplyrisk.gnn.data.partner_risk import failure_columns, two_tier_exposures

Matrix = NDArray[np.float64]

FAILURES = ("failed_", "score:exposure:second_")
"""How the names of the columns begin that `partner_risk` computes."""
SUMMARY_COLUMNS = tuple(
    f"{figure}:{family}"
    for family in ("upstream", "downstream", "related", "via")
    for figure in ("score:mean", "count")
)
"""Columns of the summary context beside the mean score of the firm's industry and region."""


@dataclass(frozen=True)
class NeighbourhoodColumns:
    """Columns about the neighbourhood, for stacked rows.

    Parameters
    ----------
    names: names of the columns in wide.
    wide [rows, names]: all columns.
    summary [rows, 1 + len(SUMMARY_COLUMNS)]: the few columns of the summary context.
    """

    names: tuple[str, ...]
    wide: Matrix
    summary: Matrix

    @classmethod
    def of(
        cls,
        graphs: Sequence[PanelGraph],
        own: Matrix,
        columns: tuple[str, ...],
        averaged: tuple[str, ...] = (),
        names: tuple[str, ...] | None = None,
    ) -> NeighbourhoodColumns:
        """Compute the columns of every firm.

        Parameters
        ----------
        graphs: graphs whose rows are stacked.
        own [rows]: log hazards of the firms' own data; unlisted firms get the base rate in their place.
        columns: names of the columns of PanelGraph.x.
        averaged: own columns whose means over neighbours are computed, for training.
        names: the columns that training had, for prediction; None: all that the graphs have, and the means.
        """
        if any(graph.unlisted is not None for graph in graphs):
            own = np.log(at_base_rate(np.exp(own), graphs))
        # Training had these means; a feature that this snapshot lacks is a column of NaN.
        if names is not None:
            averaged = tuple(sorted({n.split(":", 2)[2] for n in names if n.startswith("mean:")}))
        at = [columns.index(c) for c in averaged]
        # The columns about failures are left out where no name asks for them: the summary needs none.
        with_failures = names is None or any(n.startswith(FAILURES) for n in names)
        blocks = [
            _Blocks(
                _figures(graph, score, with_failures=with_failures),
                feature_means(graph.neighbours, graph.x[:, at], averaged),
                score,
            )
            for graph, score in zip(graphs, unstacked(own, graphs), strict=True)
        ]
        if names is None:
            names = tuple(sorted({n for b in blocks for n in (*b.figures.names, *b.means.names)}))
        figure_names = tuple(n for n in names if not n.startswith("mean:"))
        mean_names = tuple(n for n in names if n.startswith("mean:"))
        wide = [np.hstack([b.figures.select(figure_names), b.means.select(mean_names)]) for b in blocks]
        summary = [_relative(b.figures.select(("score:cell", *SUMMARY_COLUMNS)), b.own) for b in blocks]
        return cls((*figure_names, *mean_names), np.vstack(wide), np.vstack(summary))

    def about_risk(self) -> NeighbourhoodColumns:
        """Return the columns that never lower a hazard: scores, exposures and failures around a firm."""
        at = [i for i, name in enumerate(self.names) if name.startswith(RAISING)]
        return NeighbourhoodColumns(tuple(self.names[i] for i in at), self.wide[:, at], self.summary)


@dataclass(frozen=True)
class _Blocks:
    """One graph's counts and risks, its means of own columns, and its log own hazards [firms]."""

    figures: FeatureBlock
    means: FeatureBlock
    own: Matrix


def _figures(graph: PanelGraph, score: Matrix, *, with_failures: bool) -> FeatureBlock:
    """Counts, risks and failures around each firm of a graph."""
    summary = neighbourhood_summary(graph.neighbours, score, graph.defaulted, graph.cell)
    if not with_failures:
        return summary
    failures = failure_columns(graph.neighbours, graph.days_in_default)
    exposures = two_tier_exposures(graph.neighbours, score, graph.defaulted)
    values = np.hstack([summary.values, failures.values, exposures.values])
    return FeatureBlock((*summary.names, *failures.names, *exposures.names), values)


def _relative(block: Matrix, own: Matrix) -> Matrix:
    """Mean scores relative to the firm's own (0 where there is no neighbour), counts on a log scale."""
    out = block.copy()
    # Columns alternate after the first: score:cell, then score and count of each family.
    scores = [0, *range(1, out.shape[1], 2)]
    out[:, scores] = np.nan_to_num(out[:, scores] - own[:, None])
    out[:, 2::2] = np.log1p(out[:, 2::2])
    return out

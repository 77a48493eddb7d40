"""Snapshots of several as-of dates as one panel of rows and one union of graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.hetero_data import Channels, channels, hetero_data, linked_data
from supplyrisk.gnn.data.neighbourhood import Neighbours, neighbours
from supplyrisk.graph import Snapshot
from supplyrisk.graph.schema import defaults

Matrix = NDArray[np.float64]
EPOCH = date(1970, 1, 1)
"""The day from which Arrow counts days."""

MIN_OBSERVED_DAYS = defaults.MIN_OBSERVED_DAYS
"""A window that is still open counts if at least this many of its days were observed."""


@dataclass(frozen=True)
class PanelGraph:
    """One snapshot as arrays.

    Parameters
    ----------
    x [firms, columns]: encoded features, NaN where missing.
    y [firms]: 1 failed, 0 sound, NaN unknown.
    weight [firms]: how much each outcome counts in a fit, see `RowOutcomes`.
    follow_up: the days over which each firm was observed; None for undated data.
    defaulted [firms]: firms in default on the as-of date.
    days_in_default [firms]: days since the default of those firms, NaN for all others; 0 in undated data.
    cell [firms]: number of the firm's industry x region.
    firm_ids [firms]: used only to keep all rows of a firm in one fold, never as an input.
    links: the channels.
    find_neighbours: computes the neighbours by family.
    unlisted [firms]: firms of which nothing is known but their links; None (default): there are none.
    """

    x: Matrix
    y: Matrix
    weight: Matrix
    follow_up: FollowUp | None
    defaulted: NDArray[np.bool_]
    days_in_default: Matrix
    cell: NDArray[np.int64]
    firm_ids: tuple[str, ...]
    links: Channels
    find_neighbours: Callable[[], Neighbours]
    unlisted: NDArray[np.bool_] | None = None

    @property
    def neighbours(self) -> Neighbours:
        """Neighbours by family, computed on first use: a network without context needs none."""
        return self.find_neighbours()

    @cached_property
    def listed(self) -> NDArray[np.bool_]:
        """The firms of which more than their links is known [firms]."""
        return np.ones(self.firms, dtype=bool) if self.unlisted is None else ~self.unlisted

    @cached_property
    def scored(self) -> NDArray[np.bool_]:
        """The firms that get a score [firms]: listed ones that are not in default."""
        return self.listed & ~self.defaulted

    def at_base_rate(self, hazard: Matrix) -> Matrix:
        """Return hazards [firms] in which unlisted firms have the base rate: the hazard of the mean PD."""
        if self.unlisted is None or not self.scored.any():
            return hazard
        rate = -np.log1p(np.expm1(-hazard[self.scored]).mean())
        return np.where(self.unlisted, rate, hazard)

    @property
    def firms(self) -> int:
        """Number of firms."""
        return len(self.y)

    @property
    def persons(self) -> int:
        """Number of persons."""
        return self.links.nodes - self.firms

    def without_outcomes(self, firm_ids: set[str]) -> PanelGraph:
        """Return the graph with these firms' outcomes unknown; they stay in it as neighbours."""
        hidden = np.array([f in firm_ids for f in self.firm_ids], dtype=bool)
        return replace(self, y=np.where(hidden, np.nan, self.y))

    def known_by(self, day: date, repeats: float = 1.0) -> PanelGraph:
        """Return the graph with the outcomes as they were known at the end of a day; undated graphs stay as they are.

        A window that is still open on that day counts for its observed part, and so does that of a firm that closed:
        the firm failed in it (y = 1), or it survived it (y = 0, with the weight observed days / horizon).

        Parameters
        ----------
        day: the last day whose events are known.
        repeats: how many rows share one outcome; each counts as one in so many.
        """
        if self.follow_up is None:
            return self
        follow_up = self.follow_up.until(day)
        y, weight = self.follow_up.outcomes(day)
        y = np.where(self.defaulted, np.nan, y)
        return replace(self, y=y, weight=weight / repeats, follow_up=follow_up)

    def without_link_attributes(self) -> PanelGraph:
        """Return the graph without its links' attributes, which only transmissions need."""
        return replace(self, links=self.links.without_attributes())


@dataclass(frozen=True)
class FollowUp:
    """The days after an as-of date over which its firms were observed.

    Parameters
    ----------
    as_of, horizon_days: of the snapshot.
    failed_after [firms]: days to the first default, NaN if none is known.
    observed_days [firms]: days until that default, the firm's closure, or the end of the data; NaN unknown.
    known_days: days from as_of to the last day whose events are used; None: to the end of the data.
    """

    as_of: date
    horizon_days: int
    failed_after: Matrix
    observed_days: Matrix
    known_days: int | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole window is known."""
        return self.known_days is None or self.known_days >= self.horizon_days

    def outcomes(self, day: date) -> tuple[Matrix, Matrix]:
        """Return y and weights [firms] as known at the end of a day, see `PanelGraph.known_by`."""
        window = min((day - self.as_of).days, self.horizon_days)
        observed = np.minimum(self.observed_days, window)
        survived = observed >= min(MIN_OBSERVED_DAYS, self.horizon_days)
        # Comparisons with NaN are False: firms without a known default did not fail, unobserved ones did not survive.
        failed = self.failed_after <= window
        y = np.where(failed, 1.0, np.where(survived, 0.0, np.nan))
        return y, np.where(failed, 1.0, np.where(survived, observed / self.horizon_days, 1.0))

    def until(self, day: date) -> FollowUp:
        """Return the same as it was known at the end of an earlier day."""
        days = (day - self.as_of).days
        return replace(
            self,
            failed_after=np.where(self.failed_after <= days, self.failed_after, np.nan),
            observed_days=np.minimum(self.observed_days, days),
            known_days=days,
        )


def panel_graph_of(snapshot: Snapshot, encoder: Encoder) -> PanelGraph:
    """Convert a snapshot to a PanelGraph whose outcomes are those of complete windows."""
    data = hetero_data(snapshot, encoder)
    y = data["firm"].y.numpy()
    return PanelGraph(
        x=data["firm"].x.numpy(),
        y=y,
        weight=np.ones(len(y)),
        follow_up=_follow_up(snapshot),
        defaulted=data["firm"].defaulted.numpy(),
        days_in_default=_days_in_default(snapshot),
        cell=_cells(snapshot),
        firm_ids=tuple(snapshot.firms.column("firm_id").to_pylist()),
        links=channels(data),
        find_neighbours=cache(lambda: neighbours(linked_data(snapshot))),
        unlisted=snapshot.unlisted if snapshot.unlisted.any() else None,
    )


def _days_in_default(snapshot: Snapshot) -> Matrix:
    """Days from each firm's default to the as-of date, NaN for firms not in default."""
    defaulted_on = snapshot.firms.column("defaulted_on")
    if snapshot.as_of is None:
        return np.where(defaulted_on.is_valid().to_numpy(), 0.0, np.nan)
    # Days since 1970 as numbers; a null becomes NaN.
    days = np.asarray(defaulted_on.cast(pa.int32()).cast(pa.float64()).to_numpy(), dtype=np.float64)
    return (snapshot.as_of - EPOCH).days - days


def _follow_up(snapshot: Snapshot) -> FollowUp | None:
    # A graph that an earlier version loaded has no such columns; it has no outcomes either.
    if (
        snapshot.as_of is None
        or snapshot.horizon_days is None
        or "observed_days" not in snapshot.firms.column_names
    ):
        return None
    failed_after, observed_days = (
        np.array(snapshot.firms.column(name).cast(pa.float64()).to_numpy(), dtype=np.float64)
        for name in ("failed_after", "observed_days")
    )
    return FollowUp(snapshot.as_of, snapshot.horizon_days, failed_after, observed_days)


def _cells(snapshot: Snapshot) -> NDArray[np.int64]:
    """Number of each firm's industry x region; a missing industry or region is a category of its own.

    Unlisted firms are in a cell of their own, so that they are no part of any other's mean.
    """
    codes = []
    # "encode" gives null a code of its own.
    for name in ("industry", "region"):
        column = snapshot.firms.column(name).combine_chunks().dictionary_encode("encode")
        codes.append(column.indices.to_numpy().astype(np.int64))
    combined = codes[0] * (codes[1].max(initial=0) + 1) + codes[1]
    combined[snapshot.unlisted] = -1
    return np.unique(combined, return_inverse=True)[1].astype(np.int64)


def stacked(graphs: Sequence[PanelGraph], field: str) -> Matrix:
    """Concatenate one field of all graphs; of a single graph its own array, not a copy."""
    if len(graphs) == 1:
        values: Matrix = getattr(graphs[0], field)
        return values
    return np.concatenate([getattr(g, field) for g in graphs])


def at_base_rate(hazards: Matrix, graphs: Sequence[PanelGraph]) -> Matrix:
    """Return stacked hazards [rows] in which unlisted firms have the base rate of their graph."""
    if all(graph.unlisted is None for graph in graphs):
        return hazards
    parts = zip(graphs, unstacked(hazards, graphs), strict=True)
    return np.concatenate([graph.at_base_rate(part) for graph, part in parts])


def firm_numbers(graphs: Sequence[PanelGraph]) -> NDArray[np.int64]:
    """Number the firm of each stacked row [rows], in order of the ids; rows of one firm share a number."""
    ids = np.array([f for g in graphs for f in g.firm_ids], dtype=object).astype(str)
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def unstacked(values: Matrix, graphs: Sequence[PanelGraph]) -> list[Matrix]:
    """Split stacked values into one array per graph, the inverse of `stacked`."""
    return np.split(values, np.cumsum([g.firms for g in graphs])[:-1])


def graph_union(graphs: Sequence[PanelGraph]) -> Channels:
    """Return the disjoint union of all graphs, so that one pass computes all dates.

    Nodes are numbered graph by graph, firms before persons. The union of one graph is its own channels, not a copy.
    """
    if len(graphs) == 1:
        return graphs[0].links
    names = sorted({k for g in graphs for k in g.links.kinds})
    number = {k: i for i, k in enumerate(names)}
    nodes = 0
    pairs = 0
    parts: list[list[torch.Tensor]] = []
    for graph in graphs:
        c = graph.links
        # Kinds are numbered anew: a date may lack kinds of links that others have.
        table = torch.tensor([number[k] for k in c.kinds], dtype=torch.int64)
        kind = table[c.kind] if c.kind.numel() else c.kind
        # In the order of the fields of Channels.
        parts.append([c.source + nodes, c.target + nodes, kind, c.share, c.attributes, c.pair + pairs])
        parts[-1] += [c.pair_source + nodes, c.pair_target + nodes, c.reverse + pairs]
        nodes += c.nodes
        pairs += c.pair_source.numel()
    return Channels(tuple(names), nodes, *(torch.cat(column) for column in zip(*parts, strict=True)))


def on_nodes(values: Matrix, graphs: Sequence[PanelGraph], fill: float) -> Matrix:
    """Place values of firms [rows] on the nodes of `graph_union`; persons get `fill`."""
    pieces = [
        np.concatenate([v, np.full(g.persons, fill)])
        for v, g in zip(unstacked(values, graphs), graphs, strict=True)
    ]
    return np.concatenate(pieces)


def firm_nodes(graphs: Sequence[PanelGraph]) -> NDArray[np.bool_]:
    """Return a mask [nodes] of the firms among the nodes of `graph_union`."""
    return np.concatenate([np.arange(g.links.nodes) < g.firms for g in graphs])

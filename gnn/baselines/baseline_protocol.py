"""What every baseline offers: fit, hazards, explain, save and load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.baselines.forest import ForestOutput
from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.data_splits import TrainingSettings
from supplyrisk.gnn.data.panel import PanelGraph, stacked
from supplyrisk.gnn.network.member_stages import MemberBoosters, StageFit, StageScores

Matrix = NDArray[np.float64]
Ratios = tuple[tuple[float, ...], tuple[float, ...]]
"""Low and high log ratios of the true hazard to the scored one, at the knots of `pd_interval.AT`."""


@dataclass(frozen=True)
class TrainingRows:
    """What a baseline is fitted on.

    Parameters
    ----------
    graphs: graphs whose rows are stacked, in the order of their dates; rows without an outcome have y = NaN.
    columns: the columns of PanelGraph.x.
    settings: of the training.
    stages: each member's first stage, fitted on the same rows; none where no network is fitted beside the baseline.
    base_rate: expected share of firms that default within the horizon, for baselines whose effects are stated.
    """

    graphs: Sequence[PanelGraph]
    columns: OwnColumns
    settings: TrainingSettings
    stages: Sequence[StageFit] = ()
    base_rate: float | None = None


@dataclass(frozen=True)
class StagedGraphs:
    """What a baseline scores.

    Parameters
    ----------
    graphs: graphs whose rows are stacked.
    columns: names of the columns of PanelGraph.x.
    scores: the rows' scores by the first stage of each member; none where there is no network.
    own_trees: all members' trees on own columns, evaluated on these rows, if that has been done already.
    """

    graphs: Sequence[PanelGraph]
    columns: tuple[str, ...]
    scores: Sequence[StageScores] = ()
    own_trees: ForestOutput | None = None

    @property
    def x(self) -> Matrix:
        """The own columns [rows, columns]."""
        return stacked(self.graphs, "x")


@dataclass(frozen=True)
class Explanation:
    """How a score comes about, column by column.

    Parameters
    ----------
    inputs: each member's input [rows, columns].
    scores: log hazards [rows] of each member by its input.
    parts: each column's part [rows, columns] in the mean margin, for a slice of the rows. With the constant they sum to
        the mean margin, so to log(exp(h) - 1) of the hazard h up to the order of averages and logarithms.
    constant: of the mean margin.
    own: whether the inputs begin with the firms' own columns.
    names: of the columns about the neighbourhood, which follow these.
    """

    inputs: Sequence[Matrix]
    scores: Sequence[Callable[[Matrix], Matrix]]
    parts: Callable[[slice], Matrix]
    constant: float
    own: bool = True
    names: tuple[str, ...] = ()


class BaselineFit(NamedTuple):
    """A fitted baseline, and its hazards [members, rows] of the rows it was fitted on.

    They are out of fold by firm; those of a baseline that is used alone are in sample.
    """

    baseline: Baseline
    hazards: Matrix


class Baseline(Protocol):
    """A model that the network is compared with, or that scores in its place.

    description: in a few words, for tables. interval: estimated by tests/bench/bench_interval.py; None: no interval is
    known. stages: the scores of the network's first stages that it uses, of `member_stages.ALL_STAGES`. own_only:
    whether it is on own columns alone, so that its PD holds no contagion.
    """

    description: ClassVar[str]
    interval: ClassVar[Ratios | None]
    stages: ClassVar[frozenset[str]]
    own_only: ClassVar[bool]

    @classmethod
    def fit(cls, rows: TrainingRows) -> BaselineFit:
        """Fit it, and score the same rows out of fold."""

    def hazards(self, rows: StagedGraphs) -> Matrix:
        """Return hazards over the horizon [members, rows], each in [0, inf), of rows that it was not fitted on.

        A firm's hazard does not depend on the order of the rows.
        """

    def explain(self, rows: StagedGraphs) -> Explanation:
        """Return how the scores of these rows come about."""

    def column_gains(self, columns: int) -> Matrix:
        """Return how much it uses each of the firms' own columns, at least 0 [columns]; only their ratios matter."""

    def save(self) -> dict[str, Any]:
        """Return it as plain JSON, without what the network's first stages hold."""

    @classmethod
    def load(cls, stored: Mapping[str, Any], boosters: tuple[MemberBoosters, ...]) -> Self:
        """Read what `save` returned; boosters: the network's first stages, by member."""

"""Outcomes of the rows of a panel: what they were, how much each counts, and which firm each row is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.data.panel import PanelGraph, firm_numbers, stacked

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class RowOutcomes:
    """Outcomes of stacked rows.

    Parameters
    ----------
    y [rows]: 1 failed, 0 sound, NaN unknown.
    firm [rows]: number of the firm; all rows of a firm are in one fold.
    weight [rows]: how much each row counts in a fit. With PD = 1 - exp(-h) the loss of a firm that survived the share s
        of its window is s h, which is the loss of a whole window times s: a window that is still open counts in the
        part that was observed.
    """

    y: Matrix
    firm: Numbers
    weight: Matrix

    @classmethod
    def of(cls, y: Matrix, firm: Numbers) -> RowOutcomes:
        """Return outcomes of which each counts alike."""
        return cls(y, firm, np.ones(len(y)))

    @classmethod
    def of_graphs(cls, graphs: Sequence[PanelGraph]) -> RowOutcomes:
        """Return the outcomes of the rows of several graphs."""
        return cls(stacked(graphs, "y"), firm_numbers(graphs), stacked(graphs, "weight"))

    @cached_property
    def known(self) -> Numbers:
        """Numbers of the rows with an outcome."""
        return np.flatnonzero(~np.isnan(self.y))

    def rows(self, at: Numbers) -> RowOutcomes:
        """Return the outcomes of some rows."""
        return RowOutcomes(self.y[at], self.firm[at], self.weight[at])


def firm_folds(firm: Numbers, folds: int, seed: int) -> list[NDArray[np.bool_]]:
    """Draw folds of whole firms: a mask [rows] of the rows of each; with few firms, some are empty."""
    number = np.unique(firm, return_inverse=True)[1]
    fold = (np.random.default_rng(seed).permutation(number.max(initial=0) + 1) % folds)[number]
    return [fold == held_out for held_out in range(folds)]

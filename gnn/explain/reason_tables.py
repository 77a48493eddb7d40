"""Tables behind the reasons of many firms: the heaviest candidates, and distinct texts by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from supplyrisk.gnn.explain.reasons import MAX_REASONS, Reason
from supplyrisk.graph import LANGUAGES

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]

COLUMNS = 2 * MAX_REASONS
"""Columns that compete for the reasons: more than reasons, since one code may cover several columns (words)."""


def heaviest_columns(weights: Matrix) -> Numbers:
    """Return the numbers of the heaviest columns of each row [rows, at most COLUMNS]; of equal ones, the first."""
    remaining = weights.copy()
    rows = np.arange(len(remaining))
    heaviest = np.empty((len(remaining), min(COLUMNS, remaining.shape[1])), dtype=np.int64)
    for k in range(heaviest.shape[1]):
        heaviest[:, k] = remaining.argmax(1)
        remaining[rows, heaviest[:, k]] = -np.inf
    return heaviest


def strongest(weights: Matrix, codes: Numbers) -> tuple[Numbers, Numbers]:
    """Return (row, candidate) of each row's heaviest candidates, one per code, at most four, the heaviest first.

    Equal weights come in order of their codes, then of the candidates.

    Parameters
    ----------
    weights [rows, candidates]: a weight that is not positive gives no reason.
    codes [rows, candidates]: number of the reason's code.
    """
    # Two stable sorts: by code, then by weight.
    order = np.argsort(codes, axis=1, kind="stable")
    by_weight = np.argsort(-np.take_along_axis(weights, order, 1), axis=1, kind="stable")
    order = np.take_along_axis(order, by_weight, 1)
    code = np.take_along_axis(codes, order, 1)
    eligible = np.take_along_axis(weights, order, 1) > 0
    # A code counts once, at its heaviest candidate.
    for k in range(1, code.shape[1]):
        eligible[:, k] &= (code[:, :k] != code[:, k : k + 1]).all(1)
    row, rank = np.nonzero(eligible & (np.cumsum(eligible, axis=1) <= MAX_REASONS))
    return row, order[row, rank]


@dataclass(frozen=True)
class TextTable:
    """Distinct texts by number, each in every language; within a group, equal keys have the same text."""

    texts: list[dict[str, str]] = field(default_factory=list)
    known: dict[object, dict[object, int]] = field(default_factory=dict)

    def numbered(self, group: object, keys: Sequence[object], make: Callable[[int, str], Reason]) -> Numbers:
        """Return the number of each key's text; make returns the reason at a position, in a language."""
        known = self.known.setdefault(group, {})
        numbers = np.empty(len(keys), dtype=np.int64)
        for position, key in enumerate(keys):
            if key not in known:
                known[key] = len(self.texts)
                self.texts.append({lang: make(position, lang).text for lang in LANGUAGES})
            numbers[position] = known[key]
        return numbers


@dataclass(frozen=True)
class ReasonTable:
    """Reasons [reasons] in order of the firms: firm, code and text by number, share (NaN: none)."""

    firm: Numbers
    code: Numbers
    text: Numbers
    share: Matrix

    def in_order(self, firms: Numbers) -> ReasonTable:
        """Return the reasons in another order of the firms."""
        position = np.empty(len(firms), dtype=np.int64)
        position[firms] = np.arange(len(firms))
        # Stable: each firm's reasons stay the heaviest first.
        at = np.argsort(position[self.firm], kind="stable")
        return ReasonTable(self.firm[at], self.code[at], self.text[at], self.share[at])

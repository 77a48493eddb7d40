"""What each column adds to a boosted score: the change of the expected margin along each tree's path.

At a node the expectation moves from the node's value to the child's; the move is credited to the column that the
node splits on (Saabas 2014, as in "Interpreting random forests"). Complete: the parts and the constant sum to the
margin. TreeSHAP is complete too and fairer to correlated columns, but took 9 s for 20,000 firms and one booster;
this looks the leaf of each tree up in a small table per column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import torch
from numpy.typing import NDArray

from supplyrisk.gnn.boosting import Boosted

Matrix = NDArray[np.float64]

ROWS = 8192
"""Rows at a time: what they add up to stays in the processor's cache."""


@dataclass(frozen=True)
class Paths:
    """One booster and what its leaves add: per tree (column, part by leaf) of every column that the tree looks at.

    constant is the sum of the trees' roots; columns is how many the booster looks at.
    """

    booster: lgb.Booster
    trees: tuple[tuple[tuple[int, Matrix], ...], ...]
    constant: float

    @classmethod
    def of(cls, booster: lgb.Booster) -> Paths:
        """Read off the booster's trees."""
        told = booster.dump_model()["tree_info"]
        roots = sum(_value(t["tree_structure"]) for t in told)
        return cls(booster, tuple(_tables(t) for t in told), roots)

    def add(self, x: Matrix, out: Matrix) -> None:
        """Add the parts of rows x [rows, columns] to out [columns + 1, rows]."""
        leaves = np.asarray(self.booster.predict(x, pred_leaf=True, num_threads=1))
        leaves = np.ascontiguousarray(leaves.reshape(len(x), len(self.trees)).T)
        for leaf, tables in zip(leaves, self.trees, strict=True):
            for column, table in tables:
                out[column] += table[leaf]
        out[-1] += self.constant


def paths_of(boosted: Sequence[Boosted]) -> list[Paths]:
    """The paths of all boosters of an ensemble."""
    return [Paths.of(b) for one in boosted for b in one.boosters]


def attribute(paths: Sequence[Paths], x: Matrix) -> Matrix:
    """Parts of the mean margin over the boosters, [rows, columns + 1], the last column being the constant."""
    out = np.empty((len(x), x.shape[1] + 1))

    def work(start: int) -> None:
        rows = np.ascontiguousarray(x[start : start + ROWS])
        parts = np.zeros((x.shape[1] + 1, len(rows)))
        for path in paths:
            path.add(rows, parts)
        out[start : start + ROWS] = parts.T / len(paths)

    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        list(pool.map(work, range(0, len(x), ROWS)))
    return out


def _tables(tree: dict[str, Any]) -> tuple[tuple[int, Matrix], ...]:
    found: dict[int, Matrix] = {}
    for leaf, column, part in _leaf_parts(tree["tree_structure"]):
        found.setdefault(column, np.zeros(int(tree["num_leaves"])))[leaf] += part
    return tuple(sorted(found.items()))


def _leaf_parts(root: dict[str, Any]) -> Iterator[tuple[int, int, float]]:
    """(leaf, column, part) of one tree, equal columns still apart."""
    pending: list[tuple[dict[str, Any], list[tuple[int, float]]]] = [(root, [])]
    while pending:
        node, path = pending.pop()
        if "split_feature" not in node:
            yield from ((int(node.get("leaf_index", 0)), c, v) for c, v in path)
            continue
        for child in (node["left_child"], node["right_child"]):
            pending.append((child, [*path, (int(node["split_feature"]), _value(child) - _value(node))]))


def _value(node: dict[str, Any]) -> float:
    return float(node["internal_value"] if "split_feature" in node else node["leaf_value"])

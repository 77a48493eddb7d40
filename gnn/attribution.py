"""What each column adds to a boosted score: the change of the expected margin along each tree's path.

At a node the expectation moves from the node's value to the child's; the move is credited to the column that the
node splits on (Saabas 2014, as in "Interpreting random forests"). Complete: the parts and the constant sum to the
margin. TreeSHAP is complete too and fairer to correlated columns, but took 9 s for 20,000 firms and one booster;
this takes a sparse product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightgbm as lgb
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from supplyrisk.gnn.boosting import Boosted

Matrix = NDArray[np.float64]


def attribute(boosted: Boosted, x: Matrix) -> Matrix:
    """Parts of the mean margin over the boosters, [rows, columns + 1], the last column being the constant."""
    if not len(x):
        return np.empty((0, x.shape[1] + 1))
    return np.asarray(np.mean([_one(b, x) for b in boosted.boosters], axis=0))


def _one(booster: lgb.Booster, x: Matrix) -> Matrix:
    columns = x.shape[1]
    trees = booster.dump_model()["tree_info"]
    width = [int(t["num_leaves"]) for t in trees]
    start = np.concatenate([[0], np.cumsum(width)])
    entries = [(start[i] + leaf, c, v) for i, t in enumerate(trees) for leaf, c, v in _leaf_parts(t, columns)]
    rows, cols, values = (np.array(e) for e in zip(*entries, strict=True))
    parts = sp.csr_array((values, (rows, cols)), (int(start[-1]), columns + 1))
    leaves = (
        np.asarray(booster.predict(x, pred_leaf=True)).reshape(len(x), len(trees)).astype(np.int64)
        + start[:-1]
    )
    pointer = np.arange(0, leaves.size + 1, len(trees))
    hit = sp.csr_array((np.ones(leaves.size), leaves.ravel(), pointer), (len(x), int(start[-1])))
    return np.asarray((hit @ parts).toarray())


def _leaf_parts(tree: dict[str, Any], columns: int) -> Iterator[tuple[int, int, float]]:
    """(leaf, column, part) of one tree, equal columns still apart; column number `columns` is the constant."""
    root = tree["tree_structure"]
    pending = [(root, [(columns, _value(root))])]
    while pending:
        node, path = pending.pop()
        if "split_feature" not in node:
            yield from ((int(node.get("leaf_index", 0)), c, v) for c, v in path)
            continue
        for child in (node["left_child"], node["right_child"]):
            pending.append((child, [*path, (int(node["split_feature"]), _value(child) - _value(node))]))


def _value(node: dict[str, Any]) -> float:
    return float(node["internal_value"] if "split_feature" in node else node["leaf_value"])

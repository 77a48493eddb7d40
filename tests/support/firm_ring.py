"""A ring of firms as a training graph, and stage scores that carry no signal: inputs for fitting and gating."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from supplyrisk.gnn.data.column_directions import OwnColumns
from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.neighbourhood import FAMILIES, FeatureBlock, Neighbours
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot

Matrix = NDArray[np.float64]
FIRMS = 120


def ring_graph() -> PanelGraph:
    """A ring of firms, each the customer of the one before it."""
    ids = [f"F{i:03}" for i in range(FIRMS)]
    around = [*ids[1:], ids[0]]
    frames = {
        "firms": pa.table({"firm_id": ids, "registered_capital": np.arange(1.0, FIRMS + 1)}),
        "supplies": pa.table({"supplier_id": ids, "customer_id": around, "amount": np.full(FIRMS, 5.0)}),
        "labels": pa.table({"firm_id": ids, "defaulted": np.arange(FIRMS) % 6 == 0}),
    }
    snapshot = build_snapshot(Tables(DatasetInfo("ring", undated=True), frames))
    return panel_graph_of(snapshot, Encoder.fit([snapshot]))


def ring_of(capital: Matrix, y: Matrix) -> tuple[PanelGraph, OwnColumns]:
    """A ring of these firms with one own column, which lowers the hazard; the supplier of each is the one before it."""
    before = (np.arange(len(y)) - 1) % len(y)
    upstream = sp.csr_array((np.ones(len(y)), (np.arange(len(y)), before)), (len(y), len(y)))
    return supplied(capital[:, None], y, upstream, np.arange(len(y))), OwnColumns(
        ("capital",), np.array([-1])
    )


def supplied(x: Matrix, y: Matrix, upstream: sp.csr_array, order: NDArray[np.int64]) -> PanelGraph:
    """Firms with own columns x, outcomes y and suppliers (1 at [firm, supplier]), in an order of the rows."""
    rows = upstream[order][:, order]
    none = {family: sp.csr_array(rows.shape) for family in FAMILIES}
    near = Neighbours(none | {"upstream": rows}, {"upstream": rows}, FeatureBlock((), np.empty((len(y), 0))))
    return replace(
        ring_graph(),
        x=x[order],
        y=y[order],
        weight=np.ones(len(y)),
        defaulted=np.zeros(len(y), dtype=bool),
        days_in_default=np.full(len(y), np.nan),
        cell=np.zeros(len(y), dtype=np.int64),
        firm_ids=tuple(f"F{i:04}" for i in order),
        find_neighbours=lambda: near,
    )


def noise_stages(rows: int) -> StageScores:
    """Log hazards at the base rate plus a little noise."""
    own = np.log(0.18) + 0.1 * np.random.default_rng(0).normal(size=rows)
    return StageScores(own, own, np.zeros((rows, 9)), own, own)

"""A ring of firms as a training graph, and stage scores that carry no signal: inputs for fitting and gating."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.gnn.data.encoder import Encoder
from supplyrisk.gnn.data.panel import PanelGraph, panel_graph_of
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.graph import DatasetInfo, Tables, build_snapshot

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


def noise_stages(rows: int) -> StageScores:
    """Log hazards at the base rate plus a little noise."""
    own = np.log(0.18) + 0.1 * np.random.default_rng(0).normal(size=rows)
    return StageScores(own, own, np.zeros((rows, 9)), own, own)

"""What the network knows, as arrays that need no torch: base hazards and transmissions by member."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.explain.evidence import node_ids
from supplyrisk.gnn.network.member import ROUNDS
from supplyrisk.gnn.risk_model import NETWORK, HazardParts, RiskModel
from supplyrisk.graph import Snapshot, Transmissions


def transmissions_of(
    model: RiskModel,
    snapshot: Snapshot,
    computed: tuple[PanelGraph, HazardParts],
    base_rate: float | None = None,
) -> Transmissions:
    """The learned relation of a scored snapshot; seen: what `model.parts(snapshot)` gave, base_rate: as of `score`."""
    graph, parts = computed
    links, firms = graph.links, graph.firms
    base = np.zeros((len(parts.bases), links.nodes))
    base[:, :firms] = parts.bases
    defaulted = np.zeros(links.nodes, dtype=bool)
    defaulted[:firms] = graph.defaulted
    kinds = pa.array(links.kinds, pa.string())
    return Transmissions(
        node_ids=tuple(node_ids(snapshot).to_pylist()),
        firms=firms,
        defaulted=defaulted,
        base=base,
        source=links.source.cpu().numpy(),
        target=links.target.cpu().numpy(),
        kind=pa.DictionaryArray.from_arrays(pa.array(links.kind.cpu().numpy(), pa.int32()), kinds),
        weight=parts.transmissions,
        rounds=ROUNDS,
        scale=model.calibrations[NETWORK].map(base_rate),
        model=f"{model.name}/{NETWORK}",
        content_hash=snapshot.info.content_hash,
    )

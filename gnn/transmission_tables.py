"""A scored snapshot's base hazards and transmissions by member, as arrays that need no torch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from supplyrisk.gnn.explain.evidence import node_ids
from supplyrisk.gnn.network.member import ROUNDS
from supplyrisk.gnn.risk_model import RiskModel, SnapshotHazards
from supplyrisk.graph import Snapshot, Transmissions


def transmissions_of(
    model: RiskModel, snapshot: Snapshot, computed: SnapshotHazards, base_rate: float | None = None
) -> Transmissions:
    """Return the transmissions of a scored snapshot: the learned ones, or an expert model's prior.

    Parameters
    ----------
    model: the model that scored it.
    snapshot: the snapshot.
    computed: result of `model.parts(snapshot)`.
    base_rate: as of `score`.
    """
    links = computed.graph.links
    firms = computed.graph.firms
    # Persons, who are numbered after the firms, have a base hazard of 0 and are never in default.
    own, context, _ = computed.parts.by_member
    base = np.zeros((len(own), links.nodes))
    base[:, :firms] = own + context
    defaulted = np.zeros(links.nodes, dtype=bool)
    defaulted[:firms] = computed.graph.defaulted
    kinds = pa.array(links.kinds, pa.string())
    return Transmissions(
        node_ids=tuple(node_ids(snapshot).to_pylist()),
        firms=firms,
        defaulted=defaulted,
        base=base,
        source=links.source.cpu().numpy(),
        target=links.target.cpu().numpy(),
        kind=pa.DictionaryArray.from_arrays(pa.array(links.kind.cpu().numpy(), pa.int32()), kinds),
        weight=computed.parts.transmissions,
        rounds=ROUNDS,
        scale=model.calibrations[model.separating].map(base_rate),
        model=f"{model.name}/{model.separating}",
        content_hash=snapshot.info.content_hash,
        synthetic_model=model.synthetic,
    )

"""What a supply chain is: the input contract, tables, snapshots and stores; no torch here."""

from supplyrisk.graph.errors import (
    CypherError,
    DataError,
    ModelError,
    StoreError,
    SupplyRiskError,
    WorkspaceError,
)
from supplyrisk.graph.features import Feature
from supplyrisk.graph.schema import DEFAULT_KINDS, TABLES
from supplyrisk.graph.snapshot import EdgeType, Snapshot, snapshot
from supplyrisk.graph.tables import DatasetInfo, Tables, read_workspace

__all__ = [
    "DEFAULT_KINDS",
    "TABLES",
    "CypherError",
    "DataError",
    "DatasetInfo",
    "EdgeType",
    "Feature",
    "ModelError",
    "Snapshot",
    "StoreError",
    "SupplyRiskError",
    "Tables",
    "WorkspaceError",
    "read_workspace",
    "snapshot",
]

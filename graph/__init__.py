"""What a supply chain is: the input contract, tables, snapshots and stores; no torch here."""

from supplyrisk.graph.errors import (
    CypherError,
    DataError,
    ModelError,
    StoreError,
    SupplyRiskError,
    WorkspaceError,
)
from supplyrisk.graph.tables import DatasetInfo, Tables, read_workspace

__all__ = [
    "CypherError",
    "DataError",
    "DatasetInfo",
    "ModelError",
    "StoreError",
    "SupplyRiskError",
    "Tables",
    "WorkspaceError",
    "read_workspace",
]

"""What a supply chain is: the input contract, tables, snapshots and stores; no torch here."""

from supplyrisk.graph.answers import notes_of
from supplyrisk.graph.caught_paths import link_word
from supplyrisk.graph.embedded import EmbeddedStore
from supplyrisk.graph.errors import (
    CypherError,
    DataError,
    ModelError,
    StoreError,
    SupplyRiskError,
    WorkspaceError,
)
from supplyrisk.graph.exposed import contagion_records_of
from supplyrisk.graph.features import Feature
from supplyrisk.graph.hazards import HazardMap, Transmissions
from supplyrisk.graph.lean import read_parquet, spare_pandas
from supplyrisk.graph.outcome import first_day_of, last_day_of
from supplyrisk.graph.partners import partners_of
from supplyrisk.graph.picture import graph_tables_of
from supplyrisk.graph.read_back import read_back
from supplyrisk.graph.schema import DEFAULT_KINDS, TABLES
from supplyrisk.graph.snapshot import EdgeType, Snapshot, build_snapshot
from supplyrisk.graph.statements import last_statements
from supplyrisk.graph.store import MOVED, Store
from supplyrisk.graph.tables import DatasetInfo, Tables, is_workspace, read_workspace

__all__ = [
    "DEFAULT_KINDS",
    "MOVED",
    "TABLES",
    "CypherError",
    "DataError",
    "DatasetInfo",
    "EdgeType",
    "EmbeddedStore",
    "Feature",
    "HazardMap",
    "ModelError",
    "Snapshot",
    "Store",
    "StoreError",
    "SupplyRiskError",
    "Tables",
    "Transmissions",
    "WorkspaceError",
    "build_snapshot",
    "contagion_records_of",
    "first_day_of",
    "graph_tables_of",
    "is_workspace",
    "last_day_of",
    "last_statements",
    "link_word",
    "notes_of",
    "partners_of",
    "read_back",
    "read_parquet",
    "read_workspace",
    "spare_pandas",
]

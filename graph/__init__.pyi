from .contagion.learned_hazards import HazardMap, Transmissions
from .errors import (
    CypherError,
    DataError,
    ModelError,
    RequestError,
    StoreError,
    SupplyRiskError,
    WorkspaceError,
)
from .firm_draws import draws_of_firms
from .schema.contract import DEFAULT_KINDS, TABLES
from .schema.default_definition import DefaultDefinition
from .schema.relations import EdgeType
from .schema.score_states import DEFAULTED, INSUFFICIENT, SCORED, UNLISTED
from .schema.settings import Settings
from .schema.source_coverage import (
    AGE_COLUMNS,
    DATA_SOURCES,
    LEAST_COVERAGE,
    SHIPPED_SOURCES,
    SOURCE_OF_TABLE,
    main_role,
)
from .schema.strict_toml import fault_texts
from .schema.terms import LIFETIME, LIFETIME_DAYS, TERM_DAYS, TERM_OBSERVED_DAYS, TERMS, pd_column
from .snapshot.default_counts import DefaultCounts, default_counts_of
from .snapshot.default_days import same_defaults
from .snapshot.evidence_classes import (
    EVIDENCE_CLASSES,
    EVIDENCE_LABELS,
    FULL_EVIDENCE,
    EvidenceClass,
    evidence_of,
)
from .snapshot.features.events import event_meaning
from .snapshot.features.feature import Feature
from .snapshot.features.register import FEATURES, PEER_LEVEL, is_shipped, undated_name
from .snapshot.margin_sources import MARGIN_SOURCES, HiddenSource, MarginSource, hide_sources
from .snapshot.outcome import first_day_of, last_day_of
from .snapshot.partners import partners_of
from .snapshot.peer_figures import PeerGroup
from .snapshot.snapshot import Snapshot, build_snapshot, later_outcomes
from .snapshot.statements_as_of import last_statements
from .snapshot.stopped_trade import StoppedTrade, stopped_trade_of
from .store.contagion_records import contagion_records_of
from .store.embedded.embedded_store import EmbeddedStore
from .store.graph_tables import graph_tables_of
from .store.property_names import CHANGE_PROPERTIES
from .store.protocol import Store
from .store.read_back import read_back
from .store.registry import STORE_VALUES, STORES, selecting_variable
from .store.result_tables import notes_of
from .texts.text_files import LANGUAGES, Words, read_texts
from .workspace.csv_file import write_csv
from .workspace.documents import document_json, stored_as
from .workspace.fast_parquet import read_parquet, spare_pandas
from .workspace.json_text import to_json
from .workspace.output_files import (
    TABLE_ENDINGS,
    replacing,
    replacing_folder,
    write_parquet,
    write_table,
    write_text,
)
from .workspace.tables import DatasetInfo, Tables, read_workspace
from .workspace.workspace import Workspace, snapshot_with_firms

__all__ = [
    "AGE_COLUMNS",
    "CHANGE_PROPERTIES",
    "DATA_SOURCES",
    "DEFAULTED",
    "DEFAULT_KINDS",
    "EVIDENCE_CLASSES",
    "EVIDENCE_LABELS",
    "FEATURES",
    "FULL_EVIDENCE",
    "INSUFFICIENT",
    "LANGUAGES",
    "LEAST_COVERAGE",
    "LIFETIME",
    "LIFETIME_DAYS",
    "MARGIN_SOURCES",
    "PEER_LEVEL",
    "SCORED",
    "SHIPPED_SOURCES",
    "SOURCE_OF_TABLE",
    "STORES",
    "STORE_VALUES",
    "TABLES",
    "TABLE_ENDINGS",
    "TERMS",
    "TERM_DAYS",
    "TERM_OBSERVED_DAYS",
    "UNLISTED",
    "CypherError",
    "DataError",
    "DatasetInfo",
    "DefaultCounts",
    "DefaultDefinition",
    "EdgeType",
    "EmbeddedStore",
    "EvidenceClass",
    "Feature",
    "HazardMap",
    "HiddenSource",
    "MarginSource",
    "ModelError",
    "PeerGroup",
    "RequestError",
    "Settings",
    "Snapshot",
    "StoppedTrade",
    "Store",
    "StoreError",
    "SupplyRiskError",
    "Tables",
    "Transmissions",
    "Words",
    "Workspace",
    "WorkspaceError",
    "build_snapshot",
    "contagion_records_of",
    "default_counts_of",
    "document_json",
    "draws_of_firms",
    "event_meaning",
    "evidence_of",
    "fault_texts",
    "first_day_of",
    "graph_tables_of",
    "hide_sources",
    "is_shipped",
    "last_day_of",
    "last_statements",
    "later_outcomes",
    "main_role",
    "notes_of",
    "partners_of",
    "pd_column",
    "read_back",
    "read_parquet",
    "read_texts",
    "read_workspace",
    "replacing",
    "replacing_folder",
    "same_defaults",
    "selecting_variable",
    "snapshot_with_firms",
    "spare_pandas",
    "stopped_trade_of",
    "stored_as",
    "to_json",
    "undated_name",
    "write_csv",
    "write_parquet",
    "write_table",
    "write_text",
]

from .check.fault_groups import FaultExample, FaultGroup, merged_groups
from .check.faulty_files import FaultyFiles
from .check.load_report import LoadReport, RowCount, SourceReport, TableReport
from .check.row_counts import CountedDefaults
from .drafting.draft_keys import MappingDraft, OpenPoint
from .drafting.draft_text import draft_text
from .drafting.folder_draft import draft_faults, draft_folder, has_data_files
from .folder_load import CHECKING_STAGES, LOADING_STAGES, Progress, load, validate
from .mappings.mapping import Join, Mapping, SourceMap
from .mappings.mapping_file import (
    mapping_names,
    mapping_path,
    mapping_template,
    mapping_text,
    read_mapping,
    synthetic_mapping,
)
from .mappings.toml_text import mapping_toml
from .matching.decision_file import DecisionRow, read_decision_file
from .matching.match_decisions import (
    MatchDecision,
    contradictions,
    read_decisions,
    same_firms,
    write_decisions,
)
from .matching.matched_firms import MATCHING_STAGES, FirmMatches, match_firms
from .matching.matching_extra import check_matching_extra
from .matching.pair_evidence import FirmPair
from .read.external_graph_files import write_files

__all__ = [
    "CHECKING_STAGES",
    "LOADING_STAGES",
    "MATCHING_STAGES",
    "CountedDefaults",
    "DecisionRow",
    "FaultExample",
    "FaultGroup",
    "FaultyFiles",
    "FirmMatches",
    "FirmPair",
    "Join",
    "LoadReport",
    "Mapping",
    "MappingDraft",
    "MatchDecision",
    "OpenPoint",
    "Progress",
    "RowCount",
    "SourceMap",
    "SourceReport",
    "TableReport",
    "check_matching_extra",
    "contradictions",
    "draft_faults",
    "draft_folder",
    "draft_text",
    "has_data_files",
    "load",
    "mapping_names",
    "mapping_path",
    "mapping_template",
    "mapping_text",
    "mapping_toml",
    "match_firms",
    "merged_groups",
    "read_decision_file",
    "read_decisions",
    "read_mapping",
    "same_firms",
    "synthetic_mapping",
    "validate",
    "write_decisions",
    "write_files",
]

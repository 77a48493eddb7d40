from .admissions import AdmissionsResult, admissions
from .advice import ADVICE_SCHEMA, AdviceResult, advice
from .audit import (
    DECISIONS,
    AnchorResult,
    AuditResult,
    DecisionResult,
    anchor_audit,
    decide,
    show_audit_entry,
    verify_audit,
)
from .backtest import BACKTEST_GATES, BacktestResult, backtest
from .bulk_export import BulkExport, export_for_neo4j_admin
from .check import CheckResult, check, default_policy
from .compare import CompareResult, ScoreChange, compare
from .contagion import contagion, contagion_is_compiled
from .contagion_result import ContagionResult
from .day_snapshot import DaySettings
from .debt_contagion import DebtContagionResult, debt_contagion
from .demo import DemoResult, demo, query_command
from .demo_settings import DEMO_CONTAGION, DEMO_FIRMS, DEMO_MEMBERS, DEMO_SEED, DEMO_TOP, DEMO_WEEKS
from .doctor import DoctorResult, doctor
from .document_match import DocumentMatchResult, match_documents
from .documents import Document, document
from .evaluate import EvaluateResult, evaluate
from .evidence_clearing import PruneResult, prune_evidence
from .explain import ExplainResult, explain, find_firm
from .fabricated import FabricatedResult, fabricated
from .facts import Fact
from .flags import FlagsResult, FlagText, flags
from .forecast import TOTAL_DAYS, ForecastResult, forecast
from .forecast_rows import FORECAST_SCHEMA
from .gates import Gate, gate_numbers, parse_gates
from .init import InitResult, init, template
from .letter import LetterResult, letter
from .letter_document import (
    LetterChange,
    LetterDecision,
    LetterReason,
    LetterStep,
    MissingData,
    ShopLetter,
    UsedData,
)
from .limits import limit_history, limits
from .limits_document import LimitHistory, LimitRow, LimitsResult
from .load import FIRST_FAULTS, LoadResult, ValidateResult, load, validate, with_graph
from .match import AcceptResult, MatchResult, accept_matches, match
from .metric_estimates import METRIC_LABELS, TRAINING_METRICS, MetricEstimate
from .model_inputs import load_model
from .models import ModelList, StoredModel, list_models, promote_model
from .monitor import MonitorResult, monitor
from .neo4j_server import (
    CREDENTIALS_VARIABLE,
    SERVER_COLUMNS,
    ServerDownload,
    ServerLogin,
    ServerStatus,
    ServerStop,
    server_download,
    server_login,
    server_status,
    start_server,
    stop_server,
)
from .portfolio import BREACH_CODES, PortfolioResult, portfolio
from .portrait import PortraitResult, PortraitSettings, PortraitsResult, portrait, portraits
from .preparation import Preparation
from .progress import JobProgress, PlannedProgress, StagePlan, plan_stages, silent
from .query import (
    QUERY_TIMEOUT,
    QueryList,
    QueryResult,
    Statement,
    library_queries,
    query,
    query_document,
    statement_of,
)
from .query_line import query_line
from .replay import ReplayDifference, ReplayResult, replay
from .risk_properties import risk_properties
from .row_sources import ExternalSource
from .score import ScoreResult, score
from .shipped_mappings import ShippedMapping, ShippedMappings, copy_mapping, shipped_mappings
from .shop_page import ShopPageResult, shop_page
from .shop_page_document import ForecastPeriod, ShopForecast, ShopLimitDay, ShopNeed, ShopPage
from .store import (
    CleaningPlan,
    StoreChange,
    StoreContents,
    StorePart,
    clean_store,
    load_store,
    plan_cleaning,
    store_info,
)
from .store_results import write_contagion_to_store, write_portraits_to_store, write_scores_to_store
from .stored_mapping import mapping_notes
from .stress import stress
from .stress_exposure import StressExposureResult, stress_exposure
from .stress_result import StressResult
from .suite import SUITES, MetricMean, SuiteResult, evaluate_suite
from .synth import FRAUD_SHARE, SynthResult, fault_shares, synth, world_facts
from .synthetic_model import SYNTHETIC_MODEL
from .term_pds import TermHazard
from .thin_check import check_facts, facts_example
from .train import TrainResult, train
from .trajectory import trajectory
from .trajectory_document import ShopTrajectory, ShopWeek, TrajectoryResult, TrajectoryWeek, WeekChange
from .trajectory_in_force import ForcePoint
from .trajectory_limits import LimitChange, ShopLimit
from .what_if import WhatIfResult, what_if
from .what_if_document import (
    WhatIf,
    WhatIfFeature,
    WhatIfLimit,
    WhatIfNeed,
    WhatIfScore,
    WhatIfState,
    WhatIfStep,
)

__all__ = [
    "ADVICE_SCHEMA",
    "BACKTEST_GATES",
    "BREACH_CODES",
    "CREDENTIALS_VARIABLE",
    "DECISIONS",
    "DEMO_CONTAGION",
    "DEMO_FIRMS",
    "DEMO_MEMBERS",
    "DEMO_SEED",
    "DEMO_TOP",
    "DEMO_WEEKS",
    "FIRST_FAULTS",
    "FORECAST_SCHEMA",
    "FRAUD_SHARE",
    "METRIC_LABELS",
    "QUERY_TIMEOUT",
    "SERVER_COLUMNS",
    "SUITES",
    "SYNTHETIC_MODEL",
    "TOTAL_DAYS",
    "TRAINING_METRICS",
    "AcceptResult",
    "AdmissionsResult",
    "AdviceResult",
    "AnchorResult",
    "AuditResult",
    "BacktestResult",
    "BulkExport",
    "CheckResult",
    "CleaningPlan",
    "CompareResult",
    "ContagionResult",
    "DaySettings",
    "DebtContagionResult",
    "DecisionResult",
    "DemoResult",
    "DoctorResult",
    "Document",
    "DocumentMatchResult",
    "EvaluateResult",
    "ExplainResult",
    "ExternalSource",
    "FabricatedResult",
    "Fact",
    "FlagText",
    "FlagsResult",
    "ForcePoint",
    "ForecastPeriod",
    "ForecastResult",
    "Gate",
    "InitResult",
    "JobProgress",
    "LetterChange",
    "LetterDecision",
    "LetterReason",
    "LetterResult",
    "LetterStep",
    "LimitChange",
    "LimitHistory",
    "LimitRow",
    "LimitsResult",
    "LoadResult",
    "MatchResult",
    "MetricEstimate",
    "MetricMean",
    "MissingData",
    "ModelList",
    "MonitorResult",
    "PlannedProgress",
    "PortfolioResult",
    "PortraitResult",
    "PortraitSettings",
    "PortraitsResult",
    "Preparation",
    "PruneResult",
    "QueryList",
    "QueryResult",
    "ReplayDifference",
    "ReplayResult",
    "ScoreChange",
    "ScoreResult",
    "ServerDownload",
    "ServerLogin",
    "ServerStatus",
    "ServerStop",
    "ShippedMapping",
    "ShippedMappings",
    "ShopForecast",
    "ShopLetter",
    "ShopLimit",
    "ShopLimitDay",
    "ShopNeed",
    "ShopPage",
    "ShopPageResult",
    "ShopTrajectory",
    "ShopWeek",
    "StagePlan",
    "Statement",
    "StoreChange",
    "StoreContents",
    "StorePart",
    "StoredModel",
    "StressExposureResult",
    "StressResult",
    "SuiteResult",
    "SynthResult",
    "TermHazard",
    "TrainResult",
    "TrajectoryResult",
    "TrajectoryWeek",
    "UsedData",
    "ValidateResult",
    "WeekChange",
    "WhatIf",
    "WhatIfFeature",
    "WhatIfLimit",
    "WhatIfNeed",
    "WhatIfResult",
    "WhatIfScore",
    "WhatIfState",
    "WhatIfStep",
    "accept_matches",
    "admissions",
    "advice",
    "anchor_audit",
    "backtest",
    "check",
    "check_facts",
    "clean_store",
    "compare",
    "contagion",
    "contagion_is_compiled",
    "copy_mapping",
    "debt_contagion",
    "decide",
    "default_policy",
    "demo",
    "doctor",
    "document",
    "evaluate",
    "evaluate_suite",
    "explain",
    "export_for_neo4j_admin",
    "fabricated",
    "facts_example",
    "fault_shares",
    "find_firm",
    "flags",
    "forecast",
    "gate_numbers",
    "init",
    "letter",
    "library_queries",
    "limit_history",
    "limits",
    "list_models",
    "load",
    "load_model",
    "load_store",
    "mapping_notes",
    "match",
    "match_documents",
    "monitor",
    "parse_gates",
    "plan_cleaning",
    "plan_stages",
    "portfolio",
    "portrait",
    "portraits",
    "promote_model",
    "prune_evidence",
    "query",
    "query_command",
    "query_document",
    "query_line",
    "replay",
    "risk_properties",
    "score",
    "server_download",
    "server_login",
    "server_status",
    "shipped_mappings",
    "shop_page",
    "show_audit_entry",
    "silent",
    "start_server",
    "statement_of",
    "stop_server",
    "store_info",
    "stress",
    "stress_exposure",
    "synth",
    "template",
    "train",
    "trajectory",
    "validate",
    "verify_audit",
    "what_if",
    "with_graph",
    "world_facts",
    "write_contagion_to_store",
    "write_portraits_to_store",
    "write_scores_to_store",
]

from .admission.admission_list import (
    Admission,
    AdmissionCandidate,
    AdmissionList,
    AdmissionRow,
    AdmissionState,
    admitted_under,
)
from .admission.admission_texts import admission_words
from .admission.business_stage import BusinessStage, StageBounds, stage_of_business
from .admission.scenario_case import ScenarioCase, ScenarioRuling, on_first_day
from .admission.scenario_policy import (
    CampaignDays,
    PolicyScenario,
    ScenarioConditions,
    ScenarioTerms,
)
from .admission.shop_kind import ShopKind
from .alerts import (
    CAUSES,
    DATA,
    KINDS,
    MODEL,
    NEIGHBOUR,
    UNSEPARATED,
    Alert,
    AlertBounds,
    FirmDay,
    NeighbourScores,
    ScoreBridge,
    alerts_of,
)
from .audit_anchor import AuditAnchor
from .audit_log import AuditEntry, AuditLog, broken, current_user
from .book_answers import BookAnswers, SharedPartners, shared_partners_of
from .book_risks import read_book_risks
from .borrower_changes import BORROWER_CHANGE_SCHEMA, BorrowerChange, borrower_changes
from .collateral import Collateral, LgdPart, LossSeverity, downturn_lgd, loss_severity, read_collateral
from .conclusion import Finding, LoanCase, PolicyConclusion, Verdict, conclude
from .consistency import check_currency, graph_day
from .decision_evidence import (
    DecisionEvidence,
    keep_evidence,
    keep_model,
    keep_ranking_evidence,
    kept_model,
    kept_models,
)
from .economics_policy import CollateralPolicy, EconomicsPolicy
from .evidence_store import EvidenceStore
from .existing_lines import (
    BorrowerRisk,
    LineLoss,
    LineRisk,
    StagingDay,
    line_risk,
    past_due_days,
)
from .expected_loss import ExpectedLoss, FirmTerms, hhi, horizon_of, pd_over_term
from .firm_names import with_name
from .following.bulk_targets import BulkTargets, bulk_targets, can_be_bulk
from .following.follow_policy import FollowPolicy
from .following.limit_file import (
    LimitBasis,
    StoredLimits,
    day_of_limits,
    hash_of_shops,
    read_limits,
    write_limits,
)
from .following.limit_step import WEEK_DAYS, LimitInForce, LimitReason, LimitSteps
from .following.target_limit import TargetLimit, target_limit
from .irb_capital import AssetClass, IrbCapital, defaulted_capital, irb_capital
from .learned_stops import LearnedStops
from .lender_books import borrowers_of, lines_of
from .lifetime_pd import LifeBasis, LoanLife, TermPd, discounted_pd, residual_life, term_pd
from .limit_rule import CreditLimit, LimitRule
from .limit_rules import BookUsage, LimitFacts, credit_limit
from .line_economics import LineEconomics, line_economics, line_severity, pledges_of
from .loan_classes import ClassRule, FiveClass, LoanClass, five_class
from .loan_desk import LoanDesk, LoanMemo
from .loan_economics import EconomicsFacts, LoanEconomics, ProtectedPart, loan_economics
from .loan_portfolio import (
    BookRisks,
    BookTotals,
    Concentration,
    CostlyFailure,
    DrawSettings,
    GradeLoss,
    LimitBreach,
    Loan,
    PortfolioTotals,
    ScoredLine,
    breaches,
    concentrations,
    costliest_failures,
    loans_of,
    losses_by_grade,
    performing,
    portfolio_totals,
    simulate_book,
)
from .loan_request import ApprovedBacking, LoanRequest
from .loan_return import LoanReturn
from .loan_security import CollateralNote, LoanSecurity, SecurityFacts, loan_security
from .loan_stages import (
    AllowanceFacts,
    LoanStage,
    LossAllowance,
    StageFacts,
    StageRule,
    StagingRules,
    loss_allowance,
    stage_of,
)
from .margin_text import margin_words
from .measured_inputs import as_measured
from .memo import memo_of
from .memo_document import (
    BookSection,
    ChainSection,
    EconomicsSection,
    LossSection,
    Memo,
    MemoPath,
    RiskSection,
    ShopSection,
)
from .memo_sections import PLACES, tables_after
from .memo_sentences import days_label, memo_label, memo_text, memo_words, over_days, words_of
from .memo_summary import MemoSummary, summary_of
from .memo_table import Cell, MemoTable, TableSection
from .order_evidence import needs_documents
from .origination_scores import OriginationScore, origination_scores
from .policy import Policy, ReasonsPolicy, parse_policy, policy_text, read_policy, shipped_policy
from .policy_result import limit_facts
from .protection import Connections, Protection, connected_firms, guarantees_for, insurance_of
from .score_attribution import (
    FirmScore,
    ScoreStep,
    bridge_rows,
    change_by_cause,
    change_by_data,
    score_changes,
    trajectory,
    with_score_changes,
)
from .score_history import EarlierScore, MemoReason, ScoreFigures, StoredScore, stored_scores
from .scored_days import ScoredDay, read_scored_days
from .shop_facts import CreditLine, Partner, QueryRecord, SecondTierLink, matching_firms
from .stage_totals import ClassTotal, StageTotal, class_totals, stage_totals
from .stressed_book import StageMigration, StressedBook, StressedPds, stressed_book
from .thin_facts import StatedDebt, ThinFacts, example_facts
from .thin_file import stated_scenarios, thin_inputs
from .thin_section import ThinFileSection
from .total_exposure import TotalExposure, committed, total_exposure
from .worst_grade_text import worst_grade_words

__all__ = [
    "BORROWER_CHANGE_SCHEMA",
    "CAUSES",
    "DATA",
    "KINDS",
    "MODEL",
    "NEIGHBOUR",
    "PLACES",
    "UNSEPARATED",
    "WEEK_DAYS",
    "Admission",
    "AdmissionCandidate",
    "AdmissionList",
    "AdmissionRow",
    "AdmissionState",
    "Alert",
    "AlertBounds",
    "AllowanceFacts",
    "ApprovedBacking",
    "AssetClass",
    "AuditAnchor",
    "AuditEntry",
    "AuditLog",
    "BookAnswers",
    "BookRisks",
    "BookSection",
    "BookTotals",
    "BookUsage",
    "BorrowerChange",
    "BorrowerRisk",
    "BulkTargets",
    "BusinessStage",
    "CampaignDays",
    "Cell",
    "ChainSection",
    "ClassRule",
    "ClassTotal",
    "Collateral",
    "CollateralNote",
    "CollateralPolicy",
    "Concentration",
    "Connections",
    "CostlyFailure",
    "CreditLimit",
    "CreditLine",
    "DecisionEvidence",
    "DrawSettings",
    "EarlierScore",
    "EconomicsFacts",
    "EconomicsPolicy",
    "EconomicsSection",
    "EvidenceStore",
    "ExpectedLoss",
    "Finding",
    "FirmDay",
    "FirmScore",
    "FirmTerms",
    "FiveClass",
    "FollowPolicy",
    "GradeLoss",
    "IrbCapital",
    "LearnedStops",
    "LgdPart",
    "LifeBasis",
    "LimitBasis",
    "LimitBreach",
    "LimitFacts",
    "LimitInForce",
    "LimitReason",
    "LimitRule",
    "LimitSteps",
    "LineEconomics",
    "LineLoss",
    "LineRisk",
    "Loan",
    "LoanCase",
    "LoanClass",
    "LoanDesk",
    "LoanEconomics",
    "LoanLife",
    "LoanMemo",
    "LoanRequest",
    "LoanReturn",
    "LoanSecurity",
    "LoanStage",
    "LossAllowance",
    "LossSection",
    "LossSeverity",
    "Memo",
    "MemoPath",
    "MemoReason",
    "MemoSummary",
    "MemoTable",
    "NeighbourScores",
    "OriginationScore",
    "Partner",
    "Policy",
    "PolicyConclusion",
    "PolicyScenario",
    "PortfolioTotals",
    "ProtectedPart",
    "Protection",
    "QueryRecord",
    "ReasonsPolicy",
    "RiskSection",
    "ScenarioCase",
    "ScenarioConditions",
    "ScenarioRuling",
    "ScenarioTerms",
    "ScoreBridge",
    "ScoreFigures",
    "ScoreStep",
    "ScoredDay",
    "ScoredLine",
    "SecondTierLink",
    "SecurityFacts",
    "SharedPartners",
    "ShopKind",
    "ShopSection",
    "StageBounds",
    "StageFacts",
    "StageMigration",
    "StageRule",
    "StageTotal",
    "StagingDay",
    "StagingRules",
    "StatedDebt",
    "StoredLimits",
    "StoredScore",
    "StressedBook",
    "StressedPds",
    "TableSection",
    "TargetLimit",
    "TermPd",
    "ThinFacts",
    "ThinFileSection",
    "TotalExposure",
    "Verdict",
    "admission_words",
    "admitted_under",
    "alerts_of",
    "as_measured",
    "borrower_changes",
    "borrowers_of",
    "breaches",
    "bridge_rows",
    "broken",
    "bulk_targets",
    "can_be_bulk",
    "change_by_cause",
    "change_by_data",
    "check_currency",
    "class_totals",
    "committed",
    "concentrations",
    "conclude",
    "connected_firms",
    "costliest_failures",
    "credit_limit",
    "current_user",
    "day_of_limits",
    "days_label",
    "defaulted_capital",
    "discounted_pd",
    "downturn_lgd",
    "example_facts",
    "five_class",
    "graph_day",
    "guarantees_for",
    "hash_of_shops",
    "hhi",
    "horizon_of",
    "insurance_of",
    "irb_capital",
    "keep_evidence",
    "keep_model",
    "keep_ranking_evidence",
    "kept_model",
    "kept_models",
    "limit_facts",
    "line_economics",
    "line_risk",
    "line_severity",
    "lines_of",
    "loan_economics",
    "loan_security",
    "loans_of",
    "loss_allowance",
    "loss_severity",
    "losses_by_grade",
    "margin_words",
    "matching_firms",
    "memo_label",
    "memo_of",
    "memo_text",
    "memo_words",
    "needs_documents",
    "on_first_day",
    "origination_scores",
    "over_days",
    "parse_policy",
    "past_due_days",
    "pd_over_term",
    "performing",
    "pledges_of",
    "policy_text",
    "portfolio_totals",
    "read_book_risks",
    "read_collateral",
    "read_limits",
    "read_policy",
    "read_scored_days",
    "residual_life",
    "score_changes",
    "shared_partners_of",
    "shipped_policy",
    "simulate_book",
    "stage_of",
    "stage_of_business",
    "stage_totals",
    "stated_scenarios",
    "stored_scores",
    "stressed_book",
    "summary_of",
    "tables_after",
    "target_limit",
    "term_pd",
    "thin_inputs",
    "total_exposure",
    "trajectory",
    "with_name",
    "with_score_changes",
    "words_of",
    "worst_grade_words",
    "write_limits",
]

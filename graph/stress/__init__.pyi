from .counterfactuals import CounterfactualBench, MeasuredEffect
from .firm_exposure import explain_exposure, exposures
from .learned_comparison import LearnedComparison, compare_with_learned, disagreements, stopped_by
from .loss_carriers import LossCarriers, loss_carriers_of
from .loss_totals import losses_by_label, losses_by_lender
from .scenario_costs import ScenarioCosts
from .scenario_course import ScenarioCourse, ScenarioStage, combined_shocks, options_of, run_course
from .scenario_file import read_scenario_plan
from .scenario_plan import EPS, AddSupplier, CutGuarantee, MoreStock, ScenarioPlan, ScenarioStep, WhatIf
from .scenario_scope import ScenarioScope, scenario_scope_of
from .step_shocks import StepShock, shocks_of
from .stress_document import (
    DisputedFirm,
    LabelLoss,
    LenderAtRisk,
    RankDisagreement,
    StepLosses,
    StressSummary,
    WhatIfChange,
)
from .stress_table import FirmLoss, firm_table

__all__ = [
    "EPS",
    "AddSupplier",
    "CounterfactualBench",
    "CutGuarantee",
    "DisputedFirm",
    "FirmLoss",
    "LabelLoss",
    "LearnedComparison",
    "LenderAtRisk",
    "LossCarriers",
    "MeasuredEffect",
    "MoreStock",
    "RankDisagreement",
    "ScenarioCosts",
    "ScenarioCourse",
    "ScenarioPlan",
    "ScenarioScope",
    "ScenarioStage",
    "ScenarioStep",
    "StepLosses",
    "StepShock",
    "StressSummary",
    "WhatIf",
    "WhatIfChange",
    "combined_shocks",
    "compare_with_learned",
    "disagreements",
    "explain_exposure",
    "exposures",
    "firm_table",
    "loss_carriers_of",
    "losses_by_label",
    "losses_by_lender",
    "options_of",
    "read_scenario_plan",
    "run_course",
    "scenario_scope_of",
    "shocks_of",
    "stopped_by",
]

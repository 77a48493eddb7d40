"""Stress: scenarios that a user writes down, what they cost, and what would change it. Brings numba along."""

from supplyrisk.graph.stress.beside import LearnedComparison, compare_with_learned, disagreements
from supplyrisk.graph.stress.books import ScenarioCosts
from supplyrisk.graph.stress.course import (
    ScenarioCourse,
    ScenarioStage,
    combined_shocks,
    options_of,
    run_course,
)
from supplyrisk.graph.stress.exposure import explain_exposure, exposures
from supplyrisk.graph.stress.field import ScenarioScope, scenario_scope_of
from supplyrisk.graph.stress.form import read_scenario_plan
from supplyrisk.graph.stress.plan import (
    EPS,
    AddSupplier,
    CutGuarantee,
    MoreStock,
    ScenarioPlan,
    ScenarioStep,
    WhatIf,
)
from supplyrisk.graph.stress.select import StepShock, shocks_of
from supplyrisk.graph.stress.table import firm_table
from supplyrisk.graph.stress.totals import losses_by_label, losses_by_lender
from supplyrisk.graph.stress.what_if import CounterfactualBench, MeasuredEffect

__all__ = [
    "EPS",
    "AddSupplier",
    "CounterfactualBench",
    "CutGuarantee",
    "LearnedComparison",
    "MeasuredEffect",
    "MoreStock",
    "ScenarioCosts",
    "ScenarioCourse",
    "ScenarioPlan",
    "ScenarioScope",
    "ScenarioStage",
    "ScenarioStep",
    "StepShock",
    "WhatIf",
    "combined_shocks",
    "compare_with_learned",
    "disagreements",
    "explain_exposure",
    "exposures",
    "firm_table",
    "losses_by_label",
    "losses_by_lender",
    "options_of",
    "read_scenario_plan",
    "run_course",
    "scenario_scope_of",
    "shocks_of",
]

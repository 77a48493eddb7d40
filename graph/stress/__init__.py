"""Stress: scenarios that a user writes down, what they cost, and what would change it. Brings numba along."""

from supplyrisk.graph.stress.beside import Beside, beside, disagreements
from supplyrisk.graph.stress.books import Books
from supplyrisk.graph.stress.course import Course, Stage, joined, options_of, run_course
from supplyrisk.graph.stress.exposure import explain_exposure, exposures
from supplyrisk.graph.stress.field import Field, field_of
from supplyrisk.graph.stress.form import read_plan
from supplyrisk.graph.stress.plan import EPS, AddSupplier, CutGuarantee, MoreStock, Plan, Step, WhatIf
from supplyrisk.graph.stress.select import Shock, shocks_of
from supplyrisk.graph.stress.table import firm_table
from supplyrisk.graph.stress.totals import by_label, by_lender
from supplyrisk.graph.stress.what_if import Bench, Effect

__all__ = [
    "EPS",
    "AddSupplier",
    "Bench",
    "Beside",
    "Books",
    "Course",
    "CutGuarantee",
    "Effect",
    "Field",
    "MoreStock",
    "Plan",
    "Shock",
    "Stage",
    "Step",
    "WhatIf",
    "beside",
    "by_label",
    "by_lender",
    "disagreements",
    "explain_exposure",
    "exposures",
    "field_of",
    "firm_table",
    "joined",
    "options_of",
    "read_plan",
    "run_course",
    "shocks_of",
]

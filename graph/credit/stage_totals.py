"""Totals of a book by IFRS 9 stage and by category of five."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from supplyrisk.graph.credit.loan_classes import LoanClass
from supplyrisk.graph.credit.loan_portfolio import Loan

STAGES = (1, 2, 3, None)
"""The stages, None where it is unknown."""


@dataclass(frozen=True)
class StageTotal:
    """Lines, EAD and loss allowance, money, of one stage; None: lines whose stage is unknown, without an allowance.

    period: what PD the allowance rests on: "12 months", "residual term", or "in default"; None without a stage.
    """

    stage: int | None
    period: str | None
    lines: int
    ead: float
    allowance: float | None


@dataclass(frozen=True)
class ClassTotal:
    """Lines and EAD, money, of one category; None: lines whose category is unknown."""

    category: LoanClass | None
    lines: int
    ead: float


_PERIODS = {1: "12 months", 2: "residual term", 3: "in default", None: None}


def stage_totals(loans: Sequence[Loan]) -> list[StageTotal]:
    """Return a row per stage, also of those without lines; lines of an unknown stage come last, if there are any."""
    rows = []
    for stage in STAGES:
        lines = [loan for loan in loans if loan.risk.stage.stage == stage]
        if stage is None and not lines:
            continue
        allowances = [loan.risk.allowance.el for loan in lines if loan.risk.allowance is not None]
        total = None if stage is None else fsum(allowances)
        rows.append(StageTotal(stage, _PERIODS[stage], len(lines), fsum(loan.ead for loan in lines), total))
    return rows


def class_totals(loans: Sequence[Loan]) -> list[ClassTotal]:
    """Return a row per category, the best first, also of those without lines; unknown ones last, if there are any."""
    rows = []
    for category in (*LoanClass, None):
        lines = [loan for loan in loans if loan.risk.category.loan_class == category]
        if category is not None or lines:
            rows.append(ClassTotal(category, len(lines), fsum(loan.ead for loan in lines)))
    return rows

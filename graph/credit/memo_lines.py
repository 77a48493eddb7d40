"""The shop's existing lines in a memo: stage, category and loss allowance, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from supplyrisk.graph.credit.existing_lines import (
    BorrowerRisk,
    LineLoss,
    LineRisk,
    StagingDay,
    line_risk,
    line_start,
)
from supplyrisk.graph.credit.lifetime_pd import LifeBasis
from supplyrisk.graph.credit.line_economics import Pledges, line_severity
from supplyrisk.graph.credit.loan_request import lines_ead
from supplyrisk.graph.credit.loan_stages import StageRule
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.memo_table import Cell
from supplyrisk.graph.credit.origination_scores import origination_scores
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.score_history import StoredScore
from supplyrisk.graph.credit.shop_facts import FirmLine, ShopFacts
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.texts.figures import count
from supplyrisk.graph.texts.text_files import Words

COLUMNS = {
    "loan": "text",
    "ead": "money",
    "past_due": "count",
    "stage": "text",
    "category": "text",
    "pd_residual": "percent",
    "residual_term": "text",
    "allowance": "money",
    "allowance_basis": "text",
}
"""Columns of the section with their forms, see `MemoTable`."""
_LIVES = {LifeBasis.NO_DUE_DAY: "stage.no_due_day", LifeBasis.PAST_DUE_DAY: "stage.matured"}
_BY_PD = (StageRule.RISE, StageRule.NO_RISE)


@dataclass(frozen=True)
class ExistingLine:
    """A line of the shop with its loss and its classification."""

    line: FirmLine
    loss: LineLoss
    risk: LineRisk


def existing_lines_of(
    shop: ShopFacts, score: StoredScore, files: Mapping[date, Path], pledges: Pledges, policy: Policy
) -> tuple[ExistingLine, ...]:
    """Return the lines of a firm with all lenders that have exposure, or of which the drawn amount is unknown.

    Parameters
    ----------
    score: of the firm.
    files: score files by day, up to that of the score.
    pledges: collateral of the lines.
    """
    eads = lines_ead(shop.loans, policy)
    pairs = zip(shop.loans, eads, strict=True)
    exposed = [(line, ead) for line, ead in pairs if ead > 0 or line.drawn is None]
    # Many firms have no lines: their earlier scores are not read again.
    if not exposed:
        return ()
    firm = shop.firm_id
    origins = origination_scores(files, {line_start(firm, line) for line, _ in exposed})
    borrower = BorrowerRisk(score.pd, score.state == DEFAULTED, score.terms)
    staging = StagingDay(score.as_of, policy.staging)
    existing = []
    for line, ead in exposed:
        loss = LineLoss(line_severity(line, ead, pledges.get(line.loan, ()), policy).lgd, ead)
        risk = line_risk(line, loss, borrower, origins.get(line_start(firm, line)), staging)
        existing.append(ExistingLine(line, loss, risk))
    return tuple(existing)


def line_rows(lines: Iterable[ExistingLine]) -> Iterable[tuple[Cell, ...]]:
    """Return a row per line, one cell per column of COLUMNS."""
    for existing in lines:
        line = existing.line
        risk = existing.risk
        # Without a drawn amount the exposure is unknown rather than 0.
        is_known = line.drawn is not None
        allowance = risk.allowance if is_known else None
        yield (
            f"{line.lender} {line.loan}",
            existing.loss.ead if is_known else None,
            risk.days_past_due,
            _stage_words(risk),
            _category_words(risk),
            risk.pd_life,
            _life_words(risk),
            None if allowance is None else allowance.el,
            _basis_words(existing) if is_known else None,
        )


def _stage_words(risk: LineRisk) -> Words:
    rule = memo_words(f"stage_rule.{risk.stage.rule}")
    if risk.stage.stage is None:
        return memo_words("stage.unknown", rule=rule)
    stage = memo_words("stage.stage", stage=risk.stage.stage, rule=rule)
    origin = risk.origination
    # Other rules do not use the score at origination.
    if origin is None or origin.before_start or risk.stage.rule not in _BY_PD:
        return stage
    return memo_words("stage.late", stage=stage, day=origin.day)


def _category_words(risk: LineRisk) -> Words:
    category = memo_words(f"category.{risk.category.loan_class or 'unknown'}")
    return memo_words("mark.by_rule", category=category, rule=memo_words(f"class_rule.{risk.category.rule}"))


def _life_words(risk: LineRisk) -> Words:
    key = "stage.extrapolated" if risk.extrapolated else "stage.life"
    life = memo_words(key, days=count(risk.life_days))
    basis = _LIVES.get(risk.life_basis)
    return life if basis is None else memo_words(basis, life=life)


def _basis_words(existing: ExistingLine) -> Words | None:
    """Return what a loss allowance rests on: the period of its PD, and the rate; None without an allowance."""
    allowance = existing.risk.allowance
    if allowance is None:
        return None
    if allowance.period_days is None:
        return memo_words("stage.in_default")
    days = count(allowance.period_days)
    if allowance.discounted:
        return memo_words("stage.discounted", days=days, rate=existing.line.rate)
    return memo_words("stage.undiscounted", days=days)

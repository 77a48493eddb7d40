"""Existing lines as a lender classifies them: IFRS 9 stage and loss allowance, and the regulator's category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from supplyrisk.graph.credit.expected_loss import FirmTerms
from supplyrisk.graph.credit.lifetime_pd import LifeBasis, residual_life, term_pd
from supplyrisk.graph.credit.loan_classes import FiveClass, five_class
from supplyrisk.graph.credit.loan_stages import (
    AllowanceFacts,
    LoanStage,
    LossAllowance,
    StageFacts,
    StagingRules,
    loss_allowance,
    stage_of,
)
from supplyrisk.graph.credit.origination_scores import OriginationScore
from supplyrisk.graph.credit.shop_facts import CreditLine
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.schema.terms import YEAR_DAYS


@dataclass(frozen=True)
class BorrowerRisk:
    """The present risk of a borrower.

    Parameters
    ----------
    pd: over the horizon of `terms`; None where there is none.
    defaulted: whether it is in default.
    terms: how its hazard depends on the term.
    """

    pd: float | None
    defaulted: bool
    terms: FirmTerms


def borrower_risks(scores: Iterable[Mapping[str, Any]]) -> dict[str, BorrowerRisk]:
    """Return the present risk of every firm by rows of the scores with the columns TERM_COLUMNS.

    Raises
    ------
    DataError: as in `horizon_of`.
    """
    return {
        row["firm_id"]: BorrowerRisk(row["pd"], row["state"] == DEFAULTED, FirmTerms.of_row(row))
        for row in scores
    }


@dataclass(frozen=True)
class LineRisk:
    """The classification of a line.

    Parameters
    ----------
    stage: its IFRS 9 stage and the rule that set it.
    category: its category of five and the rule that set it.
    days_past_due: None where they are unknown.
    life_days: residual term.
    life_basis: what the residual term rests on.
    pd_year: 12-month PD, None without a PD.
    pd_life: PD over the residual term.
    pd_life_origination: PD over as many days by the score at origination.
    extrapolated: whether the PD over the residual term is extrapolated.
    origination: the score that the stage was compared with; None where there is none.
    allowance: the loss allowance, None where it is unknown.
    """

    stage: LoanStage
    category: FiveClass
    days_past_due: int | None
    life_days: int
    life_basis: LifeBasis
    pd_year: float | None
    pd_life: float | None
    pd_life_origination: float | None
    extrapolated: bool
    origination: OriginationScore | None
    allowance: LossAllowance | None

    @property
    def impaired(self) -> bool:
        """Whether the line belongs to the defaulted book: it is in stage 3."""
        return self.stage.stage == 3


@dataclass(frozen=True)
class LineLoss:
    """What a line may cost: LGD, a share, and EAD, money."""

    lgd: float
    ead: float


@dataclass(frozen=True)
class StagingDay:
    """The day on which lines are classified, and the policy's thresholds."""

    as_of: date
    rules: StagingRules


def line_risk(
    line: CreditLine,
    loss: LineLoss,
    borrower: BorrowerRisk,
    origination: OriginationScore | None,
    staging: StagingDay,
) -> LineRisk:
    """Return the classification of a line on a day.

    Parameters
    ----------
    loss: its LGD and EAD.
    borrower: the present risk of its borrower.
    origination: the borrower's score at origination, None where there is none.
    """
    as_of = staging.as_of
    past_due = past_due_days(line, as_of)
    life = residual_life(as_of, _day(line.due_on))
    now = None if borrower.pd is None else term_pd(borrower.pd, life.days, borrower.terms)
    before = None if origination is None else term_pd(origination.pd, life.days, origination.terms)
    facts = StageFacts(
        defaulted=borrower.defaulted,
        days_past_due=past_due,
        pd_life=None if now is None else now.pd,
        pd_life_origination=None if before is None else before.pd,
        pd_year=None if borrower.pd is None else term_pd(borrower.pd, YEAR_DAYS, borrower.terms).pd,
    )
    stage = stage_of(facts, staging.rules)
    terms = AllowanceFacts(borrower.pd, borrower.terms, life.days, loss.lgd, loss.ead, line.rate)
    return LineRisk(
        stage=stage,
        category=five_class(past_due, defaulted=stage.stage == 3, restructured=line.restructured),
        days_past_due=past_due,
        life_days=life.days,
        life_basis=life.basis,
        pd_year=facts.pd_year,
        pd_life=facts.pd_life,
        pd_life_origination=facts.pd_life_origination,
        extrapolated=now is not None and now.extrapolated,
        origination=origination,
        allowance=loss_allowance(stage.stage, terms),
    )


def past_due_days(line: CreditLine, as_of: date) -> int | None:
    """Return the days past due of a line; None where they are unknown.

    As the data state them. Where they state none, a drawn line that is due already is past due since its due day; of
    another one nothing is known, since an instalment may be unpaid.
    """
    due_on = _day(line.due_on)
    if line.days_past_due is not None:
        return line.days_past_due
    if due_on is not None and due_on < as_of and (line.drawn or 0.0) > 0:
        return (as_of - due_on).days
    return None


def line_start(firm: str, line: CreditLine) -> tuple[str, date | None]:
    """Return a borrower and the day on which a line was opened: the key of `origination_scores`."""
    return firm, _day(line.opened_on)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)

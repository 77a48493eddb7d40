"""The lines of a portfolio as rows of its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from supplyrisk.graph.credit import LifeBasis, Loan


@dataclass(frozen=True)
class LoanRow:
    """A line of the book in the document.

    Parameters
    ----------
    line: its limit, money, as drawn, ead, el and allowance.
    defaulted: whether it is of the defaulted book.
    pd: over period_days; 1 in the defaulted book, by state, where period_days is None.
    el: PD x LGD x EAD.
    stage, stage_rule: IFRS 9 stage and the rule that set it.
    category, category_rule: category of five and the rule that set it; None where it is unknown.
    days_past_due: None where they are unknown.
    pd_12m: PD over 365 days.
    pd_life, life_days, life_basis: PD over the residual term, its days and what they rest on.
    extrapolated: whether pd_life is extrapolated.
    pd_life_origination: PD over life_days by the score of origination_on, by origination_model.
    origination_known: whether that score is from before the line was opened; otherwise it is the first stored one.
    allowance, allowance_days: loss allowance, and the days of its PD; None in stage 3.
    discounted: whether the allowance is a present value, at the line's rate.
    capital: by the policy's section [economics], money; None without a PD. raroc: at the line's rate, None without one
        and in the defaulted book.
    """

    firm: str
    name: str | None
    loan: str
    product: str | None
    drawn: float | None
    line: float | None
    opened_on: str | None
    due_on: str | None
    rate: float | None
    defaulted: bool
    grade: str | None
    pd: float
    period_days: int | None
    lgd: float
    ead: float
    el: float
    stage: int | None
    stage_rule: str
    category: str | None
    category_rule: str
    days_past_due: int | None
    pd_12m: float | None
    pd_life: float | None
    life_days: int
    life_basis: str
    extrapolated: bool
    pd_life_origination: float | None
    origination_on: date | None
    origination_model: str | None
    origination_known: bool
    allowance: float | None
    allowance_days: int | None
    discounted: bool
    capital: float | None
    raroc: float | None

    @classmethod
    def of(cls, loan: Loan, horizon_days: int) -> LoanRow:
        """Return the row of a loan; horizon_days: of the scores."""
        line = loan.row
        risk = loan.risk
        origin = risk.origination
        allowance = risk.allowance
        return cls(
            firm=line.firm,
            name=line.name,
            loan=line.loan,
            product=line.product,
            drawn=line.drawn,
            line=line.line,
            opened_on=line.opened_on,
            due_on=line.due_on,
            rate=line.rate,
            defaulted=loan.defaulted,
            grade=line.grade,
            pd=loan.pd,
            period_days=None if loan.defaulted else horizon_days,
            lgd=loan.lgd,
            ead=loan.ead,
            el=loan.el,
            stage=risk.stage.stage,
            stage_rule=risk.stage.rule,
            category=risk.category.loan_class,
            category_rule=risk.category.rule,
            days_past_due=risk.days_past_due,
            pd_12m=risk.pd_year,
            pd_life=risk.pd_life,
            life_days=risk.life_days,
            life_basis=risk.life_basis,
            extrapolated=risk.extrapolated,
            pd_life_origination=risk.pd_life_origination,
            origination_on=None if origin is None else origin.day,
            origination_model=None if origin is None else origin.model,
            origination_known=origin is not None and origin.before_start,
            allowance=None if allowance is None else allowance.el,
            allowance_days=None if allowance is None else allowance.period_days,
            discounted=allowance is not None and allowance.discounted,
            capital=None if loan.economics is None else loan.economics.capital,
            raroc=None if loan.economics is None else loan.economics.raroc,
        )


def stage_notes(loans: Sequence[Loan]) -> list[str]:
    """Return of how many lines what is unknown or extrapolated, in words; what holds for none is left out."""
    judged = [loan.risk for loan in loans if not loan.defaulted]
    late = sum(risk.origination is not None and not risk.origination.before_start for risk in judged)
    counts = {
        "score at origination unknown, compared with the first stored one instead": late,
        "drawn amount unknown, so that neither EAD nor EL counts them": sum(
            loan.row.drawn is None for loan in loans
        ),
        "days past due unknown": sum(loan.risk.days_past_due is None for loan in loans),
        "no due day, a lifetime of 1,800 days is taken": sum(
            risk.life_basis is LifeBasis.NO_DUE_DAY for risk in judged
        ),
        "PD over the residual term extrapolated": sum(risk.extrapolated for risk in judged),
        "rate unknown, loss allowance not discounted": sum(
            risk.allowance is not None and not risk.allowance.discounted for risk in judged
        ),
    }
    return [f"{count} of {len(loans)} lines: {text}" for text, count in counts.items() if count]

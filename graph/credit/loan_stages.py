"""The IFRS 9 stage of an existing line, and its loss allowance.

Stage 3 is credit-impaired (in default), stage 2 has a significant increase in credit risk since initial recognition
(5.5.3), and stage 1 is all others (5.5.5). Thresholds are keys of the policy's section [staging].
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from supplyrisk.graph.credit.expected_loss import FirmTerms
from supplyrisk.graph.credit.lifetime_pd import discounted_pd, term_pd
from supplyrisk.graph.schema.strict_toml import Share, StrictTable
from supplyrisk.graph.schema.terms import YEAR_DAYS

Days = Annotated[int, Field(ge=1)]
_ROUNDING = 1e-12
# A rise that equals a threshold reaches it, whatever the last bits of the two PDs.


class StagingRules(StrictTable):
    """Thresholds of the IFRS 9 stages; section [staging] of the policy.

    Parameters
    ----------
    relative: factor by which the PD over the residual term must have risen; 2 by default, so that errors of a PD alone
        rarely count as a rise.
    absolute: PD by which it must have risen as well; .005 by default: doubling a tiny PD is not significant.
    low_risk: 12-month PD below which credit risk is low, so that no rise is significant (5.5.10); .003 by default,
        about the one-year default rate of the lowest investment grade, which B5.5.23 names as an example. 0: no
        exemption.
    past_due: days past due above which a rise is presumed (5.5.11); 30 by default. A larger number rebuts the
        presumption, for which the lender needs evidence.
    default: days past due from which a line is in default (B5.5.37); 90 by default.
    """

    relative: Annotated[float, Field(ge=1)] = 2.0
    absolute: Share = 0.005
    low_risk: Share = 0.003
    past_due: Days = 30
    default: Days = 90

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.past_due >= self.default:
            raise ValueError(f"staging.past_due {self.past_due} is not below staging.default {self.default}")
        return self


class StageRule(StrEnum):
    """The rules that set a stage; the values are stored in documents, texts are under [stage_rule]."""

    DEFAULT = "borrower in default"
    PAST_DUE_90 = "days past due: default"
    PAST_DUE_30 = "days past due: presumed rise"
    RISE = "PD risen"
    LOW_RISK = "low credit risk"
    NO_RISE = "PD not risen"
    NO_PD = "no PD"


@dataclass(frozen=True)
class StageFacts:
    """What a stage is based on.

    Parameters
    ----------
    defaulted: whether the borrower is in default.
    days_past_due: of the line, None where they are unknown.
    pd_life: PD over the residual term by the present score, None where there is no PD.
    pd_life_origination: PD over the same number of days by the score at origination, None where there is none.
    pd_year: 12-month PD by the present score, None where there is no PD.
    """

    defaulted: bool
    days_past_due: int | None
    pd_life: float | None
    pd_life_origination: float | None
    pd_year: float | None


@dataclass(frozen=True)
class LoanStage:
    """The stage of a line, 1 to 3, and the rule that set it; the stage is None where there is no PD to judge by."""

    stage: int | None
    rule: StageRule


def stage_of(facts: StageFacts, rules: StagingRules) -> LoanStage:
    """Return the stage of a line, by the first rule that applies.

    1. in default, or `default` days past due or more: stage 3
    2. more than `past_due` days past due: stage 2
    3. no PD: the stage is unknown
    4. 12-month PD below `low_risk`: stage 1
    5. the PD over the residual term is at least `relative` times that of the score at origination over the same number
       of days, and higher by at least `absolute`: stage 2
    6. stage 1

    Both PDs of rule 5 are over the same number of days, since a PD falls with the term even where the risk does not
    change (B5.5.11). Unknown days past due set no stage.
    """
    past_due = facts.days_past_due or 0
    if facts.defaulted:
        return LoanStage(3, StageRule.DEFAULT)
    if past_due >= rules.default:
        return LoanStage(3, StageRule.PAST_DUE_90)
    if past_due > rules.past_due:
        return LoanStage(2, StageRule.PAST_DUE_30)
    return _stage_by_pd(facts, rules)


def _stage_by_pd(facts: StageFacts, rules: StagingRules) -> LoanStage:
    if facts.pd_life is None or facts.pd_year is None or facts.pd_life_origination is None:
        return LoanStage(None, StageRule.NO_PD)
    if facts.pd_year < rules.low_risk:
        return LoanStage(1, StageRule.LOW_RISK)
    risen = _risen(facts.pd_life, facts.pd_life_origination, rules)
    return LoanStage(2, StageRule.RISE) if risen else LoanStage(1, StageRule.NO_RISE)


def _risen(now: float, before: float, rules: StagingRules) -> bool:
    return (
        now >= rules.relative * before - _ROUNDING
        and now - before >= rules.absolute - _ROUNDING
        and now > before
    )


@dataclass(frozen=True)
class LossAllowance:
    """The loss allowance of a line, money, with the PD and the period that it rests on.

    Parameters
    ----------
    el: the allowance, money.
    pd: PD over the period, 1 in stage 3.
    period_days: days that the PD covers; None in stage 3, where the default has occurred.
    extrapolated: whether no outcome over so many days was observed.
    discounted: whether the loan's rate was known, so that `el` is a present value.
    """

    el: float
    pd: float
    period_days: int | None
    extrapolated: bool = False
    discounted: bool = False


@dataclass(frozen=True)
class AllowanceFacts:
    """What the loss allowance of a line is computed from.

    Parameters
    ----------
    pd: PD of the borrower over the model's horizon, None where there is none.
    terms: of the borrower.
    life_days: residual term, days.
    lgd: share of the exposure.
    ead: money.
    rate: annual interest rate of the loan, a share; None (default) where it is unknown.
    """

    pd: float | None
    terms: FirmTerms
    life_days: int
    lgd: float
    ead: float
    rate: float | None = None


def loss_allowance(stage: int | None, facts: AllowanceFacts) -> LossAllowance | None:
    """Return the loss allowance of a line in a stage from 1 to 3; None where its stage or its PD is unknown.

    | stage | allowance |
    |---|---|
    | 1 | PD over 12 months, or the residual term if that is shorter, x LGD x EAD |
    | 2 | PD over the residual term x LGD x EAD |
    | 3 | LGD x EAD |

    In stages 1 and 2 the PD is discounted at the loan's rate where that is known (`discounted_pd`). The EAD is that
    of today: repayments during the term are unknown.
    """
    if stage == 3:
        return LossAllowance(facts.lgd * facts.ead, 1.0, None)
    if stage is None or facts.pd is None:
        return None
    days = min(facts.life_days, YEAR_DAYS) if stage == 1 else facts.life_days
    over_days = term_pd(facts.pd, days, facts.terms)
    discounted = facts.rate is not None
    weight = over_days.pd
    if facts.rate is not None:
        weight = discounted_pd(facts.pd, days, facts.terms, facts.rate)
    el = weight * facts.lgd * facts.ead
    return LossAllowance(el, over_days.pd, days, over_days.extrapolated, discounted)

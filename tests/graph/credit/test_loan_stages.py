"""IFRS 9 stages, lifetime PDs and loss allowances by hand, each rule at its bound."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.credit import (
    AllowanceFacts,
    FirmTerms,
    LifeBasis,
    LoanLife,
    LoanStage,
    LossAllowance,
    StageFacts,
    StageRule,
    StagingRules,
    discounted_pd,
    loss_allowance,
    pd_over_term,
    read_policy,
    residual_life,
    shipped_policy,
    stage_of,
    term_pd,
)

RULES = StagingRules()
SOUND = StageFacts(defaulted=False, days_past_due=0, pd_life=0.02, pd_life_origination=0.02, pd_year=0.01)
AS_OF = date(2025, 6, 30)
CONSTANT = FirmTerms(180)


def test_a_line_whose_pd_has_not_risen_is_in_stage_1() -> None:
    assert stage_of(SOUND, RULES) == LoanStage(1, StageRule.NO_RISE)


@pytest.mark.parametrize(
    ("facts", "stage", "rule"),
    [
        (replace(SOUND, defaulted=True), 3, StageRule.DEFAULT),
        (replace(SOUND, days_past_due=90), 3, StageRule.PAST_DUE_90),
        (replace(SOUND, days_past_due=89), 2, StageRule.PAST_DUE_30),
        (replace(SOUND, days_past_due=31), 2, StageRule.PAST_DUE_30),
        (replace(SOUND, days_past_due=30), 1, StageRule.NO_RISE),
        (replace(SOUND, days_past_due=None), 1, StageRule.NO_RISE),
        # Doubled, and .02 higher.
        (replace(SOUND, pd_life=0.04), 2, StageRule.RISE),
        (replace(SOUND, pd_life=0.0399), 1, StageRule.NO_RISE),
        # Tripled, but higher by .004 only; .005 higher is enough.
        (replace(SOUND, pd_life_origination=0.002, pd_life=0.006), 1, StageRule.NO_RISE),
        (replace(SOUND, pd_life_origination=0.002, pd_life=0.007), 2, StageRule.RISE),
        (replace(SOUND, pd_life=0.04, pd_year=0.00299), 1, StageRule.LOW_RISK),
        (replace(SOUND, pd_life=0.04, pd_year=0.003), 2, StageRule.RISE),
        # Low risk excuses no arrears.
        (replace(SOUND, days_past_due=31, pd_year=0.001), 2, StageRule.PAST_DUE_30),
        (replace(SOUND, pd_life=None, pd_year=None), None, StageRule.NO_PD),
        (replace(SOUND, pd_life_origination=None), None, StageRule.NO_PD),
        (replace(SOUND, pd_life=None, pd_year=None, days_past_due=40), 2, StageRule.PAST_DUE_30),
        (replace(SOUND, pd_life=None, pd_year=None, defaulted=True), 3, StageRule.DEFAULT),
    ],
)
def test_the_first_rule_that_applies_sets_the_stage(
    facts: StageFacts, stage: int | None, rule: StageRule
) -> None:
    assert stage_of(facts, RULES) == LoanStage(stage, rule)


def test_thresholds_are_keys_of_the_policy() -> None:
    text = shipped_policy()
    assert read_policy().staging == RULES
    assert "[staging]" in text
    rules = StagingRules(relative=3.0, absolute=0.1, low_risk=0.0, past_due=60, default=91)
    assert stage_of(replace(SOUND, days_past_due=60), rules).stage == 1
    assert stage_of(replace(SOUND, days_past_due=61), rules).stage == 2
    assert stage_of(replace(SOUND, days_past_due=90), rules).stage == 2
    assert stage_of(replace(SOUND, pd_life=0.06), rules).stage == 1
    assert stage_of(replace(SOUND, pd_life=0.12), rules).stage == 2


def test_a_presumption_after_the_default_is_refused() -> None:
    with pytest.raises(ValueError, match=r"staging\.past_due 90 is not below staging\.default 90"):
        StagingRules(past_due=90)


def test_a_policy_without_the_section_keeps_its_hash() -> None:
    shipped = read_policy()
    plain = shipped.model_copy(update={"staging": StagingRules()})
    changed = shipped.model_copy(update={"staging": StagingRules(relative=3.0)})
    assert shipped.hash == plain.hash != changed.hash
    assert "staging" not in shipped.model_dump(exclude_defaults=True)


def test_the_residual_term_ends_on_the_due_day() -> None:
    assert residual_life(AS_OF, AS_OF + timedelta(days=90)) == LoanLife(90, LifeBasis.DUE_DAY)
    assert residual_life(AS_OF, AS_OF + timedelta(days=1)) == LoanLife(1, LifeBasis.DUE_DAY)
    assert residual_life(AS_OF, AS_OF) == LoanLife(365, LifeBasis.PAST_DUE_DAY)
    assert residual_life(AS_OF, AS_OF - timedelta(days=9)) == LoanLife(365, LifeBasis.PAST_DUE_DAY)
    assert residual_life(AS_OF, None) == LoanLife(1800, LifeBasis.NO_DUE_DAY)


def test_pds_beyond_the_observed_terms_are_extrapolated_and_marked() -> None:
    # .02 over 180 days at a constant hazard: 1 - .98^2 over 360.
    year = term_pd(0.02, 360, CONSTANT)
    assert (year.days, year.extrapolated) == (360, True)
    assert year.pd == pytest.approx(1 - 0.98**2)
    assert not term_pd(0.02, 180, CONSTANT).extrapolated
    # A request may not be that long, but a loan that exists is.
    assert term_pd(0.02, 1800, CONSTANT).pd == pytest.approx(1 - 0.98**10)
    with pytest.raises(DataError, match="at most 360"):
        pd_over_term(0.02, 1800, CONSTANT)
    fitted = FirmTerms(180, 0.5, 720)
    assert term_pd(0.02, 720, fitted).pd == pytest.approx(1 - 0.98**2)
    assert not term_pd(0.02, 720, fitted).extrapolated
    assert term_pd(1.0, 30, CONSTANT).pd == 1.0


def test_a_stage_1_allowance_is_of_twelve_months_or_the_shorter_term() -> None:
    facts = AllowanceFacts(pd=0.02, terms=FirmTerms(365), life_days=730, lgd=0.45, ead=100_000.0)
    # .02 x .45 x 100,000
    year = loss_allowance(1, facts)
    assert year is not None
    assert (round(year.el, 2), round(year.pd, 9), year.period_days) == (900.00, 0.02, 365)
    # 1 - .98^(1/5) = .0040324...: 73 days
    short = loss_allowance(1, replace(facts, life_days=73))
    assert short is not None
    assert (short.period_days, round(short.el, 2)) == (73, 181.46)


def test_a_stage_2_allowance_is_of_the_residual_term() -> None:
    facts = AllowanceFacts(pd=0.02, terms=FirmTerms(365), life_days=730, lgd=0.45, ead=100_000.0)
    # 1 - .98^2 = .0396
    lifetime = loss_allowance(2, facts)
    assert lifetime is not None
    assert (lifetime.period_days, round(lifetime.el, 2), lifetime.extrapolated) == (730, 1782.00, True)
    assert not lifetime.discounted


def test_a_stage_3_allowance_is_lgd_times_ead() -> None:
    facts = AllowanceFacts(pd=None, terms=FirmTerms(365), life_days=1, lgd=0.45, ead=100_000.0, rate=0.1)
    assert loss_allowance(3, facts) == LossAllowance(45_000.0, 1.0, None)
    assert loss_allowance(2, facts) is None
    assert loss_allowance(None, replace(facts, pd=0.5)) is None


def test_a_known_rate_discounts_from_the_middle_of_each_month() -> None:
    # PD(30) = 1 - .9^(1/2) and PD(60) = .1 by a horizon of 60 days; defaults on days 15 and 45.
    terms = FirmTerms(60)
    first = 1 - math.sqrt(0.9)
    expected = first * 1.12 ** (-15 / 365) + (0.1 - first) * 1.12 ** (-45 / 365)
    assert discounted_pd(0.1, 60, terms, 0.12) == pytest.approx(expected, rel=1e-12)
    assert discounted_pd(0.1, 60, terms, 0.0) == pytest.approx(0.1, rel=1e-12)
    # The last step is shorter: days 30 to 40.
    by_end = 1 - 0.9 ** (40 / 60)
    short = first * 1.12 ** (-15 / 365) + (by_end - first) * 1.12 ** (-35 / 365)
    assert discounted_pd(0.1, 40, terms, 0.12) == pytest.approx(short, rel=1e-12)
    facts = AllowanceFacts(pd=0.1, terms=terms, life_days=60, lgd=0.5, ead=20_000.0, rate=0.12)
    allowance = loss_allowance(2, facts)
    assert allowance is not None
    # (.0513167 x .9953535 + .0486833 x .986125) x .5 x 20,000
    assert (allowance.discounted, round(allowance.el, 2)) == (True, 990.86)
    assert allowance.pd == pytest.approx(0.1)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 200), st.integers(0, 200))
def test_a_worse_line_is_never_in_a_better_stage(
    pd: float, more: float, origination: float, days: int, later: int
) -> None:
    worse_pd = max(pd, more)
    facts = StageFacts(False, days, pd, origination, pd)
    worse = StageFacts(False, days + later, worse_pd, origination, worse_pd)
    assert (stage_of(worse, RULES).stage or 0) >= (stage_of(facts, RULES).stage or 0)

"""Targets of limits: the total exposure by the rules of `check`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import read_policy
from supplyrisk.graph.credit.affordability import RepaymentFacts
from supplyrisk.graph.credit.following.target_limit import target_limit
from supplyrisk.graph.credit.limit_rules import LimitFacts, credit_limit
from supplyrisk.graph.credit.total_exposure import TotalExposure

POLICY = read_policy()
GRADES = "ABCDEFG"


def facts(grade: str | None = "C", owed: float = 0.0, **changes: object) -> LimitFacts:
    """A firm with a turnover of 360,000 in 90 days, spread trade and a margin of a tenth."""
    known = LimitFacts(
        grade,
        0.9,
        360_000.0,
        0.4,
        term_days=90,
        exposure=TotalExposure(lines=owed),
        repayment=RepaymentFacts(0.10, 0.05),
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def total(known: LimitFacts, *, outside: bool = False) -> float:
    return target_limit("A", known, POLICY, pd_outside=outside).total


def test_a_worked_target() -> None:
    # The grade allows 200,000, the turnover 30 % of it, and half of a margin of 10 % may serve debt.
    known = facts()
    assert known.term_turnover is not None
    affordable = 0.5 * 0.10 * known.term_turnover
    assert total(known) == pytest.approx(min(200_000, 0.3 * known.term_turnover, affordable))
    assert target_limit("A", known, POLICY, pd_outside=False).binding == "AFFORDABILITY"
    # What is owed already is part of the total that a headroom allows.
    assert total(facts(owed=10_000)) == pytest.approx(10_000 + affordable)


@pytest.mark.parametrize(
    "unknown",
    [
        {"grade": None},
        {"turnover": None},
        {"dependence": None},
        {"coverage": 0.1},
        {"insufficient": True},
        {"defaulted": True},
        {"exposure": TotalExposure(no_lenders=True)},
        {"exposure": TotalExposure(unknown=("L1",))},
        {"repayment": RepaymentFacts(None, 0.05)},
        {"repayment": RepaymentFacts(-0.20, 0.05)},
        {"repayment": RepaymentFacts(0.02, 0.05)},
    ],
)
def test_what_is_unknown_or_in_default_or_too_small_allows_nothing(unknown: dict[str, object]) -> None:
    assert total(facts(**unknown)) == 0  # type: ignore[arg-type]


def test_a_pd_outside_the_policy_allows_nothing() -> None:
    result = target_limit("A", facts(), POLICY, pd_outside=True)
    assert (result.total, result.breach) == (0, True)


numbers = st.floats(0, 1e6)


@given(st.sampled_from(GRADES), numbers, numbers, st.floats(0, 1), st.floats(0, 0.5))
def test_the_room_below_the_target_is_the_limit_of_a_check(
    grade: str, owed: float, turnover: float, dependence: float, margin: float
) -> None:
    known = facts(
        grade, owed, turnover=turnover, dependence=dependence, repayment=RepaymentFacts(margin, 0.05)
    )
    room = total(known) - owed
    checked = credit_limit(known, POLICY).amount
    if checked:
        assert checked <= room + 1e-6
        assert room - checked < POLICY.amount.step
    else:
        assert room < max(POLICY.amount.minimum, POLICY.amount.step)


@given(numbers, numbers, st.floats(0, 1))
def test_more_risk_never_gives_a_higher_target(owed: float, turnover: float, dependence: float) -> None:
    totals = [total(facts(grade, owed, turnover=turnover, dependence=dependence)) for grade in GRADES]
    assert totals == sorted(totals, reverse=True)

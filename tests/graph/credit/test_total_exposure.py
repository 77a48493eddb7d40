"""Total exposure: what a firm owes already takes its part of every limit on the total."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph.credit import (
    CreditLimit,
    CreditLine,
    LimitFacts,
    LoanCase,
    TotalExposure,
    Verdict,
    committed,
    conclude,
    credit_limit,
    read_policy,
)

POLICY = read_policy()
SOUND = LimitFacts(grade="C", coverage=0.9, turnover=1_000_000.0, dependence=0.4)
CASE = LoanCase(50_000.0, 0.01, False, 0.9, 0.1, 0.02, (), (), True)

shares = st.floats(0, 1)
money = st.floats(0, 1e8)
facts = st.builds(
    LimitFacts,
    grade=st.sampled_from("ABCDEFG"),
    coverage=st.floats(0.4, 1),
    turnover=st.none() | money,
    dependence=st.none() | shares,
    term_days=st.integers(1, 360),
    exposure=st.builds(TotalExposure, lines=money, guarantees=money, group=money, other_debt=money),
)


def amounts(found: CreditLimit) -> dict[str, float | None]:
    return {rule.code: rule.amount for rule in found.rules}


def test_existing_exposure_takes_its_part_of_every_total() -> None:
    owed = TotalExposure(lines=100_000.0, guarantees=30_000.0, group=15_000.0, other_debt=5_500.0)
    found = credit_limit(replace(SOUND, exposure=owed), POLICY)
    # 150,500 of 200,000, rounded down to thousands
    assert amounts(found)["GRADE"] == 49_500.0
    assert amounts(found)["MOST"] == 149_500.0
    assert (found.amount, found.binding) == (49_000.0, "GRADE")
    assert {rule.code: rule.total for rule in found.rules if rule.total} == {
        "MOST": 300_000.0, "GRADE": 200_000.0, "TURNOVER": 300_000.0, "DEPENDENCE": 200_000.0,
    }  # fmt: skip


def test_a_firm_that_owes_more_than_its_cap_gets_nothing() -> None:
    """A borrower owed 638,762 under a cap of 60,000, and was told that 56,912 more were within policy."""
    owed = TotalExposure(lines=638_762.0)
    found = credit_limit(replace(SOUND, grade="E", exposure=owed), POLICY)
    assert (found.amount, found.binding) == (0.0, "GRADE")
    case = replace(CASE, amount=56_912.0, exposure=owed)
    concluded = conclude(case, found, POLICY)
    assert (concluded.word, [f.code for f in concluded.findings]) == (Verdict.OUTSIDE, ["NO_ROOM"])
    assert "638,762" in concluded.findings[0].text
    assert "60,000" in concluded.findings[0].text


@pytest.mark.parametrize(
    ("owed", "words"),
    [
        (TotalExposure(no_lenders=True), "the data have no loans"),
        (TotalExposure(lines=5_000.0, unknown=("C7", "F9")), "no amount is known of C7, F9"),
    ],
)
def test_unknown_exposure_is_referred_without_a_limit(owed: TotalExposure, words: str) -> None:
    found = credit_limit(replace(SOUND, exposure=owed), POLICY)
    assert (found.amount, found.binding) == (0.0, "EXPOSURE")
    concluded = conclude(replace(CASE, exposure=owed), found, POLICY)
    assert (concluded.word, [f.code for f in concluded.findings]) == (Verdict.REFER, ["EXPOSURE_UNKNOWN"])
    assert words in concluded.findings[0].text


@given(facts, st.tuples(money, money, money, money), st.booleans(), money)
def test_more_debt_never_gives_a_higher_limit_or_a_better_conclusion(
    known: LimitFacts, more: tuple[float, float, float, float], hides: bool, amount: float
) -> None:
    order = (Verdict.WITHIN, Verdict.REFER, Verdict.OUTSIDE)
    owed = known.exposure
    names = ("lines", "guarantees", "group", "other_debt")
    further = {name: getattr(owed, name) + part for name, part in zip(names, more, strict=True)}
    worse = replace(known, exposure=replace(owed, **further, unknown=("C1",) if hides else ()))
    before, after = credit_limit(known, POLICY), credit_limit(worse, POLICY)
    assert after.amount <= before.amount
    concluded = [
        conclude(replace(CASE, amount=amount, exposure=case.exposure), limit, POLICY).word
        for case, limit in ((known, before), (worse, after))
    ]
    if not hides:
        assert order.index(concluded[1]) >= order.index(concluded[0])
    else:
        assert concluded[1] is not Verdict.WITHIN


@pytest.mark.parametrize(
    ("product", "limit", "drawn", "amount"),
    [
        ("credit", 100.0, 20.0, 100.0),
        ("credit", 100.0, 0.0, 100.0),
        ("credit", 100.0, 130.0, 130.0),
        ("order", 100.0, 20.0, 100.0),
        ("order", 100.0, 0.0, 0.0),  # repaid
        (None, 100.0, 0.0, 100.0),  # it may be revolving
        ("order", None, 20.0, 20.0),
        ("order", 100.0, None, 100.0),
        ("order", None, None, None),
    ],
)
def test_a_line_counts_at_the_larger_of_limit_and_drawn(
    product: str | None, limit: float | None, drawn: float | None, amount: float | None
) -> None:
    assert committed(CreditLine(product, limit, drawn, None)) == amount


def test_limits_are_rounded_down_to_the_step_of_the_policy() -> None:
    fine = POLICY.model_copy(update={"amount": POLICY.amount.model_copy(update={"step": 0.1})})
    known = replace(SOUND, turnover=30_001.0 / 0.3)  # 30,001 over the horizon
    assert credit_limit(known, POLICY).amount == 30_000.0
    assert credit_limit(known, fine).amount == pytest.approx(30_001.0, abs=1e-6)

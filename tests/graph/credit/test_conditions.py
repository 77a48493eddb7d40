"""Suggested conditions: each with a case that needs it and one that does not; what is suggested is within policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shops import plain_score, plain_shop
from supplyrisk.graph.credit import LoanRequest, Partner, TotalExposure, Verdict, read_policy
from supplyrisk.graph.credit.conditions import CHANGES, CONDITIONS, suggested_conditions
from supplyrisk.graph.credit.memo_inputs import MemoInputs, SuggestedCondition
from supplyrisk.graph.credit.policy_result import apply_policy
from supplyrisk.graph.credit.shop_facts import GuaranteeRing, Receivable

POLICY = read_policy()
PARTNERS = tuple(
    Partner(side, side, None, None, None, 0.3, 0.01, defaulted=False) for side in ("supplier", "customer")
)
SHOP = plain_shop(turnover=1_200_000.0, margin=0.1, statement_age=60, partners=PARTNERS)
ORDERS = (
    Receivable("BIG", None, 90_000.0, 90_000.0, 0.01, False),
    Receivable("SMALL", None, 40_000.0, 40_000.0, 0.01, False),
)


def suggest(inputs: MemoInputs) -> dict[str, SuggestedCondition]:
    """The conditions of a request, by code."""
    conditions = suggested_conditions(inputs, POLICY, apply_policy(inputs, POLICY))
    assert len({condition.code for condition in conditions}) == len(conditions)
    return {condition.code: condition for condition in conditions}


def inputs(product: str = "credit", amount: float = 20_000.0, days: int = 90, **facts: Any) -> MemoInputs:
    """A request of the sound shop: at 90 days it can repay .5 x .1 x 600,000 = 30,000 from earnings."""
    known: dict[str, Any] = {"shop": SHOP, "scores": plain_score()} | facts
    return MemoInputs(LoanRequest(amount, days, product), **known)


def test_a_request_within_policy_with_current_data_needs_no_condition() -> None:
    assert apply_policy(inputs(), POLICY).conclusion.word is Verdict.WITHIN
    assert suggest(inputs()) == {}


def test_the_largest_amount_within_policy_is_suggested() -> None:
    conditions = suggest(inputs(amount=70_000.0))
    assert conditions["AMOUNT"].text.en == "an amount of at most 30,000"
    assert conditions["AMOUNT"].why.en == "within policy at this amount, by the rule “affordability”"


def test_the_nearest_term_within_policy_is_suggested() -> None:
    # 30,000 at 90 days, 40,000 at 120, 60,000 at 180
    assert suggest(inputs(amount=35_000.0))["TERM"].text.en == "a term of 120 days"
    assert suggest(inputs(amount=55_000.0))["TERM"].text.en == "a term of 180 days"
    # Too much for any term up to a year: .5 x .1 x 2,400,000 = 120,000
    assert "TERM" not in suggest(inputs(amount=130_000.0))


def test_no_amount_or_term_is_suggested_where_another_finding_remains() -> None:
    ring = replace(SHOP, rings=(GuaranteeRing(2, ("S", "T"), 0),))
    conditions = suggest(inputs(amount=70_000.0, shop=ring))
    assert conditions.keys() == {"GUARANTOR"}
    assert "guarantee ring" in conditions["GUARANTOR"].why.en


@given(st.floats(1_000, 500_000), st.sampled_from([1, 30, 75, 90, 200, 360]), st.floats(0, 40_000))
def test_what_is_suggested_is_within_policy(amount: float, days: int, debt: float) -> None:
    exposure = TotalExposure(other_debt=debt)
    request = inputs(amount=amount, days=days, exposure=exposure)
    request = replace(request, request=replace(request.request, other_debt=debt))
    conditions = suggest(request)
    limit = apply_policy(request, POLICY).limit.amount
    changes = {"AMOUNT": {"amount": limit}}
    if "TERM" in conditions:
        changes["TERM"] = {"days": int(conditions["TERM"].text.en.split()[3])}
    for code in conditions.keys() & changes.keys():
        changed = replace(request, request=replace(request.request, **changes[code]))  # type: ignore[arg-type]
        assert apply_policy(changed, POLICY).conclusion.word is Verdict.WITHIN


def test_the_rate_that_meets_the_hurdle_is_suggested() -> None:
    cheap = inputs()
    cheap = replace(cheap, request=replace(cheap.request, rate=0.04))
    assert apply_policy(cheap, POLICY).conclusion.word is Verdict.REFER
    text = suggest(cheap)["RATE"].text.en
    rate = float(text.split()[-1].rstrip("%")) / 100
    assert text == f"an annual interest rate of at least {rate:.2%}"
    for step, word in ((0.0, Verdict.WITHIN), (-0.0001, Verdict.REFER)):
        asked = replace(cheap, request=replace(cheap.request, rate=rate + step))
        assert apply_policy(asked, POLICY).conclusion.word is word
    dear = replace(cheap, request=replace(cheap.request, rate=0.2))
    assert suggest(dear) == {}


def test_loans_on_receivables_are_assigned_and_their_largest_debtor_insured() -> None:
    orders = replace(SHOP, receivables=ORDERS)
    conditions = suggest(inputs("supply_chain", shop=orders))
    assert conditions.keys() == {"ASSIGNMENT", "INSURANCE"}
    # BIG owes 90,000 of 130,000; half of these, 65,000, count of it.
    assert conditions["ASSIGNMENT"].why.en == "the loan is repaid by confirmed receivables of 105,000"
    assert conditions["INSURANCE"].text.en == "credit insurance on BIG"
    assert conditions["INSURANCE"].why.en == "69% of what counts is owed by this debtor"
    even = replace(SHOP, receivables=(ORDERS[1], replace(ORDERS[1], debtor="OTHER")))
    assert suggest(inputs("order", shop=even)).keys() == {"ASSIGNMENT"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"exposure": TotalExposure(group=5_000.0)}, "firms with the same owner have credit lines of 5,000"),
        ({"scores": plain_score(pd=0.06)}, "the PD, the contagion received or the stressed PD is above"),
    ],
)
def test_a_guarantor_from_outside(facts: dict[str, Any], reason: str) -> None:
    assert suggest(inputs(**facts))["GUARANTOR"].why.en.startswith(reason)


@pytest.mark.parametrize(
    ("shop", "scores", "reason"),
    [
        (plain_shop(margin=0.1, statement_age=60, partners=PARTNERS), plain_score(), "turnover is unknown"),
        (
            replace(SHOP, profile=replace(SHOP.profile, statement_age=600)),
            plain_score(),
            "no statement of the last 550",
        ),
        (SHOP, plain_score(pd=0.06), "the PD is above the policy threshold"),
    ],
)
def test_reporting(shop: object, scores: object, reason: str) -> None:
    assert suggest(inputs(shop=shop, scores=scores))["REPORTING"].why.en.startswith(reason)


def test_a_covenant_on_the_largest_customer_and_a_second_supplier() -> None:
    customer = Partner("customer", "MALL", None, None, None, 0.7, 0.01, False)
    supplier = Partner("supplier", "MILL", None, None, None, 0.9, 0.01, defaulted=True)
    conditions = suggest(inputs(shop=replace(SHOP, partners=(customer, supplier))))
    assert conditions["CUSTOMER_SHARE"].text.en == (
        "a covenant that the share of MALL in its sales to firms does not rise above 70%"
    )
    assert conditions["SECOND_SUPPLIER"].why.en.startswith("90% of its purchases")
    small = (replace(customer, share=0.5), replace(supplier, defaulted=False))
    assert suggest(inputs(shop=replace(SHOP, partners=small))) == {}


def test_no_condition_for_a_firm_in_default_or_with_insufficient_evidence() -> None:
    for scores in (plain_score(state="defaulted", pd=None), plain_score(coverage=0.1)):
        assert suggest(inputs(amount=70_000.0, scores=scores)) == {}


def test_outside_policy_only_a_change_of_the_request_is_suggested() -> None:
    assert (
        suggest(inputs(amount=70_000.0, scores=plain_score(pd=0.2), exposure=TotalExposure(group=1.0))) == {}
    )
    assert not {*CHANGES} & {*CONDITIONS}

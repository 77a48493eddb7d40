"""Absence is not safety: what is hidden, removed or too old never raises a limit or improves a conclusion."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shops import plain_score, plain_shop
from supplyrisk.graph.credit import (
    LimitFacts,
    LoanCase,
    Partner,
    Policy,
    TotalExposure,
    Verdict,
    conclude,
    credit_limit,
    read_policy,
    shipped_policy,
)
from supplyrisk.graph.credit.affordability import RepaymentFacts
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.schema.source_coverage import SHIPPED_SOURCES, SourceList
from supplyrisk.graph.schema.strict_toml import parse_toml

POLICY = read_policy()
EARNING = RepaymentFacts(margin=0.2, assumed=0.05)
SOUND = LimitFacts(grade="C", coverage=0.9, turnover=1e6, dependence=0.4, repayment=EARNING)
CASE = LoanCase(50_000.0, 0.01, False, 0.9, 0.1, 0.02, (), (), True)
RANK = {Verdict.WITHIN: 0, Verdict.REFER: 1, Verdict.OUTSIDE: 2, Verdict.INSUFFICIENT: 2}
"""How far a conclusion is from approval: without sufficient evidence as far as outside policy."""

shares = st.floats(0, 1)
money = st.floats(0, 1e6)
partners = st.builds(
    Partner,
    side=st.sampled_from(("supplier", "customer")),
    other=st.sampled_from("ABC"),
    name=st.none(),
    industry=st.none(),
    region=st.none(),
    share=shares,
    pd=st.none() | shares,
    defaulted=st.booleans(),
)
facts = st.builds(
    LimitFacts,
    grade=st.sampled_from("ABCDEFG"),
    coverage=st.floats(0.3, 1),
    turnover=st.none() | st.floats(0, 1e7),
    dependence=st.none() | shares,
    term_days=st.integers(30, 360),
    exposure=st.builds(TotalExposure, lines=money, guarantees=money),
    repayment=st.builds(RepaymentFacts, margin=st.none() | st.floats(-1, 1), assumed=shares, service=money),
)
cases = st.builds(
    LoanCase,
    amount=st.floats(5_000, 1e6),
    pd=shares,
    defaulted=st.booleans(),
    coverage=shares,
    caught=st.none() | shares,
    stressed=st.none() | shares,
    partners=st.lists(partners, max_size=3).map(tuple),
    ring=st.just(()) | st.just(("A", "B")),
    turnover=st.booleans(),
)


def read_policy_with(table: str, line: str) -> Policy:
    """The shipped policy with another value of a key in a table."""
    before, after = shipped_policy().split(table, 1)
    key = line.partition(" ")[0]
    return parse_toml(before + table + re.sub(rf"(?m)^{key} = \S+", line, after, count=1), Policy, "policy")


def outcome(known: LimitFacts, case: LoanCase) -> tuple[float, int]:
    """The limit, and how far the conclusion is from approval, of a shop with these facts."""
    limit = credit_limit(known, POLICY)
    of_facts = replace(
        case,
        coverage=known.coverage,
        turnover=known.turnover is not None,
        trade=known.dependence is not None,
        exposure=known.exposure,
        thin=known.insufficient,
    )
    return limit.amount, RANK[conclude(of_facts, limit, POLICY).word]


def assert_no_better(before: tuple[float, int], after: tuple[float, int]) -> None:
    assert after[0] <= before[0]
    assert after[1] >= before[1]


@given(facts, cases, st.data())
def test_what_is_removed_hidden_or_old_never_helps(
    known: LimitFacts, case: LoanCase, data: st.DataObject
) -> None:
    before = outcome(known, case)
    without_sales = replace(known, turnover=None)
    without_trade = replace(known, dependence=None)
    repayment = known.repayment or EARNING
    without_statement = replace(known, repayment=replace(repayment, margin=None))
    # Sources that are missing or old lower the coverage besides.
    less = data.draw(st.floats(0, known.coverage))
    for worse in (
        without_sales,
        without_trade,
        without_statement,
        replace(known, turnover=None, dependence=None),
    ):
        hidden = replace(case, partners=(), stressed=None, caught=None) if worse.dependence is None else case
        assert_no_better(before, outcome(worse, hidden))
        assert_no_better(before, outcome(replace(worse, coverage=less), hidden))
        assert_no_better(before, outcome(replace(worse, insufficient=True), hidden))


@given(facts, cases, money, money)
def test_debt_never_helps(known: LimitFacts, case: LoanCase, lines: float, guarantees: float) -> None:
    owed = replace(
        known.exposure,
        lines=known.exposure.lines + lines,
        guarantees=known.exposure.guarantees + guarantees,
    )
    assert_no_better(outcome(known, case), outcome(replace(known, exposure=owed), case))


@given(facts, cases)
def test_a_partner_without_a_pd_is_no_better_than_one_with_any(known: LimitFacts, case: LoanCase) -> None:
    unknown = tuple(partner if partner.defaulted else replace(partner, pd=None) for partner in case.partners)
    assert_no_better(outcome(known, case), outcome(known, replace(case, partners=unknown)))


def test_unknown_trade_refers_and_leaves_no_limit() -> None:
    limit = credit_limit(replace(SOUND, dependence=None), POLICY)
    assert (limit.amount, limit.binding) == (0.0, "DEPENDENCE")
    concluded = conclude(replace(CASE, trade=False), limit, POLICY)
    assert (concluded.word, [f.code for f in concluded.findings]) == (Verdict.REFER, ["TRADE_UNKNOWN"])
    assert concluded.findings[0].text.endswith("is unknown, and no limit is stated")
    # A policy may say that it is not required: then it counts as trade with one counterparty, .4 x 200,000.
    trusting = read_policy_with("[dependence]", "required = false")
    limit = credit_limit(replace(SOUND, dependence=None), trusting)
    assert (limit.amount, limit.binding) == (80_000.0, "DEPENDENCE")
    assert conclude(replace(CASE, trade=False), limit, trusting).word is Verdict.REFER


def shop(*sides: str, roles: str | None = None, **facts: object) -> ShopFacts:
    """A shop with a partner of two fifths on each of these sides."""
    known = tuple(Partner(side, "P", None, None, None, 0.4, 0.01, defaulted=False) for side in sides)
    return plain_shop(partners=known, roles=roles, **facts)


@pytest.mark.parametrize(
    ("case", "dependence", "missing"),
    [
        (shop("supplier", "customer"), 0.4, None),
        (shop("supplier"), None, "sales"),
        (shop("customer"), None, "purchases"),
        (shop(), None, "trade"),
        # A merchant sells to consumers, as its activity shows; a carrier to shippers. Both buy.
        (shop("supplier", roles="buyer|merchant", activity_age=3.0), 0.4, None),
        (shop("supplier", roles="buyer|merchant"), None, "sales"),
        (shop("customer", roles="buyer|merchant", activity_age=3.0), None, "purchases"),
        (shop("supplier", roles="logistics"), 0.4, None),
        # It is stated that there is none.
        (shop("supplier", no_partners=("customer",)), 0.4, None),
        (shop(no_partners=("supplier", "customer")), 0.0, None),
    ],
)
def test_with_one_side_of_trade_hidden_dependence_is_unknown(
    case: ShopFacts, dependence: float | None, missing: str | None
) -> None:
    assert (case.dependence, case.missing_trade) == (dependence, missing)


@pytest.mark.parametrize(
    ("sides", "missing"), [(("supplier",), "no sales to firms"), (("customer",), "no purchases")]
)
def test_one_hidden_side_of_trade_refers_and_leaves_no_limit(sides: tuple[str, ...], missing: str) -> None:
    facts = LimitFacts.of(180, shop(*sides, turnover=1e6), plain_score(), None, TotalExposure())
    limit = credit_limit(facts, POLICY)
    rule = limit.rule("DEPENDENCE")
    assert rule is not None
    assert (limit.amount, rule.why) == (0.0, f"{missing} are recorded, so dependence is unknown")
    case = LoanCase.of(50_000.0, shop(*sides, turnover=1e6), plain_score(), None, TotalExposure())
    concluded = conclude(case, limit, POLICY)
    assert (concluded.word, concluded.findings[0].code) == (Verdict.REFER, "TRADE_UNKNOWN")
    assert concluded.findings[0].text.startswith(f"{missing} are recorded")


def test_unknown_sales_refer_and_leave_no_limit() -> None:
    limit = credit_limit(replace(SOUND, turnover=None), POLICY)
    assert limit.amount == 0.0
    concluded = conclude(replace(CASE, turnover=False, sales_age=120.0), limit, POLICY)
    assert concluded.word is Verdict.REFER
    assert [f.code for f in concluded.findings] == ["TURNOVER_UNKNOWN", "AFFORDABILITY"]
    assert "the last sales are 120 days old, so no limit is stated" in concluded.findings[0].text
    trusting = read_policy_with("[turnover]", "required = false")
    assert credit_limit(replace(SOUND, turnover=None, repayment=None), trusting).amount == 200_000.0


def test_low_sales_refer_as_unknown_ones_do_and_do_not_hide_what_is_outside_policy() -> None:
    # 30 % of 10,000 over the term is less than the smallest loan
    low = replace(SOUND, turnover=10_000.0, repayment=None)
    concluded = conclude(CASE, credit_limit(low, POLICY), POLICY)
    assert (concluded.word, [f.code for f in concluded.findings]) == (Verdict.REFER, ["TURNOVER"])
    owed = TotalExposure(lines=200_000.0)
    concluded = conclude(
        replace(CASE, exposure=owed), credit_limit(replace(low, exposure=owed), POLICY), POLICY
    )
    assert concluded.word is Verdict.OUTSIDE
    assert concluded.findings[0].code == "NO_ROOM"


def test_the_policy_shows_the_shipped_list_of_sources_and_older_files_have_it() -> None:
    lists = {name: getattr(POLICY.coverage, name) for name in SourceList.model_fields}
    assert lists == {name: getattr(SHIPPED_SOURCES, name) for name in SourceList.model_fields}

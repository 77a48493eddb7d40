"""What a loan is repaid from: earnings less existing debt, shipped orders, confirmed receivables; worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shops import plain_shop
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import (
    CreditLimit,
    LimitFacts,
    LimitRule,
    LoanCase,
    LoanRequest,
    Verdict,
    conclude,
    credit_limit,
    read_policy,
    shipped_policy,
)
from supplyrisk.graph.credit.affordability import RepaymentFacts, affordability_rule
from supplyrisk.graph.credit.debt_service import repayment_facts
from supplyrisk.graph.credit.loan_backing import backing_rule, loan_backing
from supplyrisk.graph.credit.repayment_policy import AffordabilityLimit, FinancedLimit
from supplyrisk.graph.credit.shop_facts import FirmLine, Receivable
from supplyrisk.graph.schema.source_coverage import STATEMENT_DAYS

POLICY = read_policy()
AS_OF = date(2025, 6, 30)
SOUND = LimitFacts(grade="C", coverage=0.9, turnover=1_000_000.0, dependence=0.4)
CASE = LoanCase(50_000.0, 0.01, False, 0.9, 0.1, 0.02, (), (), True)
MARGINS = AffordabilityLimit(margin=0.04, by_industry={"textiles": 0.02})
LIMITS = FinancedLimit()
money = st.floats(0, 1e8)


def line(product: str | None, drawn: float | None, **more: object) -> FirmLine:
    fields = {"line": 100_000.0, "lgd": None, "lender": "L1", "loan": "C1"} | more
    return FirmLine(product=product, drawn=drawn, **fields)  # type: ignore[arg-type]


# Earnings


def test_half_of_the_margin_less_the_service_of_debt_can_be_repaid() -> None:
    facts = RepaymentFacts(margin=0.1, assumed=0.04, service=8_000.0)
    rule = affordability_rule(facts, 500_000.0, MARGINS)
    # .5 x .1 x 500,000 - 8,000
    assert rule.amount == pytest.approx(17_000.0)
    assert rule.why == (
        "50% of the margin of 10.0% (last statement) on a turnover of 500,000 over the term, "
        "less 8,000 for existing debt"
    )
    loss = affordability_rule(replace(facts, margin=-0.1), 500_000.0, MARGINS)
    assert loss.amount == 0.0


def test_without_a_fresh_statement_the_margin_of_the_policy_is_stated_but_not_lent_on() -> None:
    facts = RepaymentFacts(margin=None, assumed=0.04)
    rule = affordability_rule(facts, 500_000.0, MARGINS)
    assert rule.amount == 0.0
    assert rule.why.endswith("at the policy's assumed margin of 4.0% it would be 10,000")
    trusting = MARGINS.model_copy(update={"assume_margin": True})
    assumed = affordability_rule(facts, 500_000.0, trusting)
    assert assumed.amount == pytest.approx(10_000.0)
    assert "assumed by the policy" in assumed.why


def test_turnover_is_unknown_not_zero() -> None:
    rule = affordability_rule(RepaymentFacts(margin=0.1, assumed=0.04), None, MARGINS)
    assert (rule.amount, rule.why) == (0.0, "turnover is unknown, so what the firm can repay is unknown")


def test_debt_is_served_in_equal_parts_until_it_is_due() -> None:
    lines = (
        # A quarter of 360 days, and 6 % a year for 90 of 365 days.
        line("credit", 36_500.0, due_on="2026-06-25", rate=0.06),
        # Due within the term, overdue, of unknown due day (at once), the same of unknown drawn amount.
        line("other", 1_000.0, due_on="2025-08-01", rate=0.0),
        line(None, 2_000.0, due_on="2025-01-01", rate=0.0),
        line("other", 3_650.0, rate=0.0),
        line("other", None, line=365.0, rate=0.0),
        # Of unknown rate: 12 % a year by the policy.
        line("other", 3_650.0, due_on="2025-08-01"),
        # Repaid by what they finance, and by the new loan.
        line("order", 5_000.0),
        line("supply_chain", 5_000.0),
        line("credit", 7_000.0, loan="C9"),
    )
    facts = repayment_facts(
        plain_shop(loans=lines),
        LoanRequest(1.0, 90, repays=("C9",), other_debt=7_300.0),
        AS_OF,
        MARGINS,
    )
    parts = (
        36_500 * (90 / 360 + 0.06 * 90 / 365), 1_000, 2_000, 3_650, 365,
        3_650 * (1 + 0.12 * 90 / 365), 7_300 * (90 / 365 + 0.12 * 90 / 365),
    )  # fmt: skip
    assert facts.service == pytest.approx(sum(parts))


@given(money, st.floats(0, 0.12), st.integers(1, 360))
def test_hiding_the_rate_of_debt_never_lowers_its_service(drawn: float, rate: float, days: int) -> None:
    def service(rate: float | None) -> float:
        shop = plain_shop(loans=(line("credit", drawn, rate=rate),))
        return repayment_facts(shop, LoanRequest(1.0, days), AS_OF, MARGINS).service

    assert service(None) >= service(rate)


@given(money, st.integers(-400, 2000), st.integers(1, 360))
def test_hiding_the_due_day_of_debt_never_lowers_its_service(drawn: float, left: int, days: int) -> None:
    def service(due_on: str | None) -> float:
        shop = plain_shop(loans=(line("credit", drawn, due_on=due_on),))
        return repayment_facts(shop, LoanRequest(1.0, days), AS_OF, MARGINS).service

    assert service(None) >= service(date.fromordinal(AS_OF.toordinal() + left).isoformat())


def test_affordability_and_coverage_count_a_statement_for_the_same_days() -> None:
    assert POLICY.affordability.statement_days == POLICY.coverage.days.statements == STATEMENT_DAYS
    assert AffordabilityLimit().statement_days == STATEMENT_DAYS


@pytest.mark.parametrize(
    ("age", "industry", "margin", "assumed"),
    [(549, "textiles", 0.08, 0.02), (550, "toys", None, 0.04), (None, None, None, 0.04)],
)
def test_a_statement_is_fresh_for_so_many_days(
    age: int | None, industry: str | None, margin: float | None, assumed: float
) -> None:
    shop = plain_shop(statement_age=age, industry=industry, margin=0.08)
    facts = repayment_facts(shop, LoanRequest(1.0, 90), AS_OF, MARGINS)
    assert (facts.margin, facts.assumed) == (margin, assumed)


@given(st.lists(st.tuples(money, st.integers(-400, 2000)), max_size=4), money, st.integers(1, 360))
def test_more_debt_never_leaves_more(owed: list[tuple[float, int]], more: float, days: int) -> None:
    lines = tuple(
        line("credit", drawn, due_on=date.fromordinal(AS_OF.toordinal() + left).isoformat(), rate=0.05)
        for drawn, left in owed
    )

    def limit(lines: tuple[FirmLine, ...], other: float) -> float:
        shop = plain_shop(loans=lines, statement_age=30, margin=0.2)
        facts = repayment_facts(shop, LoanRequest(1.0, days, other_debt=other), AS_OF, POLICY.affordability)
        return credit_limit(replace(SOUND, repayment=facts, term_days=days), POLICY).amount

    before = limit(lines, 0.0)
    assert limit(lines, more) <= before
    assert limit((*lines, line("credit", more)), 0.0) <= before


# Orders and receivables

OWED = (
    Receivable("BIG", None, 60_000.0, 60_000.0, 0.01, False),
    Receivable("DEAD", None, 9_000.0, 9_000.0, None, True),
    Receivable("NEW", None, 5_000.0, 0.0, None, False),
    Receivable("OWN", None, 7_000.0, 7_000.0, 0.01, False),
    Receivable("SMALL", None, 40_000.0, 20_000.0, 0.02, False),
    Receivable("WEAK", None, 8_000.0, 8_000.0, 0.15, False),
)
SELLER = plain_shop(receivables=OWED, group=("OWN",))


def test_an_order_loan_is_limited_to_its_share_of_shipped_unpaid_orders() -> None:
    backing = loan_backing(SELLER, "order", (), LIMITS)
    assert backing is not None and backing.debtors is not None
    statuses = {row.debtor: (row.counted, row.status) for row in backing.debtors}
    assert statuses == {
        "BIG": (60_000.0, "counts"),
        "SMALL": (40_000.0, "counts"),
        "DEAD": (0.0, "defaulted"),
        "WEAK": (0.0, "high_pd"),
        "OWN": (0.0, "group"),
        "NEW": (0.0, "no_pd"),
    }
    rule = backing_rule(backing, LIMITS)
    assert rule.amount == pytest.approx(0.7 * 100_000)
    assert rule.why == (
        "70% of 100,000 of shipped unpaid orders, less 0 of existing order and supply chain loans"
    )


def test_one_debtor_counts_up_to_half_of_the_confirmed_receivables() -> None:
    backing = loan_backing(SELLER, "supply_chain", (), LIMITS)
    # BIG has 60,000 of 80,000: 40,000 count.
    assert backing is not None and backing.eligible == 60_000.0
    assert backing_rule(backing, LIMITS).amount == pytest.approx(0.8 * 60_000)


def test_existing_loans_on_the_same_orders_come_first() -> None:
    lines = (
        line("order", 10_000.0),
        line("supply_chain", 20_000.0, line=25_000.0, loan="C2"),
        line("credit", 9.0, loan="C3"),
    )
    pledged = replace(SELLER, loans=lines)
    for repays, left in (((), 100_000.0 + 25_000.0), (("C1",), 25_000.0)):
        backing = loan_backing(pledged, "order", repays, LIMITS)
        assert backing is not None and backing.pledged == left
        assert backing_rule(backing, LIMITS).amount == max(0.0, 70_000.0 - left)


def test_orders_that_the_data_do_not_record_are_unknown() -> None:
    unrecorded = tuple(replace(row, shipped=None, confirmed=None) for row in OWED)
    for shop in (plain_shop(), plain_shop(receivables=unrecorded)):
        backing = loan_backing(shop, "order", (), LIMITS)
        rule = backing_rule(backing, LIMITS)
        assert rule.amount == 0.0
        assert rule.why.startswith("shipped unpaid orders are unknown")
    unconfirmed = replace(SELLER, receivables=tuple(replace(row, confirmed=None) for row in OWED))
    orders = loan_backing(unconfirmed, "order", (), LIMITS)
    assert orders is not None and orders.eligible == 100_000.0
    confirmed = loan_backing(unconfirmed, "supply_chain", (), LIMITS)
    assert confirmed is not None and confirmed.eligible is None


def test_sales_to_consumers_count_for_the_days_until_the_platform_pays_out() -> None:
    fortnight = LIMITS.model_copy(update={"payout_days": 14})
    consumers = plain_shop(turnover=1_800_000.0, activity_age=3)
    # 10,000 a day, of which 14 days count; orders of 100,000 are the part of it that is recorded.
    for shop, counted in ((consumers, 140_000.0), (replace(SELLER, profile=consumers.profile), 140_000.0)):
        backing = loan_backing(shop, "order", (), fortnight)
        assert backing is not None and backing.eligible == pytest.approx(counted)
    small = replace(SELLER, profile=replace(consumers.profile, turnover=180_000.0))
    orders = loan_backing(small, "order", (), fortnight)
    assert orders is not None and orders.eligible == 100_000.0
    # Not without the policy's days, with a turnover of deliveries only, or for confirmed receivables.
    wholesale = replace(consumers, profile=replace(consumers.profile, activity_age=None))
    for shop, product, limits in (
        (consumers, "order", LIMITS),
        (wholesale, "order", fortnight),
        (consumers, "supply_chain", fortnight),
    ):
        unknown = loan_backing(shop, product, (), limits)
        assert unknown is not None and unknown.eligible is None


def test_products_that_are_repaid_from_earnings_need_no_orders() -> None:
    assert loan_backing(SELLER, "credit", (), LIMITS) is None
    assert backing_rule(None, LIMITS).amount is None


@given(st.lists(st.tuples(money, money), max_size=5), st.data())
def test_hiding_trade_never_raises_what_is_lent(owed: list[tuple[float, float]], data: st.DataObject) -> None:
    rows = tuple(
        Receivable(f"D{number}", None, shipped + more, shipped, 0.01, False)
        for number, (shipped, more) in enumerate(owed)
    )
    hidden = data.draw(st.integers(0, len(rows)))
    for product in ("order", "supply_chain"):

        def limit(rows: tuple[Receivable, ...], product: str = product) -> tuple[float, Verdict]:
            backing = loan_backing(plain_shop(receivables=rows), product, (), LIMITS)
            limit = credit_limit(replace(SOUND, backing=backing), POLICY)
            return limit.amount, conclude(CASE, limit, POLICY).word

        before, word = limit(rows)
        after, later = limit(rows[:hidden] + rows[hidden + 1 :])
        assert after <= before * (1 + 1e-12)
        assert later is not Verdict.WITHIN or word is Verdict.WITHIN


# Conclusions


def _limit(amount: float, **amounts: float) -> CreditLimit:
    rules = [LimitRule(code, value, "why", "因为") for code, value in amounts.items()]
    return CreditLimit(amount, min(amounts, key=lambda code: amounts[code]), tuple(rules))


def test_no_orders_or_earnings_refer_and_do_not_hide_another_rule_without_room() -> None:
    for code in ("AFFORDABILITY", "BACKING"):
        result = conclude(CASE, _limit(0.0, GRADE=200_000.0, **{code: 0.0}), POLICY)
        assert (result.word, [finding.code for finding in result.findings]) == (Verdict.REFER, [code])
        assert result.findings[0].text.endswith(": why")
        result = conclude(CASE, _limit(0.0, GRADE=4_000.0, **{code: 0.0}), POLICY)
        assert result.word is Verdict.OUTSIDE
        assert [finding.code for finding in result.findings] == ["NO_LIMIT", code]
    larger = conclude(CASE, _limit(20_000.0, GRADE=200_000.0, BACKING=20_000.0), POLICY)
    assert [finding.code for finding in larger.findings] == ["AMOUNT"]


@given(least=st.floats(0, 9_000), step=st.sampled_from((1.0, 1_000.0, 2_500.0)), left=st.floats(0, 12_000))
@example(least=5_500.0, step=1_000.0, left=5_900.0)
@example(least=0.0, step=1_000.0, left=500.0)
@example(least=0.0, step=1.0, left=0.0)
def test_a_limit_of_0_is_never_within_policy(least: float, step: float, left: float) -> None:
    amounts = POLICY.amount.model_copy(update={"minimum": least, "step": step})
    policy = POLICY.model_copy(update={"amount": amounts})
    earning = RepaymentFacts(margin=0.2, assumed=0.05, service=100_000.0 - left)
    limit = credit_limit(replace(SOUND, repayment=earning), policy)
    result = conclude(replace(CASE, amount=100.0), limit, policy)
    assert limit.binding == "AFFORDABILITY"
    expected = Verdict.REFER if limit.amount < 100.0 else Verdict.WITHIN
    assert result.word is expected
    if limit.amount == 0:
        assert [finding.code for finding in result.findings] == ["AFFORDABILITY"]


# Policies


def test_a_policy_without_the_new_tables_has_their_defaults_and_hash(tmp_path: Path) -> None:
    text = shipped_policy()
    start, end = text.index("[affordability]"), text.index("[dependence]")
    (tmp_path / "older.toml").write_text(text[:start] + text[end:])
    older = read_policy(tmp_path / "older.toml")
    assert older.hash == POLICY.hash
    assert (older.affordability, older.financed) == (POLICY.affordability, POLICY.financed)


def test_faults_of_the_new_tables_are_said_at_once(tmp_path: Path) -> None:
    text = shipped_policy()
    for good, bad in (
        ("debt_share = 0.50", "debt_share = 1.5"),
        ("margin = 0.05", "margin = 5"),
        ("statement_days = 550", "statement_days = 0"),
        ("order_advance = 0.70", 'order_advance = "all"'),
        ("debtor_pd = 0.15", "debtor_pdd = 0.15"),
    ):
        assert good in text
        text = text.replace(good, bad)
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(DataError) as fault:
        read_policy(tmp_path / "p.toml")
    for expected in (
        "affordability.debt_share is 1.5, expected a share from 0 to 1",
        "affordability.margin is 5, expected a share of the turnover from -1 to 1",
        "affordability.statement_days is 0, expected a whole number of days from 1",
        "financed.order_advance is 'all', expected a share from 0 to 1",
        "unknown key financed.debtor_pdd, did you mean debtor_pd or debtor_share?",
    ):
        assert expected in str(fault.value)

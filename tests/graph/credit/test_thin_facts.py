"""Facts of a shop that is not in the data: the file, its faults, and the columns that follow from it, by hand."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.graph import FEATURES, DataError
from supplyrisk.graph.credit import StatedDebt, ThinFacts, example_facts
from supplyrisk.graph.credit.thin_facts import largest_hhi
from supplyrisk.graph.schema.strict_toml import parse_toml

DAY = date(2025, 6, 30)
REQUIRED = 'name = "S"\nas_of = 2025-06-30\ncurrency = "CNY"\n'


def facts(text: str = "") -> ThinFacts:
    """The facts of a file with the required keys and some more."""
    return parse_toml(REQUIRED + text, ThinFacts, "facts f.toml")


def test_the_example_has_every_key_and_is_valid() -> None:
    text = example_facts()
    example = parse_toml(text, ThinFacts, "the example")
    keys = tomllib.loads(text)
    assert set(keys) == set(ThinFacts.model_fields)
    assert set(keys["debts"][0]) == set(StatedDebt.model_fields)
    assert example.turnover == 1_080_000.0


def test_columns_by_hand() -> None:
    shop = facts(
        "founded = 2024-06-30\nyears_on_platform = 2.0\nemployees = 5\nmonthly_sales = 30_000.0\ncash = 14_000.0\n"
        "late_payment_share = 0.2\naverage_days_late = -1.0\nlargest_customer_share = 0.4\nstatement_on = 2024-12-31\n"
        "margin = 0.1\nequity = -50.0\nliquid_assets = 30.0\nshort_term_debt = 60.0\n"
        '[[debts]]\nlender = "A"\ndrawn = 6_000.0\nlimit = 10_000.0\nrate = 0.1\ndays_past_due = 3\n'
        '[[debts]]\nlender = "B"\ndrawn = 3_000.0\n'
    )
    assert shop.features() == pytest.approx(
        {
            "age_days": 365,
            "tenure_days": 730.5,
            "employees": 5,
            "cash_weeks": 2.0,  # 1,000 a day
            "pay_overdue_share": 0.2,
            "pay_late_days": -1.0,
            "customer_hhi": 0.4**2 * 2 + 0.2**2,
            "statement_age_days": 181,
            "margin": 0.1,
            "equity_ratio": -50 / 60,
            "liquidity": 0.5,
            "loan_utilisation": 0.6,
            "loan_to_sales": 0.3,
            "loan_days_past_due": 3,
            "loan_rate": 0.1,
        }
    )


@pytest.mark.parametrize(
    ("stated", "most"),
    [((0, 0), 0), ((0, 30), 30), ((None, 30), 30), ((None, 0), None), ((None, None), None)],
)
def test_days_past_due_that_are_not_stated_are_unknown(
    stated: tuple[int | None, int | None], most: int | None
) -> None:
    debts = (
        '[[debts]]\nlender = "A"\ndrawn = 1.0\n' + ("" if days is None else f"days_past_due = {days}\n")
        for days in stated
    )
    assert facts("".join(debts)).features().get("loan_days_past_due") == most


def test_every_column_is_a_feature_that_the_scorecard_weighs() -> None:
    stated = {feature.name for feature in FEATURES if feature.prior or feature.scorecard}
    example = parse_toml(example_facts(), ThinFacts, "the example")
    assert set(example.features()) <= stated


def test_what_is_not_stated_has_no_column() -> None:
    assert facts().features() == {}
    assert facts("debts = []").features() == {}
    # A ratio to nothing is undefined.
    assert facts("cash = 5.0\nmonthly_sales = 0.0").features() == {}


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=8))
def test_no_partners_with_this_largest_share_are_more_concentrated(amounts: list[float]) -> None:
    shares = [amount / sum(amounts) for amount in amounts]
    bound = largest_hhi(max(shares))
    assert bound is not None
    assert sum(share**2 for share in shares) <= bound + 1e-9


def test_largest_shares_by_hand() -> None:
    assert largest_hhi(None) is largest_hhi(0.0) is None
    assert largest_hhi(1.0) == 1.0
    assert largest_hhi(0.5) == pytest.approx(0.5)
    assert largest_hhi(1 / 3) == pytest.approx(1 / 3)


def test_all_faults_of_a_file_are_said_at_once() -> None:
    text = (
        'as_of = 2025-06-30\ncurrency = "yuan"\nmonthly_sale = 5\nmargin = 7\nfounded = 2026-01-01\n'
        'late_payment_share = "much"\nemployees = 1.5\n'
        '[[debts]]\ndrawn = -1.0\nproduct = "loan"\n'
    )
    with pytest.raises(DataError) as fault:
        parse_toml(text, ThinFacts, "facts f.toml")
    for expected in (
        "facts f.toml: ",
        "no name, expected",
        "currency is 'yuan', expected an ISO code such as CNY",
        "unknown key monthly_sale, did you mean monthly_sales?",
        "margin is 7, expected a share from -1 to 1",
        "late_payment_share is 'much', expected a share from 0 to 1",
        "employees is 1.5, expected a whole number of 0 or more",
        "debts 1: no lender, expected",
        "debts 1: drawn is -1.0, expected an amount of 0 or more",
        "debts 1: product is 'loan', expected one of order, credit, supply_chain, other",
        "founded is 2026-01-01, expected a day up to as_of, 2025-06-30",
        "no statement_on, expected the last day of the period of margin",
    ):
        assert expected in str(fault.value)

"""Scenarios in a policy file: what is accepted, what is refused, and that other files keep their hash."""

from __future__ import annotations

import pytest

from scenarios import DOUBLE_11, policy_with
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import Policy, PolicyScenario, ScenarioTerms, read_policy
from supplyrisk.graph.credit.admission.scenario_terms import stricter_keys, strictest_terms

SHIPPED = read_policy()
OWN = SHIPPED.own_terms


def scenario(text: str) -> PolicyScenario:
    (one,) = policy_with(f'[[scenario]]\nname = "one"\n{text}').scenarios
    return one


def test_the_shipped_policy_has_no_scenarios_and_keeps_its_hash() -> None:
    assert SHIPPED.scenarios == ()
    assert SHIPPED.hash == "b8791dfbbefda2db039263c5e75549979a1bbbeddc06a1597629f254ef649715"


def test_a_policy_under_terms_keeps_the_hash_of_its_file() -> None:
    policy = policy_with(DOUBLE_11)
    assert policy.hash != SHIPPED.hash
    under = policy.under(policy.scenarios[0].terms)
    assert under.hash == policy.hash
    assert under.cap("C") == 300_000
    # Keys that the scenario leaves out are those of the policy.
    assert under.cap("E") == policy.cap("E") == 60_000
    assert (under.turnover.share, under.financed.order_advance) == (0.6, 1.0)
    assert under.turnover.days == policy.turnover.days
    assert policy.cap("C") == 200_000


TERMS = {
    "most = 100_000.0": lambda policy: policy.amount.maximum == 100_000,
    "turnover_share = 0.1": lambda policy: policy.turnover.share == 0.1,
    "least_coverage = 0.6": lambda policy: policy.coverage.minimum == 0.6,
    "order_advance = 0.5": lambda policy: policy.financed.order_advance == 0.5,
    "receivable_advance = 0.5": lambda policy: policy.financed.receivable_advance == 0.5,
    "hurdle = 0.2": lambda policy: policy.economics.hurdle == 0.2,
    "funding_rate = 0.04": lambda policy: policy.economics.funding_rate == 0.04,
    "cost = 0.03": lambda policy: policy.economics.cost == 0.03,
    "by_grade = { F = 10_000.0 }": lambda policy: policy.cap("F") == 10_000,
}


@pytest.mark.parametrize("key", TERMS)
def test_each_key_changes_its_key_of_the_policy_alone(key: str) -> None:
    changed = SHIPPED.under(scenario(f"set = {{ {key} }}").terms)
    assert TERMS[key](changed)
    assert not TERMS[key](SHIPPED)
    name = key.split(" ", maxsplit=1)[0]
    expected = OWN.model_copy(update={name: getattr(changed.own_terms, name)})
    assert changed.own_terms == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no set, expected a table with the keys that it changes"),
        ("set = { lgd = 0.1 }", "unknown key set.lgd"),
        ("set = { by_grade = { H = 1.0 } }", "expected caps by grade"),
        ("set = { most = 1_000.0 }", r"scenario 'one': amount.least 5000 is above amount.most 1000"),
        ("set = { by_grade = { D = 250_000.0 } }", r"by_grade.D 250000 is above by_grade.C 200000"),
        ('set = {}\nwhen = { stage = ["old"] }', "expected a list of new, growing, mature, declining"),
        ('set = {}\nwhen = { product = ["gold"] }', "expected a list of order, credit"),
        ('set = {}\nwhen = { campaign = "x" }', r"names the campaign 'x', expected a .* of the file: none"),
        ('set = {}\nexpires_on = "2025-11-11"', "expected a day without quotes"),
        ("set = {}\nexpires_on = 2025-11-11T00:00:00", "expected a day without quotes"),
        ("set = {}\nextra_el = 1.0", "extra_el without one product.*longest_days.*without a last day"),
        ("set = {}\nextra_el = -1.0", "expected an amount from 0"),
        ('set = {}\n[[scenario]]\nname = "one"\nset = {}', r"2 \[\[scenario\]\] tables are called 'one'"),
        (
            "extra_el = 1.0\nexpires_on = 2025-11-11\nset = { by_grade = { B = 200_000.0 }, least_coverage = 0.5 }\n"
            'when = { product = ["order"], longest_days = 90 }',
            r"sets by_grade.B, least_coverage stricter than the policy, expected an admission that only loosens",
        ),
    ],
)  # fmt: skip
def test_faults_name_the_scenario_and_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        scenario(text)


def test_a_campaign_ends_after_it_begins() -> None:
    with pytest.raises(DataError, match="campaign 1: last_day 2025-06-14 is before first_day 2025-06-15"):
        policy_with(DOUBLE_11.replace("2025-07-11", "2025-06-14"))


def test_the_last_day_is_the_earlier_one() -> None:
    def last_day(policy: Policy) -> str:
        return str(policy.last_day(policy.scenarios[0]))

    assert last_day(policy_with(DOUBLE_11)) == "2025-07-11"
    assert last_day(policy_with(f"{DOUBLE_11}expires_on = 2025-07-01\n")) == "2025-07-01"
    assert last_day(policy_with(f"{DOUBLE_11}expires_on = 2025-08-01\n")) == "2025-07-11"
    assert last_day(policy_with('[[scenario]]\nname = "one"\nset = {}\n')) == "None"


def test_stricter_keys_and_the_strictest_terms() -> None:
    one = ScenarioTerms(by_grade={"C": 250_000.0, "D": 100_000.0}, turnover_share=0.2, least_coverage=0.3)
    two = ScenarioTerms(by_grade={"D": 110_000.0}, turnover_share=0.5, most=200_000.0, hurdle=0.1)
    assert stricter_keys(one, OWN) == ["by_grade.D", "turnover_share"]
    assert stricter_keys(two, OWN) == ["by_grade.D", "most"]
    strict = strictest_terms(OWN, [one, two])
    assert strict.by_grade == OWN.by_grade | {"D": 100_000.0}
    assert (strict.turnover_share, strict.most, strict.least_coverage, strict.hurdle) == (
        0.2,
        200_000,
        0.4,
        0.15,
    )
    # What neither sets stays unset, so that an admission may set it.
    assert (strict.order_advance, strict.cost) == (None, None)

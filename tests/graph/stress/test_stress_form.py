"""Scenario files: what can be said, and every fault of one at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph.stress import AddSupplier, CutGuarantee, MoreStock, ScenarioStep, read_scenario_plan

WHOLE = """
name = "port"
weeks = 2
eps = 1e-6
substitution = false
tips_at = 0.25
[[step]]
name = "the port closes"
region = "Zhejiang"
industry = ["steel", "coal", "steel"]
size_at_least = 10
share = 0.5
[[step]]
carrier_out = "C1"
supply = 0.75
demand = 0
weeks = 0.5
[[what_if]]
add_supplier = "F2"
customer = "F1"
share = 0.3
[[what_if]]
stock = "F1"
times = 2
[[what_if]]
name = "no guarantee"
cut_guarantee = ["F1", "F3"]
"""


def test_everything_that_can_be_said() -> None:
    plan, faults = read_scenario_plan(WHOLE, "port.toml")
    assert faults == []
    assert (plan.name, plan.eps, plan.substitution, plan.tips_at, plan.weeks) == (
        "port",
        1e-6,
        False,
        0.25,
        2.5,
    )
    assert [plan.weeks_of(step) for step in plan.steps] == [2.0, 0.5]
    assert [(step.supply, step.demand) for step in plan.steps] == [(0.5, 0.5), (0.75, 0.0)]
    first = {"region": ("Zhejiang",), "industry": ("steel", "coal")}
    assert plan.steps == (
        ScenarioStep(name="the port closes", **first, size_at_least=10.0, share=0.5),
        ScenarioStep(name="step 2", carrier_out=("C1",), supply=0.75, demand=0.0, weeks=0.5),
    )
    assert plan.what_ifs == (
        AddSupplier(name="what_if 1", add_supplier="F2", customer="F1", share=0.3),
        MoreStock(name="what_if 2", stock="F1", times=2.0),
        CutGuarantee(name="no guarantee", cut_guarantee=("F1", "F3")),
    )


def test_what_is_left_out_has_defaults() -> None:
    plan, faults = read_scenario_plan('[[step]]\nfirms = "F1"\n', "x.toml")
    assert faults == []
    assert (plan.name, plan.eps, plan.substitution, plan.tips_at) == ("x.toml", 1e-10, True, 0.5)
    assert plan.steps == (ScenarioStep(name="step 1", firms=("F1",)),)
    (step,) = plan.steps
    assert (step.supply, step.demand, plan.weeks_of(step)) == (1.0, 1.0, 1.0)


def test_every_fault_of_a_file_at_once() -> None:
    text = """
    weks = 3
    eps = 0
    [[step]]
    regoin = "X"
    firms = []
    share = 1.5
    [[step]]
    share = true
    [[step]]
    carrier_out = "C"
    category_lost = "K"
    size_at_least = 5
    size_at_most = 2
    weeks = 0
    [[what_if]]
    stock = "F1"
    [[what_if]]
    cut_guarantee = ["F1"]
    [[what_if]]
    add_supplier = "F1"
    customer = "F1"
    category = "a"
    sector = "b"
    [[what_if]]
    times = 2
    """
    _, faults = read_scenario_plan(text, "x.toml")
    expected = [
        "unknown key weks, did you mean weeks",
        "step 1: unknown key regoin, did you mean region",
        "step 1: firms is [], expected a text in quotes or a list of them",
        "step 1: share is 1.5, expected a number from 0 to 1",
        "step 2: names no firms, expected one of firms, region,",
        "step 2: share is True, expected a number from 0 to 1",
        "step 3: has carrier_out and category_lost, expected one; make it two steps",
        "step 3: size_at_least 5 is above size_at_most 2",
        "step 3: weeks is 0, expected a number above 0",
        "what_if 1: expected one of times (of the recorded stock) and days",
        "what_if 2: cut_guarantee is ['F1'], expected [guarantor, guaranteed]",
        "what_if 3: no share",
        "what_if 3: has sector and category, expected one of them",
        "what_if 3: F1 as its own supplier, expected two firms",
        "what_if 4: has none, expected one of add_supplier, stock, cut_guarantee",
        "eps is 0, expected a number above 0, up to 1",
    ]
    assert len(faults) == len(expected)
    for start in expected:
        assert sum(fault.startswith(start) for fault in faults) == 1, start


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no step, expected at least one"),
        ("step = 3", "step is 3, expected [[step]] tables"),
        ("[[step]\n", "not valid TOML"),
        ('name = 3\n[[step]]\nfirms = "F"', "name is 3, expected a text in quotes"),
        ('substitution = "no"\n[[step]]\nfirms = "F"', "substitution is 'no', expected true or false"),
        ('[[step]]\nfirms = "F"\nshare = 0.1\nsupply = 0.1\ndemand = 0.1', "has share, supply and demand"),
        ('[[step]]\nfirms = "F"\nweeks = inf', "weeks is inf, expected a number above 0"),
        ('[[step]]\nfirms = "F"\nshare = nan', "share is nan, expected a number from 0 to 1"),
    ],
)
def test_single_faults(text: str, fault: str) -> None:
    _, faults = read_scenario_plan(text, "x.toml")
    assert len(faults) == 1
    assert fault in faults[0]


VALUES = st.sampled_from(
    ["1", "-1", "0.5", '"F1"', "[]", '["F1"]', "[1]", "true", "nan", "inf", '""', "{a = 1}"]
)
KEYS = st.sampled_from(
    ["firms", "share", "weeks", "region", "carrier_out", "size_at_most", "stock", "times", "x"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES), max_size=3), st.sampled_from(["step", "what_if"]))
def test_whatever_stands_in_it_ends_in_a_plan_or_in_faults(tables: list[dict[str, str]], kind: str) -> None:
    lines = [f"[[{kind}]]\n" + "\n".join(f"{k} = {v}" for k, v in table.items()) for table in tables]
    plan, faults = read_scenario_plan("\n".join(lines), "x.toml")
    if not faults:
        assert plan.steps
        for step in plan.steps:
            assert 0 <= step.supply <= 1
            assert 0 < plan.weeks_of(step) < float("inf")

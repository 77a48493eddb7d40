"""Scenarios on a small chain whose losses are computed by hand; the words that a step understands; laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esri_networks import Case, cases
from handmade import AS_OF, Row, ago, firms, shipment, tables_of, trade
from supplyrisk.graph import Tables, build_snapshot, document_json, last_statements
from supplyrisk.graph.contagion import RunOptions, Scenario, SupplyNetwork, weights_of
from supplyrisk.graph.stress import (
    LenderAtRisk,
    ScenarioCosts,
    ScenarioCourse,
    ScenarioPlan,
    ScenarioScope,
    ScenarioStep,
    combined_shocks,
    firm_table,
    losses_by_label,
    losses_by_lender,
    read_scenario_plan,
    run_course,
    scenario_scope_of,
    shocks_of,
)

# A sells 10 of ore and B 30 of coal (10 of it as coke) to C, C sells 40 of steel to D, all on one day 69 days ago: the
# window is 70 days, ten weeks. K carries 3 of A's 4 units, and both of D's.
PLACES = {"A": ("ore", "north"), "B": ("coal", "north"), "C": ("steel", "south"), "D": ("trade", None)}


def chain() -> Tables:
    rows = [{"firm_id": f, "industry": i, "region": r} for f, (i, r) in PLACES.items()]
    statement = {"on": ago(200), "published_on": ago(100)}
    books: list[Row] = [
        {"firm_id": "C", "revenue": 365 / 7, "material_costs": 0, "equity": 3, "liquid_assets": 10},
        {"firm_id": "D", "revenue": 365 / 7, "costs": 0, "equity": 100, "liquid_assets": 1},
        {"firm_id": "A", "revenue": 5, "costs": 9, "equity": -1},
    ]
    lines = {"on": ago(1), "product": "credit"}
    return tables_of(
        firms=[*rows, *firms("K")],
        supplies=[
            trade("A", "C", 69, 10, category="ore"),
            trade("B", "C", 69, 20, category="coal"),
            trade("B", "C", 69, 10, category="coke"),
            trade("C", "D", 69, 40),
        ],
        shipments=[
            shipment("K", "A", None, 20, 3),
            shipment("C", "D", "A", 20, 1),
            shipment("K", None, "D", 20, 1),
        ],
        financials=[statement | row for row in books],
        loans=[
            lines | {"loan_id": "1", "lender_id": "L", "firm_id": "C", "drawn": 8},
            lines | {"loan_id": "2", "lender_id": "L", "firm_id": "A", "drawn": 100},
            lines | {"loan_id": "3", "lender_id": "M", "firm_id": "D", "drawn": 1},
            lines | {"loan_id": "4", "lender_id": "M", "firm_id": "D", "drawn": None},
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def field() -> ScenarioScope:
    seen = build_snapshot(chain(), AS_OF)
    return scenario_scope_of(seen, SupplyNetwork.from_snapshot(seen))


def play(
    field: ScenarioScope, text: str, books: ScenarioCosts | None = None
) -> tuple[ScenarioPlan, ScenarioCourse]:
    plan, faults = read_scenario_plan(text, "test")
    shocks, unknown = shocks_of(plan, field)
    assert (faults, unknown) == ([], [])
    return plan, run_course(plan, shocks, Scenario(weights_of(field.network)), field, books)


def psi(field: ScenarioScope, text: str) -> dict[str, float]:
    """What the last step alone takes of each firm's supply."""
    plan, faults = read_scenario_plan(text, "test")
    shocks, unknown = shocks_of(plan, field)
    assert (faults, unknown) == ([], [])
    taken = dict(zip(field.network.firm_ids, shocks[-1].supply.tolist(), strict=True))
    return {firm: share for firm, share in taken.items() if share}


def test_a_chain_by_hand(field: ScenarioScope) -> None:
    """A loses half: C lacks 1/4 x .5 = .125, and D as much. Then B loses .2: C lacks .125 + .75 x .2 = .275.

    Weekly sales: A 1, B 3, C 4. Two weeks of .5 x 1 + .125 x 4 = 1, then three of .5 + .6 + .275 x 4 = 2.2.
    """
    text = '[[step]]\nfirms = "A"\nshare = 0.5\nweeks = 2\n[[step]]\nfirms = "B"\nshare = 0.2\nweeks = 3\ndemand = 0'
    _, course = play(field, text)
    assert field.weeks == 10.0
    first, second = course.stages
    assert first.outcome.down.tolist() == pytest.approx([0.5, 0, 0.125, 0.125, 0])
    assert second.outcome.down.tolist() == pytest.approx([0.5, 0.2, 0.275, 0.275, 0])
    assert second.outcome.up.tolist() == pytest.approx([0.5, 0, 0, 0, 0])
    assert first.money is not None
    assert first.money.tolist() == pytest.approx([1.0, 0, 1.0, 0, 0])
    assert course.money is not None
    assert course.money.tolist() == pytest.approx([1.0 + 1.5, 1.8, 1.0 + 3.3, 0, 0])
    assert course.mean.tolist() == pytest.approx([0.5, 0.12, (2 * 0.125 + 3 * 0.275) / 5, 0.215, 0])


def test_who_has_tipped_over_is_counted_by_the_end_of_each_step(field: ScenarioScope) -> None:
    """C is closed three weeks, then one more: of profit it has lost 3 of 3, which it can bear, and then 4."""
    books = ScenarioCosts.of(last_statements(chain(), field.snapshot), field.network)
    text = '[[step]]\nfirms = "C"\nshare = {}\nweeks = 3\n[[step]]\nfirms = "C"\nshare = {}\nweeks = 1'
    at = list(field.network.firm_ids).index("C")
    _, course = play(field, "tips_at = 0.9\n" + text.format(0.8, 0.0), books)
    # .8 of capacity: less than tips_at, and of profit 2.4, then 3.2 of the 3 that it has.
    assert [bool(stage.tips[at]) for stage in course.stages] == [False, True]
    assert (bool(course.by_loss[at]), bool(course.by_equity[at])) == (False, True)
    assert course.stages[-1].tips.tolist() == course.tips.tolist()
    _, course = play(field, text.format(1.0, 0.0))
    assert [bool(stage.tips[at]) for stage in course.stages] == [True, True]


def test_who_tips_over(field: ScenarioScope) -> None:
    """Closed for 4 weeks, C loses 4 of profit and has 3; D too, and is short of cash; A earns nothing to lose."""
    books = ScenarioCosts.of(last_statements(chain(), field.snapshot), field.network)
    assert books.profit[:4].tolist() == pytest.approx([-4, np.nan, 365 / 7, 365 / 7], nan_ok=True)
    assert (books.known, books.by_costs) == (3, 2)
    _, course = play(field, '[[step]]\nfirms = "C"\nweeks = 4', books)
    assert course.lost_profit[:4].tolist() == pytest.approx([0, np.nan, 4, 4], nan_ok=True)
    rows = {row["firm_id"]: row for row in firm_table(field, course, books).to_pylist()}
    assert rows["C"]["tips_over"] == ["loss", "equity"]
    assert rows["D"]["tips_over"] == ["loss", "liquid assets"]
    assert rows["A"]["tips_over"] == ["loss"]  # all of its demand is gone
    assert rows["K"]["tips_over"] == []
    assert (rows["B"]["lost_profit"], rows["B"]["equity"], rows["A"]["liquid_assets"]) == (None, None, None)
    assert (rows["C"]["by"], rows["D"]["by"], rows["B"]["by"], rows["K"]["by"]) == (
        "both", "supply", "demand", None,
    )  # fmt: skip
    assert next(iter(rows)) == "C"


def test_books_of_a_later_day_are_not_known(field: ScenarioScope) -> None:
    tables = chain()
    assert (
        ScenarioCosts.of(last_statements(tables, build_snapshot(tables, ago(101))), field.network).known == 0
    )


def test_sums_by_industry_region_and_lender(field: ScenarioScope) -> None:
    _, course = play(field, '[[step]]\nfirms = "A"\nshare = 0.5\n')
    args = (course.loss, course.money, course.tips)
    assert [row.label for row in losses_by_label(field, "region", *args)] == ["north", "south", None]
    by_region = {row.label: row for row in losses_by_label(field, "region", *args)}
    assert document_json(by_region["north"]) == {
        "region": "north", "firms": 2, "loss": pytest.approx(0.5 * 10 / 40), "money": pytest.approx(0.5),
        "tips_over": 1,
    }  # fmt: skip
    assert by_region[None].loss is None  # D and K sell nothing
    assert sum(row.money for row in losses_by_label(field, "industry", *args)) == pytest.approx(1.0)
    lost, smaller = losses_by_lender(field, course.loss, course.tips)
    assert lost == LenderAtRisk("L", loans=2, ead=108.0, at_risk=50 + 8 * 0.125, to_tipping=100.0)
    assert smaller == LenderAtRisk("M", loans=1, ead=1.0, at_risk=0.125, to_tipping=0.0)


@pytest.mark.parametrize(
    ("step", "taken"),
    [
        ('firms = ["A", "D"]', {"A": 1, "D": 1}),
        ('region = "north"\nshare = 0.3', {"A": 0.3, "B": 0.3}),
        ('region = ["north", "south"]\nindustry = ["steel", "ore"]', {"A": 1, "C": 1}),
        ("size_at_least = 30", {"B": 1, "C": 1}),
        ("size_at_least = 10\nsize_at_most = 30", {"A": 1, "B": 1}),
        ('category = ["coal", "ore"]', {"A": 1, "B": 1}),
        ('carrier = "K"', {"A": 1, "D": 1}),
        # K carries 3 of A's 4 units and one of D's 2, and is out itself.
        ('carrier_out = "K"\nshare = 0.5', {"A": 0.375, "D": 0.25, "K": 0.5}),
        ('carrier_out = "K"\nregion = "north"', {"A": 0.75, "K": 1}),
        ('carrier_out = ["K", "C"]', {"A": 1, "C": 1, "D": 1, "K": 1}),
        # A third of B's sales is coke.
        ('category_lost = "coke"', {"B": 1 / 3}),
        ('category_lost = ["coke", "coal"]\nshare = 0.5\nsupply = 0.9', {"B": 0.9}),
    ],
)  # fmt: skip
def test_whom_a_step_meets(field: ScenarioScope, step: str, taken: dict[str, float]) -> None:
    assert psi(field, f"[[step]]\n{step}") == pytest.approx(taken)


def test_what_the_data_do_not_know_at_once(field: ScenarioScope) -> None:
    text = """
    [[step]]
    firms = ["A", "Q"]
    region = "nort"
    [[step]]
    carrier_out = "KK"
    [[step]]
    category_lost = "cok"
    [[step]]
    region = "south"
    industry = "ore"
    [[what_if]]
    add_supplier = "B"
    customer = "Z"
    share = 0.5
    category = "cole"
    [[what_if]]
    cut_guarantee = ["A", "Y"]
    """
    plan, faults = read_scenario_plan(text, "test")
    assert faults == []
    assert shocks_of(plan, field)[1] == [
        "step 1: no firm Q, expected one of A, B, C, D, K",
        "step 1: no region nort, did you mean north?",
        "step 2: no carrier KK, did you mean K?",
        "step 3: no category cok, did you mean coke?",
        "step 4: no firm matches all filters, expected at least one",
        "what_if 1: no firm Z, expected one of A, B, C, D, K",
        "what_if 1: no category cole, did you mean coke or coal?",
        "what_if 2: no firm Y, expected one of A, B, C, D, K",
    ]


def test_two_steps_of_one_name_have_their_own_faults(field: ScenarioScope) -> None:
    text = '[[step]]\nname = "x"\nfirms = "Q"\n[[step]]\nname = "x"\nregion = "south"\nindustry = "ore"'
    assert [fault.split(",")[0] for fault in shocks_of(read_scenario_plan(text, "test")[0], field)[1]] == [
        "x: no firm Q",
        "x: no firm matches all filters",
    ]


def test_undated_sales_have_no_weeks() -> None:
    from supplyrisk.graph import DatasetInfo

    tables = tables_of(
        DatasetInfo(undated=True),
        firms=firms("A", "B"),
        supplies=[{"supplier_id": "A", "customer_id": "B", "amount": 5.0, "on": None}],
    )
    seen = build_snapshot(tables)
    field = scenario_scope_of(seen, SupplyNetwork.from_snapshot(seen))
    _, course = play(field, '[[step]]\nfirms = "A"')
    assert course.money is None
    assert firm_table(field, course)["money"].to_pylist() == [None, None]
    assert course.loss.tolist() == [1.0, 1.0]


def scenario_of(case: Case) -> Scenario:
    return Scenario(weights_of(case.network(), case.essentiality()))


@settings(max_examples=80, deadline=None)
@given(cases(7), st.integers(0, 10**6))
def test_more_shock_never_gives_less_loss(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    less = rng.random(case.n) * (rng.random(case.n) < 0.6)
    more = 1 - (1 - less) * (1 - rng.random(case.n) * (rng.random(case.n) < 0.5))
    options, scenario = RunOptions(1e-10, substitution=case.substitution), scenario_of(case)
    low, high = (scenario.run(psi, options=options).loss for psi in (less, more))
    assert np.all(high >= low - 1e-8)
    assert np.all((low >= less - 1e-12) & (high <= 1))
    assert not scenario.run(np.zeros(case.n), options=options).loss.any()


@settings(max_examples=40, deadline=None)
@given(cases(7), st.integers(0, 10**6))
def test_other_names_and_another_order_change_nothing(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    psi, order = rng.random(case.n) * (rng.random(case.n) < 0.5), rng.permutation(case.n)
    moved = Case(case.traded[np.ix_(order, order)], case.sector[order], case.essential, case.substitution)
    options = RunOptions(1e-10, substitution=case.substitution)
    before = scenario_of(case).run(psi, options=options).loss
    after = scenario_of(moved).run(psi[order], options=options).loss
    np.testing.assert_allclose(after, before[order], atol=1e-8)


def test_two_halves_leave_a_quarter(field: ScenarioScope) -> None:
    text = '[[step]]\nfirms = "A"\nshare = 0.5\n[[step]]\nregion = "north"\nsupply = 0.5\ndemand = 0.2'
    plan, _ = read_scenario_plan(text, "test")
    supply, demand = combined_shocks(shocks_of(plan, field)[0])
    assert supply.tolist() == pytest.approx([0.75, 0.5, 0, 0, 0])
    assert demand.tolist() == pytest.approx([0.6, 0.2, 0, 0, 0])
    assert plan.steps[0] == ScenarioStep(name="step 1", firms=("A",), share=0.5)

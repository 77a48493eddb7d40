"""Counterfactuals computed by hand, exposures against all closures, and the learned relation beside the mechanism."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esri_networks import Case, cases
from handmade import AS_OF, Row, activity, ago, tables_of, trade
from supplyrisk.graph import HazardMap, Tables, Transmissions, build_snapshot, last_statements
from supplyrisk.graph.contagion import (
    ALL_NON_ESSENTIAL,
    RunOptions,
    Scenario,
    SupplyNetwork,
    claims_of,
    weights_of,
)
from supplyrisk.graph.stress import (
    CounterfactualBench,
    ScenarioCosts,
    compare_with_learned,
    disagreements,
    explain_exposure,
    exposures,
    read_scenario_plan,
    run_course,
    scenario_scope_of,
    shocks_of,
)

# A and B are of one industry, ore; A sells 30 to C (20 of it as fine ore) and B 10 to E; C sells 40 to D.
PLACES = {"A": "ore", "B": "ore", "C": "steel", "D": "trade", "E": "toys"}
PD = {"A": 0.1, "B": 0.3, "C": 0.2, "D": 0.0, "E": 0.0}


def chain() -> Tables:
    sales: list[Row] = [activity(7 * week, 70.0, stock_value=30.0) | {"firm_id": "C"} for week in range(4)]
    books: list[Row] = [
        {"firm_id": f, "equity": e, "on": ago(200), "published_on": ago(100)}
        for f, e in {"A": 10, "C": 8}.items()
    ]
    return tables_of(
        firms=[{"firm_id": f, "industry": i} for f, i in PLACES.items()],
        supplies=[
            trade("A", "C", 20, 20, category="fine"),
            trade("A", "C", 20, 10, category="raw"),
            trade("B", "E", 20, 10, category="fine", due_on=ago(9)),
            trade("C", "D", 20, 40, due_on=ago(9), paid_on=ago(8)),
        ],
        activity=sales,
        financials=books,
        relations=[
            {"from_id": "A", "to_id": "C", "kind": "guarantees", "amount": 5.0, "since": ago(50)},
            {"from_id": "C", "to_id": "D", "kind": "guarantees", "amount": 4.0, "since": ago(50)},
        ],
    )  # fmt: skip


def bench(text: str, **more: object) -> CounterfactualBench:
    tables = chain()
    seen = build_snapshot(tables, AS_OF)
    network = SupplyNetwork.from_snapshot(seen)
    field = scenario_scope_of(seen, network)
    plan, faults = read_scenario_plan(text, "test")
    shocks, unknown = shocks_of(plan, field)
    assert (faults, unknown) == ([], [])
    made = CounterfactualBench(
        plan, shocks, field, ALL_NON_ESSENTIAL,
        pd=np.array(list(PD.values())), costs=ScenarioCosts.of(last_statements(tables, seen), network),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def effects(made: CounterfactualBench) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    found = made.effects(made.plan.what_ifs[0])
    ids = made.scope.network.firm_ids
    return {(ids[e.firm], e.measure): (e.before, e.after) for e in found}


CLOSED = '[[step]]\nfirms = "A"\nweeks = 10\n'


def test_a_second_supplier_by_hand() -> None:
    """A tenth of C's ore moves to B. When A closes C lacked all of it, and now .9, times A's sigma.

    sigma of A is min(1, s_A / what is left of ore): 27 / 13 is above 1. Of C's exposure A's part falls from .1 x 1 to
    .1 x .9, and B's comes to it: sigma 13 / 27, so .3 x .1 x 13 / 27. C's customer D closes with a PD of 0.
    """
    text = CLOSED + '[[what_if]]\nadd_supplier = "B"\ncustomer = "C"\nshare = 0.1\n'
    found = effects(bench(text + "[[what_if]]\nstock = 'C'\ntimes = 1"))
    assert found["C", "loss"] == pytest.approx((1.0, 0.9))
    assert found["C", "exposure"] == pytest.approx((0.1, 0.1 * 0.9 + 0.3 * 0.1 * 13 / 27))
    # C's closure takes all of A's demand, before and after; of B's it takes 3 of 13.
    assert found["A", "exposure"] == pytest.approx((0.2, 0.2))
    assert found["B", "exposure"] == pytest.approx((0.0, 0.2 * 3 / 13))
    assert found["B", "loss"] == pytest.approx((0.0, 0.0))


def test_a_category_moves_alone() -> None:
    text = CLOSED + '[[what_if]]\nadd_supplier = "B"\ncustomer = "C"\nshare = 0.5\ncategory = "fine"\n'
    # Half of the fine ore is 10 of 30.
    assert effects(bench(text))["C", "loss"] == pytest.approx((1.0, 2 / 3))


def test_twice_the_stock_by_hand() -> None:
    """C's stock is 30 at sales of 10 a day: three days. Of ten weeks without ore it covers 3 / 70, twice it 6 / 70."""
    found = effects(bench(CLOSED + '[[what_if]]\nstock = "C"\ntimes = 2'))
    assert found["C", "loss"] == pytest.approx((1 - 3 / 70, 1 - 6 / 70))
    assert found["C", "exposure"] == pytest.approx((0.1 * (1 - 3 / 70), 0.1 * (1 - 6 / 70)))
    # What C still makes it still delivers; its own closure no stock of its own makes good.
    assert found["D", "loss"] == found["C", "loss"]
    assert found["D", "exposure"] == pytest.approx((0.2 + 0.1 * (1 - 3 / 70), 0.2 + 0.1 * (1 - 6 / 70)))
    found = effects(bench(CLOSED + '[[what_if]]\nstock = "C"\ndays = 700'))
    assert found["C", "loss"] == pytest.approx((1 - 3 / 70, 0.0))


def test_claims_are_unpaid_trades_and_guarantees() -> None:
    field = bench(CLOSED).scope
    owed = claims_of(field.network, field.snapshot, excluded=(0, 2))
    claims = owed.claims
    assert list(zip(claims.creditor, claims.debtor, claims.amount, strict=True)) == [
        (1, 4, 10.0),
        (2, 3, 4.0),
    ]
    assert (owed.trade, owed.guarantees, owed.unpriced) == (1, 1, 0)
    assert claims_of(field.network, field.snapshot).guarantees == 2
    assert claims_of(field.network, field.snapshot, guarantees=False).guarantees == 0


def test_a_cut_guarantee_by_hand() -> None:
    """A stands for 5 of C's debts with equity 10, C for 4 of D's with 8: C's failure takes half of A, D's a quarter."""
    cut = CLOSED + '[[what_if]]\ncut_guarantee = ["A", "C"]'
    assert effects(bench(cut)) == {("A", "credit exposure"): (pytest.approx(0.2 * 0.5), 0.0)}
    found = effects(bench(cut, pd=np.array([0.1, 0.3, 0.2, 0.4, 0.0])))
    assert found["A", "credit exposure"] == (pytest.approx(0.2 * 0.5 + 0.4 * 0.25), 0.0)
    assert effects(bench(cut, costs=None))["A", "credit exposure"] == (None, None)
    # The network: A catches from C over the guarantee, and over their trade.
    learned = Transmissions(
        node_ids=tuple(PD), firms=5, defaulted=np.zeros(5, bool), base=np.array([list(PD.values())]),
        source=np.array([2, 2]), target=np.array([0, 0]),
        kind=pa.array(["firm:guarantees:firm:back", "firm:supplies:firm:back"], pa.string()).dictionary_encode(),
        weight=np.array([[0.5, 0.2]]), rounds=1, scale=HazardMap(), model="m", content_hash="",
    )  # fmt: skip
    q = 1 - np.exp(-0.2)
    found = effects(bench(cut, learned=learned))
    left = np.exp(-0.1) * (1 - 0.2 * q)
    assert found["A", "pd"] == pytest.approx((1 - left * (1 - 0.5 * q), 1 - left))
    assert found["C", "pd"] == pytest.approx((q, q))


@pytest.mark.parametrize(
    ("what_if", "fault"),
    [
        ('stock = "A"\ntimes = 2', "no stock is recorded for A, expected days in place of times"),
        (
            'add_supplier = "A"\ncustomer = "C"\nshare = 0.5',
            "C buys nothing of that kind from firms other than A",
        ),
        ('add_supplier = "B"\ncustomer = "C"\nshare = 0.5\nsector = "toys"', "C buys nothing of that kind"),
        ('cut_guarantee = ["C", "A"]', "C does not guarantee debts of A, expected a guarantee in force"),
    ],
)
def test_what_the_data_do_not_allow(what_if: str, fault: str) -> None:
    seen = build_snapshot(chain(), AS_OF)
    plan, faults = read_scenario_plan(f"{CLOSED}[[what_if]]\n{what_if}", "test")
    assert faults == []
    (found,) = shocks_of(plan, scenario_scope_of(seen, SupplyNetwork.from_snapshot(seen)))[1]
    assert found.startswith(f"what_if 1: {fault}")


@settings(max_examples=30, deadline=None)
@given(cases(7), st.integers(0, 10**6))
def test_exposures_are_the_sum_over_all_closures(case: Case, seed: int) -> None:
    """Only firms that reach the ones asked for are closed; the others would add nothing."""
    pd, n = np.random.default_rng(seed).random(case.n), case.n
    scenario = Scenario(weights_of(case.network(), case.essentiality()))
    options = RunOptions(rounds=3, substitution=case.substitution)

    def loss_of(
        psi: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return scenario.run(psi, options=options).loss

    losses = np.array([loss_of(row) for row in np.eye(n)]) * (1 - np.eye(n))
    found = exposures(case.network(), loss_of, pd, np.arange(n))
    np.testing.assert_allclose(found, pd @ losses, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(cases(6), st.integers(0, 10**6))
def test_what_carries_an_exposure_sums_to_it(case: Case, seed: int) -> None:
    pd, n = np.random.default_rng(seed).random(case.n), case.n
    scenario = Scenario(weights_of(case.network(), case.essentiality()))
    options = RunOptions(rounds=3, substitution=case.substitution)
    alone = [scenario.run(row, options=options) for row in np.eye(n)]
    for firm in range(n):
        terms = np.array([pd[k] * alone[k].loss[firm] if k != firm else 0.0 for k in range(n)])
        found = explain_exposure(scenario, pd, firm, options)
        if found is None:
            assert not terms.any()
            continue
        assert found.loss == pytest.approx(terms.sum())
        assert found.by_supply + found.by_demand == pytest.approx(found.loss)
        np.testing.assert_allclose(found.shocked, terms / terms.sum(), atol=1e-12)
        into = np.where(found.demand, found.supplier, found.customer)
        out = np.where(found.demand, found.customer, found.supplier)
        comes = found.shocked + np.bincount(into, found.share, n)
        goes = np.eye(n)[firm] + np.bincount(out, found.share, n)
        np.testing.assert_allclose(comes, goes, atol=1e-12)
        for path in found.paths:
            assert path.firms[-1] == firm
            assert path.share <= found.shocked[path.firms[0]] + 1e-12


def test_the_mechanism_and_the_network_side_by_side() -> None:
    """B stops. By mechanism E loses all and no other firm anything; the network links B to D strongly, to E weakly."""
    made = bench('[[step]]\nfirms = "B"')
    course = run_course(made.plan, made.shocks, Scenario(weights_of(made.scope.network)), made.scope)
    learned = Transmissions(
        node_ids=tuple(PD), firms=5, defaulted=np.array([True, *[False] * 4]), base=np.full((1, 5), 0.1),
        source=np.array([1, 1]), target=np.array([3, 4]), kind=pa.array(["x", "x"], pa.string()).dictionary_encode(),
        weight=np.array([[0.5, 0.1]]), rounds=2, scale=HazardMap(), model="m", content_hash="",
    )  # fmt: skip
    found = compare_with_learned(course, learned)
    assert found.stopped == 1
    assert np.isnan(found.pd[:2]).all()  # A is in default, B has stopped
    assert found.pd_stressed[3:] == pytest.approx([1 - np.exp(-0.1) * 0.5, 1 - np.exp(-0.1) * 0.9])
    # Ranks of C, D, E: by loss 1.5, 1.5, 3; by the rise 1, 3, 2; differences in thirds.
    assert found.rank_difference[2:] == pytest.approx([0.5 / 3, -1.5 / 3, 1 / 3])
    assert disagreements(found, 2).tolist() == [3, 4]
    assert found.correlation == pytest.approx(np.corrcoef([1.5, 1.5, 3], [1, 3, 2])[0, 1])

"""ESRI: the reference's results, laws that hold for any network, and the fast version against the readable one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import esri_reference
from esri_networks import SIX_FIRMS, SIX_PARTIAL, SIX_RESULTS, Case, cases, random_case
from esri_reference import DenseNetwork, DenseResult, reference_esri
from networks import linked_network
from supplyrisk.graph.contagion import (
    ClosureLosses,
    RunOptions,
    Scenario,
    esri_all,
    weights_of,
)

SAME = 1e-12
LAWFUL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def closed(n: int, k: int) -> np.ndarray:
    psi = np.zeros(n)
    psi[k] = 1.0
    return psi


def slow_all(dense: DenseNetwork, **how: float) -> list[DenseResult]:
    n = len(dense.traded)
    return [reference_esri(dense, closed(n, k), **how) for k in range(n)]


def fast_all(case: Case, **how: float) -> ClosureLosses:
    losses, _ = esri_all(
        weights_of(case.network(), case.essentiality()), RunOptions(substitution=case.substitution, **how)
    )
    return losses


def figures(losses: ClosureLosses) -> np.ndarray:
    return np.array([losses.esri, losses.down, losses.up, losses.iterations, losses.residual])


def slow_figures(found: list[DenseResult]) -> np.ndarray:
    return np.array([(r.esri, r.down, r.up, r.iterations, r.falls[-1]) for r in found]).T


@pytest.mark.parametrize(("eps", "substitution"), list(SIX_RESULTS))
@pytest.mark.parametrize("fast", [False, True])
def test_six_firms_as_the_reference_has_them(eps: float, fast: bool, substitution: bool) -> None:
    results = SIX_RESULTS[eps, substitution]
    case = Case(SIX_FIRMS.traded, SIX_FIRMS.sector, SIX_FIRMS.essential, substitution)
    if fast:
        got = fast_all(case, eps=eps)
        rows = list(zip(got.esri, got.down, got.up, got.iterations, strict=True))
    else:
        rows = [(r.esri, r.down, r.up, r.iterations) for r in slow_all(case.dense(), eps=eps)]
    for row, want in zip(rows, results, strict=True):
        assert row[:3] == pytest.approx(want[:3], rel=0, abs=SAME)
        assert row[3] == want[3]


@LAWFUL
@given(cases(), st.sampled_from([1e-2, 1e-5]))
def test_fast_is_readable_until_settled(case: Case, eps: float) -> None:
    slow = slow_all(case.dense(), eps=eps)
    # A fall that is eps but for rounding may stop one of the two a step earlier.
    assume(all(abs(fall - eps) > 1e-9 for result in slow for fall in result.falls))
    np.testing.assert_allclose(figures(fast_all(case, eps=eps)), slow_figures(slow), rtol=0, atol=SAME)


@LAWFUL
@given(cases(), st.integers(1, 12))
def test_fast_is_readable_for_fixed_rounds(case: Case, rounds: int) -> None:
    slow = slow_all(case.dense(), rounds=rounds)
    np.testing.assert_allclose(figures(fast_all(case, rounds=rounds)), slow_figures(slow), rtol=0, atol=SAME)


@pytest.mark.parametrize("rounds", [None, 3])
def test_lanes_refills_and_threads_change_nothing(rounds: int | None) -> None:
    """600 firms are two pieces, each with scenarios that settle alone, share lanes, and follow one another in them."""
    case = random_case(600, 3000, seed=5)
    weights = weights_of(case.network(), case.essentiality())
    pd = np.random.default_rng(1).random(600)
    one, two = (esri_all(weights, RunOptions(1e-4, rounds, threads=t), pd=pd) for t in (1, 2))
    for mine, other in zip(one, two, strict=True):
        for name, values in vars(mine).items():
            assert np.array_equal(values, getattr(other, name)), name
    scenario = Scenario(weights)
    for k in range(0, 600, 50):
        alone = scenario.run(closed(600, k), options=RunOptions(1e-4, rounds))
        assert one[0].esri[k] == pytest.approx(alone.esri, rel=0, abs=SAME)
        assert (one[0].iterations[k], one[0].residual[k]) == (
            alone.iterations,
            pytest.approx(alone.residual, abs=SAME),
        )


def test_partial_shock_as_the_reference_has_it() -> None:
    psi = np.array([0.2, 0, 0, 0.5, 0, 0])
    slow = reference_esri(SIX_FIRMS.dense(), psi, eps=1e-12)
    fast = Scenario(weights_of(SIX_FIRMS.network(), SIX_FIRMS.essentiality())).run(
        psi, options=RunOptions(1e-12)
    )
    assert (slow.esri, slow.down, slow.up) == pytest.approx(SIX_PARTIAL[:3], rel=0, abs=SAME)
    assert (fast.esri, fast.esri_down, fast.esri_up) == pytest.approx(SIX_PARTIAL[:3], rel=0, abs=SAME)
    assert slow.iterations == fast.iterations == SIX_PARTIAL[3]


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_one_scenario_is_readable_with_any_shocks_revenues_and_costs(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    psi, psi_up = rng.random((2, case.n)) * (rng.random((2, case.n)) < 0.4)
    network = case.network()
    money = {
        "revenue": network.sales * rng.uniform(0.8, 2, case.n) + rng.random(case.n),
        "costs": network.purchases * rng.uniform(0.8, 2, case.n) + rng.random(case.n),
    }
    slow = reference_esri(replace(case.dense(), **money), psi, psi_up, rounds=6)
    weights = weights_of(replace(network, **money), case.essentiality())
    options = RunOptions(rounds=6, substitution=case.substitution)
    fast = Scenario(weights).run(psi, psi_up, options)
    np.testing.assert_allclose(1 - fast.down, slow.d, rtol=0, atol=SAME)
    np.testing.assert_allclose(1 - fast.up, slow.u, rtol=0, atol=SAME)
    assert fast.loss == pytest.approx(np.maximum(fast.down, fast.up))
    everyone, _ = esri_all(weights, options)
    alone = [Scenario(weights).run(closed(case.n, k), options=options).esri for k in range(case.n)]
    np.testing.assert_allclose(everyone.esri, alone, rtol=0, atol=SAME)


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_laws(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    options = RunOptions(1e-10, substitution=case.substitution)
    scenario = Scenario(weights_of(case.network(), case.essentiality()))
    none = scenario.run(np.zeros(case.n), options=options)
    assert (none.esri, none.loss.max()) == (0.0, 0.0)
    less = rng.random(case.n) * (rng.random(case.n) < 0.5)
    more = np.minimum(1.0, less + rng.random(case.n) * (rng.random(case.n) < 0.3))
    small, large = (scenario.run(psi, options=options) for psi in (less, more))
    assert np.all(small.loss <= large.loss + 1e-7)
    for outcome in (small, large):
        assert np.all((outcome.loss >= 0) & (outcome.loss <= 1))
        assert 0 <= outcome.esri <= 1 + SAME
        assert outcome.residual <= 1e-10


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_neither_the_currency_nor_the_names_matter(case: Case, seed: int) -> None:
    base = fast_all(case, rounds=5)
    dearer = fast_all(replace(case, traded=case.traded * 1000), rounds=5)
    np.testing.assert_allclose(dearer.esri, base.esri, rtol=0, atol=SAME)
    order = np.random.default_rng(seed).permutation(case.n)
    moved = replace(case, traded=case.traded[np.ix_(order, order)], sector=case.sector[order])
    np.testing.assert_allclose(fast_all(moved, rounds=5).esri, base.esri[order], rtol=0, atol=SAME)


def test_a_market_that_dies_out_has_no_substitutes() -> None:
    """Both suppliers of the only customer close: its supply is gone, though each alone could be replaced.

    Each sells 1 to C, and C sells 2 to D; all other sales are D's to the suppliers, 1 each.
    """
    links = [("A", "C", 1.0), ("B", "C", 1.0), ("C", "D", 2.0), ("D", "A", 1.0), ("D", "B", 1.0)]
    network = linked_network(links, {"A": "parts", "B": "parts", "C": "goods", "D": "trade"})
    scenario = Scenario(weights_of(network))
    one = scenario.run(np.array([1.0, 0, 0, 0]), np.zeros(4), RunOptions(rounds=1))
    assert one.down.tolist() == [1.0, 0.0, 0.5, 0.0]  # B's sales are all that is left: A counts in full
    both = scenario.run(np.array([1.0, 1, 0, 0]), np.zeros(4), RunOptions(rounds=1))
    assert both.down.tolist() == [1.0, 1.0, 1.0, 0.0]


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_exposures_are_those_of_brute_force(case: Case, seed: int) -> None:
    pd = np.random.default_rng(seed).random(case.n)
    weights = weights_of(case.network(), case.essentiality())
    options = RunOptions(rounds=4, substitution=case.substitution)
    _, exposure = esri_all(weights, options, pd=pd)
    assert exposure is not None
    terms, least, most = np.zeros((case.n, case.n)), np.zeros(case.n), np.zeros(case.n)
    for k in range(case.n):
        slow = reference_esri(case.dense(), closed(case.n, k), rounds=4)
        terms[:, k] = pd[k] * (1 - np.minimum(slow.d, slow.u))
        terms[k, k] = 0
        # Where both channels are equal but for rounding, either may bind.
        least += (slow.d < slow.u - SAME) * terms[:, k]
        most += (slow.d <= slow.u + SAME) * terms[:, k]
    np.testing.assert_allclose(exposure.total, terms.sum(axis=1), rtol=0, atol=1e-11)
    assert (least - 1e-10 <= exposure.supply).all()
    assert (exposure.supply <= most + 1e-10).all()
    for firm in range(case.n):
        worst, source = exposure.worst[firm], exposure.source[firm]
        found = worst > 0
        np.testing.assert_allclose(
            worst[: case.n], np.sort(terms[firm])[::-1][: len(worst)], rtol=0, atol=SAME
        )
        np.testing.assert_allclose(worst[found], terms[firm, source[found]], rtol=0, atol=SAME)
        assert len(set(source[found])) == found.sum()


def test_exposure_by_hand() -> None:
    """A sells 1 to C, B sells 3 to C, and C sells 4 to D; no substitution, three steps.

    A closes: C loses 1/4 of its inputs, and D the same. B closes: 3/4. C closes: D, A and B lose everything. D closes:
    C loses all its sales, then A and B do. With PDs of 10, 20, 30 and 40 %:
    """
    network = linked_network(
        [("A", "C", 1.0), ("B", "C", 3.0), ("C", "D", 4.0)], dict.fromkeys("ABCD", "all")
    )
    losses, exposure = esri_all(
        weights_of(network), RunOptions(rounds=3, substitution=False), pd=np.array([0.1, 0.2, 0.3, 0.4])
    )
    assert exposure is not None
    assert losses.esri == pytest.approx([(1 + 1) / 8, (3 + 3) / 8, 1.0, 1.0])
    assert losses.down == pytest.approx([(1 + 1) / 8, (3 + 3) / 8, 4 / 8, 0.0])
    assert losses.up == pytest.approx([1 / 8, 3 / 8, 1.0, 1.0])
    assert exposure.demand == pytest.approx([0.3 + 0.4, 0.3 + 0.4, 0.4, 0.0])
    assert exposure.supply == pytest.approx([0.0, 0.0, 0.1 / 4 + 0.2 * 3 / 4, 0.1 / 4 + 0.2 * 3 / 4 + 0.3])
    assert [network.firm_ids[k] for k in exposure.source[3][:3]] == ["C", "B", "A"]
    assert exposure.worst[3][:4] == pytest.approx([0.3, 0.15, 0.025, 0.0])


def test_the_specification_stands_alone() -> None:
    """Code that both share would hide an error from the comparison."""
    assert "supplyrisk" not in Path(esri_reference.__file__).read_text(encoding="utf-8")

"""What carries a loss: cases computed by hand, the rule as a recursion, and laws on random networks."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esri_networks import Case, Matrix, cases
from esri_reference import dense_weights, replaceability
from networks import linked_network
from supplyrisk.graph.contagion import (
    Essentiality,
    LossExplanation,
    RunOptions,
    Scenario,
    ScenarioTrace,
    weights_of,
)

FORK = [("A", "C", 1.0), ("B", "C", 3.0), ("C", "D", 4.0)]
SECTORS = {"A": "ore", "B": "coal", "C": "steel", "D": "trade"}


def trace(
    links: list[tuple[str, str, float]],
    sectors: dict[str, str | None],
    shock: dict[str, float],
    roles: dict[tuple[str, str], int] | None = None,
    **options: int,
) -> ScenarioTrace:
    network = linked_network(links, sectors)
    weights = weights_of(network, Essentiality(roles or {("*", "*"): 1}, "of the test"))
    psi = np.array([shock.get(firm, 0.0) for firm in network.firm_ids])
    return ScenarioTrace(Scenario(weights), psi, options=RunOptions(1e-12, **options))


def why(found: ScenarioTrace, firm: str) -> LossExplanation:
    carried = found.explain(found.scenario.weights.network.rows[firm])
    assert carried is not None
    return carried


def by_link(found: ScenarioTrace, carried: LossExplanation) -> dict[tuple[str, str, bool], float]:
    ids = found.scenario.weights.network.firm_ids
    ends = zip(carried.supplier, carried.customer, carried.demand, carried.share, strict=True)
    return {(ids[s], ids[c], bool(d)): float(share) for s, c, d, share in ends}


def by_path(found: ScenarioTrace, carried: LossExplanation) -> dict[tuple[str, ...], float]:
    ids = found.scenario.weights.network.firm_ids
    return {tuple(ids[f] for f in p.firms): p.share for p in carried.paths}


def test_two_suppliers_share_what_their_customer_lacks() -> None:
    # A is closed and B loses a fifth: C lacks 1/4 x 1 + 3/4 x .2 = .4, of which A has .25 / .4 = .625; D lacks .4.
    found = trace(FORK, SECTORS, {"A": 1.0, "B": 0.2})
    carried = why(found, "D")
    assert (carried.loss, carried.by_supply, carried.by_demand) == pytest.approx((0.4, 0.4, 0.0))
    assert carried.shocked.tolist() == pytest.approx([0.625, 0.375, 0, 0])
    expected = {("C", "D", False): 1.0, ("A", "C", False): 0.625, ("B", "C", False): 0.375}
    assert by_link(found, carried) == pytest.approx(expected)
    assert by_path(found, carried) == pytest.approx({("A", "C", "D"): 0.625, ("B", "C", "D"): 0.375})


def test_an_essential_input_binds_alone() -> None:
    # Without half of A's ore C makes half, whatever it has of coal: of B's lost fifth nothing shows.
    found = trace(FORK, SECTORS, {"A": 0.5, "B": 0.2}, {("*", "*"): 1, ("ore", "steel"): 2})
    carried = why(found, "D")
    assert carried.loss == pytest.approx(0.5)
    assert by_path(found, carried) == {("A", "C", "D"): 1.0}


def test_demand_goes_the_other_way() -> None:
    found = trace(FORK, SECTORS, {"D": 0.3})
    carried = why(found, "A")
    assert (carried.loss, carried.by_supply, carried.by_demand) == pytest.approx((0.3, 0.0, 0.3))
    assert by_link(found, carried) == {("C", "D", True): 1.0, ("A", "C", True): 1.0}
    assert by_path(found, carried) == {("D", "C", "A"): 1.0}


def test_a_firms_own_shock_binds_where_it_is_larger() -> None:
    found = trace(FORK, SECTORS, {"A": 1.0, "C": 0.6})
    assert by_path(found, why(found, "D")) == {("C", "D"): 1.0}
    carried = why(found, "A")
    assert (carried.by_supply, carried.by_demand) == (0.5, 0.5)  # closed in both channels alike
    assert by_path(found, carried) == {("A",): 0.5}  # one path in each channel; equal firms are one key
    assert [p.channel for p in carried.paths] == ["demand", "supply"]


def test_a_loss_that_goes_round() -> None:
    # A buys all from B, B half from A and half from E. Step 1: B lacks .5 x .1 + .5 x 1 = .55. Step 2: A lacks that.
    # Of it A itself has .05 / .55 = 1/11.
    links = [("B", "A", 1.0), ("A", "B", 1.0), ("E", "B", 1.0)]
    found = trace(links, {"A": "a", "B": "b", "E": "e"}, {"A": 0.1, "E": 1.0}, rounds=2)
    carried = why(found, "A")
    assert carried.loss == pytest.approx(0.55)
    assert by_path(found, carried) == pytest.approx({("E", "B", "A"): 10 / 11, ("A", "B", "A"): 1 / 11})
    expected = {("B", "A", False): 1.0, ("E", "B", False): 10 / 11, ("A", "B", False): 1 / 11}
    assert by_link(found, carried) == pytest.approx(expected)


def test_a_firm_without_a_loss_has_no_paths() -> None:
    found = trace(FORK, SECTORS, {"A": 1.0})
    assert found.explain(found.scenario.weights.network.rows["B"]) is None


def test_a_stock_covers_what_it_lasts_for() -> None:
    weights = weights_of(linked_network(FORK, SECTORS))
    stock = np.array([0, 0, 0.15, 0])
    outcome = Scenario(weights).run(np.array([1.0, 0.2, 0, 0]), options=RunOptions(1e-12), stock=stock)
    assert outcome.down.tolist() == pytest.approx([1.0, 0.2, 0.25, 0.25])  # C lacks .4, and .15 are in stock


def recursion(case: Case, psi: Matrix, rounds: int, firm: int) -> Matrix:
    """The rule word by word: states step by step, then shares back along them, with dense matrices."""
    dense = case.dense()
    down, up = dense_weights(dense)
    role = case.essential[case.sector][:, case.sector]
    x, y = [psi], [psi]
    lacking = []

    def parts(step: int, j: int) -> list[Matrix]:
        """Terms of each part of j's inputs: all non-essential ones, then each essential sector."""
        terms = down[:, j] * lacking[step]
        sectors = [(case.sector == k) & (role[:, j] == 2) for k in range(len(case.essential))]
        return [np.where(of, terms, 0.0) for of in (role[:, j] == 1, *sectors)]

    for step in range(rounds):
        lacking.append(replaceability(dense, 1 - x[-1]) * x[-1])
        worst = [max(part.sum() for part in parts(step, j)) for j in range(case.n)]
        x.append(np.maximum(psi, np.minimum(1, worst)))
        y.append(np.maximum(psi, np.minimum(1, up @ y[-1])))

    @cache
    def back(i: int, step: int, supply: bool) -> tuple[float, ...]:
        if step == 0:
            return tuple(np.eye(case.n)[i])
        found = max(parts(step - 1, i), key=lambda p: p.sum()) if supply else up[i] * y[step - 1]
        if psi[i] >= min(1, found.sum()):
            return tuple(np.eye(case.n)[i])
        shares = found / found.sum()
        return tuple(sum(s * np.array(back(j, step - 1, supply)) for j, s in enumerate(shares) if s > 0))

    left, right = x[-1][firm], y[-1][firm]
    supply = 0.5 if left == right else float(left > right)
    return supply * np.array(back(firm, rounds, True)) + (1 - supply) * np.array(back(firm, rounds, False))


@settings(max_examples=60, deadline=None)
@given(cases(6), st.integers(0, 10**6), st.integers(1, 4))
def test_shares_sum_and_follow_the_rule(case: Case, seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    psi = rng.random(case.n) * (rng.random(case.n) < 0.5)
    found = ScenarioTrace(
        Scenario(weights_of(case.network(), case.essentiality())),
        psi,
        options=RunOptions(rounds=rounds, substitution=case.substitution),
    )
    for firm in range(case.n):
        carried = found.explain(firm, path_count=10_000)
        if carried is None:
            assert found.outcome.loss[firm] == 0
            continue
        assert carried.by_supply + carried.by_demand == pytest.approx(carried.loss)
        assert carried.shocked.sum() == pytest.approx(1.0)
        assert set(np.flatnonzero(carried.shocked)) <= set(np.flatnonzero(psi))
        # What reaches a firm over its links or begins there is what leaves it, and once more for the firm itself.
        into = np.where(carried.demand, carried.supplier, carried.customer)
        out = np.where(carried.demand, carried.customer, carried.supplier)
        comes = carried.shocked + np.bincount(into, carried.share, case.n)
        goes = np.eye(case.n)[firm] + np.bincount(out, carried.share, case.n)
        np.testing.assert_allclose(comes, goes, atol=1e-12)
        # Paths are all there is, but for those under a ten-thousandth.
        begins = np.bincount([p.firms[0] for p in carried.paths], [p.share for p in carried.paths], case.n)
        assert np.all(begins <= carried.shocked + 1e-12)
        assert begins.sum() == pytest.approx(1.0, abs=0.05)
        assert [p.share for p in carried.paths] == sorted((p.share for p in carried.paths), reverse=True)
        np.testing.assert_allclose(carried.shocked, recursion(case, psi, rounds, firm), atol=1e-9)

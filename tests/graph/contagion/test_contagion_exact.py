"""Sums by the sector of the source, and the converged mode."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esri_networks import Case, cases, random_case
from networks import linked_network
from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import RunOptions, Scenario, close_all, weights_of
from supplyrisk.graph.contagion import run_options as options
from supplyrisk.graph.contagion import upstream_loss as upstream

LAWFUL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sector_sums(case: Case, pd: np.ndarray, options: RunOptions) -> np.ndarray:
    """Exposure of each firm by the sector of the closed one, scenario by scenario."""
    scenario, sums = Scenario(weights_of(case.network(), case.essentiality())), np.zeros((case.n, 100))
    for k in range(case.n):
        loss = scenario.run(np.eye(case.n)[k], options=options).loss
        loss[k] = 0.0
        sums[:, case.sector[k]] += pd[k] * loss
    return sums


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_sectors_of_sources_sum_to_the_exposure(case: Case, seed: int) -> None:
    pd = np.random.default_rng(seed).random(case.n)
    options = RunOptions(rounds=4, substitution=case.substitution)
    weights = weights_of(case.network(), case.essentiality())
    found = close_all(weights, options, pd=pd).exposure
    assert found is not None
    sums = sector_sums(case, pd, options)
    names = weights.network.sectors
    for firm in range(case.n):
        mine = {f"S{k}": value for k, value in enumerate(sums[firm]) if value > 1e-15}
        got = {
            names[k]: v for k, v in zip(found.sector[firm], found.by_sector[firm], strict=True) if v > 1e-15
        }
        assert got == pytest.approx(mine)  # at most four sectors, all of which are kept
        assert sum(got.values()) == pytest.approx(found.total[firm])
    assert np.all(np.diff(found.by_sector, axis=1) <= 0)


def test_the_largest_of_many_sectors_are_kept_across_pieces() -> None:
    """1,200 firms of 30 sectors are several pieces of at most eight sectors, and sectors go on from one to the next."""
    case = random_case(1200, 4000, seed=3, sectors=30)
    pd = np.random.default_rng(0).random(1200)
    weights, options = weights_of(case.network()), RunOptions(rounds=2)
    found = close_all(weights, options, pd=pd).exposure
    assert found is not None
    names = [int(name[1:]) for name in weights.network.sectors]
    some = range(0, 1200, 60)
    scenario, sums = Scenario(weights), np.zeros((1200, 30))
    for k in range(1200):
        loss = scenario.run((np.arange(1200) == k).astype(float), options=options).loss
        loss[k] = 0.0
        sums[:, case.sector[k]] += pd[k] * loss
    for firm in some:
        np.testing.assert_allclose(found.by_sector[firm], np.sort(sums[firm])[::-1][:5], rtol=0, atol=1e-12)
        got = [names[k] for k in found.sector[firm][found.by_sector[firm] > 0]]
        np.testing.assert_allclose(sums[firm, got], found.by_sector[firm][: len(got)], rtol=0, atol=1e-12)


@LAWFUL
@given(cases())
def test_converged_is_where_the_plain_steps_lead(case: Case) -> None:
    weights = weights_of(case.network(), case.essentiality())
    pd, most = np.full(case.n, 0.1), 2_000
    # Networks can be drawn on which plain steps, of supply too, have not settled after a million.
    with patch.object(options, "MAX_STEPS", most):
        plain = close_all(weights, RunOptions(1e-12, substitution=case.substitution), pd=pd)
        asked = RunOptions(1e-12, substitution=case.substitution, exact_upstream=True)
        exact = close_all(weights, asked, pd=pd)
    settled = exact.losses.residual <= 1e-12
    assert np.all(settled | (exact.losses.iterations == most))
    # Hundreds of steps of less than 1e-12 each may still be to come where plain steps are slow.
    quick = plain.losses.iterations < 200
    assert np.all(settled[quick])
    for name in ("esri", "down", "up"):
        want, got = getattr(plain.losses, name), getattr(exact.losses, name)
        np.testing.assert_allclose(got[quick], want[quick], rtol=0, atol=1e-9, err_msg=name)
        assert np.all(got >= want - 1e-9)
    assert plain.exposure is not None
    assert exact.exposure is not None
    assert np.all(exact.exposure.total >= plain.exposure.total - 1e-7)
    if quick.all():
        np.testing.assert_allclose(exact.exposure.total, plain.exposure.total, rtol=0, atol=1e-7)


def test_converged_across_pieces_and_with_few_steps() -> None:
    """A nearly closed network of 80 firms, two pieces: plain steps are thousands there."""
    case = random_case(80, 500, seed=1)
    weights = weights_of(case.network())
    plain = close_all(weights, RunOptions(1e-13)).losses
    exact = close_all(weights, RunOptions(1e-12, exact_upstream=True)).losses
    np.testing.assert_allclose(exact.esri, plain.esri, rtol=0, atol=1e-9)
    assert plain.iterations.max() > 1000
    assert exact.iterations.max() < 100
    alone = close_all(weights, RunOptions(1e-12, exact_upstream=True, threads=1)).losses
    assert np.array_equal(exact.esri, alone.esri)


def test_where_the_solver_fails_plain_steps_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    case = random_case(30, 120, seed=4)
    weights = weights_of(case.network())
    closed = np.arange(30, dtype=np.uint32)
    solved = upstream.upstream_of(weights.links, closed)
    monkeypatch.setattr(upstream, "MAX_ITERATIONS", 1)
    monkeypatch.setattr(upstream, "MAX_RESTARTS", 1)
    np.testing.assert_allclose(upstream.upstream_of(weights.links, closed), solved, rtol=0, atol=1e-10)


def test_revenues_below_sales_have_no_exact_form() -> None:
    network = linked_network([("A", "B", 2.0), ("C", "B", 1.0)], dict.fromkeys("ABC", "s"))
    weights = weights_of(replace(network, revenue=np.array([1.0, 1.0, 1.0])))
    with pytest.raises(DataError, match="1 firms have a revenue below their sales"):
        close_all(weights, RunOptions(exact_upstream=True))

"""A book's loss over drawn defaults, against enumeration, and the closed forms of small networks."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import (
    ContagionLinks,
    LoanPortfolio,
    TailRisk,
    drawn_tail,
    enumerate_losses,
    exact_tail,
    simulate_losses,
)
from supplyrisk.graph.contagion import loss_simulation as portfolio

TEN = np.array([0.01, 0.02, 0.05, 0.1, 0.03, 0.2, 0.015, 0.04, 0.08, 0.005])
TEN_LOANS = LoanPortfolio(
    np.arange(10),
    [100.0, 250.0, 40.0, 10.0, 300.0, 5.0, 120.0, 60.0, 75.0, 500.0],
    [0.45, 0.4, 0.6, 0.45, 0.3, 0.9, 0.45, 0.45, 0.5, 0.35],
)


@cache
def outcomes(
    pd: tuple[float, ...], cost: tuple[float, ...], links: tuple[tuple[int, int, float], ...] = ()
) -> TailRisk:
    """Every outcome of every firm and of every link, one by one: a default passes a link with probability w."""
    losses, chances = [], []
    for failed in product([False, True], repeat=len(pd)):
        for open_ in product([False, True], repeat=len(links)):
            chance = np.prod([p if f else 1 - p for p, f in zip(pd, failed, strict=True)])
            chance *= np.prod([w if o else 1 - w for (_, _, w), o in zip(links, open_, strict=True)])
            down = list(failed)
            for _ in pd:
                for (source, target, _), o in zip(links, open_, strict=True):
                    down[target] |= down[source] and o
            losses.append(np.array(cost) @ np.array(down))
            chances.append(chance)
    return exact_tail(np.array(losses), np.array(chances))


def agrees(drawn: TailRisk, exact: TailRisk) -> None:
    assert abs(drawn.el - exact.el) <= 3 * drawn.el_error
    assert abs(drawn.es - exact.es) <= 3 * drawn.es_error
    assert drawn.var_low <= exact.var <= drawn.var_high


def test_two_loans_by_hand() -> None:
    """Losses 0, 10, 20, 30 with chances .72, .18, .08, .02. At 90 % the quantile is 10: .9 of it is at most that.

    The worst tenth is 20 with .08 and 30 with .02: 22 on average. At 95 % it is 20, and .03 x 20 + .02 x 30 over .05.
    """
    book = LoanPortfolio([0, 1], [20.0, 40.0], [0.5, 0.5])
    pd = np.array([0.2, 0.1])
    found = enumerate_losses(pd, book, 0.9)
    assert (found.el, found.var, found.es) == pytest.approx((4.0, 10.0, 22.0))
    found = enumerate_losses(pd, book, 0.95)
    assert (found.var, found.es) == pytest.approx((20.0, 24.0))


def test_draws_by_hand() -> None:
    """Of 1 to 10 the 80 % quantile is the eighth; beyond it are 1 and 2, over ten draws and a fifth: 1.5."""
    found = drawn_tail(np.arange(10, 0, -1.0), 0.8)
    assert (found.el, found.var, found.es) == pytest.approx((5.5, 8.0, 9.5))
    assert found.el_error == pytest.approx(np.std(np.arange(10), ddof=1) / np.sqrt(10))
    assert found.es_error == pytest.approx(np.std([0] * 8 + [5, 10], ddof=1) / np.sqrt(10))
    assert found.var_low <= 8.0 <= found.var_high == 10.0


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_loans_without_contagion_are_those_of_all_1024_outcomes(seed: int) -> None:
    exact, quick = outcomes(tuple(TEN), tuple(TEN_LOANS.loss_by_firm(10))), enumerate_losses(TEN, TEN_LOANS)
    assert (quick.el, quick.var, quick.es) == pytest.approx((exact.el, exact.var, exact.es))
    found = simulate_losses(TEN, TEN_LOANS, replicas=40_000, seed=seed)
    agrees(found.without, exact)
    assert found.with_contagion == found.without
    assert (found.added, found.caught) == (0.0, 0.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_four_firms_with_contagion_are_those_of_all_outcomes(seed: int) -> None:
    """A ring of three with a branch, and two links between one pair; the fourth owes nothing, and passes on."""
    links = ((0, 1, 0.5), (1, 2, 0.3), (2, 0, 0.4), (3, 0, 0.6), (3, 0, 0.2), (1, 3, 0.25))
    pd, cost = (0.02, 0.05, 0.1, 0.15), (50.0, 20.0, 10.0, 0.0)
    book = LoanPortfolio([0, 1, 2, 0], [80.0, 40.0, 20.0, 20.0], [0.5, 0.5, 0.5, 0.5])
    found = simulate_losses(
        np.array(pd), book, ContagionLinks(*zip(*links, strict=True)), replicas=40_000, seed=seed
    )
    with_, without = outcomes(pd, cost, links), outcomes(pd, cost)
    agrees(found.with_contagion, with_)
    agrees(found.without, without)
    assert abs(found.added - (with_.el - without.el)) <= 3 * found.added_error
    # The draws are common: what contagion adds is known better than the difference of two runs would be.
    assert found.added_error < np.hypot(found.with_contagion.el_error, found.without.el_error)


def test_a_chain_that_a_firm_in_default_sets_off() -> None:
    """0 is in default and passes it to 1 with .5, that to 2 with .5; no firm defaults alone."""
    pd, book = np.array([1.0, 0.0, 0.0]), LoanPortfolio([1, 2], [1.0, 1.0], [1.0, 1.0])
    spread = ContagionLinks([0, 1], [1, 2], [0.5, 0.5])
    whole = simulate_losses(pd, book, spread, replicas=20_000)
    assert whole.with_contagion.el == pytest.approx(0.75, abs=3 * whole.with_contagion.el_error)
    one = simulate_losses(pd, book, spread, replicas=20_000, rounds=1)
    assert one.with_contagion.el == pytest.approx(0.5, abs=3 * one.with_contagion.el_error)
    assert whole.without.el == 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10**6))
def test_laws(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pd, links = rng.random(n) * rng.choice([0.2, 1.0]), int(rng.integers(0, 12))
    source, target, w = rng.integers(0, n, links), rng.integers(0, n, links), rng.random(links) * 0.9
    book = LoanPortfolio(rng.integers(0, n, 5), rng.lognormal(0, 1, 5), rng.random(5))
    found = simulate_losses(pd, book, ContagionLinks(source, target, w), replicas=50, seed=seed)
    assert np.all(found.losses >= found.losses_without)
    more = simulate_losses(pd, book, ContagionLinks(source, target, w + 0.05), replicas=50, seed=seed)
    assert np.all(more.losses >= found.losses - 1e-12)
    riskier = simulate_losses(
        np.minimum(1, pd * 1.2), book, ContagionLinks(source, target, w), replicas=50, seed=seed
    )
    assert np.all(riskier.losses >= found.losses - 1e-12)
    assert found.with_contagion.es >= found.with_contagion.var
    # The first draws are the same however many there are.
    fewer = simulate_losses(pd, book, ContagionLinks(source, target, w), replicas=20, seed=seed)
    assert np.array_equal(fewer.losses, found.losses[:20])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    spread = ContagionLinks([5, 3, 8], [1, 5, 9], [0.9, 0.5, 0.8])
    whole = simulate_losses(TEN, TEN_LOANS, spread, replicas=500)
    monkeypatch.setattr(portfolio, "BLOCK", 700)
    assert np.array_equal(simulate_losses(TEN, TEN_LOANS, spread, replicas=500).losses, whole.losses)


def test_faults_are_said() -> None:
    with pytest.raises(DataError, match="base PD outside"):
        simulate_losses(np.array([1.2]), LoanPortfolio([0], [1.0], [0.5]))
    with pytest.raises(DataError, match="1 loans"):
        simulate_losses(np.array([0.2]), LoanPortfolio([0], [1.0], [1.5]))
    with pytest.raises(DataError, match="1 links"):
        simulate_losses(np.array([0.2]), LoanPortfolio([0], [1.0], [0.5]), ContagionLinks([0], [0], [1.0]))
    with pytest.raises(DataError, match="level of 1"):
        simulate_losses(np.array([0.2]), LoanPortfolio([0], [1.0], [0.5]), level=1.0)
    with pytest.raises(DataError, match="21 borrowers are too many"):
        enumerate_losses(np.full(21, 0.1), LoanPortfolio(np.arange(21), np.ones(21), np.ones(21)))
    with pytest.raises(DataError, match="1 draws"):
        drawn_tail(np.ones(1))

"""DebtRank and clearing: cases computed by hand, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import Claims, clear_all, clear_payments, debtrank_all, run_debtrank


def test_debtrank_of_a_chain_by_hand() -> None:
    """0 lent 5 of its 10 to 1, which lent 4 of its 8 to 2. 2 fails: 1 loses half of its equity, 0 a quarter."""
    claims = Claims([0, 1], [1, 2], [5.0, 4.0], 3)
    found = run_debtrank(claims, np.array([10.0, 8.0, 2.0]), np.array([0.0, 0.0, 1.0]))
    assert found.h.tolist() == [0.25, 0.5, 1.0]
    assert found.rounds == 3  # the third shows that nothing rises any more
    assert found.debtrank(np.array([0.0, 0.0, 1.0]), np.array([10.0, 8.0, 2.0])) == (2.5 + 4) / 20


def test_debtrank_of_a_ring_goes_round_until_it_is_spent() -> None:
    """Each of two firms lent the other half of its equity: 0 loses 10 %, and in the end .1 / (1 - 1/4)."""
    claims = Claims([0, 1], [1, 0], [1.0, 1.0], 2)
    found = run_debtrank(claims, np.array([2.0, 2.0]), np.array([0.1, 0.0]))
    assert found.h == pytest.approx([0.1 / 0.75, 0.05 / 0.75], abs=1e-11)
    one = run_debtrank(claims, np.array([2.0, 2.0]), np.array([0.1, 0.0]), eps=0.05)
    assert one.h.tolist() == [0.1, 0.05]


def test_debtrank_stops_at_the_whole_equity() -> None:
    claims = Claims([0, 1], [1, 2], [50.0, 4.0], 3)
    found = run_debtrank(claims, np.array([10.0, 8.0, 0.0]), np.zeros(3))
    assert found.h.tolist() == [1.0, 0.5, 1.0]  # the third has no equity: it fails from the start


def test_clearing_by_hand() -> None:
    """0 owes 10 to 1 and 10 to 2, and has 12: it pays 6 to each. 1 owes 8 to 2 and has 1 beside the 6: it pays 7."""
    found = clear_payments(Claims([1, 2, 2], [0, 0, 1], [10.0, 10.0, 8.0], 3), np.array([12.0, 1.0, 0.0]))
    assert found.paid == pytest.approx([12.0, 7.0, 0.0])
    assert found.recovery == pytest.approx([0.6, 0.875, 1.0])
    assert found.default.tolist() == [True, True, False]


def test_clearing_of_a_ring_pays_in_full_without_cash() -> None:
    """The greatest solution: each pays from what the other pays; that none pays is a solution too."""
    found = clear_payments(Claims([0, 1], [1, 0], [5.0, 5.0], 2), np.zeros(2))
    assert found.paid.tolist() == [5.0, 5.0]
    assert not found.default.any()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10**6))
def test_laws_of_clearing(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owed = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.5)
    creditor, debtor = np.nonzero(owed)
    claims = Claims(creditor, debtor, owed[creditor, debtor], n)
    cash = rng.normal(1, 1, n)
    found = clear_payments(claims, cash)
    np.fill_diagonal(owed, 0)
    income = owed @ found.recovery
    assert np.all((found.paid >= 0) & (found.paid <= found.owed))
    np.testing.assert_allclose(found.paid, np.minimum(found.owed, np.maximum(0, cash + income)), atol=1e-9)
    assert np.all(clear_payments(claims, cash + 1).paid >= found.paid - 1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10**6))
def test_debtrank_is_the_formula_term_by_term(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owed = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.5)
    creditor, debtor = np.nonzero(owed)
    equity, shock = rng.lognormal(1, 1, n), rng.random(n) * (rng.random(n) < 0.5)
    found = run_debtrank(Claims(creditor, debtor, owed[creditor, debtor], n), equity, shock)
    history = [np.zeros(n), shock]
    for _ in range(found.rounds):
        before, now = history[-2:]
        loss = [
            sum(owed[i, j] / equity[i] * (now[j] - before[j]) for j in range(n) if j != i) for i in range(n)
        ]
        history.append(np.minimum(1, now + np.array(loss)))
    np.testing.assert_allclose(found.h, history[-1], atol=1e-12)
    more = run_debtrank(
        Claims(creditor, debtor, owed[creditor, debtor], n), equity, np.minimum(1, shock * 1.5)
    )
    assert np.all(more.h >= found.h - 1e-9)
    assert np.all((found.h >= 0) & (found.h <= 1))


def test_faults_are_said() -> None:
    with pytest.raises(DataError, match="outside 0 to 1"):
        run_debtrank(Claims([0], [1], [1.0], 2), np.ones(2), np.array([2.0, 0.0]))
    with pytest.raises(DataError, match="1 claims"):
        clear_payments(Claims([0], [1], [-1.0], 2), np.ones(2))
    with pytest.raises(DataError, match="cash"):
        clear_payments(Claims([0], [1], [1.0], 2), np.array([np.nan, 0.0]))


def test_each_firm_failing_in_turn_by_hand() -> None:
    """The chain of three: 2 fails: 1 loses half of 8, 0 a quarter of 10; 1 fails: 0 loses half; 0 harms none."""
    claims = Claims([0, 1], [1, 2], [5.0, 4.0], 3)
    found = debtrank_all(claims, np.array([10.0, 8.0, 2.0]), pd=np.array([0.1, 0.2, 0.4]))
    assert found.lost == pytest.approx([0.0, 5.0, 6.5])
    assert found.impact == pytest.approx([0.0, 5 / 12, 6.5 / 18])
    assert found.exposure == pytest.approx([0.2 * 0.5 + 0.4 * 0.25, 0.4 * 0.5, 0.0])
    assert found.source[0][:2].tolist() == [1, 2]
    # The equity of 1 is unknown: it passes on nothing but its own failure.
    unknown = debtrank_all(claims, np.array([10.0, np.nan, 2.0]))
    assert unknown.lost == pytest.approx([0.0, 5.0, 0.0])


def test_each_firm_paying_nothing_in_turn_by_hand() -> None:
    """0 owes 10 to 1, 1 owes 8 to 2 and has 1 of its own. 0 pays nothing: 1 lacks 10 and pays 1 of 8."""
    claims, cash = Claims([1, 2], [0, 1], [10.0, 8.0], 3), np.array([20.0, 1.0, 0.0])
    found = clear_all(claims, cash, pd=np.array([0.1, 0.2, 0.3]))
    assert found.lost == pytest.approx([17.0, 8.0, 0.0])
    assert found.impact == pytest.approx([17 / 18, 8 / 18, 0.0])
    assert found.failed.tolist() == [1, 0, 0]
    assert found.exposure == pytest.approx([0.0, 1.0, 0.1 * 7 + 0.2 * 8])
    # The cash of 1 is unknown: it is assumed to pay.
    assert clear_all(claims, np.array([20.0, np.nan, 0.0])).lost == pytest.approx([10.0, 8.0, 0.0])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10**6))
def test_all_failures_are_those_one_by_one(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owed = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.5)
    creditor, debtor = np.nonzero(owed)
    claims = Claims(creditor, debtor, owed[creditor, debtor], n)
    equity, pd = rng.normal(4, 3, n), rng.random(n)
    found = debtrank_all(claims, equity, pd=pd)
    base = run_debtrank(claims, equity, np.zeros(n)).h
    exposure = np.zeros(n)
    for k in range(n):
        more = run_debtrank(claims, equity, np.eye(n)[k]).h - base
        more[k] = 0
        assert found.lost[k] == pytest.approx(more @ np.maximum(equity, 0), abs=1e-9)
        exposure += pd[k] * more
    np.testing.assert_allclose(found.exposure, exposure, atol=1e-9)
    np.testing.assert_allclose(found.worst.sum(axis=1), exposure, atol=1e-9)  # at most ten sources
    paid = clear_payments(claims, np.maximum(equity, 0)).paid
    cleared = clear_all(claims, np.maximum(equity, 0))
    assert np.all(cleared.lost <= paid.sum() + 1e-9)
    assert np.all(cleared.lost >= paid - 1e-9)  # what the failing firm itself paid, at least

"""The lender's layer: a case computed by hand, and the streamed version against the readable one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esri_networks import Case, cases
from networks import linked_network
from supplyrisk.graph.contagion import (
    LoanBook,
    RunOptions,
    Scenario,
    SupplyNetwork,
    close_all,
    defaults_by_lost_profit,
    losses_from_defaults,
    losses_on_own_loans,
    weights_of,
)

NAN = float("nan")
LAWFUL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def chain() -> SupplyNetwork:
    """A sells 1 to C, B sells 3 to C, and C sells 4 to D."""
    links = [("A", "C", 1.0), ("B", "C", 3.0), ("C", "D", 4.0)]
    return linked_network(links, dict.fromkeys("ABCD", "all"))


BOOK = LoanBook(
    margin=np.array([10.0, 10.0, 8.0, NAN]),
    buffer=np.array([9.0, 20.0, 5.0, NAN]),
    lenders=("bank", "shop"),
    borrower=np.array([0, 1, 2, 2, 3]),
    lender=np.array([0, 0, 0, 1, 1]),
    ead=np.array([100.0, 200.0, 40.0, 60.0, 10.0]),
    lgd=np.array([0.5, 0.5, 0.25, 0.5, 0.4]),
    equity=np.array([NAN, 20.0]),
)
"""By default they cost: A bank 50, B bank 100, C bank 10 and shop 30, D shop 4. The shop has 20 to lose."""


def test_a_chain_by_hand() -> None:
    """Losses are those of `test_exposure_by_hand`. D is not judged, and B can bear to lose all of its 10.

    A closes: C loses a quarter, 2 of the 5 that it can bear: no other firm defaults. The bank loses 50.
    B closes: C loses 3/4, 6 of 5: it defaults. The bank loses 100 + 10, the shop 20 of the 30, having no more.
    C closes: A loses everything, 10 of 9: it defaults. Bank 10 + 50, shop 20.
    D closes: C and A lose everything and default. Bank 10 + 50, shop 20 of the 4 + 30.
    """
    options = RunOptions(rounds=3, substitution=False)
    found = close_all(weights_of(chain()), options, pd=np.array([0.1, 0.2, 0.3, 0.4]), book=BOOK).lenders
    assert found is not None
    assert found.loss.tolist() == [50.0, 130.0, 80.0, 80.0]
    assert found.own.tolist() == [50.0, 100.0, 30.0, 4.0]
    assert found.failed.tolist() == [0, 1, 1, 2]
    assert BOOK.fsri_base == 410.0  # the bank's equity is not known: all EAD
    assert found.fsri == pytest.approx([50 / 410, 130 / 410, 80 / 410, 80 / 410])
    assert found.expected == pytest.approx(
        [0.1 * 50 + 0.2 * 110 + 0.3 * 60 + 0.4 * 60, 20 * (0.2 + 0.3 + 0.4)]
    )
    assert found.direct == pytest.approx([0.1 * 50 + 0.2 * 100 + 0.3 * 10, 0.3 * 20 + 0.4 * 4])
    assert found.worst[0][:5].tolist() == [110.0, 60.0, 60.0, 50.0, 0.0]
    assert found.source[0][:4].tolist() == [1, 2, 3, 0]
    assert found.source[1][:3].tolist() == [1, 2, 3]


def test_loans_of_firms_in_default_end_at_the_equity_of_each_failure_alone() -> None:
    """C and D fail: the bank loses 10; the shop 20 of the 30 by C and 4 by D, as if each failed alone."""
    failed = np.array([False, False, True, True])
    assert losses_on_own_loans(BOOK, failed).tolist() == [10.0, 24.0]
    assert losses_from_defaults(BOOK, failed).tolist() == [10.0, 20.0]  # both at once
    found = close_all(weights_of(chain()), RunOptions(rounds=3), pd=failed.astype(float), book=BOOK).lenders
    assert found is not None
    assert found.direct == pytest.approx(losses_on_own_loans(BOOK, failed))


def test_the_whole_is_equity_where_all_of_it_is_known() -> None:
    book = replace(BOOK, equity=np.array([300.0, -5.0]))
    assert book.fsri_base == 300.0
    assert book.loss_cap.tolist() == [300.0, 0.0]


def test_who_loses_nothing_does_not_default_by_it() -> None:
    """The first has no equity left, the second's production costs more than it brings, the third has just enough."""
    book = replace(BOOK, margin=np.array([10.0, -1.0, 8.0, 8.0]), buffer=np.array([-1.0, -3.0, 4.0, 3.9]))
    none_closed = np.zeros(4, dtype=bool)
    assert not defaults_by_lost_profit(book, np.zeros(4), none_closed).any()
    assert defaults_by_lost_profit(book, np.full(4, 0.5), none_closed).tolist() == [True, False, False, True]
    assert defaults_by_lost_profit(book, np.zeros(4), np.arange(4) == 1).tolist() == [
        False,
        True,
        False,
        False,
    ]


def random_book(n: int, rng: np.random.Generator) -> LoanBook:
    loans, lenders = int(rng.integers(0, 3 * n)), int(rng.integers(1, 4))
    hole = np.array([1.0, NAN])
    return LoanBook(
        margin=rng.normal(1, 1, n) * rng.choice(hole, n, p=[0.8, 0.2]),
        buffer=rng.normal(0.3, 0.4, n) * rng.choice(hole, n, p=[0.8, 0.2]),
        lenders=tuple(f"L{number}" for number in range(lenders)),
        borrower=rng.integers(0, n, loans),
        lender=rng.integers(0, lenders, loans),
        ead=rng.lognormal(0, 1, loans),
        lgd=rng.random(loans),
        equity=rng.lognormal(0, 1, lenders) * rng.choice(hole, lenders),
    )


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_streamed_is_readable(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    book, pd = random_book(case.n, rng), rng.random(case.n)
    weights = weights_of(case.network(), case.essentiality())
    options = RunOptions(rounds=4, substitution=case.substitution)
    found = close_all(weights, options, pd=pd, book=book).lenders
    assert found is not None
    scenario, lost, own = Scenario(weights), [], []
    for k in range(case.n):
        closed = np.arange(case.n) == k
        failed = defaults_by_lost_profit(
            book, scenario.run(closed.astype(float), options=options).loss, closed
        )
        lost.append(losses_from_defaults(book, failed))
        own.append(losses_from_defaults(book, closed))
        assert found.failed[k] == failed.sum() - 1
    table = np.array(lost)
    np.testing.assert_allclose(found.loss, table.sum(axis=1), rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.own, np.sum(own, axis=1), rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.expected, pd @ table, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.direct, pd @ np.array(own), rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.worst[:, : case.n], -np.sort(-table.T, axis=1), rtol=0, atol=1e-11)
    # More buffer, never more loss.
    safer = close_all(weights, options, book=replace(book, buffer=book.buffer + 1)).lenders
    assert safer is not None
    assert np.all(safer.loss <= found.loss + 1e-11)

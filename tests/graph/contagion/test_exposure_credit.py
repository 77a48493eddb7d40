"""Exposures by three channels: supply, demand and credit; by hand, by brute force, and laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esri_networks import Case, cases, random_case
from esri_reference import reference_esri
from networks import linked_network
from supplyrisk.graph import DataError
from supplyrisk.graph.contagion import (
    Claims,
    Closures,
    ContagionExposure,
    CreditExposures,
    RunHooks,
    RunOptions,
    close_all,
    run_debtrank,
    weights_of,
)
from supplyrisk.graph.contagion import run_checkpoint as checkpoint

NEAR = 1e-9
"""Two losses are the same to a reader; which of them is larger in its last digits is not."""
LAWFUL = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_debts(n: int, seed: int, *, density: float = 0.4) -> tuple[np.ndarray, CreditExposures]:
    """What i is owed by j, dense and as claims. Some equity is unknown, some below 0."""
    rng = np.random.default_rng(seed)
    owed = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < density)
    creditor, debtor = np.nonzero(owed)
    equity = rng.lognormal(1, 1, n)
    equity[rng.random(n) < 0.2] = np.nan
    equity[rng.random(n) < 0.1] *= -1.0
    return owed, CreditExposures(Claims(creditor, debtor, owed[creditor, debtor], n), equity)


def slow_rises(owed: np.ndarray, equity: np.ndarray, k: int) -> np.ndarray:
    """DebtRank with k at 1 and without, one firm after the other; a firm of unknown equity loses nothing."""
    n = len(owed)
    found = []
    for failing in (k, None):
        h = [1.0 if equity[i] <= 0 or i == failing else 0.0 for i in range(n)]
        rise, rounds = list(h), 0
        while max(rise) > 1e-13 and rounds < 100_000:
            new = [
                min(1.0, h[i] + sum(owed[i, j] * rise[j] for j in range(n) if j != i) / equity[i])
                if equity[i] > 0
                else h[i]
                for i in range(n)
            ]
            rise = [new[i] - h[i] for i in range(n)]
            h, rounds = new, rounds + 1
        found.append(np.array(h))
    return found[0] - found[1]


def exposed(case: Case, debts: CreditExposures | None, pd: np.ndarray, **how: float) -> ContagionExposure:
    options = RunOptions(substitution=case.substitution, **how)
    found = close_all(weights_of(case.network(), case.essentiality()), options, pd=pd, credit=debts).exposure
    assert found is not None
    return found


def by_hand(credit: CreditExposures | None) -> Closures:
    """A sells 1 to C, B sells 3 to C, C sells 4 to D; no substitution, three steps; PDs of 10, 20, 30, 40 %."""
    network = linked_network(
        [("A", "C", 1.0), ("B", "C", 3.0), ("C", "D", 4.0)], dict(zip("ABCD", "NOPQ", strict=True))
    )
    options, pd = RunOptions(rounds=3, substitution=False), np.array([0.1, 0.2, 0.3, 0.4])
    return close_all(weights_of(network), options, pd=pd, credit=credit)


def test_each_channel_binds_once_and_two_share() -> None:
    """By output alone: A closes: C and D lose 1/4 by supply. B closes: C and D lose 3/4. C closes: D loses all by
    supply, A and B by demand. D closes: C loses all by demand, then A and B do.

    C has 8 of equity; A owes it 4 and B 6: A's failure costs it 1/2 (> 1/4: credit), and B's 3/4 (as supply does: half
    each). C owes D 5 of its 20: 1/4 is less than all (supply); of A's failure C passes 1/2 on: D loses 1/8 (supply,
    1/4); of B's 3/16 (supply, 3/4).
    """
    credit = CreditExposures(
        Claims([2, 2, 3], [0, 1, 2], [4.0, 6.0, 5.0], 4), np.array([1.0, 1.0, 8.0, 20.0])
    )
    found, without = by_hand(credit), by_hand(None)
    exposure = found.exposure
    assert exposure is not None and exposure.credit is not None
    assert exposure.supply == pytest.approx([0.0, 0.0, 0.2 * 0.75 / 2, 0.1 / 4 + 0.2 * 0.75 + 0.3])
    assert exposure.demand == pytest.approx([0.3 + 0.4, 0.3 + 0.4, 0.4, 0.0])
    assert exposure.credit == pytest.approx([0.0, 0.0, 0.1 / 2 + 0.2 * 0.75 / 2, 0.0])
    assert exposure.total == pytest.approx([0.7, 0.7, 0.1 / 2 + 0.2 * 0.75 + 0.4, 0.475])
    assert exposure.source[2][:3].tolist() == [3, 1, 0]
    assert exposure.worst[2][:4] == pytest.approx([0.4, 0.15, 0.05, 0.0])
    assert exposure.by_sector[2][:4] == pytest.approx([0.4, 0.15, 0.05, 0.0])
    assert without.exposure is not None and without.exposure.credit is None
    for name, values in vars(without.losses).items():
        assert np.array_equal(getattr(found.losses, name), values), name


def test_all_three_share_and_who_loses_no_output_may_lose_equity() -> None:
    """C owes A and B all that they have, and B owes D, which trades with neither, half of what D has.

    C closes: A and B lose all by demand and by credit; D all by supply, and half by credit through B.
    """
    credit = CreditExposures(Claims([0, 1, 3], [2, 2, 1], [1.0, 1.0, 1.0], 4), np.array([1.0, 1.0, 5.0, 2.0]))
    exposure = by_hand(credit).exposure
    assert exposure is not None and exposure.credit is not None
    assert exposure.demand == pytest.approx([0.3 / 2 + 0.4, 0.3 / 2 + 0.4, 0.4, 0.0])
    assert exposure.credit == pytest.approx([0.3 / 2, 0.3 / 2, 0.0, 0.0])
    # Everything at once: two firms that buy all from each other and owe each other all that they have.
    ring = linked_network([("A", "B", 1.0), ("B", "A", 1.0)], {"A": "N", "B": "N"})
    owing = CreditExposures(Claims([0, 1], [1, 0], [2.0, 2.0], 2), np.array([2.0, 2.0]))
    found = close_all(
        weights_of(ring), RunOptions(substitution=False), pd=np.array([0.3, 0.6]), credit=owing
    ).exposure
    assert found is not None and found.credit is not None
    for part in (found.supply, found.demand, found.credit):
        assert part == pytest.approx([0.2, 0.1])
    # E has no trade and has lent A half of its equity: it is reached by credit alone.
    far = linked_network([("A", "B", 1.0)], {"A": "N", "B": "N", "E": "N"})
    lent = CreditExposures(Claims([2], [0], [1.0], 3), np.array([1.0, 1.0, 2.0]))
    alone = close_all(weights_of(far), pd=np.array([0.3, 0.0, 0.0]), credit=lent).exposure
    assert alone is not None and alone.credit is not None
    assert alone.credit == pytest.approx([0.0, 0.0, 0.15])
    assert (alone.worst[2][0], alone.source[2][0]) == (pytest.approx(0.15), 0)


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_exposures_are_those_of_brute_force(case: Case, seed: int) -> None:
    owed, debts = random_debts(case.n, seed)
    pd = np.random.default_rng(seed).random(case.n)
    found = exposed(case, debts, pd, rounds=4)
    assert found.credit is not None
    terms, least, most = np.zeros((case.n, case.n)), np.zeros((3, case.n)), np.zeros((3, case.n))
    for k in range(case.n):
        slow = reference_esri(case.dense(), np.eye(case.n)[k], rounds=4)
        losses = np.array([1 - slow.d, 1 - slow.u, slow_rises(owed, debts.equity, k)])
        losses[:, k] = 0.0
        loss = losses.max(axis=0)
        terms[:, k] = pd[k] * loss
        # Where channels are equal but for rounding, any of them may bind, or all that are.
        close = losses >= loss - NEAR
        least += np.where(close & (close.sum(axis=0) == 1), terms[:, k], 0.0)
        most += np.where(close, terms[:, k], 0.0)
    np.testing.assert_allclose(found.total, terms.sum(axis=1), rtol=0, atol=1e-8)
    parts = np.array([found.supply, found.demand, found.credit])
    assert (least - 1e-8 <= parts).all()
    assert (parts <= most + 1e-8).all()
    np.testing.assert_allclose(found.by_sector.sum(axis=1), found.total, rtol=0, atol=1e-11)  # four sectors
    np.testing.assert_allclose(found.worst.sum(axis=1), found.total, rtol=0, atol=1e-11)  # eight sources
    for firm in range(case.n):
        kept = found.worst[firm] > 0
        np.testing.assert_allclose(
            found.worst[firm][kept], terms[firm, found.source[firm][kept]], rtol=0, atol=1e-8
        )


@pytest.mark.parametrize("exact", [False, True])
def test_many_firms_at_once_are_each_alone(exact: bool) -> None:
    """300 firms are several pieces, with closures that settle alone and such as share lanes; losses of one are those
    of DebtRank for that one.
    """
    case = random_case(300, 900, seed=4)
    _, debts = random_debts(300, seed=2, density=0.01)
    weights, pd = weights_of(case.network(), case.essentiality()), np.random.default_rng(1).random(300)
    options = RunOptions(1e-4, exact_upstream=exact)
    found = close_all(weights, options, pd=pd, credit=debts)
    exposure, without = found.exposure, close_all(weights, options, pd=pd)
    assert exposure is not None and exposure.credit is not None and without.exposure is not None
    for name, values in vars(without.losses).items():
        assert np.array_equal(getattr(found.losses, name), values), name
    known = replace(debts, equity=np.where(np.isnan(debts.equity), 1e300, debts.equity))
    base, rises, firms = (
        run_debtrank(known.claims, known.equity, np.zeros(300)).h,
        np.zeros((300, 300)),
        np.arange(300),
    )
    for k in range(300):
        rises[:, k] = run_debtrank(known.claims, known.equity, np.eye(300)[k]).h - base
    rises[firms, firms] = 0.0
    # Each firm's term is the larger of what it was and of the loss by credit, so that the sum is at most their sum.
    terms = rises * pd
    assert (exposure.total >= np.maximum(without.exposure.total, terms.sum(axis=1)) - 1e-9).all()
    assert (exposure.total <= without.exposure.total + terms.sum(axis=1) + 1e-9).all()
    assert (exposure.credit <= terms.sum(axis=1) + 1e-9).all()
    assert (exposure.supply <= without.exposure.supply + 1e-9).all()
    assert (exposure.demand <= without.exposure.demand + 1e-9).all()
    assert exposure.credit.max() > 0.1
    assert (exposure.credit[np.isnan(debts.equity)] == 0).all()
    np.testing.assert_allclose(
        exposure.by_sector.sum(axis=1), exposure.total, rtol=1e-12
    )  # all five are kept


@LAWFUL
@given(cases(), st.integers(0, 10**6))
def test_laws(case: Case, seed: int) -> None:
    _, debts = random_debts(case.n, seed)
    pd = np.random.default_rng(seed).random(case.n)
    found, without = exposed(case, debts, pd, rounds=5), exposed(case, None, pd, rounds=5)
    dearer = CreditExposures(
        replace(debts.claims, amount=np.asarray(debts.claims.amount) * 1000), debts.equity * 1000
    )
    np.testing.assert_allclose(exposed(case, dearer, pd, rounds=5).total, found.total, rtol=0, atol=1e-9)
    in_other_money = exposed(replace(case, traded=case.traded * 1000), dearer, pd, rounds=5)
    np.testing.assert_allclose(in_other_money.total, found.total, rtol=0, atol=1e-9)
    assert (found.total >= without.total - 1e-12).all()
    # Nobody owes anything: credit is a channel that never binds.
    nothing = exposed(case, CreditExposures(Claims([], [], [], case.n), debts.equity), pd, rounds=5)
    assert nothing.credit is not None and not nothing.credit.any()
    for name in ("supply", "demand", "worst", "by_sector"):
        np.testing.assert_allclose(getattr(nothing, name), getattr(without, name), rtol=0, atol=1e-12)


def test_threads_change_nothing_and_a_killed_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    case, (_, debts) = random_case(300, 900, seed=5), random_debts(300, seed=3, density=0.01)
    weights, pd = weights_of(case.network(), case.essentiality()), np.random.default_rng(2).random(300)
    file, seen = tmp_path / "part.npz", list[int]()

    def run(
        threads: int, credit: CreditExposures = debts, watch: RunHooks | None = None
    ) -> dict[str, np.ndarray]:
        found = close_all(
            weights, RunOptions(1e-4, threads=threads), pd=pd, credit=credit, hooks=watch
        ).exposure
        return vars(found)

    def stop(done: int, of: int) -> None:
        seen.append(done)
        if 1 < len(seen) < done < of:
            raise KeyboardInterrupt

    def same(mine: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
        return all(np.array_equal(values, other[name]) for name, values in mine.items())

    one = run(1)
    assert same(one, run(2))
    with pytest.raises(KeyboardInterrupt):
        run(2, watch=RunHooks(stop, file))
    kept, left = file.read_bytes(), seen[-1]
    seen.clear()
    assert same(one, run(2, watch=RunHooks(lambda done, _of: seen.append(done), file)))
    assert seen[0] > left
    # With other equity nothing of that file is used.
    file.write_bytes(kept)
    richer = CreditExposures(debts.claims, debts.equity * 2)
    assert same(run(1, richer), run(2, richer, RunHooks(checkpoint=file)))


def test_faults_are_said() -> None:
    case, (_, debts) = random_case(5, 9, seed=1), random_debts(5, seed=1)
    weights, pd = weights_of(case.network()), np.full(5, 0.1)
    with pytest.raises(DataError, match="credit without PDs"):
        close_all(weights, credit=debts)
    with pytest.raises(DataError, match="claims among 5 firms and the equity of 4; expected 5 of both"):
        close_all(weights, pd=pd, credit=CreditExposures(debts.claims, np.ones(4)))
    with pytest.raises(DataError, match="1 claims have an amount"):
        close_all(weights, pd=pd, credit=CreditExposures(Claims([0], [1], [-1.0], 5), np.ones(5)))

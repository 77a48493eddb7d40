"""Long runs that are killed, the exact upstream loss, and networks from their parts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from esri_networks import SIX_FIRMS, Case, cases, random_case
from networks import linked_network
from supplyrisk.graph import DataError, contagion
from supplyrisk.graph.contagion import (
    RunHooks,
    RunOptions,
    Scenario,
    esri_all,
    exact_upstream,
    weights_of,
)
from supplyrisk.graph.contagion import run_checkpoint as checkpoint


class Killed(Exception):
    """What ends a run in a test."""


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    case = random_case(1100, 4000, seed=2)  # three pieces
    weights, pd = weights_of(case.network(), case.essentiality()), np.full(1100, 0.1)
    whole = esri_all(weights, pd=pd)
    file, seen = tmp_path / "part.npz", list[int]()

    def stop(done: int, _of: int) -> None:
        seen.append(done)
        if done == 1024:
            raise Killed

    with pytest.raises(Killed):
        esri_all(weights, pd=pd, hooks=RunHooks(stop, file))
    assert seen == [512, 1024]
    assert [p.name for p in tmp_path.iterdir()] == ["part.npz"]
    again = esri_all(weights, pd=pd, hooks=RunHooks(lambda done, _of: seen.append(done), file))
    assert seen == [512, 1024, 1100]
    for mine, other in zip(whole, again, strict=True):
        for name, values in vars(mine).items():
            assert np.array_equal(values, getattr(other, name)), name
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", ["other options", "damaged"])
def test_a_checkpoint_of_another_run_is_not_used(
    left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    weights, file = weights_of(SIX_FIRMS.network(), SIX_FIRMS.essentiality()), tmp_path / "part.npz"

    def stop(_done: int, _of: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        esri_all(weights, RunOptions(1e-8), hooks=RunHooks(stop, file))
    if left == "damaged":
        file.write_bytes(file.read_bytes()[:200])
    found, _ = esri_all(weights, RunOptions(1e-2), hooks=RunHooks(checkpoint=file))
    assert np.array_equal(found.esri, esri_all(weights, RunOptions(1e-2))[0].esri)


def test_exact_upstream_by_hand() -> None:
    """A sells 1 to B and 1 to C, B and C sell to each other, C sells as much to D as to B; D closes.

    B loses what C loses; C loses half of D's 1 and half of B's loss: c = 1/2 + b/2 = 1. All is lost in the end.
    """
    links = [
        ("A", "B", 1.0),
        ("A", "C", 1.0),
        ("B", "C", 1.0),
        ("C", "B", 1.0),
        ("C", "D", 1.0),
        ("D", "E", 1.0),
    ]
    network = linked_network(links, dict.fromkeys("ABCDE", "s"))
    assert exact_upstream(network, 3) == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.0])
    # E buys from D alone; who does not reach A keeps everything.
    assert exact_upstream(network, 4).tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0, 1.0])
    assert exact_upstream(network, 0).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


@settings(max_examples=40, deadline=None)
@given(cases())
def test_exact_upstream_is_where_the_steps_lead(case: Case) -> None:
    network = case.network()
    scenario = Scenario(weights_of(network, case.essentiality()))
    for k in range(case.n):
        psi = np.zeros(case.n)
        psi[k] = 1.0
        steps = scenario.run(np.zeros(case.n), psi, RunOptions(rounds=400))
        exact = exact_upstream(network, k)
        assert np.all(steps.up <= exact + 1e-9)
        if steps.residual < 1e-14:
            np.testing.assert_allclose(steps.up, exact, rtol=0, atol=1e-9)


def test_networks_sum_parallel_links_and_leave_out_loops() -> None:
    links = [("A", "B", 1.0), ("A", "B", 2.0), ("B", "B", 5.0), ("B", "A", 0.0)]
    network = linked_network(links, {"A": None, "B": None})
    assert (network.supplier.tolist(), network.customer.tolist(), network.amount.tolist()) == (
        [0],
        [1],
        [3.0],
    )
    assert network.market.tolist() == [0, 1]  # nothing is known of either: no substitutes
    assert network.rows == {"A": 0, "B": 1}
    assert network.rows_of(pa.chunked_array([["B", "A"], ["B"]])).tolist() == [1, 0, 1]
    with pytest.raises(DataError, match="1 links"):
        linked_network([("A", "B", -1.0)], {"A": "s", "B": "s"})


def test_the_door_has_all_that_it_names() -> None:
    assert contagion.__doc__
    assert len(contagion.__all__) == len(set(contagion.__all__)) > 0
    assert all(hasattr(contagion, name) for name in contagion.__all__)


def test_numba_waits_until_it_is_needed() -> None:
    script = "import sys, supplyrisk.cli; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

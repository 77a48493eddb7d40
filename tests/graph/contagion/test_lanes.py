"""Lanes in vector registers give the bits of plain loops."""

import numpy as np
import pytest

from esri_networks import random_case
from plain_lanes import plain_run_scenarios
from supplyrisk.graph.contagion import RunOptions, closure_runs, esri_all, weights_of


@pytest.mark.parametrize("substitution", [True, False])
def test_lanes_give_the_bits_of_plain_loops(substitution: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """600 closures, most of which fill lanes; equal PDs, and so ties, among the first half."""
    case = random_case(600, 6000, seed=5)
    weights = weights_of(case.network(), case.essentiality())
    pd = np.where(np.arange(600) < 300, 0.01, np.random.default_rng(1).random(600))
    options = RunOptions(1e-4, substitution=substitution, threads=1)
    lanes = esri_all(weights, options, pd=pd)
    monkeypatch.setattr(closure_runs, "run_scenarios", plain_run_scenarios)
    plain = esri_all(weights, options, pd=pd)
    compared = 0
    for one, other in zip(lanes, plain, strict=True):
        for name, values in vars(one).items():
            assert np.array_equal(values, getattr(other, name)), name
            compared += isinstance(values, np.ndarray)
    assert compared > 8
    assert np.count_nonzero(lanes[0].iterations > 3) > 100

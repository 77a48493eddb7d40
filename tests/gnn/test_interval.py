"""The interval for the true PD: the table at its knots, between them and beyond."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from supplyrisk import gnn
from supplyrisk.gnn.baselines.baseline_protocol import Ratios
from supplyrisk.gnn.pd_interval import AT, pd_interval, ratios_of
from supplyrisk.graph import Snapshot


def ratios(candidate: str) -> Ratios:
    known = ratios_of(candidate)
    assert known is not None
    return known


@pytest.mark.parametrize("candidate", gnn.CANDIDATES)
def test_every_interval_includes_the_score_itself(candidate: str) -> None:
    low, high = (np.array(part) for part in ratios(candidate))
    assert len(low) == len(high) == len(AT)
    assert (low < 0).all()
    assert (high >= 0).all()


@pytest.mark.parametrize("candidate", gnn.CANDIDATES)
def test_ratios_are_linear_between_the_knots_and_constant_beyond(candidate: str) -> None:
    base = 0.02
    at = np.array([AT[0] - 5, AT[0], (AT[0] + AT[1]) / 2, AT[1], AT[-1] + 5])
    hazard = base * np.exp(at)
    for bound, part in zip(pd_interval(ratios(candidate), hazard, base), ratios(candidate), strict=True):
        expected = [part[0], part[0], (part[0] + part[1]) / 2, part[1], part[-1]]
        assert np.log(bound / hazard) == pytest.approx(np.array(expected))


def test_a_hazard_of_nothing_has_an_interval() -> None:
    low, high = pd_interval(ratios("network"), np.zeros(1), 0.01)
    assert low[0] == high[0] == 0.0


@pytest.mark.parametrize("base_rate", [None, 0.2])
def test_scores_carry_it_by_the_base_rate_in_force(
    model: gnn.RiskModel, now: Snapshot, base_rate: float | None
) -> None:
    for candidate in gnn.CANDIDATES:
        firms = gnn.score(model, now, use=candidate, base_rate=base_rate).firms
        alive = firms.filter(pa.compute.is_valid(firms["pd"]))
        pd_, low, high = (alive[c].to_numpy() for c in ("pd", "pd_low_90", "pd_high_90"))
        rate = base_rate or model.calibrations[candidate].base_rate
        assert rate is not None
        expected = pd_interval(ratios(candidate), -np.log1p(-pd_), float(-np.log1p(-rate)))
        assert low == pytest.approx(-np.expm1(-expected[0]), abs=1e-12)
        assert high == pytest.approx(-np.expm1(-expected[1]), abs=1e-12)
        assert (low <= pd_ + 1e-12).all()
        assert (pd_ <= high + 1e-12).all()
        defaulted = firms.filter(pa.compute.is_null(firms["pd"]))
        assert defaulted["pd_low_90"].null_count == defaulted.num_rows

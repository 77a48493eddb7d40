"""One firm's score in parts, and rescored: against the scores of whole snapshots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from supplyrisk import gnn
from supplyrisk.gnn.baselines.expert_model import ExpertData, fit_expert
from supplyrisk.gnn.calibration import pd_of
from supplyrisk.gnn.risk_model import SnapshotHazards
from supplyrisk.graph import Snapshot

USES = (*gnn.CANDIDATES, "expert")
CHANGE = {"equity_ratio": 0.9, "liquidity": 3.0, "pay_late_days": -2.0}


@pytest.fixture(scope="module")
def stated(now: Snapshot) -> gnn.RiskModel:
    return fit_expert("book", ExpertData(now, 0.03))


@pytest.fixture(scope="module", params=USES)
def scored(
    request: pytest.FixtureRequest, model: gnn.RiskModel, stated: gnn.RiskModel, now: Snapshot
) -> tuple[gnn.RiskModel, SnapshotHazards, str]:
    """A model, its hazards of the last day, and the candidate that scores."""
    use = str(request.param)
    chosen = stated if use == "expert" else model
    return chosen, chosen.parts(now), use


def some_firms(computed: SnapshotHazards) -> list[int]:
    return [int(row) for row in np.flatnonzero(computed.graph.scored)[::60]]


def test_no_change_gives_the_pd_of_the_scores(
    scored: tuple[gnn.RiskModel, SnapshotHazards, str], now: Snapshot
) -> None:
    model, computed, use = scored
    for base_rate in (None, 0.05):
        scores = gnn.score(model, now, use=use, computed=computed, base_rate=base_rate)
        for row in some_firms(computed):
            rescoring = gnn.FirmRescoring.of(model, computed, row, use=use, base_rate=base_rate)
            expected = scores.firm(now.firms["firm_id"][row].as_py()).pd
            assert rescoring.pds([{}, {"no such feature": 1.0}]) == pytest.approx([expected] * 2, rel=1e-9)


def changed_snapshot(now: Snapshot, row: int) -> Snapshot:
    """The snapshot in which one firm has the values of CHANGE."""
    firms = now.firms
    for name, value in CHANGE.items():
        values = firms[name].to_pylist()
        values[row] = value
        firms = firms.set_column(firms.column_names.index(name), name, pa.array(values, pa.float64()))
    return replace(now, firms=firms)


def test_a_change_equals_scoring_the_changed_snapshot(
    scored: tuple[gnn.RiskModel, SnapshotHazards, str], now: Snapshot
) -> None:
    """The own part is that of the whole snapshot scored anew; what comes over links is held."""
    model, computed, use = scored
    for row in some_firms(computed)[:2]:
        whole = model.parts(changed_snapshot(now, row)).parts
        before = computed.parts
        if use.startswith("boosted"):
            # Columns about the neighbourhood rest on the neighbours' own scores, which do not change.
            hazard = whole.hazard(use)[row]
        else:
            own, context, caught = before.by_member[:, :, row]
            hazard = float(np.mean(whole.by_member[0, :, row] * (own + context) / own + caught))
        expected = pd_of(model.calibrations[use].apply(np.array([hazard])))
        rescoring = gnn.FirmRescoring.of(model, computed, row, use=use)
        assert rescoring.pds([CHANGE]) == pytest.approx(expected, rel=1e-9)
        assert rescoring.pds([CHANGE]) != pytest.approx(rescoring.pds([{}]), rel=1e-3)


def test_contributions_are_the_parts_of_the_score(
    scored: tuple[gnn.RiskModel, SnapshotHazards, str], now: Snapshot
) -> None:
    model, computed, use = scored
    for row in some_firms(computed):
        rescoring = gnn.FirmRescoring.of(model, computed, row, use=use)
        parts = rescoring.contributions()
        explanation = rescoring.weighing.explanation
        total = sum(parts.margins.values()) + parts.links_margin
        assert total == pytest.approx(explanation.parts(slice(row, row + 1)).sum())
        assert set(parts.margins) == {name for name, _ in model.encoder.columns}
        hazard = computed.parts.hazard(use)[row]
        assert parts.own + parts.context + parts.caught == pytest.approx(hazard)
        assert (parts.links_margin != 0) == (use == "boosted-neighbours")
        assert parts.caught == 0 or use in ("network", "expert")

"""Whether what is called caught stays: judged by whole firms, on rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from firm_ring import FIRMS, noise_stages, ring_graph
from supplyrisk.gnn.data.panel import PanelGraph
from supplyrisk.gnn.data.row_outcomes import RowOutcomes
from supplyrisk.gnn.network import transmission_gate
from supplyrisk.gnn.network.member import EnsembleMember
from supplyrisk.gnn.network.member_fitting import fit_member, fit_transmission
from supplyrisk.gnn.network.member_stages import StageScores
from supplyrisk.gnn.network.transmission_gate import (
    GateHarm,
    close_where_harmful,
    clustered,
    cross_fitted_harm,
    harm_of,
)


def caught() -> PanelGraph:
    """The ring, where those fail whose supplier is in default."""
    one = ring_graph()
    return replace(one, y=np.roll(one.y, 1), defaulted=one.y > 0)


def fitted(graphs: Sequence[PanelGraph]) -> tuple[list[EnsembleMember], list[StageScores]]:
    scores = noise_stages(FIRMS * len(graphs))
    return [fit_member(EnsembleMember("none", 9, graphs[0].links.kinds), graphs, scores)], [scores]


def test_the_error_is_over_firms_and_not_over_rows() -> None:
    # Sums off the mean of 2: firm 0 (1 - 2) + (1 - 2) = -2, firm 1 4 - 2 = 2; the root of 8 over 3 rows.
    harm = clustered(np.array([1.0, 1.0, 4.0]), RowOutcomes.of(np.zeros(3), np.array([7, 7, 9])))
    assert harm.mean == 2.0
    assert harm.error == pytest.approx(np.sqrt(8) / 3)
    assert clustered(np.ones(3), RowOutcomes.of(np.zeros(3), np.arange(3))) == GateHarm(1.0, 0.0)


def test_only_clear_harm_closes() -> None:
    members, _ = fitted([ring_graph()])
    assert close_where_harmful(members, GateHarm(0.0, 0.0))
    assert close_where_harmful(members, GateHarm(0.01, 0.006))
    assert float(members[0].transmission.gate) == 1.0
    assert not close_where_harmful(members, GateHarm(0.01, 0.004))
    assert float(members[0].transmission.gate) == 0.0


def test_contagion_is_no_harm() -> None:
    ring = caught()
    members, scores = fitted([ring])
    assert cross_fitted_harm(members, [ring], scores).mean < 0


def test_what_hides_the_firms_that_fail_is_harm() -> None:
    y = np.arange(400) % 5 == 0
    without = np.where(y, 0.4, 0.1)
    wrong, right = without + 0.3 * ~y, without + 0.3 * y
    rows = RowOutcomes.of(y.astype(float), np.arange(400))
    assert harm_of(np.stack([wrong, without]), rows).significant
    assert not harm_of(np.stack([right, without]), rows).significant
    # Another base rate is no evidence.
    assert harm_of(np.stack([2 * without, without]), rows).mean == pytest.approx(0, abs=1e-6)


def test_every_firm_is_judged_by_transmissions_that_did_not_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = [caught(), caught(), ring_graph()]
    members, scores = fitted(dates)
    hidden: list[np.ndarray] = []

    def spy(
        member: EnsembleMember, graphs: Sequence[PanelGraph], scores: StageScores, number: int
    ) -> EnsembleMember:
        hidden_rows = np.stack([np.isnan(g.y) for g in graphs])
        assert (hidden_rows == hidden_rows[0]).all(), "a firm is hidden on all dates or on none"
        hidden.append(hidden_rows[0])
        return fit_transmission(member, graphs, scores, number)

    monkeypatch.setattr(transmission_gate, "fit_transmission", spy)
    before = members[0].transmission.level.clone()
    cross_fitted_harm(members, dates, scores)
    assert (np.sum(hidden, axis=0) == 1).all()
    assert (members[0].transmission.level == before).all(), "the members themselves stay as they were"

"""Firms scored again without some of their data: at most 2 % of the grades may be better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench_absence import LIMIT, regradings
from supplyrisk import services
from supplyrisk.graph import Workspace

SHARE = 0.15


@pytest.mark.long
def test_hiding_data_improves_few_grades_and_each_with_a_reason(tmp_path: Path) -> None:
    # The margins are measured in training; the seed of the changes differs from that of their draws.
    services.synth(tmp_path / "data", firms=1200, weeks=130, seed=19)
    workspace = Workspace(tmp_path / "ws")
    services.load(workspace, tmp_path / "data", graph=False)
    model = services.train(workspace, members=1, seed=19).model
    outcomes = list(regradings(model, workspace.tables(), SHARE, seed=4))
    firms = sum(outcome.firms for outcome in outcomes)
    better = [pair for outcome in outcomes for pair in outcome.better]
    assert len(better) <= LIMIT * firms
    for before, after in better:
        # A better grade is that of a PD that fell by more than the margin.
        assert after["pd"] * after["margin"] < before["pd"] * before["margin"]
    # Without the margins it is far more, so the bound says something.
    plain = replace(model, margins={})
    without = [
        pair for outcome in regradings(plain, workspace.tables(), SHARE, seed=4) for pair in outcome.better
    ]
    assert len(without) > 2 * len(better)

"""Whole presets, and what is asked of them; long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from supplyrisk.loaders.synthetic import read_facts, synthesize
from supplyrisk.loaders.synthetic.economy import build_economy
from supplyrisk.loaders.synthetic.simulation import simulate
from supplyrisk.loaders.synthetic.world_plan import WorldPlan

pytestmark = pytest.mark.long


def test_the_judges_truth_repeats_itself_in_either_half(tmp_path: Path) -> None:
    """Every column at both dates, as the command prints it."""
    made = synthesize(tmp_path / "judge", preset="judge")
    assert len(made.reliability) == 2 * 6
    for _, name, value in made.reliability:
        assert value is not None and value >= 0.9, (name, value)
    firms = pq.read_table(made.folder / "truth" / "firms.parquet")
    assert firms.num_rows > 2 * 1500
    assert 0.01 < made.yearly_default_rate < 0.05


def test_a_tenth_of_the_million(tmp_path: Path) -> None:
    made = synthesize(tmp_path / "m", preset="million", firms=100_000, supplies_rows=1_005_000)
    assert made.rows["supplies"] == pytest.approx(1_000_000, rel=0.01)
    assert made.rows["activity"] == pytest.approx(1_200_000, rel=0.05)
    assert made.rows["firms"] == 100_000
    assert 0.01 < made.yearly_default_rate < 0.05
    facts = read_facts(made.folder)
    assert 0.9 < (facts.size.exponent or 0) < 1.5
    assert all(0.15 < share < 0.4 for share in facts.churn)
    assert (facts.structure.assortativity or 0) < 0
    assert facts.structure.clustering is None or facts.structure.clustering < 0.05


def test_small_worlds_fail_about_as_often_as_large_ones() -> None:
    """Means over seeds; a single small world may well exceed 5 % a year."""
    rates: dict[int, list[float]] = {}
    for firms, seeds in ((300, 40), (2000, 6)):
        for seed in range(1, seeds + 1):
            world = build_economy(WorldPlan(firms=firms, seed=seed))
            history = simulate(world)
            years = np.clip(history.ended_week - world.firms.joined_week, 0, None).sum() / 52
            rates.setdefault(firms, []).append(history.failed.sum() / years)
    small, large = (np.mean(found) for found in rates.values())
    assert 0.8 < small / large < 1.3
    assert np.mean(np.array(rates[300]) > 0.05) < 0.15

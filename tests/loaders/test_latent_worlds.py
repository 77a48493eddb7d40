"""Worlds of latent distances: they load cleanly, repeat by seed, and their truth is consistent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from latent_distance import History, World, draw_world, history_of, true_future, within
from latent_tables import LAST_DAY
from latent_worlds import write_world
from supplyrisk.graph import build_snapshot, last_day_of, read_workspace
from supplyrisk.loaders import load, synthetic_mapping
from world_cuts import cut

FIRMS = 60
WEEKS = 60
RATE = 0.1


def make(folder: Path, seed: int = 3) -> Path:
    write_world(folder, draw_world(seed, FIRMS, WEEKS, RATE, damage=1.0), replicas=16)
    return folder


def with_damage(damage: float) -> tuple[World, History]:
    """A world on its last day, the same up to then whatever the damage from then on."""
    drawn = draw_world(3, FIRMS, WEEKS, RATE, damage=1.0)
    history = history_of(drawn, np.random.default_rng([3, 3]))
    return World(drawn.firms, drawn.trades, drawn.relations, drawn.weeks, damage, drawn.seed), history


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("latent") / "world")


def test_a_world_loads_without_a_bad_row_and_ends_on_the_day_of_its_truth(
    world: Path, tmp_path: Path
) -> None:
    report = load(world, tmp_path, synthetic_mapping(world))
    assert (report.total.quarantined, report.total.duplicates) == (0, 0)
    assert {t.table for t in report.tables} == {path.stem for path in world.glob("*.parquet")}
    assert all(t.count.loaded for t in report.tables)
    tables = read_workspace(tmp_path)
    assert last_day_of(tables) == LAST_DAY
    snapshot = build_snapshot(tables, LAST_DAY, 180)
    operating = snapshot.firms.filter(pc.invert(snapshot.firms["defaulted"]))
    truth = pq.read_table(world / "truth" / "firms.parquet")
    assert sorted(truth["firm_id"].to_pylist()) == sorted(operating["firm_id"].to_pylist())
    assert pc.unique(truth["as_of"]).to_pylist() == [LAST_DAY]
    assert snapshot.info.synthetic


def test_a_seed_repeats_a_world_and_another_one_does_not(world: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again")
    other = make(tmp_path / "other", seed=4)
    files = [path.relative_to(world) for path in sorted(world.rglob("*.parquet"))]
    assert len(files) == 8
    for file in files:
        assert pq.read_table(world / file).equals(pq.read_table(again / file)), file
        assert not pq.read_table(world / file).equals(pq.read_table(other / file)), file


def test_true_pds_are_probabilities_that_grow_with_the_term(world: Path) -> None:
    truth = pq.read_table(world / "truth" / "firms.parquet").to_pandas()
    terms = truth[["pd_30", "pd_90", "pd_180", "pd_360"]].to_numpy()
    assert (np.diff(terms, axis=1) >= 0).all()
    assert terms.min() >= 0
    assert terms.max() <= 1
    assert 0 < truth["pd"].mean() < 0.5
    assert (truth["pd"] == truth["pd_180"]).all()


def test_the_mean_chance_agrees_with_counting_the_failures() -> None:
    """Both estimate the same; 2,000 replicas of 60 firms leave a standard error of about .001."""
    truth = true_future(*with_damage(1.0), weeks=26, replicas=2000)
    expected = within(truth.expected.mean(0), 180).mean()
    counted = within(truth.counted.mean(0), 180).mean()
    assert counted > 0.02
    assert abs(expected - counted) < 0.004


def test_more_damage_never_lowers_the_mean_true_pd() -> None:
    """All runs share their random numbers. Without damage no single firm fails more often than with it."""
    futures = [true_future(*with_damage(damage), weeks=26, replicas=64) for damage in (0, 0.5, 1, 2, 4)]
    counted = [within(future.counted.mean(0), 182) for future in futures]
    means = [by_firm.mean() for by_firm in counted]
    assert means == sorted(means)
    assert means[-1] > means[0]
    for by_firm in counted[1:]:
        assert (by_firm >= counted[0] - 1e-12).all()
    alone = true_future(*with_damage(1.0), weeks=26, replicas=64, passing=False)
    assert np.array_equal(alone.counted, futures[0].counted)


def test_what_was_known_on_a_day_holds_nothing_later(world: Path, tmp_path: Path) -> None:
    """The snapshot of the cut tables equals that of all tables as of the day."""
    day = LAST_DAY - timedelta(days=150)
    cut(world, tmp_path / "cut", until=day)
    supplies = pq.read_table(tmp_path / "cut" / "supplies.parquet")
    for column in ("on", "delivered_on", "paid_on"):
        assert pc.max(supplies[column]).as_py() <= day, column
    workspaces = []
    for name, folder in (("whole", world), ("until", tmp_path / "cut")):
        report = load(folder, tmp_path / name, synthetic_mapping(folder))
        assert report.total.quarantined == 0
        workspaces.append(read_workspace(tmp_path / name))
    assert last_day_of(workspaces[1]) == day
    whole, known = (build_snapshot(tables, day, 180) for tables in workspaces)
    ahead = {"outcome", "outcome_state", "failed_after", "observed_days"}
    columns = [name for name in whole.firms.column_names if name not in ahead]
    assert whole.firms.select(columns).equals(known.firms.select(columns))
    for kind, edges in whole.edges.items():
        assert edges.equals(known.edges[kind]), kind


def test_a_history_that_starts_later_lacks_the_firms_that_had_failed(world: Path, tmp_path: Path) -> None:
    since = LAST_DAY - timedelta(days=7 * 26 - 1)
    cut(world, tmp_path / "short", since=since)
    events = pq.read_table(world / "events.parquet").to_pandas()
    failed = events[events["kind"] == "default"]
    early = set(failed.loc[failed["on"] < since, "firm_id"])
    assert early
    firms = pq.read_table(tmp_path / "short" / "firms.parquet")["firm_id"].to_pylist()
    assert not early & set(firms)
    assert len(firms) + len(early) == FIRMS
    first: date = pc.min(pq.read_table(tmp_path / "short" / "supplies.parquet")["on"]).as_py()
    assert first >= since
    assert load(tmp_path / "short", tmp_path / "ws", synthetic_mapping(world)).total.quarantined == 0

"""A thinned world: what is removed of whom, and that nothing else changes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from latent_distance import draw_world
from latent_worlds import write_world
from supplyrisk.graph import EVIDENCE_LABELS, build_snapshot, evidence_of, read_workspace
from supplyrisk.graph.schema.source_coverage import STATEMENT_DAYS
from supplyrisk.loaders import load, synthetic_mapping
from thinned_world import thin
from world_cuts import judged_day


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A world of 90 weeks, and the same world thinned."""
    place = tmp_path_factory.mktemp("thin")
    write_world(place / "whole", draw_world(3, 150, 90, 0.1, damage=1.0), replicas=2)
    thin(place / "whole", place / "thinned", judged_day(place / "whole"), seed=1)
    return place / "whole", place / "thinned"


def test_firms_of_many_classes_come_out_and_all_rows_load(worlds: tuple[Path, Path], tmp_path: Path) -> None:
    _, thinned = worlds
    report = load(thinned, tmp_path, synthetic_mapping(thinned))
    assert report.total.quarantined == 0
    count = Counter(evidence_of(build_snapshot(read_workspace(tmp_path))).to_pylist())
    assert len(count.keys() & set(EVIDENCE_LABELS)) >= 10
    assert count["year-statement-payments"] == max(count.values())


def test_nothing_is_added_and_the_truth_stays(worlds: tuple[Path, Path]) -> None:
    whole, thinned = (
        {name: pq.read_table(folder / f"{name}.parquet") for name in ("supplies", "activity", "financials")}
        for folder in worlds
    )
    truth = [pq.read_table(folder / "truth/firms.parquet").to_pydict() for folder in worlds]
    assert truth[0] == truth[1]
    for name, table in thinned.items():
        assert 0 < table.num_rows < whole[name].num_rows, name
    for name in ("due_on", "paid_on"):
        assert thinned["supplies"][name].null_count > whole["supplies"][name].null_count
    # whoever has statements either has fresh ones or lost just those
    rows = thinned["financials"].to_pylist()
    since = judged_day(worlds[0]) - timedelta(days=STATEMENT_DAYS)
    stale = {row["firm_id"] for row in rows} - {row["firm_id"] for row in rows if row["on"] > since}
    fresh_before = {row["firm_id"] for row in whole["financials"].to_pylist() if row["on"] > since}
    assert stale & fresh_before


def test_another_seed_thins_other_firms(worlds: tuple[Path, Path], tmp_path: Path) -> None:
    whole, thinned = worlds
    thin(whole, tmp_path / "other", judged_day(whole), seed=2)
    thin(whole, tmp_path / "same", judged_day(whole), seed=1)
    activity = [
        pq.read_table(folder / "activity.parquet")
        for folder in (thinned, tmp_path / "same", tmp_path / "other")
    ]
    assert activity[0].equals(activity[1])
    assert not activity[0].equals(activity[2])

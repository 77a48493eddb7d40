"""Runs of score: each is stored once, the last one of a day counts, and files note the run they are from."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import trajectory
from supplyrisk.graph.workspace.score_runs import (
    SCORE_COLUMNS,
    ScoreRun,
    ScoreRuns,
    run_noted_in,
    with_run_note,
)


def runs_in(folder: Path) -> ScoreRuns:
    return Workspace(folder).score_runs()


def row(own: float | None, rest: float, base: float = 0.1) -> dict[str, Any]:
    whole = (own if own is not None else -math.log1p(-base)) + rest
    none = own is None
    return {
        "firm_id": "A", "pd": -math.expm1(-whole), "own": own, "context": None if none else rest,
        "caught": None if none else 0.0, "base_pd": base, "grade": "E", "state": "scored",
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{name: r[name] for name in SCORE_COLUMNS} for r in rows])


def test_the_same_run_again_is_kept_once(tmp_path: Path) -> None:
    for pd_rest in (0.01, 0.02):
        runs_in(tmp_path).add(ScoreRun(0, "2025-01-31", "m/network", "aa", "d1"), table(row(0.02, pd_rest)))
    runs_in(tmp_path).add(ScoreRun(0, "2025-01-31", "m/network", "aa", "d1", 0.05), table(row(0.02, 0.5)))
    assert [(r.number, r.base_rate) for r in runs_in(tmp_path).runs()] == [(1, None), (2, 0.05)]


def test_a_run_that_comes_again_is_the_last_one(tmp_path: Path) -> None:
    # Two trainings score a day, then the first again: what it says is what stands.
    for digest, rest in (("aa", 0.01), ("bb", 0.02), ("aa", 0.01)):
        runs_in(tmp_path).add(ScoreRun(0, "2025-01-31", "m/network", digest, "d1"), table(row(0.02, rest)))
    assert [(r.number, r.digest) for r in runs_in(tmp_path).runs()] == [(2, "bb"), (3, "aa")]
    assert trajectory(runs_in(tmp_path), "A")[0].run.digest == "aa"


def test_a_file_says_which_run_it_is_of(tmp_path: Path) -> None:
    made = ScoreRun(0, "2025-01-31", "m/network", "aa", "d1", 0.05)
    pq.write_table(with_run_note(table(row(0.02, 0.01)), made), tmp_path / "2025-01-31.parquet")
    assert run_noted_in(tmp_path / "2025-01-31.parquet") == made
    pq.write_table(table(row(0.02, 0.01)), tmp_path / "old.parquet")
    assert run_noted_in(tmp_path / "old.parquet") is None


def test_a_stamp_of_before_horizons_were_noted_is_read(tmp_path: Path) -> None:
    note = b'{"as_of": "2025-01-31", "model": "m/network", "digest": "aa", "data": "d1", "base_rate": null}'
    pq.write_table(
        table(row(0.02, 0.01)).replace_schema_metadata({b"scgraph.run": note}),
        tmp_path / "2025-01-31.parquet",
    )
    old = run_noted_in(tmp_path / "2025-01-31.parquet")
    assert old == ScoreRun(0, "2025-01-31", "m/network", "aa", "d1", None, None)
    over = [ScoreRun(0, "2025-02-28", "m/network", "aa", "d2", horizon_days=days) for days in (90, 180)]
    assert old is not None and old.comparable(over[0]) and over[0].comparable(old)
    assert over[0].comparable(over[0]) and not over[0].comparable(over[1])


def test_scores_that_name_no_run_are_of_the_last_one_of_their_day_and_model(tmp_path: Path) -> None:
    day, path = date(2025, 1, 31), tmp_path / "scores" / "2025-01-31.parquet"
    for model, digest in (("m/network", "aa"), ("m/network", "bb"), ("m/boosted", "cc")):
        runs_in(tmp_path).add(ScoreRun(0, str(day), model, digest, "d1"), table(row(0.02, 0.01)))
    runs_in(tmp_path).add(ScoreRun(0, "2025-02-28", "m/network", "dd", "d2"), table(row(0.02, 0.01)))
    scored = table(row(0.02, 0.01)).append_column("as_of", pa.array([day], pa.date32()))

    def behind(model: str, rows: int = 1) -> ScoreRun | None:
        pq.write_table(scored.append_column("model", pa.array([model])).slice(0, rows), path)
        return runs_in(tmp_path).behind(path)

    assert behind("m/network") == ScoreRun(0, str(day), "m/network", "bb", "d1")
    assert behind("other/network") is None
    assert behind("m/network", rows=0) is None
    pq.write_table(with_run_note(scored, ScoreRun(0, str(day), "m/network", "aa", "d1")), path)
    assert runs_in(tmp_path).behind(path) == ScoreRun(0, str(day), "m/network", "aa", "d1")

"""Score history: runs that are kept, and causes that sum to the change."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from supplyrisk.cli.history import (
    KEPT,
    KEY,
    Run,
    change,
    keep_run,
    moved_by_data,
    run_behind,
    run_in,
    runs_of,
    stamped,
    trajectory,
)
from supplyrisk.graph.credit import CAUSES


def row(own: float | None, rest: float, base: float = 0.1) -> dict[str, Any]:
    whole = (own if own is not None else -math.log1p(-base)) + rest
    none = own is None
    return {
        "firm_id": "A", "pd": -math.expm1(-whole), "own": own, "context": None if none else rest,
        "caught": None if none else 0.0, "base_pd": base, "grade": "E", "state": "scored",
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{name: r[name] for name in KEPT} for r in rows])


def test_one_scorer_splits_into_own_and_the_rest() -> None:
    # Own rises by .02, what comes from others by .01: two thirds and one third of the change of PD.
    old, new = row(0.02, 0.01), row(0.04, 0.02)
    found = moved_by_data(old, new)
    whole = new["pd"] - old["pd"]
    assert found["data"] == pytest.approx(whole * 2 / 3)
    assert found["neighbour"] == pytest.approx(whole / 3)


def test_parts_that_cancel_still_say_what_moved() -> None:
    old, new = row(0.02, 0.02), row(0.03, 0.01)
    found = moved_by_data(old, new)
    # PD stands still; by exp(-h) each part is .01 in hazard.
    assert found["data"] == pytest.approx(0.01 * math.exp(-0.04))
    assert found["data"] + found["neighbour"] == pytest.approx(0.0, abs=1e-15)


def test_a_control_goes_by_the_control_of_own_columns() -> None:
    old, new = row(None, 0.02, base=0.1), row(None, 0.05, base=0.1)
    found = moved_by_data(old, new)
    assert found["data"] == pytest.approx(0.0)
    assert found["neighbour"] == pytest.approx(new["pd"] - old["pd"])


def test_another_model_is_told_apart_where_the_old_one_scored_the_new_day() -> None:
    first, second = (
        Run(1, "2025-01-31", "m/network", "aa", "d1"),
        Run(3, "2025-02-28", "m/network", "bb", "d2"),
    )
    old, between, new = row(0.02, 0.01), row(0.03, 0.01), row(0.03, 0.03)
    lost = change((first, old), (second, new))
    assert lost["unseparated"] == pytest.approx(new["pd"] - old["pd"])
    found = change((first, old), (second, new), between)
    assert found["data"] == pytest.approx(between["pd"] - old["pd"])
    assert found["model"] == pytest.approx(new["pd"] - between["pd"])
    assert math.fsum(found.values()) == pytest.approx(new["pd"] - old["pd"])


def test_a_trajectory_takes_each_days_last_run_and_bridges_by_the_others(tmp_path: Path) -> None:
    old, new = ("m/network", "aa"), ("m/network", "bb")
    keep_run(tmp_path, Run(0, "2025-01-31", *old, "d1"), table(row(0.02, 0.01)))
    keep_run(tmp_path, Run(0, "2025-02-28", *old, "d2"), table(row(0.03, 0.01)))
    keep_run(tmp_path, Run(0, "2025-02-28", *new, "d2"), table(row(0.03, 0.03)))
    path = trajectory(tmp_path, "A")
    assert [p["as_of"] for p in path] == ["2025-01-31", "2025-02-28"]
    assert path[0]["change"] is None
    assert path[1]["change"] == pytest.approx(path[1]["pd"] - path[0]["pd"])
    assert path[1]["data"] > 0 and path[1]["model"] > 0
    assert path[1]["unseparated"] == 0.0
    assert trajectory(tmp_path, "nobody") == []


def test_the_same_run_again_is_kept_once(tmp_path: Path) -> None:
    for pd_rest in (0.01, 0.02):
        keep_run(tmp_path, Run(0, "2025-01-31", "m/network", "aa", "d1"), table(row(0.02, pd_rest)))
    keep_run(tmp_path, Run(0, "2025-01-31", "m/network", "aa", "d1", 0.05), table(row(0.02, 0.5)))
    assert [(r.number, r.base_rate) for r in runs_of(tmp_path)] == [(1, None), (2, 0.05)]


def test_a_run_that_comes_again_is_the_last_one(tmp_path: Path) -> None:
    # Two trainings score a day, then the first again: what it says is what stands.
    for digest, rest in (("aa", 0.01), ("bb", 0.02), ("aa", 0.01)):
        keep_run(tmp_path, Run(0, "2025-01-31", "m/network", digest, "d1"), table(row(0.02, rest)))
    assert [(r.number, r.digest) for r in runs_of(tmp_path)] == [(2, "bb"), (3, "aa")]
    assert trajectory(tmp_path, "A")[0]["digest"] == "aa"


def test_a_file_says_which_run_it_is_of(tmp_path: Path) -> None:
    made = Run(0, "2025-01-31", "m/network", "aa", "d1", 0.05)
    pq.write_table(stamped(table(row(0.02, 0.01)), made), tmp_path / "2025-01-31.parquet")
    assert run_in(tmp_path / "2025-01-31.parquet") == made
    pq.write_table(table(row(0.02, 0.01)), tmp_path / "old.parquet")
    assert run_in(tmp_path / "old.parquet") is None


def test_a_stamp_of_before_horizons_were_noted_is_read(tmp_path: Path) -> None:
    told = b'{"as_of": "2025-01-31", "model": "m/network", "digest": "aa", "data": "d1", "base_rate": null}'
    pq.write_table(
        table(row(0.02, 0.01)).replace_schema_metadata({KEY: told}), tmp_path / "2025-01-31.parquet"
    )
    old = run_in(tmp_path / "2025-01-31.parquet")
    assert old == Run(0, "2025-01-31", "m/network", "aa", "d1", None, None)
    over = [Run(0, "2025-02-28", "m/network", "aa", "d2", horizon_days=days) for days in (90, 180)]
    assert old is not None and old.comparable(over[0]) and over[0].comparable(old)
    assert over[0].comparable(over[0]) and not over[0].comparable(over[1])


def test_scores_that_name_no_run_are_of_the_last_one_of_their_day_and_model(tmp_path: Path) -> None:
    day, path = date(2025, 1, 31), tmp_path / "scores" / "2025-01-31.parquet"
    for model, digest in (("m/network", "aa"), ("m/network", "bb"), ("m/boosted", "cc")):
        keep_run(tmp_path, Run(0, str(day), model, digest, "d1"), table(row(0.02, 0.01)))
    keep_run(tmp_path, Run(0, "2025-02-28", "m/network", "dd", "d2"), table(row(0.02, 0.01)))
    told = table(row(0.02, 0.01)).append_column("as_of", pa.array([day], pa.date32()))

    def behind(model: str, rows: int = 1) -> Run | None:
        pq.write_table(told.append_column("model", pa.array([model])).slice(0, rows), path)
        return run_behind(tmp_path, path)

    assert behind("m/network") == Run(0, str(day), "m/network", "bb", "d1")
    assert behind("other/network") is None
    assert behind("m/network", rows=0) is None
    pq.write_table(stamped(told, Run(0, str(day), "m/network", "aa", "d1")), path)
    assert run_behind(tmp_path, path) == Run(0, str(day), "m/network", "aa", "d1")


def test_a_firm_in_default_has_no_change_to_explain(tmp_path: Path) -> None:
    gone = row(0.02, 0.0) | {"pd": None, "own": None, "context": None, "caught": None, "state": "defaulted"}
    keep_run(tmp_path, Run(0, "2025-01-31", "m/network", "aa", "d1"), table(row(0.02, 0.01)))
    keep_run(tmp_path, Run(0, "2025-02-28", "m/network", "aa", "d2"), table(gone))
    last = trajectory(tmp_path, "A")[-1]
    assert {last[c] for c in ("change", *CAUSES)} == {None}

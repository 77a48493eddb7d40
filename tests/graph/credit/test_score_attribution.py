"""Changes of scores by cause: the causes sum to the change, and a trajectory holds each day's last run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import CAUSES, trajectory
from supplyrisk.graph.credit.score_attribution import FirmScore, change_by_cause, change_by_data
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.score_runs import SCORE_COLUMNS, ScoreRun, ScoreRuns


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


def test_one_scorer_splits_into_own_and_the_rest() -> None:
    # Own rises by .02, what comes from others by .01: two thirds and one third of the change of PD.
    old, new = row(0.02, 0.01), row(0.04, 0.02)
    found = change_by_data(DayScore.of_row(old), DayScore.of_row(new))
    whole = new["pd"] - old["pd"]
    assert found["data"] == pytest.approx(whole * 2 / 3)
    assert found["neighbour"] == pytest.approx(whole / 3)


def test_parts_that_cancel_still_say_what_moved() -> None:
    old, new = row(0.02, 0.02), row(0.03, 0.01)
    found = change_by_data(DayScore.of_row(old), DayScore.of_row(new))
    # PD stands still; by exp(-h) each part is .01 in hazard.
    assert found["data"] == pytest.approx(0.01 * math.exp(-0.04))
    assert found["data"] + found["neighbour"] == pytest.approx(0.0, abs=1e-15)


def test_a_control_goes_by_the_control_of_own_columns() -> None:
    old, new = row(None, 0.02, base=0.1), row(None, 0.05, base=0.1)
    found = change_by_data(DayScore.of_row(old), DayScore.of_row(new))
    assert found["data"] == pytest.approx(0.0)
    assert found["neighbour"] == pytest.approx(new["pd"] - old["pd"])


def test_another_model_is_told_apart_where_the_old_one_scored_the_new_day() -> None:
    first, second = (
        ScoreRun(1, "2025-01-31", "m/network", "aa", "d1"),
        ScoreRun(3, "2025-02-28", "m/network", "bb", "d2"),
    )
    old, bridge, new = row(0.02, 0.01), row(0.03, 0.01), row(0.03, 0.03)
    lost = change_by_cause(FirmScore(first, DayScore.of_row(old)), FirmScore(second, DayScore.of_row(new)))
    assert lost["unseparated"] == pytest.approx(new["pd"] - old["pd"])
    found = change_by_cause(
        FirmScore(first, DayScore.of_row(old)),
        FirmScore(second, DayScore.of_row(new)),
        DayScore.of_row(bridge),
    )
    assert found["data"] == pytest.approx(bridge["pd"] - old["pd"])
    assert found["model"] == pytest.approx(new["pd"] - bridge["pd"])
    assert math.fsum(found.values()) == pytest.approx(new["pd"] - old["pd"])


def test_a_trajectory_takes_each_days_last_run_and_bridges_by_the_others(tmp_path: Path) -> None:
    old, new = ("m/network", "aa"), ("m/network", "bb")
    runs_in(tmp_path).add(ScoreRun(0, "2025-01-31", *old, "d1"), table(row(0.02, 0.01)))
    runs_in(tmp_path).add(ScoreRun(0, "2025-02-28", *old, "d2"), table(row(0.03, 0.01)))
    runs_in(tmp_path).add(ScoreRun(0, "2025-02-28", *new, "d2"), table(row(0.03, 0.03)))
    path = trajectory(runs_in(tmp_path), "A")
    assert [p.run.as_of for p in path] == ["2025-01-31", "2025-02-28"]
    assert path[0].change is None
    assert path[1].score.pd is not None and path[0].score.pd is not None
    assert path[1].change == pytest.approx(path[1].score.pd - path[0].score.pd)
    assert path[1].causes["data"] > 0 and path[1].causes["model"] > 0
    assert path[1].causes["unseparated"] == 0.0
    # In the document the causes stand where the run's model and data would.
    assert path[0].to_json()["model"] is None and path[0].to_json()["digest"] == "aa"
    assert path[1].to_json()["model"] == path[1].causes["model"]
    assert trajectory(runs_in(tmp_path), "nobody") == []


def test_a_firm_in_default_has_no_change_to_explain(tmp_path: Path) -> None:
    gone = row(0.02, 0.0) | {"pd": None, "own": None, "context": None, "caught": None, "state": "defaulted"}
    runs_in(tmp_path).add(ScoreRun(0, "2025-01-31", "m/network", "aa", "d1"), table(row(0.02, 0.01)))
    runs_in(tmp_path).add(ScoreRun(0, "2025-02-28", "m/network", "aa", "d2"), table(gone))
    last = trajectory(runs_in(tmp_path), "A")[-1]
    assert last.causes == {}
    assert {last.to_json()[c] for c in ("change", *CAUSES)} == {None}

"""compare: ranks, grades and causes by hand, the registry, and the same model against itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from supplyrisk import gnn
from supplyrisk.gnn import evaluation as judge
from supplyrisk.graph import Snapshot, Workspace
from supplyrisk.graph.workspace.score_runs import SCORE_COLUMNS, ScoreRun, run_noted_in, with_run_note

OLD = [("A", 0.10, "F"), ("B", 0.04, "E"), ("C", 0.01, "D"), ("D", None, None)]
NEW = [("A", 0.01, "D"), ("B", 0.04, "E"), ("C", 0.20, "G"), ("E", 0.5, "G")]


def scores(rows: list[tuple[str, float | None, str | None]], model: str = "m/boosted-own") -> pa.Table:
    named = {
        name: pa.array([r[i] for r in rows], kind)
        for i, (name, kind) in enumerate(
            (("firm_id", pa.string()), ("pd", pa.float64()), ("grade", pa.string()))
        )
    }
    none = pa.nulls(len(rows), pa.float64())
    return pa.table(named | {"own": none, "base_pd": named["pd"], "model": pa.array([model] * len(rows))})


def test_ranks_grades_and_tops_by_hand() -> None:
    pairs = judge.aligned_scores(scores(OLD), scores([*NEW, ("D", 0.02, "E")]))
    assert [a["firm_id"] for a, _ in pairs] == ["A", "B", "C", "D"]
    found = judge.score_shift(pairs)
    assert found.firms == 3
    assert found.rank_correlation == pytest.approx(-1.0)
    assert found.mean_pd == pytest.approx([0.05, 0.25 / 3])
    assert found.regraded == pytest.approx(2 / 3)
    assert found.top_kept == 0.0  # the riskiest was A, and is C now
    rows = judge.rank_changes(pairs)
    assert [(r.firm_id, r.old_rank, r.new_rank) for r in rows] == [
        ("A", 1, 3),
        ("C", 3, 1),
        ("B", 2, 2),
    ]
    moves = {(m.old, m.new): m.firms for m in judge.grade_migration(pairs)}
    assert moves == {("F", "D"): 1, ("E", "E"): 1, ("D", "G"): 1, ("default", "E"): 1}


def test_unlisted_firms_have_not_defaulted() -> None:
    graded = {"pd": 0.1, "grade": "F", "state": "scored"}
    unlisted = {"pd": None, "grade": None, "state": "unlisted"}
    failed = {"pd": None, "grade": None, "state": "defaulted"}
    pairs = [(unlisted, unlisted), (unlisted, graded), (graded, failed)]
    moves = {(m.old, m.new): m.firms for m in judge.grade_migration(pairs)}
    assert moves == {("unlisted", "F"): 1, ("F", "default"): 1}


def test_two_files_of_scores(tmp_path: Path) -> None:
    for name, rows in (("old", OLD), ("new", NEW)):
        pq.write_table(scores(rows), tmp_path / f"{name}.parquet")
    args = ("compare", tmp_path / "old.parquet", tmp_path / "new.parquet", "-w", tmp_path / "ws")
    document = run_json(*args)
    assert document["shift"]["firms"] == 3
    # By the control of own columns all of the change is the firm's own data.
    moved = {r["firm_id"]: (r["data"], r["neighbour"]) for r in document["rows"]}
    assert moved["A"] == pytest.approx((-0.09, 0.0))
    code, out, err = run(*args, "--top", 1)
    assert code == 0
    assert out.splitlines()[1].split()[:3] == ["A", "1", "3"]
    assert "rank correlation -1.000" in err
    other = tmp_path / "other.parquet"
    pq.write_table(scores(NEW, "m/network"), other)
    _, _, err = run("compare", tmp_path / "old.parquet", other, "-w", tmp_path / "ws")
    assert "cannot be separated" in err
    _, _, err = run(*args)
    assert "notes no run" in err


def test_a_model_trained_again_under_its_name_is_another_model(tmp_path: Path) -> None:
    ws = tmp_path / "ws"
    first, again = (
        ScoreRun(0, "2025-01-31", "m/boosted-own", "aa", "d1"),
        ScoreRun(0, "2025-02-28", "m/boosted-own", "bb", "d2"),
    )
    for name, rows, run_ in (("old", OLD, first), ("new", NEW, again)):
        pq.write_table(with_run_note(scores(rows), run_), tmp_path / f"{name}.parquet")
    args = ("compare", tmp_path / "old.parquet", tmp_path / "new.parquet", "-w", ws)
    found = {r["firm_id"]: r for r in run_json(*args)["rows"]}
    assert found["A"]["unseparated"] == pytest.approx(-0.09)
    assert (found["A"]["data"], found["A"]["neighbour"], found["A"]["model"]) == (0.0, 0.0, 0.0)
    assert "cannot be separated" in run(*args)[2]
    # The old training scored the new day once: what it said tells the two apart.
    between = scores([("A", 0.07, "F"), ("B", 0.04, "E"), ("C", 0.02, "E")])
    between = between.append_column("state", pa.array(["scored"] * 3))
    for name in ("context", "caught"):
        between = between.append_column(name, pa.nulls(3, pa.float64()))
    Workspace(ws).score_runs().add(
        ScoreRun(0, "2025-02-28", "m/boosted-own", "aa", "d2"), between.select(list(SCORE_COLUMNS))
    )
    found = {r["firm_id"]: r for r in run_json(*args)["rows"]}
    assert found["A"]["data"] + found["A"]["neighbour"] == pytest.approx(-0.03)
    assert found["A"]["model"] == pytest.approx(-0.06)
    assert found["A"]["unseparated"] == 0.0
    assert "are separated by" in run(*args)[2]


def test_pds_over_two_horizons_are_not_compared(tmp_path: Path) -> None:
    def file(name: str, rows: list[tuple[str, float | None, str | None]], days: int | None) -> Path:
        run_ = ScoreRun(0, "2025-01-31", "m/boosted-own", name, "d1", horizon_days=days)
        pq.write_table(with_run_note(scores(rows), run_), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    old, new, unsaid = file("old", OLD, 90), file("new", NEW, 180), file("unsaid", NEW, None)
    code, out, err = run("compare", old, new, "-w", tmp_path / "ws")
    assert (code, out) == (2, "")
    assert f"PDs of {old} are over 90 days, of {new} over 180; expected one horizon" in " ".join(err.split())
    assert run_json("compare", old, unsaid, "-w", tmp_path / "ws")["shift"]["firms"] == 3
    # Files of before the stamp said it have it in a column.
    told = scores(NEW).append_column("horizon_days", pa.array([180] * len(NEW)))
    pq.write_table(told, unsaid)
    assert run("compare", old, unsaid, "-w", tmp_path / "ws")[0] == 2


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory, frames: dict[str, pa.Table], model: gnn.RiskModel) -> Path:
    """A workspace with the small chain and its model under two names."""
    place = tmp_path_factory.mktemp("compare")
    (place / "data").mkdir()
    for name, table in frames.items():
        pq.write_table(table, place / "data" / f"{name}.parquet")
    # As synthetic as the model's own data: it may not score others.
    (place / "data" / "synthetic.toml").write_text("synthetic = true\n", encoding="utf-8")
    code, _, err = run("load", place / "data", "-w", place / "ws", "--no-graph")
    assert code == 0, err
    for name in ("first", "second"):
        gnn.save(model, place / "ws" / "models" / name)
    return place / "ws"


def test_models_are_listed_and_one_is_promoted(ws: Path) -> None:
    rows = run_json("compare", "-w", ws)["rows"]
    assert [(r["name"], r["role"]) for r in rows] == [("first", "challenger"), ("second", "challenger")]
    assert rows[0]["digest"] == rows[1]["digest"]
    assert np.isfinite([rows[0]["auc"], rows[0]["brier"]]).all()
    code, _, err = run("compare", "first", "-w", ws)
    assert (code, "takes two" in err) == (2, True)


def test_a_model_against_itself(ws: Path, now: Snapshot, model: gnn.RiskModel) -> None:
    document = run_json("compare", "first", "second", "-w", ws, "--promote")
    assert document["shift"]["rank_correlation"] == pytest.approx(1.0)
    assert document["shift"]["regraded"] == 0.0
    assert {m["old"] == m["new"] for m in document["migration"]} == {True}
    assert document["outcome"]["new_minus_old"]["auc"] == {"value": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}
    assert "not significantly different" in " ".join(document["verdict"])
    roles = {r["name"]: r["role"] for r in run_json("compare", "-w", ws)["rows"]}
    assert roles == {"first": "challenger", "second": "champion"}
    # Whoever scores without a name scores by the champion; both runs are kept, and explain shows them.
    firm = next(r["firm_id"] for r in now.firms.to_pylist() if not r["defaulted"])
    for day in ("2025-11-30", "2025-12-28"):
        assert run_json("score", "-w", ws, "--as-of", day, "--no-write-back")["model"].startswith("small/")
    for day in (date(2025, 11, 30), date(2025, 12, 28)):
        layout = Workspace(ws).layout
        assert run_noted_in(layout.scores_file(day)) == run_noted_in(layout.partners_file(day)) is not None
    days = run_json("compare", "2025-11-30", "2025-12-28", "-w", ws)
    assert all(r["data"] + r["neighbour"] == pytest.approx(r["new_pd"] - r["old_pd"]) for r in days["rows"])
    assert "of one model" not in " ".join(days["verdict"])
    past = run_json("explain", firm, "-w", ws)["rows"][0]["history"]
    assert [p["as_of"] for p in past] == ["2025-11-30", "2025-12-28"]
    assert {p["horizon_days"] for p in past} == {model.horizon_days} != {None}
    moved = [past[1][c] for c in ("data", "neighbour")]
    assert sum(moved) == pytest.approx(past[1]["pd"] - past[0]["pd"])

"""The last step of every firm's history as it goes into the graph, held against the history that one firm has."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from supplyrisk.graph import CHANGE_PROPERTIES, Workspace
from supplyrisk.graph.credit import CAUSES, ScoreBridge, trajectory
from supplyrisk.graph.credit.score_attribution import CHANGE_SCHEMA, score_changes, with_score_changes
from supplyrisk.graph.workspace.score_runs import SCORE_COLUMNS, ScoreRun, ScoreRuns

OLD, NEW = ("m/network", "aa"), ("m/network", "bb")
FIRST, SECOND = "2025-01-31", "2025-02-28"
PARTS = [f"moved_by_{cause}" for cause in CAUSES]


def runs_in(folder: Path) -> ScoreRuns:
    return Workspace(folder).score_runs()


def row(firm: str, own: float | None, rest: float = 0.0, grade: str = "C") -> dict[str, Any]:
    """A firm's score out of two hazards; without own it is in default."""
    pd = None if own is None else -math.expm1(-(own + rest))
    whole = {"firm_id": firm, "pd": pd, "own": own, "base_pd": pd, "grade": grade, "state": "scored"}
    return whole | {"context": None if own is None else rest, "caught": None if own is None else 0.0}


def scores(day: str | None, *rows: dict[str, Any]) -> pa.Table:
    types = {name: pa.float64() for name in SCORE_COLUMNS} | dict.fromkeys(
        ("firm_id", "grade", "state"), pa.string()
    )
    schema = pa.schema([(name, types[name]) for name in SCORE_COLUMNS] + [("as_of", pa.date32())])
    on = date.fromisoformat(day) if day else None
    return pa.Table.from_pylist([r | {"as_of": on} for r in rows], schema=schema)


Kept = tuple[pa.Table, ScoreRun]


def kept(
    place: Path,
    day: str | None,
    scorer: tuple[str, str],
    *rows: dict[str, Any],
    data: str,
    horizon: int | None = None,
) -> Kept:
    """Scores that are kept, and the run that they are of."""
    firms, run = scores(day, *rows), ScoreRun(0, day, *scorer, data, horizon_days=horizon)
    runs_in(place).add(run, firms)
    return firms, run


def agrees(place: Path, firms: pa.Table, run: ScoreRun) -> list[dict[str, Any]]:
    """The moves, each firm's held against the last step of its own history."""
    moves = score_changes(runs_in(place), firms, run)
    assert moves is not None
    found = moves.to_pylist()
    for firm, told in zip(firms["firm_id"].to_pylist(), found, strict=True):
        path = trajectory(runs_in(place), firm)
        if told["moved_by_data"] is not None:
            assert (
                told["moved_by"] == ScoreBridge({cause: told[f"moved_by_{cause}"] for cause in CAUSES}).cause
            )
        assert [told[part] for part in PARTS] == [path[-1].causes.get(cause) for cause in CAUSES]
        expected: list[object] = [None, None, None]
        if len(path) > 1 and path[-2].score.pd is not None:
            expected = [path[-2].score.pd, path[-2].score.grade, path[-2].run.as_of]
        assert [told[name] for name in ("pd_before", "grade_before", "before_as_of")] == expected
    return found


def test_the_names_are_those_that_every_store_knows() -> None:
    assert tuple(f"risk_{name}" for name in CHANGE_SCHEMA.names) == CHANGE_PROPERTIES


def test_every_firm_s_last_step_is_that_of_its_history(tmp_path: Path) -> None:
    kept(tmp_path, "2024-12-31", OLD, row("a", 0.5), row("n", 0.5), data="d0")
    kept(tmp_path, FIRST, OLD, row("a", 0.02, 0.01, "D"), row("b", 0.02, 0.02), row("c", 0.1, 0.1),
         row("d", None), row("e", 0.01), row("s", 0.03), data="d1")  # fmt: skip
    firms, run = kept(tmp_path, SECOND, OLD, row("a", 0.04, 0.02, "E"), row("b", 0.03, 0.01), row("c", 0.05, 0.12),
                 row("d", 0.1), row("e", None), row("f", 0.1), row("s", 0.03), data="d2")  # fmt: skip
    found = dict(zip(firms["firm_id"].to_pylist(), agrees(tmp_path, firms, run), strict=True))
    assert (found["a"]["grade_before"], found["a"]["before_as_of"]) == ("D", FIRST)
    # a: .02 of its .03 more in hazard are its own. c fell by its own data, though its surroundings got worse.
    assert found["a"]["moved_by_data"] == pytest.approx(2 * found["a"]["moved_by_neighbour"])
    assert [found[firm]["moved_by"] for firm in "abcs"] == ["data", "data", "data", None]
    # d was in default then, e is now, f is new.
    assert found["e"]["pd_before"] == pytest.approx(-math.expm1(-0.01))
    assert set(found["d"].values()) == set(found["f"].values()) == {None}
    assert {found["e"][part] for part in (*PARTS, "moved_by")} == {None}


def test_another_model_counts_where_the_old_one_scored_the_day_too(tmp_path: Path) -> None:
    kept(tmp_path, FIRST, OLD, row("a", 0.02, 0.01), data="d1")
    given = kept(tmp_path, SECOND, NEW, row("a", 0.03, 0.05), data="d2")
    assert [told["moved_by"] for told in agrees(tmp_path, *given)] == ["unseparated"]
    between = kept(tmp_path, SECOND, OLD, row("a", 0.03, 0.01), data="d2")
    given = kept(tmp_path, SECOND, NEW, row("a", 0.03, 0.05), data="d2")
    found = agrees(tmp_path, *given)
    assert [told["moved_by"] for told in found] == ["model"]
    assert found[0]["moved_by_data"] > 0 and found[0]["moved_by_unseparated"] == 0.0
    # What goes into the graph is what was given, not the day's last run.
    earlier = score_changes(runs_in(tmp_path), *between)
    assert earlier is not None and earlier["moved_by"].to_pylist() == ["data"]


def test_nothing_where_no_earlier_day_is_kept(tmp_path: Path) -> None:
    firms, run = scores(FIRST, row("a", 0.1)), ScoreRun(0, FIRST, *OLD, "d1")
    assert score_changes(runs_in(tmp_path), firms, run) is None
    runs_in(tmp_path).add(run, firms)
    kept(tmp_path, SECOND, OLD, row("a", 0.2), data="d2")
    kept(tmp_path, FIRST, NEW, row("a", 0.3), data="d1")
    undated = kept(tmp_path, None, OLD, row("a", 0.2), data="d3")
    assert score_changes(runs_in(tmp_path), firms, run) is None
    assert score_changes(runs_in(tmp_path), *undated) is None
    assert score_changes(runs_in(tmp_path), firms.slice(0, 0), run) is None
    # Scores of which no run is kept: whose they are is not known, and so neither is what moved them.
    assert score_changes(runs_in(tmp_path), scores(SECOND, row("a", 0.9)), None) is None
    properties = pa.table({"firm_id": ["a"], "pd": [0.1]})
    assert with_score_changes(properties, runs_in(tmp_path), firms, run) is properties


@pytest.mark.parametrize(("then", "now", "apart"), [(90, 180, True), (90, 90, False), (None, 90, False)])
def test_pds_over_two_horizons_are_not_subtracted(
    tmp_path: Path, then: int | None, now: int, apart: bool
) -> None:
    kept(tmp_path, FIRST, OLD, row("a", 0.02, 0.01), data="d1", horizon=then)
    firms, run = kept(tmp_path, SECOND, NEW, row("a", 0.03, 0.05), data="d2", horizon=now)
    path = trajectory(runs_in(tmp_path), "a")
    assert [step.run.horizon_days for step in path] == [then, now]
    if apart:
        assert score_changes(runs_in(tmp_path), firms, run) is None
        assert path[-1].causes == {} and path[-1].change is None
    else:
        assert [told["moved_by"] for told in agrees(tmp_path, firms, run)] == ["unseparated"]


def test_columns_go_beside_the_properties_by_firm(tmp_path: Path) -> None:
    kept(tmp_path, FIRST, OLD, row("a", 0.1), row("b", 0.2, grade="F"), data="d1")
    firms, run = kept(tmp_path, SECOND, OLD, row("b", 0.4), row("a", 0.1), data="d2")
    found = with_score_changes(pa.table({"firm_id": ["a", "b"]}), runs_in(tmp_path), firms, run)
    assert found["grade_before"].to_pylist() == ["C", "F"]
    assert found["moved_by"].to_pylist() == [None, "data"]
    assert found.schema.names == ["firm_id", *CHANGE_SCHEMA.names]

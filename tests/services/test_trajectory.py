"""`trajectory` on a small synthetic world by stated rules: points by week, causes, rescored weeks, the shop's view."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import run, run_json
from supplyrisk import gnn, services
from supplyrisk.graph import DataError, RequestError, Workspace, to_json, write_table
from supplyrisk.graph.credit import CAUSES
from supplyrisk.services.trajectory_document import BY_CAUSE, INDICATORS, RESCORED, STORED

LAST = date(2025, 12, 28)
WEEK = timedelta(days=7)


def day(weeks_ago: int) -> date:
    return LAST - weeks_ago * WEEK


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores of three and of two weeks ago by one model, and of the last day by another one."""
    folder = tmp_path_factory.mktemp("trajectory")
    ws = folder / "ws"
    run_json("synth", folder / "world", "--firms", 60, "--weeks", 50, "--seed", 5)
    run_json("load", folder / "world", "--no-graph", "-w", ws)
    run_json("train", "--expert", "--base-rate", 0.03, "-w", ws)
    for weeks_ago in (3, 2):
        run_json("score", "--as-of", day(weeks_ago), "--no-write-back", "-w", ws)
    run_json("train", "--expert", "--base-rate", 0.06, "-w", ws)
    run_json("score", "--as-of", LAST, "--no-write-back", "-w", ws)
    return ws


@pytest.fixture(scope="module")
def weekly(scored: Path, shop: str) -> services.TrajectoryResult:
    """Five weeks, by indicator."""
    return services.trajectory(Workspace(scored), shop, weeks=5)


@pytest.fixture(scope="module")
def shop(scored: Path) -> str:
    """The firm whose PD moved most from the first scored day to the second."""
    scores = [pq.read_table(Workspace(scored).layout.scores_file(day(weeks))).to_pylist() for weeks in (3, 2)]
    first, last = ({row["firm_id"]: row["pd"] for row in rows if row["state"] == "scored"} for rows in scores)
    return str(max(first.keys() & last.keys(), key=lambda firm: (abs(last[firm] - first[firm]), firm)))


def check_sums(result: services.TrajectoryResult) -> None:
    """The parts of each change add up to it, in points and in log hazard, and it is that of the PDs."""
    known = None
    for week in result.weeks:
        if week.pd is None:
            continue
        assert week.points == gnn.points(gnn.graded_pd(week.pd, week.margin))
        if known is not None and week.change is not None:
            change = week.change
            assert known.points is not None
            assert change.points == pytest.approx(week.points - known.points, abs=1e-9)
            assert math.fsum(part.points for part in change.parts) == pytest.approx(change.points, abs=1e-9)
            assert math.fsum(p.log_hazard for p in change.parts) == pytest.approx(change.log_hazard, abs=1e-9)
            assert math.fsum(change.by_cause().values()) == pytest.approx(change.points, abs=1e-9)
        known = week


def test_a_week_per_row_and_the_changes_by_indicator(weekly: services.TrajectoryResult) -> None:
    result = weekly
    assert [week.ends_on for week in result.weeks] == [day(ago) for ago in (4, 3, 2, 1, 0)]
    assert [week.source for week in result.weeks] == [None, STORED, STORED, None, STORED]
    by_data, by_model = (result.weeks[at].change for at in (2, 4))
    assert by_data is not None
    assert by_model is not None
    assert by_data.method == by_model.method == INDICATORS
    assert by_data.by_cause()["model"] == 0
    assert by_data.by_cause()["data"] != 0
    # the base rate doubled: the PD of everybody rose
    assert by_model.by_cause()["model"] < -5
    assert by_model.since == day(2)
    changed = [part for part in by_data.parts if part.before != part.after]
    assert changed
    assert all(part.name.en and part.name.zh for change in (by_data, by_model) for part in change.parts)
    check_sums(result)


def test_without_indicators_the_change_is_by_cause_of_stored_scores(scored: Path, shop: str) -> None:
    result = services.trajectory(Workspace(scored), shop, weeks=4, indicators=False)
    first, last = (result.weeks[at].change for at in (1, 3))
    assert first is not None
    assert last is not None
    assert (first.method, last.method) == (BY_CAUSE, BY_CAUSE)
    assert {part.cause for part in first.parts} <= {"data", "neighbour"}
    # no run of the old model on the new data is stored
    assert [part.cause for part in last.parts] == ["unseparated"]
    check_sums(result)
    row = result.table().to_pylist()[1]
    assert row["change"] == pytest.approx(math.fsum(row[f"moved_by_{cause}"] for cause in CAUSES))


def test_weeks_without_scores_are_computed_with_the_present_model(scored: Path, shop: str) -> None:
    result = services.trajectory(Workspace(scored), shop, weeks=4, rescore=True)
    assert [week.source for week in result.weeks] == [STORED, STORED, RESCORED, STORED]
    again, stored = result.weeks[2:]
    assert again.digest == stored.digest != result.weeks[1].digest
    assert again.change is not None
    assert again.change.by_cause()["model"] != 0
    assert stored.change is not None
    assert stored.change.by_cause()["model"] == 0
    assert any("1 weeks without stored scores" in note for note in result.notes)
    check_sums(result)
    # The rescored week is what `score` gives for that day.
    copy = scored.parent / "rescored"
    shutil.copytree(scored, copy)
    run_json("score", "--as-of", day(1), "--no-write-back", "-w", copy)
    pds = {
        row["firm_id"]: row["pd"]
        for row in pq.read_table(Workspace(copy).layout.scores_file(day(1))).to_pylist()
    }
    assert again.pd == pytest.approx(pds[shop])


def test_a_model_that_is_gone_leaves_the_other_model_to_separate_data_and_model(
    scored: Path, shop: str
) -> None:
    copy = scored.parent / "gone"
    shutil.copytree(scored, copy)
    shutil.rmtree(Workspace(copy).layout.evidence)
    result = services.trajectory(Workspace(copy), shop, weeks=3)
    change = result.weeks[2].change
    assert change is not None
    assert change.method == INDICATORS
    assert change.by_cause()["model"] < -5
    check_sums(result)
    shutil.rmtree(Workspace(copy).layout.models)
    change = services.trajectory(Workspace(copy), shop, weeks=3).weeks[2].change
    assert change is not None
    assert (change.method, [part.cause for part in change.parts]) == (BY_CAUSE, ["unseparated"])


def test_rows_that_became_known_later_are_named(scored: Path, shop: str) -> None:
    """A stored score that the present data do not give: the difference is one of late rows, in and out again."""
    copy = scored.parent / "late"
    shutil.copytree(scored, copy)
    runs = Workspace(copy).score_runs()
    [run_number] = [known.number for known in runs.runs() if known.as_of == day(3).isoformat()]
    path = Workspace(copy).layout.run_file(run_number)
    table = pq.read_table(path)
    rows = [
        row | {"pd": row["pd"] and row["pd"] * (2.0 if row["firm_id"] == shop else 1.0)}
        for row in table.to_pylist()
    ]
    write_table(path, table.from_pylist(rows, table.schema))
    result = services.trajectory(Workspace(copy), shop, weeks=3, as_of=day(2))
    change = result.weeks[2].change
    assert change is not None
    late = [part for part in change.parts if part.code == "late_rows"]
    assert [part.cause for part in late] == ["data"]
    assert late[0].log_hazard < -0.5
    check_sums(result)


def test_rows_of_later_days_and_another_order_of_rows_move_no_week(scored: Path, shop: str) -> None:
    before = services.trajectory(Workspace(scored), shop, weeks=1, as_of=day(1), rescore=True)
    copy = scored.parent / "permuted"
    shutil.copytree(scored, copy)
    for path in Workspace(copy).layout.data.glob("*/*.parquet"):
        table = pq.read_table(path)
        write_table(path, table.take(list(reversed(range(table.num_rows)))))
    after = services.trajectory(Workspace(copy), shop, weeks=1, as_of=day(1), rescore=True)
    for first, last in zip(before.weeks, after.weeks, strict=True):
        assert first.pd == pytest.approx(last.pd, rel=1e-9)
    folder = next(Workspace(copy).layout.data.iterdir())
    activity = pq.read_table(folder / "activity.parquet")
    late = [row | {"sales": 0.0, "orders": 0} if row["on"] > day(1) else row for row in activity.to_pylist()]
    write_table(folder / "activity.parquet", activity.from_pylist(late, activity.schema))
    later = services.trajectory(Workspace(copy), shop, weeks=1, as_of=day(1), rescore=True)
    assert [week.pd for week in later.weeks] == [week.pd for week in after.weeks]


def test_the_shop_sees_neither_pds_nor_partners(
    scored: Path, shop: str, weekly: services.TrajectoryResult
) -> None:
    result = weekly
    document = result.shop_document().to_json()
    text = to_json(document)
    others = set(pq.read_table(Workspace(scored).layout.scores_file(LAST))["firm_id"].to_pylist()) - {shop}
    assert not any(other in text for other in others)
    assert "pd" not in json.loads(text)["rows"][0]
    for week, seen in zip(result.weeks, result.for_shop(), strict=True):
        if week.pd is not None:
            assert str(week.pd) not in text
        if seen.change is not None:
            assert math.fsum(reason.points for reason in seen.reasons) == pytest.approx(seen.change, abs=1e-9)
            codes = [reason.code for reason in seen.reasons]
            assert len(codes) == len(set(codes))
            assert not {"CONTEXT", "CAUGHT", "NEIGHBOUR"} & set(codes)


def test_parts_of_neighbours_are_one_reason_for_the_shop(weekly: services.TrajectoryResult) -> None:
    """Other shares of context and contagion with the same sum change nothing that the shop sees."""
    result = weekly
    weeks = []
    for week in result.weeks:
        change = week.change
        if change is not None:
            moved = replace(change.parts[0], cause="neighbour", code="caught")
            halves = [replace(moved, code=code, points=moved.points / 2) for code in ("context", "caught")]
            weeks.append(
                (
                    replace(week, change=replace(change, parts=(moved, *change.parts[1:]))),
                    replace(week, change=replace(change, parts=(*halves, *change.parts[1:]))),
                )
            )
    assert weeks
    for first, last in weeks:
        assert replace(result, weeks=(first,)).for_shop() == replace(result, weeks=(last,)).for_shop()


def test_what_cannot_be_shown_is_refused(scored: Path, shop: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="--weeks is 0"):
        services.trajectory(Workspace(scored), shop, weeks=0)
    with pytest.raises(RequestError, match="no firm 'nobody'"):
        services.trajectory(Workspace(scored), "nobody")
    copy = tmp_path / "ws"
    shutil.copytree(scored, copy)
    shutil.rmtree(Workspace(copy).layout.scores)
    with pytest.raises(DataError, match="no scores are stored"):
        services.trajectory(Workspace(copy), shop)


def test_the_command_prints_a_row_per_week(scored: Path, shop: str, tmp_path: Path) -> None:
    path = tmp_path / "weeks.parquet"
    fast = ("trajectory", shop, "--weeks", 3, "--no-indicators", "-w", scored)
    code, out, err = run(*fast)
    assert code == 0, err
    assert str(day(2)) in out
    assert "not separable" in out
    code, out, _ = run(*fast, "--for-shop", "--lang", "zh")
    assert code == 0
    assert "评分模型更新" in out
    document = run_json(*fast)
    assert document["schema"] == "scgraph.trajectory/1"
    assert [row["ends_on"] for row in document["rows"]] == [str(day(ago)) for ago in (2, 1, 0)]
    assert [row["change"] and row["change"]["method"] for row in document["rows"]] == [None, None, BY_CAUSE]
    code, _, err = run(*fast, "-o", path)
    assert code == 0, err
    assert pq.read_table(path)["source"].to_pylist() == [STORED, None, STORED]


def test_flags_of_all_shops_and_of_one(scored: Path, tmp_path: Path) -> None:
    result = services.flags(Workspace(scored))
    listed = result.to_frame()
    assert len(listed) > 0
    assert {text.kind for text in result.texts} == set(listed["kind"])
    firm = str(listed["firm_id"].iloc[0])
    one = services.flags(Workspace(scored), firm)
    assert one.table().to_pylist() == [row for row in result.table().to_pylist() if row["firm_id"] == firm]
    code, out, err = run("flags", firm, "-w", scored)
    assert code == 0, err
    assert firm in out
    document = run_json("flags", "-w", scored)
    assert len(document["rows"]) == len(listed)
    path = tmp_path / "flags.parquet"
    assert run("flags", "-o", path, "-w", scored)[0] == 0
    assert pq.read_table(path).num_rows == len(listed)

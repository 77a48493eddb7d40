"""Limits in force of a shop, read from stored days written by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from supplyrisk.graph import DataError, Workspace, write_table
from supplyrisk.graph.credit.following.limit_file import LimitBasis, StoredLimits, write_limits
from supplyrisk.graph.credit.following.limit_step import LimitInForce, LimitReason
from supplyrisk.services.trajectory_in_force import ForcePoint, limits_in_force

DAY = date(2025, 6, 1)


def store(
    workspace: Workspace, week: int, limit: float, target: float | None, reason: LimitReason, *, basis: str
) -> None:
    """Limits of L1 for A and another firm; basis: letters of data, scores and policy."""
    day = DAY + timedelta(weeks=week)
    limits = tuple(
        LimitInForce(firm, limit, limit, target, "GRADE", reason, day, day + timedelta(days=60))
        for firm in ("A", "B")
    )
    data, scores, policy = basis
    stored = StoredLimits(LimitBasis("L1", day.isoformat(), data, scores, policy, None), limits)
    write_limits(workspace.layout.limits_file("L1", day), stored)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_the_limit_follows_its_target_day_by_day(workspace: Workspace) -> None:
    store(workspace, 0, 10_000, 10_000, LimitReason.NEW, basis="dsp")
    store(workspace, 1, 11_000, 20_000, LimitReason.RISING, basis="esp")
    first, second = limits_in_force(workspace, "A", "L1")
    assert first == ForcePoint(DAY, 10_000, 10_000, "GRADE", "new")
    assert second == ForcePoint(
        DAY + timedelta(weeks=1), 11_000, 20_000, "GRADE", "rising", 1_000, 10_000, "data"
    )


def test_days_after_the_last_one_are_not_listed(workspace: Workspace) -> None:
    for week in range(3):
        store(workspace, week, 10_000 + week, 20_000, LimitReason.RISING, basis="dsp")
    listed = limits_in_force(workspace, "A", "L1", DAY + timedelta(weeks=1))
    assert [point.limit for point in listed] == [10_000, 10_001]


@pytest.mark.parametrize(
    ("basis", "cause"),
    [("dsp", "data"), ("etp", "data"), ("dsq", "policy"), ("dtq", "unseparated"), ("esq", "unseparated")],
)
def test_the_cause_of_a_change_of_the_target(workspace: Workspace, basis: str, cause: str) -> None:
    store(workspace, 0, 10_000, 10_000, LimitReason.NEW, basis="dsp")
    store(workspace, 1, 10_000, 20_000, LimitReason.RISING, basis=basis)
    assert limits_in_force(workspace, "A", "L1")[1].cause == cause


def test_no_cause_without_a_change_or_a_target(workspace: Workspace) -> None:
    store(workspace, 0, 10_000, 10_000, LimitReason.NEW, basis="dsp")
    store(workspace, 1, 10_000, 10_000, LimitReason.UNCHANGED, basis="dsq")
    store(workspace, 2, 9_000, None, LimitReason.NOT_RENEWED, basis="dsr")
    points = limits_in_force(workspace, "A", "L1")
    assert [(p.change, p.target_change, p.cause) for p in points[1:]] == [(0, 0, None), (-1_000, None, None)]


def test_other_lenders_and_firms_have_limits_of_their_own(workspace: Workspace) -> None:
    assert limits_in_force(workspace, "A", "L1") == ()
    store(workspace, 0, 10_000, 10_000, LimitReason.NEW, basis="dsp")
    assert limits_in_force(workspace, "A", "L2") == ()
    assert limits_in_force(workspace, "C", "L1") == ()


def test_a_file_of_something_else_is_refused(workspace: Workspace) -> None:
    path = workspace.layout.limits_file("L1", DAY)
    path.parent.mkdir(parents=True)
    write_table(path, pa.table({"firm": ["A"]}))
    with pytest.raises(DataError, match="no file of limits"):
        limits_in_force(workspace, "A", "L1")

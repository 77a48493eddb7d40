"""Weekly points include the margin for missing data, and a change names it."""

from __future__ import annotations

import math
from datetime import date

import pytest

from supplyrisk import gnn
from supplyrisk.graph.credit.alerts import DATA
from supplyrisk.graph.merchant.trajectory import MARGIN, whole_change
from supplyrisk.graph.workspace.score_runs import ScoreRun
from supplyrisk.services.trajectory_changes import ScoredWeek, WeekScorer, change_between
from supplyrisk.services.trajectory_document import TrajectoryWeek

RUN = ScoreRun(1, "2025-06-29", "m/network", "digest", "data")


def week(day: int, pd: float, margin: float | None) -> ScoredWeek:
    points = gnn.points(gnn.graded_pd(pd, margin))
    return ScoredWeek(TrajectoryWeek(date(2025, 6, day), pd=pd, points=points, margin=margin), RUN)


def test_the_margin_is_a_part_of_its_own_and_the_parts_add_up() -> None:
    before, after = week(22, 0.02, None), week(29, 0.03, 1.5)
    moved = math.log(math.log1p(-0.03) / math.log1p(-0.02))
    # By cause alone: no score is computed again.
    scorer = WeekScorer.__new__(WeekScorer)
    change = change_between(scorer, before, after, whole_change(DATA, moved), indicators=False)
    assert change is not None
    assert {part.code: part.log_hazard for part in change.parts} == pytest.approx(
        {None: moved, MARGIN: math.log(1.5)}
    )
    assert change.log_hazard == pytest.approx(moved + math.log(1.5))
    assert change.points == pytest.approx(after.week.points - before.week.points)  # type: ignore[operator]
    assert math.fsum(part.points for part in change.parts) == pytest.approx(change.points)
    (named,) = (part.name for part in change.parts if part.code == MARGIN)
    assert tuple(named) == ("margin for missing data", "数据缺失的审慎调整")


def test_the_same_margin_in_both_weeks_changes_nothing_by_itself() -> None:
    before, after = week(22, 0.02, 1.5), week(29, 0.02, 1.5)
    change = change_between(WeekScorer.__new__(WeekScorer), before, after, [], indicators=False)
    assert change is not None
    assert (change.points, change.parts) == (0.0, ())


def test_the_pd_that_points_rest_on() -> None:
    # 1 - (1 - .02)^2
    assert gnn.graded_pd(0.02, 2.0) == pytest.approx(0.0396)
    assert gnn.graded_pd(0.02, 1.0) == gnn.graded_pd(0.02, None) == pytest.approx(0.02)

"""Weeks of stored scores: the last scored day of each, and the sum of the causes in between."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from supplyrisk.graph.credit import ScoreStep
from supplyrisk.graph.merchant.trajectory import log_hazard_of, parts_along, weekly_steps
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.score_runs import ScoreRun

LAST = date(2025, 6, 29)


def step(days_ago: int | None, pd: float | None, **causes: float) -> ScoreStep:
    day = None if days_ago is None else (LAST - timedelta(days=days_ago)).isoformat()
    return ScoreStep(ScoreRun(1, day, "m/network", "d", "x"), DayScore("A", pd, "C", "scored"), causes)


def test_the_last_scored_day_of_a_week_counts() -> None:
    steps = [
        step(None, 0.1),
        step(14, 0.01),
        step(9, 0.02, data=0.01),
        step(7, 0.03, data=0.01),
        step(6, 0.04, data=0.01),
    ]
    weeks = weekly_steps(steps, LAST, 3)
    assert [week.ends_on for week in weeks] == [LAST - timedelta(days=days) for days in (14, 7, 0)]
    assert [week.step and week.step.score.pd for week in weeks] == [0.01, 0.03, 0.04]
    assert [week.since for week in weeks] == [None, LAST - timedelta(days=14), LAST - timedelta(days=7)]


def test_weeks_without_a_score_are_empty_and_scores_after_the_last_day_are_left_out() -> None:
    weeks = weekly_steps([step(20, 0.01), step(-1, 0.5, data=0.49)], LAST, 3)
    assert [week.step and week.step.score.pd for week in weeks] == [0.01, None, None]


def test_the_causes_of_all_steps_in_between_are_added() -> None:
    weeks = weekly_steps(
        [step(8, 0.01), step(5, 0.02, data=0.01), step(2, 0.03, data=0.02, neighbour=-0.01)], LAST, 2
    )
    first = log_hazard_of(0.02) - log_hazard_of(0.01)
    second = log_hazard_of(0.03) - log_hazard_of(0.02)
    parts = weeks[1].parts or ()
    assert {part.cause: part.log_hazard for part in parts} == {
        "data": pytest.approx(first + 2 * second),
        "neighbour": pytest.approx(-second),
    }
    total = log_hazard_of(0.03) - log_hazard_of(0.01)
    assert math.fsum(part.log_hazard for part in parts) == pytest.approx(total)


def test_a_step_without_causes_makes_the_change_unseparated() -> None:
    [part] = parts_along([step(9, 0.01), step(5, None), step(2, 0.02)]) or ()
    assert (part.cause, part.log_hazard) == (
        "unseparated",
        pytest.approx(log_hazard_of(0.02) - log_hazard_of(0.01)),
    )


def test_no_change_from_or_to_a_score_without_a_pd() -> None:
    assert parts_along([step(9, None), step(2, 0.02)]) is None
    assert parts_along([step(9, 0.01), step(2, None)]) is None

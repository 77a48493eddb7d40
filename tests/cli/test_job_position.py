"""Number of the stage, share done and time left of a job, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.cli.job_position import JobPosition, StageNumber, TimeLeft

STAGES = {"reading": 1.0, "fitting": 8.0, "testing": 1.0}


class Clock:
    """Seconds, as the test sets them."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at(clock: Clock) -> Callable[[float], None]:
    """Set the clock, in seconds since the beginning."""

    def move(seconds: float) -> None:
        clock.now = 100.0 + seconds

    return move


def test_a_job_that_states_its_stages(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    position.plan(STAGES)
    assert (position.number, position.share, position.time_left()) == (None, None, None)
    assert position.report("reading", 0, 0)
    assert (position.number, position.share) == (StageNumber(1, 3), 0.0)
    at(4)
    assert position.time_left() is None  # no part is done that could give a pace
    assert position.report("fitting", 0, 4)
    assert not position.report("fitting", 0, 4)
    assert (position.number, position.share) == (StageNumber(2, 3), 0.1)
    assert position.time_left() == TimeLeft(pytest.approx(36.0), whole_job=True)  # .1 of the job took 4 s
    at(14)
    assert position.time_left() == TimeLeft(pytest.approx(26.0), whole_job=True)
    position.report("fitting", 2, 4)
    assert position.share == 0.5
    assert position.time_left() == TimeLeft(pytest.approx(14.0), whole_job=True)  # .5 took 14 s
    at(60)
    # The stage is late; the last tenth of the job still takes a fifth of what its half took.
    assert position.time_left() == TimeLeft(pytest.approx(2.8), whole_job=True, at_least=True)
    position.report("testing", 0, 1)
    assert position.time_left() == TimeLeft(pytest.approx(60 / 9), whole_job=True)
    at(80)
    assert position.time_left() is None  # longer than expected, and nothing follows: unknown


def test_the_second_half_of_a_job_counts_its_own_time(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    position.plan({"reading": 5.0, "writing": 3.0, "indexing": 2.0})
    position.report("writing", 0, 0)
    assert position.number == StageNumber(2, 3)
    at(6)
    position.report("indexing", 0, 0)
    assert position.share == pytest.approx(0.8)
    assert position.time_left() == TimeLeft(pytest.approx(4.0), whole_job=True)  # .3 took 6 s, .2 are left


def test_stages_of_unknown_durations(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    position.plan(dict.fromkeys(("reading", "closing", "ranking"), 0.0))
    position.report("reading", 0, 0)
    at(10)
    assert (position.number, position.share, position.time_left()) == (StageNumber(1, 3), None, None)
    position.report("closing", 100, 1000)  # a run that was interrupted continues at a tenth
    at(20)
    position.report("closing", 300, 1000)
    assert position.share == 0.3
    assert position.time_left() == TimeLeft(pytest.approx(35.0), whole_job=False)  # 200 took 10 s
    position.report("ranking", 0, 10)
    at(25)
    position.report("ranking", 5, 10)
    assert position.time_left() == TimeLeft(pytest.approx(5.0), whole_job=True)  # the last stage ends the job


def test_a_job_without_stated_stages_and_steps(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    assert position.report("reading", 0, 0)
    at(1000)
    assert (position.number, position.share, position.time_left()) == (None, None, None)
    assert position.report("writing", 0, 3)
    at(1001)
    assert not position.report("writing", 1, 3)
    assert position.time_left() is None  # too short a time to judge by
    at(1006)
    position.report("writing", 2, 3)
    assert position.time_left() == TimeLeft(pytest.approx(3.0), whole_job=False)
    assert position.report("reading", 0, 0)


def test_steps_that_are_counted_again_begin_again(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    position.report("closing", 0, 4)
    at(40)
    position.report("closing", 4, 4)
    position.report("closing", 0, 4)
    assert position.time_left() is None
    at(44)
    position.report("closing", 2, 4)
    assert position.time_left() == TimeLeft(pytest.approx(4.0), whole_job=False)


def test_the_next_job_has_its_own_stages(clock: Clock, at: Callable[[float], None]) -> None:
    position = JobPosition(clock)
    position.plan(STAGES)
    position.report("reading", 0, 0)
    position.plan(dict(STAGES))
    assert not position.report("reading", 0, 0)  # the same stages: the job continues
    at(50)
    position.plan({"reading": 1.0, "scoring": 1.0})
    assert position.report("reading", 0, 0)  # of another job
    at(60)
    position.report("scoring", 0, 0)
    assert position.time_left() == TimeLeft(pytest.approx(10.0), whole_job=True)


@given(
    weights=st.lists(st.floats(0.1, 100), min_size=1, max_size=6),
    steps=st.lists(st.integers(0, 5), min_size=6, max_size=6),
    seconds=st.lists(st.floats(0, 1000), min_size=40, max_size=40),
)
def test_the_share_only_grows_and_times_are_positive(
    weights: list[float], steps: list[int], seconds: list[float]
) -> None:
    clock = Clock()
    position = JobPosition(clock)
    position.plan({str(number): weight for number, weight in enumerate(weights)})
    waits = iter(seconds)
    share = 0.0
    for stage in range(len(weights)):
        for done in range(steps[stage] + 1):
            clock.now += next(waits)
            position.report(str(stage), done, steps[stage])
            assert position.share is not None
            assert share - 1e-9 <= position.share <= 1 + 1e-9
            share = position.share
            left = position.time_left()
            assert left is None or (left.seconds > 0 and left.whole_job)

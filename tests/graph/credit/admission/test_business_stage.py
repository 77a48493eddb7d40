"""The stage of a business by hand: by time on the platform first, then by its own past."""

from __future__ import annotations

import pytest

from scenarios import policy_with
from supplyrisk.graph import DataError
from supplyrisk.graph.credit import BusinessStage, StageBounds, stage_of_business

BOUNDS = StageBounds()


@pytest.mark.parametrize(
    ("tenure", "growth", "stage"),
    [
        (0, None, BusinessStage.NEW),
        (365, 0.1, BusinessStage.NEW),
        (366, 1.2, BusinessStage.GROWING),
        (366, 1.19, BusinessStage.MATURE),
        (366, 0.81, BusinessStage.MATURE),
        (366, 0.8, BusinessStage.DECLINING),
        (366, 0.0, BusinessStage.DECLINING),
        (366, None, None),
        (None, 1.5, None),
    ],
)
def test_the_first_rule_that_applies_decides(
    tenure: float | None, growth: float | None, stage: BusinessStage | None
) -> None:
    assert stage_of_business(tenure, growth, BOUNDS) is stage


def test_a_policy_states_other_bounds() -> None:
    bounds = policy_with("[stages]\nnew_days = 30\ngrowing = 2.0\ndeclining = 0.5\n").stages
    assert stage_of_business(31, 1.9, bounds) is BusinessStage.MATURE
    assert stage_of_business(31, 2.0, bounds) is BusinessStage.GROWING
    assert stage_of_business(30, 2.0, bounds) is BusinessStage.NEW
    with pytest.raises(DataError, match=r"stages\.declining 1\.2 is not below stages\.growing 1\.2"):
        policy_with("[stages]\ndeclining = 1.2\n")

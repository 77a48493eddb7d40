"""The stored scores of a firm by week: the last scored day of each week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from supplyrisk.graph.credit.alerts import UNSEPARATED
from supplyrisk.graph.credit.score_attribution import ScoreStep
from supplyrisk.graph.merchant.trajectory.change_parts import (
    ChangePart,
    log_hazard_of,
    merged_parts,
    parts_of_causes,
    whole_change,
)

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WeekStep:
    """A week of a firm.

    Parameters
    ----------
    ends_on: its last day.
    step: the last stored score of the week; None where none is stored.
    since: the day of the last stored score of an earlier week in the list; None where there is none.
    parts: causes of the change since that day, as parts of the log hazard; None where one of both scores has no PD.
    """

    ends_on: date
    step: ScoreStep | None
    since: date | None = None
    parts: tuple[ChangePart, ...] | None = None


def weekly_steps(steps: Sequence[ScoreStep], last: date, weeks: int) -> list[WeekStep]:
    """Return the weeks up to a day, oldest first.

    Parameters
    ----------
    steps: scores by scored day, oldest first, see `trajectory`; those without a day and after `last` are left out.
    weeks: how many.
    """
    dated = [(date.fromisoformat(step.run.as_of), step) for step in steps if step.run.as_of]
    listed: list[WeekStep] = []
    previous: int | None = None
    for number in reversed(range(weeks)):
        ends_on = last - number * WEEK
        places = [place for place, (day, _) in enumerate(dated) if ends_on - WEEK < day <= ends_on]
        if not places:
            listed.append(WeekStep(ends_on, None))
            continue
        step = dated[places[-1]][1]
        if previous is None:
            listed.append(WeekStep(ends_on, step))
        else:
            path = [dated[place][1] for place in range(previous, places[-1] + 1)]
            listed.append(WeekStep(ends_on, step, dated[previous][0], parts_along(path)))
        previous = places[-1]
    return listed


def parts_along(path: Sequence[ScoreStep]) -> tuple[ChangePart, ...] | None:
    """Return the change from the first to the last of consecutive scores in parts, the sum over all steps.

    A step without causes, such as one between different horizons, makes the whole change unseparated. None where the
    first or the last score has no PD.
    """
    first = path[0].score.pd
    last = path[-1].score.pd
    if first is None or last is None:
        return None
    parts: list[ChangePart] = []
    for before, after in pairwise(path):
        if before.score.pd is None or after.score.pd is None or not after.causes:
            return tuple(whole_change(UNSEPARATED, log_hazard_of(last) - log_hazard_of(first)))
        parts += parts_of_causes(before.score.pd, after.score.pd, after.causes)
    return tuple(merged_parts(parts))

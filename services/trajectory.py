"""The weekly points of one shop, and the cause of each change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph import last_day_of as last_day_of_tables
from supplyrisk.graph.credit import trajectory as stored_trajectory
from supplyrisk.graph.merchant.trajectory import weekly_steps
from supplyrisk.graph.schema import defaults
from supplyrisk.services.explain import firm_of_tables, merged_note
from supplyrisk.services.progress import FEATURES, JobProgress, silent
from supplyrisk.services.trajectory_changes import ScoredWeek, WeekScorer, change_between
from supplyrisk.services.trajectory_document import RESCORED, TrajectoryResult
from supplyrisk.services.trajectory_in_force import limits_in_force
from supplyrisk.services.trajectory_limits import shop_limits

MOST_WEEKS = 260
"""Weeks that can be requested at most."""


def trajectory(
    workspace: Workspace,
    shop: str,
    *,
    weeks: int = defaults.TRAJECTORY_WEEKS,
    as_of: date | None = None,
    rescore: bool = False,
    indicators: bool = True,
    lender: str | None = None,
    policy: Path | None = None,
    model: str | Path | None = None,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> TrajectoryResult:
    """Return the points of a shop by week, each with the causes of its change since the week before.

    The points are those of stored scores: of each week, the last scored day. Changes are divided by cause (own data,
    neighbours, another model); with `indicators` own data are divided by indicator, for which the scores of both weeks
    are computed again from the data as of each day.

    Parameters
    ----------
    shop: a firm_id or a name, ignoring case.
    weeks: how many, the last of which ends on as_of.
    as_of: None: the last scored day; with rescore, the last day of the data where none is scored.
    rescore: compute weeks without stored scores with the present model; they are marked.
    indicators: divide changes by indicator.
    lender: whose limits are stated: those in force, those of recorded checks, and that of the policy on the day of the
        graph.
    policy: a policy file; None: the shipped policy. Only used with a lender.
    model: name or path of the present model; None: the promoted one or "default". Only used to rescore.
    grade_bounds: six increasing PDs, the upper bounds of grades A to F.
    device: "cpu", "cuda" or "auto".
    allow_synthetic_model: let a model of synthetic data rescore real data.

    Raises
    ------
    RequestError: weeks out of range; no firm, or several, of that name; undated data.
    DataError: no scores are stored and rescore is not set; with a lender also as `check`.
    WorkspaceError: no data. ModelError: no such model.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise RequestError(f"--weeks is {weeks}", f"1 to {MOST_WEEKS}")
    info = workspace.info()
    if info.undated:
        raise RequestError("a trajectory of undated data", "data with days")
    tables = workspace.tables()
    firm_id, name = firm_of_tables(tables, shop)
    last = as_of or _last_scored(workspace) or (last_day_of_tables(tables) if rescore else None)
    if last is None:
        raise DataError(
            "no scores are stored", "scores of several weeks", "run scgraph score, or add --rescore"
        )
    steps = weekly_steps(stored_trajectory(workspace.score_runs(), firm_id), last, weeks)
    scorer = WeekScorer(
        workspace,
        tables,
        firm_id,
        device=device,
        grade_bounds=tuple(grade_bounds),
        model=model if rescore else None,
        rescore=rescore,
        allow_synthetic_model=allow_synthetic_model,
    )
    listed: list[ScoredWeek] = []
    known: ScoredWeek | None = None
    for done, step in enumerate(steps):
        progress(FEATURES, done, len(steps))
        scored = scorer.scored(step)
        if scored.week.pd is not None:
            if known is not None:
                stored = step.parts if step.since == known.week.scored_on else None
                change = change_between(scorer, known, scored, stored, indicators=indicators)
                scored = replace(scored, week=replace(scored.week, change=change))
            known = scored
        listed.append(scored)
    rescored = sum(scored.week.source == RESCORED for scored in listed)
    limits = None if lender is None else shop_limits(workspace, firm_id, lender, policy)
    return TrajectoryResult(
        firm_id=firm_id,
        name=name,
        as_of=last,
        weeks=tuple(scored.week for scored in listed),
        synthetic=info.synthetic,
        synthetic_model=any(scored.run is not None and scored.run.synthetic_model for scored in listed),
        notes=(*merged_note(shop, info.merged), *_notes(rescored)),
        limits=limits,
        in_force=None if lender is None else limits_in_force(workspace, firm_id, lender, last),
    )


def _last_scored(workspace: Workspace) -> date | None:
    days = [day for day in workspace.scored_days() if day is not None]
    return days[-1] if days else None


def _notes(rescored: int) -> list[str]:
    """What a reader has to know about weeks without stored scores."""
    if not rescored:
        return []
    return [
        f"{rescored} weeks without stored scores are computed with the present model, which may have learned what "
        "happened after them"
    ]

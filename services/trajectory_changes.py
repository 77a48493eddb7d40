"""Scores of single weeks of a shop, and the change between two of them in parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from supplyrisk import gnn
from supplyrisk.graph import FEATURES, INSUFFICIENT, LANGUAGES, DataError, Tables, Words, Workspace
from supplyrisk.graph.credit import MODEL
from supplyrisk.graph.credit.alerts import DATA, NEIGHBOUR, UNSEPARATED
from supplyrisk.graph.merchant.trajectory import (
    LATE_ROWS,
    MARGIN,
    REMAINDER,
    ChangePart,
    ScoreParts,
    WeekStep,
    log_hazard_of,
    merged_parts,
    parts_of_change,
    whole_change,
)
from supplyrisk.graph.workspace.score_runs import ScoreRun, model_digest
from supplyrisk.services.firm_parts import DayParts, FirmParts
from supplyrisk.services.model_inputs import load_model, require_real_model
from supplyrisk.services.trajectory_document import (
    BY_CAUSE,
    INDICATORS,
    RESCORED,
    STORED,
    PointsPart,
    TrajectoryWeek,
    WeekChange,
    largest_first,
    trajectory_words,
)

_SAME_PD = 1e-6
"""Largest relative difference of equal hazards: processors and libraries round the last digits differently."""
_FEATURES = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True)
class ScoredWeek:
    """A week and its scorer; `run` is None for a week without a score."""

    week: TrajectoryWeek
    run: ScoreRun | None = None

    @property
    def day(self) -> date:
        """The scored day, or the week's last one."""
        return self.week.scored_on or self.week.ends_on


class WeekScorer:
    """Gives the weeks of a shop their scores, stored or rescored, and computes the changes between them.

    Parameters
    ----------
    rescore: whether weeks without a stored score are computed with the present model, `model`.
    """

    def __init__(
        self,
        workspace: Workspace,
        tables: Tables,
        firm_id: str,
        *,
        device: str,
        grade_bounds: tuple[float, ...],
        rescore: bool = False,
        model: str | Path | None = None,
        allow_synthetic_model: bool = False,
    ) -> None:
        self.present: ScoreRun | None = None
        loaded = None
        if rescore:
            path = workspace.model_path(model)
            risk_model = load_model(workspace, model, device)
            require_real_model(risk_model, tables.info, allow_synthetic_model)
            self.present = ScoreRun(
                0,
                None,
                f"{risk_model.name}/{risk_model.champion}",
                model_digest(path),
                tables.info.content_hash,
                horizon_days=risk_model.horizon_days,
                synthetic_model=risk_model.synthetic,
            )
            loaded = (risk_model, self.present.digest)
        self.parts = FirmParts(
            workspace, tables, firm_id, device=device, grade_bounds=grade_bounds, present=loaded
        )

    def scored(self, step: WeekStep) -> ScoredWeek:
        """Return the score of a week."""
        if step.step is not None:
            score = step.step.score
            week = TrajectoryWeek(
                ends_on=step.ends_on,
                scored_on=date.fromisoformat(step.step.run.as_of or ""),
                source=STORED,
                model=step.step.run.model,
                digest=step.step.run.digest,
                state=score.state,
                grade=score.grade,
            )
            return ScoredWeek(_with_pd(week, score.pd, score.margin), step.step.run)
        if self.present is not None:
            run = replace(self.present, as_of=step.ends_on.isoformat())
            day = self._day(run, step.ends_on)
            if day is not None:
                week = TrajectoryWeek(
                    step.ends_on, step.ends_on, RESCORED, run.model, run.digest, day.state, day.grade
                )
                return ScoredWeek(_with_pd(week, day.pd, day.margin), run)
        return ScoredWeek(TrajectoryWeek(step.ends_on))

    def recomputed(self, before: ScoredWeek, after: ScoredWeek) -> list[ChangePart] | None:
        """Return the change of log hazard between two weeks with a PD by indicator; None where no model is left."""
        old = before.run
        new = after.run
        if old is None or new is None:
            return None
        first = self._parts(old, before.day)
        last = self._parts(new, after.day)
        if old.scorer == new.scorer:
            if first is None or last is None:
                return None
            own = parts_of_change(first, last)
            return [*_late(before, first.log_hazard, 1), *own, *_late(after, last.log_hazard, -1)]
        # Along old scorer, old data -> old scorer, new data -> new scorer, new data, where the old model is left.
        between = self._parts(old, after.day) if first is not None else None
        if first is not None and between is not None:
            change = _log_hazard(after) - between.log_hazard
            return [
                *_late(before, first.log_hazard, 1),
                *parts_of_change(first, between),
                *whole_change(MODEL, change),
            ]
        between = self._parts(new, before.day) if last is not None else None
        if last is not None and between is not None:
            change = between.log_hazard - _log_hazard(before)
            return [
                *whole_change(MODEL, change),
                *parts_of_change(between, last),
                *_late(after, last.log_hazard, -1),
            ]
        return None

    def _parts(self, run: ScoreRun, day: date) -> ScoreParts | None:
        computed = self._day(run, day)
        return None if computed is None else computed.parts

    def _day(self, run: ScoreRun, day: date) -> DayParts | None:
        try:
            return self.parts.of_run(run, day)
        except DataError:
            # No firm had joined by then.
            return None


def change_between(
    scorer: WeekScorer,
    before: ScoredWeek,
    after: ScoredWeek,
    stored: Sequence[ChangePart] | None,
    *,
    indicators: bool,
) -> WeekChange | None:
    """Return the change of points between two weeks with a PD; None where their PDs are over different horizons.

    stored: the change in parts by stored scores, where both are stored. indicators: compute both scores again.
    """
    if before.run is None or after.run is None or not before.run.comparable(after.run):
        return None
    parts = scorer.recomputed(before, after) if indicators else None
    method = INDICATORS if parts is not None else BY_CAUSE
    change = _log_hazard(after) - _log_hazard(before)
    if parts is None:
        parts = list(stored) if stored is not None else whole_change(UNSEPARATED, change)
    margin = math.log((after.week.margin or 1.0) / (before.week.margin or 1.0))
    parts = [*parts, *whole_change(DATA, margin, MARGIN)]
    change += margin
    points = _points(after) - _points(before)
    ratio = points / change if change else _points_per_log_hazard(before)
    rows = [_points_part(part, ratio) for part in merged_parts(parts)]
    return WeekChange(before.day, points, change, method, largest_first(rows))


def _with_pd(week: TrajectoryWeek, pd: float | None, margin: float | None) -> TrajectoryWeek:
    """The week with a PD and its points; without both, and without a grade, where too little is known."""
    if pd is None or week.state == INSUFFICIENT:
        return replace(week, grade=None)
    return replace(week, pd=pd, points=gnn.points(gnn.graded_pd(pd, margin)), margin=margin)


def _late(week: ScoredWeek, computed: float, sign: int) -> list[ChangePart]:
    """What the data of a day that became known since move its score by; sign: 1 at the start of a change, else -1."""
    difference = computed - _log_hazard(week)
    return [] if abs(difference) <= _SAME_PD else whole_change(DATA, sign * difference, LATE_ROWS)


def _log_hazard(week: ScoredWeek) -> float:
    return log_hazard_of(week.week.pd or 0.0)


def _points(week: ScoredWeek) -> float:
    return week.week.points or 0.0


def _points_per_log_hazard(week: ScoredWeek) -> float:
    """The derivative of the points by the log hazard."""
    step = 1e-6
    hazard = (week.week.margin or 1.0) * math.exp(_log_hazard(week))
    pds = [-math.expm1(-hazard * math.exp(sign * step)) for sign in (-1, 1)]
    return (gnn.points(pds[1]) - gnn.points(pds[0])) / (2 * step)


def _points_part(part: ChangePart, ratio: float) -> PointsPart:
    return PointsPart(
        part.cause, part.code, _name(part), ratio * part.log_hazard, part.log_hazard, part.before, part.after
    )


def _name(part: ChangePart) -> Words:
    if part.code is None:
        return trajectory_words(f"cause.{part.cause}")
    if part.cause == NEIGHBOUR or part.code in (LATE_ROWS, MARGIN, REMAINDER):
        return trajectory_words(f"part.{part.code}")
    feature = _FEATURES.get(part.code)
    return Words(*(gnn.meaning_of(part.code, feature, lang) for lang in LANGUAGES))

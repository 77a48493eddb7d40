"""Earlier scores whose outcomes are known by now: stored ones, or those of the tested model computed now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import DefaultDefinition, RequestError, Snapshot, Tables, Workspace
from supplyrisk.graph.credit.scored_days import run_of_day
from supplyrisk.graph.workspace.file_hashes import checked_score_hashes
from supplyrisk.graph.workspace.score_runs import ScoreRun
from supplyrisk.services.evaluation_splits import first_unseen_day, outcome_of, unseen_days
from supplyrisk.services.kept_scorers import model_of_digest
from supplyrisk.services.progress import FEATURES, JobProgress
from supplyrisk.services.synthetic_model import synthetic_model_note
from supplyrisk.services.training_splits import OutcomeDefinition, days_of

_COLUMNS = ("firm_id", "pd", "own", "grade", "horizon_days")


@dataclass(frozen=True)
class DayScores:
    """The scores of one day, before outcomes are joined.

    by_firm: (PD, grade) by firm_id; the grade is empty where there is none. others: by name the PDs by firm_id.
    scorer: name of the model.
    """

    day: date
    scorer: str
    by_firm: Mapping[str, tuple[float, str]]
    others: Mapping[str, Mapping[str, float]]
    snapshot: Snapshot


class PastScores:
    """The earlier scores of a workspace, whose outcomes are known by now.

    Parameters
    ----------
    tables: the data, which are dated.
    model: name or path of the model whose tested version gives the baselines, and the scores where none are stored.
    definition: of a default, for stored scores whose model was not kept.
    """

    def __init__(
        self,
        workspace: Workspace,
        tables: Tables,
        model: str | Path | None,
        *,
        device: str,
        definition: DefaultDefinition,
        grade_bounds: Sequence[float],
    ) -> None:
        self.workspace = workspace
        self.tables = tables
        self.model = model
        self.device = device
        self.definition = definition
        self.grade_bounds = tuple(grade_bounds)
        self.notes: list[str] = []
        self.last_day = days_of(tables)[1]
        self._scorers: dict[str, gnn.RiskModel | None] = {}

    @cached_property
    def tested(self) -> gnn.RiskModel:
        """The tested model, which has not learned the latest outcomes."""
        return gnn.load_tested(self.workspace.model_path(self.model), gnn.device(self.device))

    def stored(self, days: Sequence[date]) -> list[DayScores]:
        """The stored scores of the days whose outcomes are known and were unknown to the model that scored.

        days: those to use; empty: all scored days. Days that cannot be used are noted.

        Raises
        ------
        RequestError: a day has no scores. DataError: its scores were changed since `score` wrote them.
        """
        scored = [day for day in self.workspace.scored_days() if day is not None]
        missing = sorted(set(days) - set(scored))
        if missing:
            listed = ", ".join(day.isoformat() for day in scored) or "none"
            raise RequestError(
                f"no scores are stored for {', '.join(map(str, missing))}", f"scored days: {listed}"
            )
        return [found for day in (days or scored) if (found := self._stored_day(day)) is not None]

    def rescored(self, progress: JobProgress) -> list[DayScores]:
        """The tested model's scores of all days whose outcomes are known and were unknown to it."""
        model = self.tested
        self._note_synthetic_model(model.synthetic)
        days = unseen_days(model, self.tables, outcome_of(model))
        scores = []
        for number, day in enumerate(days):
            progress(FEATURES, number, len(days))
            snapshot = outcome_of(model).snapshot(self.tables, day)
            pds = evaluation.candidate_pds(model, snapshot)
            grades = np.where(pds.graded, gnn.grades(pds.champion, self.grade_bounds), "").tolist()
            rows = zip(pds.firm_ids, pds.champion.tolist(), grades, strict=True)
            scores.append(
                DayScores(
                    day, model.name, {firm: (pd, grade) for firm, pd, grade in rows}, _by_firm(pds), snapshot
                )
            )
        return scores

    def _stored_day(self, day: date) -> DayScores | None:
        path = self.workspace.layout.scores_file(day)
        # One changed byte would change every figure.
        checked_score_hashes(self.workspace.layout, day, only=[path])
        run = run_of_day(self.workspace, day)
        table = pq.read_table(path, columns=list(_COLUMNS)).to_pylist()
        scored = [row for row in table if row["pd"] is not None]
        if not scored or scored[0]["horizon_days"] is None:
            self.notes.append(f"the scores of {day} hold no PD over a horizon and are left out")
            return None
        horizon_days = int(scored[0]["horizon_days"])
        if day + timedelta(days=horizon_days) > self.last_day:
            self.notes.append(
                f"the scores of {day} are left out: their outcomes are known {horizon_days} days later, and the data "
                f"end on {self.last_day}"
            )
            return None
        scorer = self._scorer(run)
        if scorer is None:
            self.notes.append(
                f"the model that scored {day} ({run.model}) was not kept and is not in the workspace: whether it had "
                "learned these outcomes is unknown"
            )
        learned_until = None if scorer is None else first_unseen_day(scorer)
        if learned_until is not None and day < learned_until:
            self.notes.append(
                f"the scores of {day} are left out: {run.model} had learned outcomes up to {learned_until}"
            )
            return None
        self._note_synthetic_model(run.synthetic_model)
        definition = self.definition if scorer is None else scorer.default_definition
        snapshot = OutcomeDefinition(horizon_days, definition).snapshot(self.tables, day)
        others = self._baselines_of(snapshot, horizon_days)
        own = {row["firm_id"]: -np.expm1(-row["own"]) for row in scored if row["own"] is not None}
        # Only where all firms have parts can the own part be compared on the same rows.
        if len(own) == len(scored):
            others = {evaluation.OWN_PART: own, **others}
        by_firm = {row["firm_id"]: (row["pd"], row["grade"] or "") for row in scored}
        return DayScores(day, run.model, by_firm, others, snapshot)

    def _note_synthetic_model(self, synthetic_model: bool) -> None:
        """Note once where a model of synthetic data scored real data."""
        notes = synthetic_model_note(synthetic_model, self.tables.info.synthetic)
        self.notes += [note for note in notes if note not in self.notes]

    def _scorer(self, run: ScoreRun) -> gnn.RiskModel | None:
        """The model behind stored scores; None where it is neither kept nor in the workspace."""
        if run.digest not in self._scorers:
            self._scorers[run.digest] = model_of_digest(self.workspace, run.digest, self.device)
        return self._scorers[run.digest]

    def _baselines_of(self, snapshot: Snapshot, horizon_days: int) -> Mapping[str, Mapping[str, float]]:
        """PDs by the tested model's baselines; none where it has learned the outcomes, or there is no model."""
        if not self.workspace.model_names() and self.model is None:
            return {}
        model = self.tested
        first = first_unseen_day(model)
        as_of = snapshot.as_of
        if model.horizon_days != horizon_days or first is None or as_of is None or as_of < first:
            self.notes.append(
                f"no baselines of {as_of}: {model.name} has learned outcomes after it, or predicts another horizon"
            )
            return {}
        pds = _by_firm(evaluation.candidate_pds(model, snapshot))
        return {name: by_firm for name, by_firm in pds.items() if name != evaluation.OWN_PART}


def _by_firm(pds: evaluation.CandidatePds) -> dict[str, dict[str, float]]:
    return {
        name: dict(zip(pds.firm_ids, values.tolist(), strict=True)) for name, values in pds.others.items()
    }

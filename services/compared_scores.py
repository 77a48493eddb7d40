"""The two sides of a comparison: stored scores of two runs, or the scores of two models on the last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from supplyrisk import gnn
from supplyrisk.gnn import evaluation
from supplyrisk.graph import RequestError, Snapshot, Tables, Workspace, last_day_of, same_defaults
from supplyrisk.graph.credit import MODEL, UNSEPARATED
from supplyrisk.graph.credit.score_attribution import (
    FirmScore,
    bridge_rows,
    change_by_cause,
    change_by_data,
    pd_change,
)
from supplyrisk.graph.schema.expert_mark import scored_by_expert
from supplyrisk.graph.workspace.day_score import DayScore
from supplyrisk.graph.workspace.score_runs import ScoreRun, run_noted_in
from supplyrisk.services.evaluation_splits import first_unseen_day, outcome_of
from supplyrisk.services.model_inputs import load_model, load_tested_model, require_real_model
from supplyrisk.services.training_splits import OutcomeDefinition

REQUIRED_COLUMNS = frozenset({"firm_id", "pd", "grade", "own", "base_pd", "model"})
"""Columns of stored scores that a comparison needs."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ComparedScores:
    """One side of a comparison.

    model: the model that computed the scores, where models are compared. run: the run noted with stored scores, None
    where none is noted.
    """

    name: str
    firms: pa.Table
    model: gnn.RiskModel | None = None
    run: ScoreRun | None = None

    @property
    def scorer(self) -> str:
        """Names of the models in the scores."""
        names = {str(name) for name in self.firms.column("model").unique().to_pylist()}
        return ", ".join(sorted(names))

    @property
    def expert(self) -> bool:
        """Whether the expert scorecard is among the models in the scores."""
        return any(scored_by_expert(name) for name in self.firms.column("model").unique().to_pylist())

    @property
    def synthetic_model(self) -> bool:
        """Whether the scores are by a model that was trained on synthetic data."""
        if self.model is not None:
            return self.model.synthetic
        return self.run is not None and self.run.synthetic_model

    @property
    def horizon_days(self) -> int | None:
        """Days over which the PDs are meant, by the run or else the scores; None where neither states it."""
        if self.run is not None and self.run.horizon_days is not None:
            return self.run.horizon_days
        has_column = "horizon_days" in self.firms.column_names and self.firms.num_rows > 0
        return self.firms["horizon_days"][0].as_py() if has_column else None


def scores_file(workspace: Workspace, name: str) -> Path | None:
    """The file of stored scores: a path, or a scored day; None where it is neither.

    Raises
    ------
    RequestError: the file holds no scores.
    """
    path = Path(name)
    if not path.is_file():
        path = workspace.layout.scores / f"{name}.parquet"
    if not path.is_file():
        return None
    expected = "scores as score -o FILE.parquet writes them"
    if path.suffix != ".parquet":
        raise RequestError(f"{path} is no Parquet file", expected)
    missing = REQUIRED_COLUMNS - set(pq.read_schema(path).names)
    if missing:
        raise RequestError(f"{path} lacks {', '.join(sorted(missing))}", expected)
    return path


def stored_scores(name: str, path: Path) -> ComparedScores:
    """Stored scores as one side of a comparison."""
    return ComparedScores(name, pq.read_table(path), run=run_noted_in(path))


def check_horizons(old: ComparedScores, new: ComparedScores) -> None:
    """Raise RequestError where the PDs of two stored scores are over different horizons."""
    if None not in (old.horizon_days, new.horizon_days) and old.horizon_days != new.horizon_days:
        raise RequestError(
            f"PDs of {old.name} are over {old.horizon_days} days, of {new.name} over {new.horizon_days}",
            "one horizon",
            "score one of the days with the model of the other",
        )


@dataclass(frozen=True)
class ComparedModels:
    """Two models that predict the same outcome, and the data that they are compared on.

    old, new: as deployed, which score. old_tested, new_tested: the same as tested, which are compared out of time.
    """

    old: gnn.RiskModel
    new: gnn.RiskModel
    old_tested: gnn.RiskModel
    new_tested: gnn.RiskModel
    tables: Tables

    @property
    def outcome(self) -> OutcomeDefinition:
        """The outcome that both predict."""
        return outcome_of(self.old)

    def scores(
        self, names: tuple[str, str], grade_bounds: Sequence[float]
    ) -> tuple[ComparedScores, ComparedScores]:
        """The scores of both models on the last day of the data."""
        snapshot = self.outcome.snapshot(self.tables)
        bounds = tuple(grade_bounds)
        old, new = (gnn.score(model, snapshot, bounds=bounds).firms for model in (self.old, self.new))
        return ComparedScores(names[0], old, self.old), ComparedScores(names[1], new, self.new)

    def paired_test(self) -> evaluation.PairedComparison | None:
        """Both models' metrics out of time; None where no known outcomes are unseen by both, or they are all equal."""
        snapshots = self._unseen_snapshots()
        return (
            evaluation.paired_comparison(self.old_tested, self.new_tested, snapshots) if snapshots else None
        )

    def _unseen_snapshots(self) -> list[Snapshot]:
        """The last day whose outcomes are known, where it lies after what both models were trained and validated on."""
        last = last_day_of(self.tables)
        first_days = [first_unseen_day(model) for model in (self.old_tested, self.new_tested)]
        if last is None or None in first_days or self.old.horizon_days is None:
            return []
        day = last - timedelta(days=self.old.horizon_days)
        unseen = all(first is not None and day >= first for first in first_days)
        return [self.outcome.snapshot(self.tables, day)] if unseen else []


def compared_models(
    workspace: Workspace, old: str, new: str, device: str, *, allow_synthetic_model: bool = False
) -> ComparedModels:
    """Load two models.

    Raises
    ------
    ModelError: no such model, or one of synthetic data for real data without allow_synthetic_model.
    RequestError: they differ in horizon or in what counts as a default in these data. WorkspaceError: no data.
    """
    # Cheap checks first: importing torch takes seconds.
    for name in (old, new):
        workspace.model_path(name)
    tables = workspace.tables()
    first = load_model(workspace, old, device)
    second = load_model(workspace, new, device)
    for model in (first, second):
        require_real_model(model, tables.info, allow_synthetic_model)
    if first.horizon_days != second.horizon_days or not same_defaults(
        first.default_definition, second.default_definition, tables
    ):
        raise RequestError(
            f"{old} and {new} differ in horizon or in what counts as a default",
            "models with the same of both",
        )
    tested = [load_tested_model(workspace, name, device) for name in (old, new)]
    return ComparedModels(first, second, tested[0], tested[1], tables)


def changes_by_cause(
    workspace: Workspace, old: ComparedScores, new: ComparedScores, pairs: Sequence[tuple[Row, Row]]
) -> dict[str, dict[str, float]]:
    """The change of each firm's PD by cause, by firm_id; firms without a PD on either side are left out.

    Two models on one day: all of it is the model's. Stored scores of which a run is unknown are taken to be of one
    model where they name the same one.
    """
    old_run = old.run
    new_run = new.run
    bridges = bridge_rows(workspace.score_runs(), old_run, new_run) if old_run and new_run else {}
    causes: dict[str, dict[str, float]] = {}
    for before, after in pairs:
        first = DayScore.of_row(before)
        last = DayScore.of_row(after)
        # Files state the PD of firms of which too little is known, too; its changes have no causes.
        if first.pd is None or last.pd is None:
            continue
        firm = first.firm_id
        change = pd_change(first, last)
        if old_run and new_run:
            causes[firm] = change_by_cause(
                FirmScore(old_run, first), FirmScore(new_run, last), bridges.get(firm)
            )
        elif old.model:
            causes[firm] = {MODEL: change}
        elif old.scorer == new.scorer:
            causes[firm] = change_by_data(first, last)
        else:
            causes[firm] = {UNSEPARATED: change}
    return causes

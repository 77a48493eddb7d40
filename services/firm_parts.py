"""One firm's score on past days in its parts, computed again from the data as of each day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from supplyrisk import gnn
from supplyrisk.graph import Snapshot, Tables, Workspace
from supplyrisk.graph.merchant.trajectory import ScoreParts
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.workspace.score_runs import ScoreRun
from supplyrisk.services.kept_scorers import model_of_digest


@dataclass(frozen=True)
class DayParts:
    """A firm's score of a day as a model computes it.

    state: see the scores. pd: None in default. parts: None without a PD. margin: see `DayScore`.
    """

    state: str
    pd: float | None
    grade: str | None
    parts: ScoreParts | None
    margin: float | None = None


class _DayScorer(NamedTuple):
    """What decides on a score beside the data."""

    digest: str
    candidate: str
    base_rate: float | None


class FirmParts:
    """Computes the score of one firm on past days; each day and scorer once.

    Parameters
    ----------
    tables: the loaded data.
    present: the model that scores now, and its digest.
    """

    def __init__(
        self,
        workspace: Workspace,
        tables: Tables,
        firm_id: str,
        *,
        device: str,
        grade_bounds: tuple[float, ...],
        present: tuple[gnn.RiskModel, str] | None = None,
    ) -> None:
        self.workspace = workspace
        self.tables = tables
        self.firm_id = firm_id
        self.device = device
        self.grade_bounds = grade_bounds
        self._models: dict[str, gnn.RiskModel | None] = {}
        if present is not None:
            self._models[present[1]] = present[0]
        self._snapshots: dict[tuple[date, int | None, str], Snapshot] = {}
        self._days: dict[tuple[_DayScorer, date], DayParts | None] = {}

    def of_run(self, run: ScoreRun, day: date) -> DayParts | None:
        """Return the score of a day by the scorer of a run; None where its model is gone, or the firm did not exist."""
        scorer = _DayScorer(run.digest, run.model.rpartition("/")[2], run.base_rate)
        if (scorer, day) not in self._days:
            self._days[scorer, day] = self._computed(scorer, day)
        return self._days[scorer, day]

    def _model(self, digest: str) -> gnn.RiskModel | None:
        if digest not in self._models:
            self._models[digest] = model_of_digest(self.workspace, digest, self.device)
        return self._models[digest]

    def _computed(self, scorer: _DayScorer, day: date) -> DayParts | None:
        model = self._model(scorer.digest)
        if model is None or scorer.candidate not in model.candidates:
            return None
        snapshot = self._snapshot(model, day)
        row = pc.index(snapshot.firms["firm_id"], self.firm_id).as_py()
        if row < 0:
            return None
        computed = model.parts(snapshot, (scorer.candidate,))
        scores = gnn.score(
            model,
            snapshot,
            use=scorer.candidate,
            base_rate=scorer.base_rate,
            bounds=self.grade_bounds,
            computed=computed,
        )
        firm = scores.firm(self.firm_id)
        if firm.pd is None:
            return DayParts(firm.state, None, None, None)
        hazard = computed.parts.hazard(scorer.candidate)[[row]]
        calibrated = model.calibrations[scorer.candidate].apply(hazard, scorer.base_rate)
        rescoring = gnn.FirmRescoring.of(
            model, computed, row, use=scorer.candidate, base_rate=scorer.base_rate
        )
        shares = rescoring.contributions()
        parts = ScoreParts(
            math.log(max(float(calibrated[0]), 1e-300)),
            shares.own,
            shares.context,
            shares.caught,
            shares.margins,
            shares.links_margin,
            _values(snapshot, row),
        )
        return DayParts(firm.state, firm.pd, firm.grade, parts, firm.margin)

    def _snapshot(self, model: gnn.RiskModel, day: date) -> Snapshot:
        key = (day, model.horizon_days, str(model.default_definition))
        if key not in self._snapshots:
            # Of two models on one day only the last snapshot is used again: it may be large.
            self._snapshots = {
                key: self.workspace.snapshot(
                    day,
                    horizon_days=model.horizon_days or defaults.HORIZON_DAYS,
                    default_definition=model.default_definition,
                    tables=self.tables,
                )
            }
        return self._snapshots[key]


def _values(snapshot: Snapshot, row: int) -> dict[str, float | str | None]:
    """The firm's features by name."""
    values: dict[str, float | str | None] = {}
    for feature in snapshot.features:
        value = snapshot.firms[feature.name][row].as_py()
        is_missing = isinstance(value, float) and not np.isfinite(value)
        values[feature.name] = None if is_missing else value
    return values

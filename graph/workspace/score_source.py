"""Where PDs come from: the run of `score`, its model and its day, as every document that cites PDs names them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from supplyrisk.graph.workspace.layout import UNDATED, Layout
from supplyrisk.graph.workspace.score_runs import ScoreRun, ScoreRuns

SCORED_BY = "scored_by"
"""Key of the source in documents."""


@dataclass(frozen=True)
class ScoreSource:
    """The run of `score` that PDs are from. The field names are keys of documents.

    Parameters
    ----------
    run: number of the run among those that the workspace stores; None where it is not among them.
    model: name of the model and of its candidate that scored.
    digest: of the model's files; None in scores of versions that did not note it.
    as_of: the scored day, ISO; None for undated data.
    data: content hash of the scored tables; None as for digest.
    horizon_days: days of the PDs; None for undated data, scores that detect, and documents of earlier versions.
    """

    run: int | None
    model: str
    digest: str | None
    as_of: str | None
    data: str | None
    horizon_days: int | None = None

    @classmethod
    def of_run(cls, run: ScoreRun, runs: ScoreRuns) -> ScoreSource:
        """Return the source of scores that a run noted."""
        return cls(runs.number_of(run), run.model, run.digest, run.as_of, run.data, run.horizon_days)

    @classmethod
    def of_day(cls, layout: Layout, as_of: date | None, model: str) -> ScoreSource:
        """Return the source of the stored scores of a day, which are by a model."""
        runs = ScoreRuns(layout)
        run = runs.behind(layout.scores_file(as_of))
        horizon = _horizon_in(layout.scores_file(as_of))
        if run is None:
            return cls(None, model, None, None if as_of is None else as_of.isoformat(), None, horizon)
        # Runs of earlier versions do not note it.
        return replace(cls.of_run(run, runs), horizon_days=horizon)

    def to_json(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)

    def __str__(self) -> str:
        # Without the digest, which documents have: texts name what a person can look up.
        parts = [f"model {self.model}", self.as_of or UNDATED]
        if self.horizon_days is not None:
            parts.append(f"PDs over {self.horizon_days} days")
        return ", ".join(parts if self.run is None else [f"run {self.run}", *parts])


def _horizon_in(path: Path) -> int | None:
    """Return the horizon of the scores in a file; None where they have none."""
    with pq.ParquetFile(path) as file:
        if "horizon_days" not in file.schema_arrow.names or file.metadata.num_rows == 0:
            return None
        # One for all firms of a day; firms without a PD may lack it.
        days = [day for day in file.read(["horizon_days"])["horizon_days"].unique().to_pylist() if day]
    return int(days[0]) if days else None

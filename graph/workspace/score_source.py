"""Where PDs come from: the run of `score`, its model and its day, as every document that cites PDs names them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

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
    """

    run: int | None
    model: str
    digest: str | None
    as_of: str | None
    data: str | None

    @classmethod
    def of_run(cls, run: ScoreRun, runs: ScoreRuns) -> ScoreSource:
        """Return the source of scores that a run noted."""
        return cls(runs.number_of(run), run.model, run.digest, run.as_of, run.data)

    @classmethod
    def of_day(cls, layout: Layout, as_of: date | None, model: str) -> ScoreSource:
        """Return the source of the stored scores of a day, which are by a model."""
        runs = ScoreRuns(layout)
        run = runs.behind(layout.scores_file(as_of))
        if run is None:
            return cls(None, model, None, None if as_of is None else as_of.isoformat(), None)
        return cls.of_run(run, runs)

    def to_json(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)

    def __str__(self) -> str:
        # Without the digest, which documents have: texts name what a person can look up.
        parts = [f"model {self.model}", self.as_of or UNDATED]
        return ", ".join(parts if self.run is None else [f"run {self.run}", *parts])

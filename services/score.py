"""Score every firm of a workspace, store the scores, and write them into the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from supplyrisk import gnn
from supplyrisk.graph import DefaultDefinition, RequestError, Snapshot, Transmissions, Workspace, partners_of
from supplyrisk.graph.credit import EvidenceStore, keep_model, with_score_changes
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.aliases import CANDIDATE
from supplyrisk.graph.schema.detection import detection_note, labels_entry
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE, PRIOR_CAUGHT
from supplyrisk.graph.workspace.file_hashes import write_score_hashes
from supplyrisk.graph.workspace.output_files import write_table
from supplyrisk.graph.workspace.score_runs import ScoreRun, model_digest, with_run_note
from supplyrisk.graph.workspace.score_source import SCORED_BY, ScoreSource
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.feature_notes import feature_notes
from supplyrisk.services.model_inputs import load_model, view_of_graph, view_of_tables
from supplyrisk.services.progress import FEATURES, JobProgress, plan_stages, silent
from supplyrisk.services.risk_properties import risk_properties
from supplyrisk.services.synthetic_model import synthetic_model_note
from supplyrisk.services.term_pds import term_notes, terms_json
from supplyrisk.services.training_card import expert_level

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


MODEL = "reading the model"
SCORING = "scoring"
WRITING = "writing scores"
STAGES = {MODEL: 0.1, FEATURES: 1.0, SCORING: 2.0, WRITING: 2.0}
"""Stages of a scoring in order, with their durations relative to each other (measured on the demo's world)."""
HAZARDS_NOTE = "own, context and caught are hazards: own + context + caught = -ln(1 - PD)"


@dataclass(frozen=True)
class ScoreResult:
    """The scores of a day.

    scores: a row per firm, riskiest first, and who passes on how much. run: the note of it in the workspace. written:
    what became of the scores in the graph. notes: what a reader has to know beside them. scored_by: the stored run.
    """

    scores: gnn.Scores
    run: ScoreRun
    written: str
    notes: tuple[str, ...]
    scored_by: ScoreSource

    def table(self) -> pa.Table:
        """A row per firm with the note of the run, as it is written to files."""
        return with_run_note(self.scores.firms, self.run)

    def to_frame(self) -> pd.DataFrame:
        """A row per firm, riskiest first."""
        frame: pd.DataFrame = self.scores.firms.to_pandas()
        return frame

    def head(self, top: int | None = None) -> Document:
        """The document without its rows; top cuts the list of spreaders."""
        scores = self.scores
        about: Document = {
            **about_scores(scores),
            SCORED_BY: self.scored_by,
            "horizon_days": scores.horizon_days,
            CANDIDATE: scores.candidate,
            **scores.default_definition.to_json(),
            "base_rate": scores.base_rate,
            "absent_sources": list(scores.absent),
            "degraded_features": list(scores.degraded_features),
            "features": scores.features,
            "caught_identified": scores.identified,
            "terms": terms_json(scores.terms),
            **labels_entry(scores.labels_as_of),
        }
        spreaders = scores.spreaders.slice(0, top).to_pylist()
        return document("score", [], about=about, spreaders=spreaders)

    def to_json(self, top: int | None = None) -> Document:
        """The scores as a JSON document; top cuts both lists."""
        return self.head(top) | {"rows": self.scores.firms.slice(0, top).to_pylist()}


def score(
    workspace: Workspace,
    *,
    as_of: date | None = None,
    model: str | Path | None = None,
    use: str | None = None,
    base_rate: float | None = None,
    write_back: bool = True,
    from_graph: bool = False,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    beyond_days: int = defaults.BEYOND_DAYS,
    language: str = defaults.LANGUAGE,
    device: str = defaults.DEVICE,
    allow_synthetic_model: bool = False,
    progress: JobProgress = silent,
) -> ScoreResult:
    """Score every firm of a workspace as of a day.

    The scores, the learned transmissions and the trading partners are stored in the workspace; with write_back the
    scores go into the graph as properties risk_... if it shows the same data and day.

    Parameters
    ----------
    as_of: the day; None: the last day of the data.
    model: name or path; None: the promoted one or "default".
    use: one of the model's candidates instead of the champion, of `gnn.SCORING`.
    base_rate: expected share of defaults, in (0, 1), where it differs from the data the model was calibrated on.
    from_graph: score what the graph store holds, without the workspace's data.
    grade_bounds: six increasing PDs, the upper bounds of grades A to F.
    default_definition: what counts as a default; a note says where the model was trained with another definition.
    beyond_days: how many days as_of may lie after the data.
    language: of the reasons, "en" or "zh".
    device: "cpu", "cuda" or "auto".
    allow_synthetic_model: let a model that was trained on synthetic data score real data; all results then say so.

    Raises
    ------
    RequestError: base_rate is out of range. WorkspaceError: no data. ModelError: no such model, or it does not fit.
    DataError: no firm exists on that day. StoreError: the server to write to does not answer.
    """
    if base_rate is not None and not 0 < base_rate < 1:
        raise RequestError(f"--base-rate is {base_rate:g}", "a share between 0 and 1")
    # Cheap checks first: importing torch takes seconds.
    if not from_graph:
        workspace.info()
    workspace.model_path(model)
    if write_back:
        workspace.check_store()
    plan_stages(progress, STAGES)
    progress(MODEL)
    loaded = load_model(workspace, model, device)
    # Before any feature is computed: a candidate that the model lacks is an error.
    candidate = loaded.candidate(use)
    progress(FEATURES)
    if from_graph:
        view = view_of_graph(workspace, loaded, as_of, allow_synthetic_model=allow_synthetic_model)
    else:
        view = view_of_tables(
            workspace,
            loaded,
            as_of,
            default_definition=default_definition,
            beyond_days=beyond_days,
            allow_synthetic_model=allow_synthetic_model,
        )
    progress(SCORING)
    snapshot = view.snapshot
    # The link attributes take gigabytes at a million firms, and only the rounds needed them.
    evidence = loaded.parts(snapshot, (candidate,)).without_link_attributes()
    scores = gnn.score(
        loaded,
        snapshot,
        use=use,
        base_rate=base_rate,
        bounds=tuple(grade_bounds),
        computed=evidence,
        lang=language,
    )
    progress(WRITING)
    run = run_of(workspace.model_path(model), scores, snapshot)
    transmissions = gnn.transmissions_of(loaded, snapshot, evidence, base_rate)
    # Another model may have this name by the time of a check, or the model may lie outside of the workspace.
    keep_model(EvidenceStore(workspace.layout), workspace.model_path(model), run.digest)
    store_scores(workspace, scores, transmissions, snapshot, run)
    written = "scores were not written to the graph"
    if write_back:
        written = write_to_graph(workspace, scores, snapshot, run)
    source = ScoreSource.of_run(run, workspace.score_runs())
    return ScoreResult(scores, run, written, (*view.notes, *score_notes(scores, loaded)), source)


def run_of(model_folder: Path, scores: gnn.Scores, snapshot: Snapshot) -> ScoreRun:
    """The note of the run that computes these scores; its number is 0 before it is stored."""
    return ScoreRun(
        number=0,
        as_of=scores.as_of.isoformat() if scores.as_of else None,
        model=scores.model,
        digest=model_digest(model_folder),
        data=snapshot.info.content_hash,
        base_rate=scores.base_rate,
        horizon_days=scores.horizon_days,
        synthetic_model=scores.synthetic_model,
        defaults=str(scores.default_definition),
    )


def store_scores(
    workspace: Workspace,
    scores: gnn.Scores,
    transmissions: Transmissions,
    snapshot: Snapshot,
    run: ScoreRun,
) -> None:
    """Write scores, spreaders, partners and transmissions of the day, and the run's own copy, into the workspace."""
    layout = workspace.layout
    layout.scores.mkdir(parents=True, exist_ok=True)
    write_table(layout.scores_file(scores.as_of), with_run_note(scores.firms, run))
    write_table(layout.spreaders_file(scores.as_of), scores.spreaders)
    layout.transmissions.mkdir(exist_ok=True)
    for path, table in zip(layout.transmission_files(scores.as_of), transmissions.to_tables(), strict=True):
        write_table(path, table)
    write_table(layout.partners_file(scores.as_of), with_run_note(partners_of(snapshot), run))
    workspace.score_runs().add(run, scores.firms)
    write_score_hashes(layout, scores.as_of)


def write_to_graph(workspace: Workspace, scores: gnn.Scores, snapshot: Snapshot, run: ScoreRun) -> str:
    """Set the properties risk_... in the graph, if it shows the same data and day; what was done, in words."""
    if not workspace.has_graph():
        return "no graph to write the scores to; scgraph load builds one"
    day = snapshot.as_of.isoformat() if snapshot.as_of else None
    with workspace.open_graph() as store:
        stamp = store.info().stamp
        if (stamp["content_hash"], stamp["as_of"]) != (snapshot.info.content_hash, day):
            return f"scores were not written to the graph: it shows {stamp['data']} as of {stamp['as_of']}"
        properties = risk_properties(scores.firms, scores.spreaders)
        store.write_scores(with_score_changes(properties, workspace.score_runs(), scores.firms, run))
        place = store.info().place
    return f"scores were written to the graph ({place})"


NO_MARGINS = (
    "the model has no margins for missing data: grades rest on the PD alone, and a firm may have a better one without "
    "some of its data; margins are measured in training on 200 firms or more, since this version"
)


def score_notes(scores: gnn.Scores, model: gnn.RiskModel) -> list[str]:
    """What a reader of scores has to know beside them."""
    return [*_origin_notes(scores, model), *_column_notes(scores), *_choice_notes(scores, model)]


def basis_notes(scores: gnn.Scores, model: gnn.RiskModel) -> list[str]:
    """Those of the notes that are on the data and the model: without the notes on columns of scores."""
    return [*_origin_notes(scores, model), *_choice_notes(scores, model)]


def _origin_notes(scores: gnn.Scores, model: gnn.RiskModel) -> list[str]:
    """What the model learned from."""
    notes = synthetic_model_note(scores.synthetic_model, scores.synthetic)
    if scores.labels_as_of:
        notes.append(detection_note(scores.labels_as_of))
    if scores.expert:
        notes.append(f"{EXPERT_NOTE}; {expert_level(model.card)}")
    return notes


def _column_notes(scores: gnn.Scores) -> list[str]:
    """How the parts of a hazard, ranges, worst grades and PDs over other terms are to be read."""
    if scores.expert:
        notes = [
            HAZARDS_NOTE,
            PRIOR_CAUGHT,
            "no range and no 90% interval: the scorecard is no ensemble, and no interval is known for it",
        ]
    elif scores.candidate == gnn.NETWORK:
        notes = [HAZARDS_NOTE]
        if not scores.identified:
            notes.append("caught is not identified: the networks of the ensemble disagree on it too much")
    else:
        notes = [
            f"scored by {scores.candidate}, which does not separate own, context and caught; reasons by {gnn.METHOD}"
        ]
    if scores.horizon_days is not None:
        notes.append(
            "worst_grade: the true grade is worse for one firm in ten; this was measured on synthetic worlds and is an "
            "assumption on real data"
        )
    return notes + term_notes(scores.terms)


def _choice_notes(scores: gnn.Scores, model: gnn.RiskModel) -> list[str]:
    """Which base rate and model were requested, and what the data lack that the model learned from."""
    notes = []
    if scores.base_rate is not None:
        notes.append(f"PDs are at the requested base rate of {scores.base_rate:g}")
    if model.dated and not model.margins:
        notes.append(NO_MARGINS)
    if scores.candidate != model.champion:
        notes.append(f"the champion is {model.champion}; {scores.candidate} was requested")
    return notes + feature_notes(scores)

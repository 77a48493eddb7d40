"""What a decision rests on: data, scores, model and policy, kept by hash so that its memo can be computed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph.credit.evidence_store import EvidenceStore
from supplyrisk.graph.errors import DataError
from supplyrisk.graph.workspace.file_hashes import checked_score_hashes, sha256_of
from supplyrisk.graph.workspace.score_runs import MODEL_FILES, ScoreRun, ScoreRuns, model_digest
from supplyrisk.graph.workspace.tables import MANIFEST, Tables, data_hash_of

if TYPE_CHECKING:
    from datetime import date

    from supplyrisk.graph.credit.loan_desk import LoanDesk
    from supplyrisk.graph.workspace.workspace import Workspace


@dataclass(frozen=True)
class DecisionEvidence:
    """The kept files of a decision: SHA-256 by file name. The field names are keys of the audit log.

    Parameters
    ----------
    data: files of the data set. content_hash: of the data set.
    scores: scores and transmissions of the day, by their paths in the workspace, scores of earlier days, which the memo
        shows too, the run's own copy, and the admission list that applied.
    model: files of the model that computed the scores of the day; None where the scores do not note their model, as
        those of early versions. digest: of these files.
    policy: the text of the policy.
    graph: the settings that the graph was built with: as_of, horizon_days and what counts as a default; empty where no
        graph was read.
    """

    content_hash: str
    data: Mapping[str, str]
    scores: Mapping[str, str]
    policy: str
    digest: str | None = None
    model: Mapping[str, str] | None = None
    graph: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, stored: object) -> DecisionEvidence:
        """Read the evidence of an entry of the audit log.

        Raises
        ------
        DataError: it is not evidence of this version.
        """
        try:
            return TypeAdapter(cls).validate_python(stored)
        except ValidationError as fault:
            raise DataError(f"the evidence cannot be read: {fault}") from fault

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every kept file, by a name for messages."""
        named = {f"data {name}": digest for name, digest in self.data.items()} | dict(self.scores)
        named |= {f"model {name}": digest for name, digest in (self.model or {}).items()}
        return named | {"policy": self.policy}


def keep_evidence(desk: LoanDesk, policy: str) -> DecisionEvidence:
    """Keep what the memos of a desk rest on.

    policy: the text of the policy.

    Raises
    ------
    DataError: data or scores were changed since they were written, or the model of the scores is gone.
    """
    layout = desk.workspace.layout
    as_of = desk.as_of
    kept = EvidenceStore(layout)
    tables = desk.workspace.tables()
    if tables.info.content_hash != desk.info.content_hash:
        raise DataError("other data were loaded while the check ran", remedy="run it again")
    runs = ScoreRuns(layout)
    run = runs.behind(layout.scores_file(as_of))
    number = None if run is None else runs.number_of(run)
    files = {**desk.score_hashes, **desk.admission_hashes, **desk.volume_hashes}
    if number is not None:
        # With its own copy a rebuilt workspace knows the number of the run.
        path = layout.run_file(number)
        files[path] = sha256_of(path)
    # Scores of versions without a note name neither model files nor data.
    digest = run.digest if run and run.digest else None
    info = desk.store.info()
    about = {name: info.about[name] for name in ("default_kinds", "days_past_due") if name in info.about}
    return DecisionEvidence(
        content_hash=tables.info.content_hash,
        data=keep_data(kept, tables),
        scores={p.relative_to(layout.root).as_posix(): kept.keep(p, digest) for p, digest in files.items()},
        policy=kept.keep_text(policy),
        digest=digest,
        model=None if run is None or digest is None else _keep_scorer(kept, run),
        graph={"as_of": as_of.isoformat(), "horizon_days": info.stamp.get("horizon_days"), **about},
    )


def keep_ranking_evidence(workspace: Workspace, scored: date | None, policy: str) -> DecisionEvidence:
    """Keep what the memo of a shop that is not in the data rests on: the firms that it is ranked among.

    Parameters
    ----------
    scored: the day whose scores give the base rate; None: no scores do. policy: the text of the policy.

    Raises
    ------
    DataError: data or scores were changed since they were written.
    """
    layout = workspace.layout
    kept = EvidenceStore(layout)
    tables = workspace.tables()
    scores: dict[Path, str] = {}
    if scored is not None:
        scores = checked_score_hashes(layout, scored, only=[layout.scores_file(scored)])
    return DecisionEvidence(
        content_hash=tables.info.content_hash,
        data=keep_data(kept, tables),
        scores={p.relative_to(layout.root).as_posix(): kept.keep(p, digest) for p, digest in scores.items()},
        policy=kept.keep_text(policy),
    )


def keep_data(kept: EvidenceStore, tables: Tables) -> dict[str, str]:
    """Keep the files of the loaded tables; they are hashed by the first check after a load only.

    Raises
    ------
    DataError: they are not those that were loaded.
    """
    name = f"data-{tables.info.content_hash}"
    listed = kept.index(name)
    if listed is not None:
        return listed
    paths = {table: path for table, path in tables.sources.items() if isinstance(path, Path)}
    hashes = {table: sha256_of(path) for table, path in paths.items()}
    if data_hash_of(hashes, tables.info) != tables.info.content_hash:
        raise DataError(
            "the files of the loaded data were changed since they were loaded",
            "files that nobody has changed",
            "load the data again",
        )
    files = {path.name: path for path in paths.values()}
    folder = next(iter(files.values())).parent
    files[MANIFEST] = folder / MANIFEST
    return kept.keep_all(name, files, {paths[table].name: digest for table, digest in hashes.items()})


def keep_model(kept: EvidenceStore, folder: Path, digest: str) -> dict[str, str]:
    """Keep the files of a model that decide what it scores; digest: of these files, by `model_digest`."""
    listed = kept_model(kept, digest)
    if listed is not None:
        return listed
    files = {name: folder / name for name in MODEL_FILES if (folder / name).is_file()}
    return kept.keep_all(_model_index(digest), files, {})


def kept_model(kept: EvidenceStore, digest: str) -> dict[str, str] | None:
    """Return the kept files of the model with a digest, SHA-256 by file name; None where it was not kept.

    `score` keeps the model of every run, wherever it lies; early versions did not.
    """
    return kept.index(_model_index(digest))


def kept_models(kept: EvidenceStore, runs: ScoreRuns) -> list[dict[str, str]]:
    """Return the kept files of the models of all stored runs."""
    listed = (kept_model(kept, run.digest) for run in runs.runs())
    return [files for files in listed if files is not None]


def _keep_scorer(kept: EvidenceStore, run: ScoreRun) -> dict[str, str]:
    """Return the kept files of the model of a run, which are kept now where `score` did not.

    Raises
    ------
    DataError: they are not kept, and the workspace's model of that name is another one.
    """
    listed = kept_model(kept, run.digest)
    if listed is not None:
        return listed
    folder = kept.layout.model(run.model.rpartition("/")[0])
    present = model_digest(folder) if folder.is_dir() else None
    if present != run.digest:
        is_now = f"the workspace's model of that name has {present}" if present else "that model is gone"
        raise DataError(
            f"the scores of {run.as_of} were computed by model {run.model} with digest {run.digest}; {is_now}",
            "the model that computed the scores",
            "run scgraph score again",
        )
    return keep_model(kept, folder, run.digest)


def _model_index(digest: str) -> str:
    return f"model-{digest}"

"""What a letter is computed from: the workspace as it is, or what was kept with a decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from supplyrisk import gnn
from supplyrisk.graph import DataError, DefaultDefinition, Snapshot, Workspace
from supplyrisk.graph.credit import DecisionEvidence, EvidenceStore, Policy, parse_policy, read_policy
from supplyrisk.services.day_snapshot import ANY_DAY
from supplyrisk.services.letter_decision import RecordedCheck
from supplyrisk.services.model_inputs import load_model, view_of_tables
from supplyrisk.services.progress import FEATURES, JobProgress
from supplyrisk.services.replay import with_kept_files
from supplyrisk.services.rescoring import link_model
from supplyrisk.services.score import basis_notes


@dataclass(frozen=True)
class LetterBasis:
    """Data, model and policy of a letter.

    Parameters
    ----------
    workspace: whose data and scores are used.
    model, use, as_of: as in `score`.
    policy: whose `[reasons]` apply.
    kept: whether all of it was kept with a decision.
    """

    workspace: Workspace
    model: str | Path | None
    use: str | None
    as_of: date | None
    policy: Policy
    kept: bool = False


@dataclass(frozen=True)
class ScoredBook:
    """All firms of a day with their scores, and what a reader has to know about them.

    base_rate: that of the day's stored scores, which memos state; None: the calibration's.
    """

    model: gnn.RiskModel
    snapshot: Snapshot
    computed: gnn.SnapshotHazards
    scores: gnn.Scores
    base_rate: float | None
    notes: tuple[str, ...]


def scored_book(
    basis: LetterBasis,
    *,
    bounds: tuple[float, ...],
    default_definition: DefaultDefinition,
    beyond_days: int,
    device: str,
    allow_synthetic_model: bool,
    progress: JobProgress,
) -> ScoredBook:
    """Score the firms of a basis; parameters and errors as of `score`."""
    workspace = basis.workspace
    # Cheap checks first: importing torch takes seconds.
    workspace.info()
    workspace.model_path(basis.model)
    progress(FEATURES)
    model = load_model(workspace, basis.model, device)
    candidate = model.candidate(basis.use)
    view = view_of_tables(
        workspace,
        model,
        basis.as_of,
        default_definition=default_definition,
        # Both were decided when the check was made.
        beyond_days=ANY_DAY if basis.kept else beyond_days,
        allow_synthetic_model=allow_synthetic_model or basis.kept,
    )
    progress("scoring")
    computed = model.parts(view.snapshot)
    base_rate = stored_base_rate(workspace, view.snapshot.as_of, f"{model.name}/{candidate}")
    scores = gnn.score(
        model, view.snapshot, use=candidate, base_rate=base_rate, bounds=bounds, computed=computed
    )
    notes = (*view.notes, *basis_notes(scores, model))
    return ScoredBook(model, view.snapshot, computed, scores, base_rate, notes)


def stored_base_rate(workspace: Workspace, as_of: date | None, model: str) -> float | None:
    """The base rate of the day's stored scores, where they are by this model."""
    path = workspace.layout.scores_file(as_of)
    run = workspace.score_runs().behind(path) if path.exists() else None
    return run.base_rate if run is not None and run.model == model else None


@contextmanager
def kept_basis(workspace: Workspace, check: RecordedCheck, policy: Path | None) -> Iterator[LetterBasis]:
    """Return what was kept with a check, in a temporary folder.

    Parameters
    ----------
    workspace: the workspace of the audit log.
    check: a check with evidence.
    policy: a policy file whose reasons apply instead of the kept policy's.

    Raises
    ------
    DataError: a kept file is missing or was changed, or no model was kept.
    """
    evidence = check.evidence
    if evidence is None or evidence.model is None:
        raise DataError(f"no model was kept with entry {check.decision.entry}", "an entry with kept evidence")
    kept = EvidenceStore(workspace.layout)
    kept.require(evidence.files, f"the letter of entry {check.decision.entry} cannot be written")
    name, _, candidate = check.model.partition("/")
    with TemporaryDirectory(prefix="scgraph-letter-") as folder:
        copy = with_kept_files(kept, evidence, Path(folder) / "workspace", workspace.memory_limit)
        link_model(kept, evidence.model, copy.layout.model(name))
        yield LetterBasis(copy, name, candidate, check.as_of, _policy(kept, evidence, policy), kept=True)


def _policy(kept: EvidenceStore, evidence: DecisionEvidence, policy: Path | None) -> Policy:
    if policy is not None:
        return read_policy(policy)
    return parse_policy(kept.text(evidence.policy), "the kept policy")

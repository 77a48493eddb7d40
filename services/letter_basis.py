"""What a letter is computed from: the workspace as it is, or what was kept with a decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from supplyrisk.graph import DataError, Workspace
from supplyrisk.graph.credit import DecisionEvidence, EvidenceStore, Policy, parse_policy, read_policy
from supplyrisk.services.letter_decision import RecordedCheck
from supplyrisk.services.replay import with_kept_files
from supplyrisk.services.rescoring import link_model


@dataclass(frozen=True)
class LetterBasis:
    """Data, model and policy of a letter.

    Parameters
    ----------
    workspace: whose data and scores are used.
    model, use, as_of: as in `score`.
    policy: whose `[reasons]` apply.
    """

    workspace: Workspace
    model: str | Path | None
    use: str | None
    as_of: date | None
    policy: Policy


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
    name, _, candidate = check.model.partition("/")
    with TemporaryDirectory(prefix="scgraph-letter-") as folder:
        copy = with_kept_files(kept, evidence, Path(folder) / "workspace", workspace.memory_limit)
        link_model(kept, evidence.model, copy.layout.model(name))
        yield LetterBasis(copy, name, candidate, check.as_of, _policy(kept, evidence, policy))


def _policy(kept: EvidenceStore, evidence: DecisionEvidence, policy: Path | None) -> Policy:
    if policy is not None:
        return read_policy(policy)
    return parse_policy(kept.path_of("policy", evidence.policy).read_text("utf-8"), "the kept policy")

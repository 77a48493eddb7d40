"""Kept evidence as a whole: verify it, and delete what only older decisions need."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import AuditLog, DecisionEvidence, EvidenceStore, broken, kept_models
from supplyrisk.services.documents import Document, document


@dataclass(frozen=True)
class PruneResult:
    """What was deleted.

    before: entries of earlier days lost their evidence. entries: how many of them listed a deleted file. files: deleted
    ones. freed: bytes of those that were no part of the workspace any more. record: number of the entry about it; None
    where there was nothing to delete.
    """

    before: date
    entries: int
    files: int
    freed: int
    record: int | None

    def to_json(self) -> Document:
        """The result as a JSON document with one row."""
        return document("audit.prune", [asdict(self)])


def prune_evidence(workspace: Workspace, before: date, *, command: str | None = None) -> PruneResult:
    """Delete the kept files that only entries before a day list, and those that no entry lists.

    The entries stay, and so does the model of every stored run of scores, which a later check may need. What is deleted
    is recorded in the audit log first.

    Parameters
    ----------
    before: UTC day of the first entry whose evidence stays.
    command: the command line that is recorded; None where the call came from Python.

    Raises
    ------
    DataError: the audit log is not intact.
    """
    log = workspace.audit_log()
    faults = log.verify()
    if faults:
        raise broken(log.folder, faults)
    kept = EvidenceStore(workspace.layout)
    needed = {digest for files in kept_models(kept, workspace.score_runs()) for digest in files.values()}
    older: list[set[str]] = []
    for _, recorded in log.all_recorded():
        if "evidence" not in recorded:
            continue
        files = set(DecisionEvidence.from_json(recorded["evidence"]).files.values())
        if date.fromisoformat(str(recorded["at"])[:10]) < before:
            older.append(files)
        else:
            needed |= files
    surplus = [path for path in kept.files() if path.name not in needed]
    if not surplus:
        return PruneResult(before, 0, 0, 0, None)
    names = {path.name for path in surplus}
    # A file with a second name is still in use elsewhere, and frees nothing.
    freed = sum(path.stat().st_size for path in surplus if path.stat().st_nlink == 1)
    entries = sum(not names.isdisjoint(files) for files in older)
    deleted = {"before": before.isoformat(), "files": sorted(names), "freed": freed}
    record = log.append("prune", {"command": command, "deleted": deleted}).number
    for path in surplus:
        path.unlink()
    return PruneResult(before, entries, len(surplus), freed, record)


def evidence_faults(log: AuditLog, kept: EvidenceStore) -> list[str]:
    """Return which kept files of the entries of an intact log are missing or were changed, in words.

    Files that `prune_evidence` deleted are missing rightly. Every file is read once.
    """
    entries_by_file: dict[str, list[int]] = {}
    labels: dict[str, str] = {}
    pruned: set[str] = set()
    for number, recorded in log.all_recorded():
        if recorded.get("verb") == "prune":
            pruned.update(recorded["deleted"]["files"])
        if "evidence" not in recorded:
            continue
        for label, digest in DecisionEvidence.from_json(recorded["evidence"]).files.items():
            entries_by_file.setdefault(digest, []).append(number)
            labels[digest] = label
    faults = []
    for digest, numbers in entries_by_file.items():
        if digest in pruned and not kept.layout.evidence_file(digest).exists():
            continue
        listed = (
            f"entry {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} entries from {numbers[0]} on"
        )
        faults += [f"{fault}, evidence of {listed}" for fault in kept.faults({labels[digest]: digest})]
    return faults

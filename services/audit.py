"""Verify and read the audit log of checks."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph import Workspace
from supplyrisk.services.documents import Document, document


@dataclass(frozen=True)
class AuditResult:
    """The state of the audit log.

    entries: how many there are. faults: what is wrong with the chain of hashes, in words; empty where it is intact.
    last_hash: of the last entry, None where there is none.
    """

    entries: int
    faults: tuple[str, ...]
    last_hash: str | None

    @property
    def intact(self) -> bool:
        """Whether every entry is unchanged and follows the one before."""
        return not self.faults

    def to_json(self) -> Document:
        """The state as a JSON document, a row per fault."""
        return document("audit.verify", self.faults, entries=self.entries, last=self.last_hash)


def verify_audit(workspace: Workspace) -> AuditResult:
    """Check that every entry of the audit log is unchanged and carries the hash of the one before."""
    log = workspace.audit_log()
    faults = log.verify()
    entries = log.entries()
    return AuditResult(len(entries), tuple(faults), entries[-1].hash if entries else None)


def show_audit_entry(workspace: Workspace, number: int) -> bytes:
    """An entry of the audit log, byte for byte as it was stored.

    Raises
    ------
    DataError: there is no such entry, or it was changed.
    """
    return workspace.audit_log().show(number)

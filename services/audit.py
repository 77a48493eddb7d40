"""Verify, anchor and read the audit log, and record what a person decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from supplyrisk.graph import DataError, RequestError, Workspace
from supplyrisk.graph.credit import AuditAnchor, EvidenceStore
from supplyrisk.services.documents import Document, document
from supplyrisk.services.evidence_clearing import evidence_faults

DECISIONS = {
    "approve": ("outside policy", "insufficient evidence"),
    "decline": ("within policy",),
    "refer": (),
}
"""What a person can decide, with the conclusions of a policy that it overrides: a referral asks for either decision."""


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


@dataclass(frozen=True)
class AnchorResult:
    """An anchor that was taken of the last entry, and stored in the workspace."""

    anchor: AuditAnchor

    def to_json(self) -> Document:
        """The anchor as a JSON document with one row."""
        return document("audit.anchor", [asdict(self.anchor)])


@dataclass(frozen=True)
class DecisionResult:
    """A decision that was recorded.

    record: number of its entry. entry: the entry of the check. shop: its firm. conclusion: what the policy concluded.
    overrides: whether the decision goes against it.
    """

    record: int
    entry: int
    shop: str
    decision: str
    reason: str
    conclusion: str
    overrides: bool

    def to_json(self) -> Document:
        """The decision as a JSON document with one row."""
        return document("decide", [asdict(self)])


def verify_audit(
    workspace: Workspace,
    *,
    expect: str | None = None,
    anchor: Path | None = None,
    public_key: Path | None = None,
    evidence: bool = False,
) -> AuditResult:
    """Check that every entry and its payload are unchanged, and that each entry carries the hash of the one before.

    Parameters
    ----------
    expect: hash of an entry that the log must have: entries missing at the end and a rewritten chain are found by it.
    anchor: file of an anchor that was stored elsewhere, likewise; the workspace's own is always checked.
    public_key: Ed25519 key in PEM that must have signed the anchor.
    evidence: verify the kept data, scores, models and policies of an intact record too.

    Raises
    ------
    RequestError: a public key without an anchor.
    DataError: the anchor cannot be read, or was not signed by this key.
    """
    log = workspace.audit_log()
    if public_key and anchor is None:
        raise RequestError("a public key without an anchor", "the file of the anchor that it signed")
    faults = log.verify()
    if anchor is not None:
        stored_elsewhere = AuditAnchor.read(anchor)
        if public_key:
            stored_elsewhere.check_signature(public_key)
        faults += log.anchor_faults(stored_elsewhere)
    entries = log.entries()
    if expect is not None and expect.lower() not in {entry.hash for entry in entries}:
        faults.append(
            f"no entry has the hash {expect}: entries are missing at the end, or the chain was rewritten"
        )
    if evidence and not faults:
        faults = evidence_faults(log, EvidenceStore(workspace.layout))
    return AuditResult(len(entries), tuple(dict.fromkeys(faults)), entries[-1].hash if entries else None)


def anchor_audit(
    workspace: Workspace, *, private_key: Path | None = None, output: Path | None = None
) -> AnchorResult:
    """Verify the whole audit log and take an anchor of its last entry.

    Later checks verify the log from this anchor on.

    Parameters
    ----------
    private_key: Ed25519 key in PEM without a password that signs the anchor; None: it is not signed.
    output: a file for the anchor too, to be stored elsewhere.

    Raises
    ------
    DataError: the log is empty or not intact, or the key cannot be read.
    RequestError: the extra for signatures is not installed.
    """
    anchor = workspace.audit_log().take_anchor(private_key=private_key)
    if output:
        anchor.write(output)
    return AnchorResult(anchor)


def decide(
    workspace: Workspace, entry: int, decision: str, *, reason: str, command: str | None = None
) -> DecisionResult:
    """Record what a person decided on a check, and whether that overrides the policy's conclusion.

    Parameters
    ----------
    entry: number of the check in the audit log.
    decision: one of DECISIONS.
    reason: why, in words.
    command: the command line that is recorded; None where the call came from Python.

    Raises
    ------
    RequestError: no such decision, or no reason.
    DataError: no such entry, an entry that is no check, or a log that is not intact.
    """
    if decision not in DECISIONS:
        raise RequestError(f"decision {decision!r}", " or ".join(DECISIONS))
    if not reason.strip():
        raise RequestError("a decision without a reason", "the reason in words")
    log = workspace.audit_log()
    recorded = log.recorded(entry)
    if recorded.get("verb") != "check":
        raise DataError(f"entry {entry} is a {recorded.get('verb')}", "the entry of a check")
    memo = recorded["document"]["rows"][0]
    conclusion = str(memo["conclusion"]["word"])
    decided = {
        "entry": entry,
        "shop": memo["shop"]["firm"],
        "decision": decision,
        "reason": reason.strip(),
        "conclusion": conclusion,
        "overrides": conclusion in DECISIONS[decision],
    }
    payload = {"command": command, "entry_hash": log.entry(entry).hash, "decision": decided}
    return DecisionResult(log.append("decide", payload).number, **decided)


def show_audit_entry(workspace: Workspace, number: int) -> bytes:
    """An entry of the audit log with what was recorded, as JSON; one of an old version byte for byte.

    Raises
    ------
    DataError: there is no such entry, or it was changed.
    """
    return workspace.audit_log().show(number)

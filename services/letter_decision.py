"""The decision that a letter is about: a check of the audit log, and what a person decided on it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from supplyrisk import gnn
from supplyrisk.graph import INSUFFICIENT, DataError, Workspace
from supplyrisk.graph.credit import AuditEntry, AuditLog, DecisionEvidence
from supplyrisk.graph.credit.conclusion import REFERRED_RULES
from supplyrisk.services.letter_document import LetterDecision

OPEN = "open"
"""The decision on a check on which none is recorded."""


@dataclass(frozen=True)
class RecordedCheck:
    """A check of the audit log: its decision, and what its memo states of the score.

    grounds: the policy's findings by code, the most serious first; for an amount above the limit, and for no limit, the
    rule that sets the limit. model: "name/candidate". evidence: the kept data
    and model; None where an early version kept none.
    """

    decision: LetterDecision
    firm: str
    as_of: date | None
    pd: float | None
    grounds: tuple[str, ...]
    model: str
    evidence: DecisionEvidence | None

    def is_of(self, scored: gnn.ScoredFirm) -> bool:
        """Whether the memo states this score."""
        if (self.firm, self.as_of) != (scored.firm_id, scored.as_of):
            return False
        # Memos state no PD of a firm of which too little is known.
        pd = None if scored.state == INSUFFICIENT else scored.pd
        if self.pd is None or pd is None:
            return self.pd is pd
        return math.isclose(self.pd, pd, rel_tol=1e-9)


def recorded_check(workspace: Workspace, number: int) -> RecordedCheck:
    """Return the check of an entry of the audit log: of a check, or of a decision on one.

    Raises
    ------
    DataError: no such entry, one of another kind, or a changed one.
    """
    log = workspace.audit_log()
    content = log.recorded(number)
    if content.get("verb") == "decide":
        number = int(content["decision"]["entry"])
        content = log.recorded(number)
    if content.get("verb") != "check":
        raise DataError(f"entry {number} is a {content.get('verb')}", "the entry of a check or of a decision")
    return _check_of(number, content, _decisions(log).get(number))


def last_check(workspace: Workspace, firm: str) -> RecordedCheck | None:
    """Return the last check of a firm; None where the log has none."""
    log = workspace.audit_log()
    for entry in reversed(log.entries()):
        head = _head(entry)
        if head.get("verb") == "check" and _shop(entry, head) == firm:
            return recorded_check(workspace, entry.number)
    return None


def _check_of(number: int, content: Mapping[str, Any], decided: tuple[str, str] | None) -> RecordedCheck:
    document = content["document"]
    memo = document["rows"][0]
    request = memo["request"]
    decision = LetterDecision(
        entry=number,
        assessed_on=str(content["at"])[:10],
        amount=float(request["amount"]),
        days=int(request["days"]),
        decision=OPEN,
        decided_on=None,
    )
    if decided is not None:
        decision = replace(decision, decision=decided[0], decided_on=decided[1])
    day = document["as_of"]
    return RecordedCheck(
        decision,
        str(memo["shop"]["firm"]),
        None if day is None else date.fromisoformat(day),
        memo["risk"]["pd"],
        _grounds(memo),
        str(document["model"]),
        DecisionEvidence.from_json(content["evidence"]) if "evidence" in content else None,
    )


def _grounds(memo: Mapping[str, Any]) -> tuple[str, ...]:
    codes = [str(finding["code"]) for finding in memo["conclusion"]["findings"]]
    limit = memo["limit"]
    # A rule that only refers a request may bind at 0 beside the one that refuses it.
    refusing = [r["code"] for r in limit["rules"] if r["amount"] == 0 and r["code"] not in REFERRED_RULES]
    rules = {"AMOUNT": limit["binding"], "NO_LIMIT": refusing[0] if refusing else limit["binding"]}
    return tuple(str(rules.get(code, code)) for code in codes)


def _decisions(log: AuditLog) -> dict[int, tuple[str, str]]:
    """By entry of a check the last decision on it, and its day."""
    decisions = {}
    for entry in log.entries():
        head = _head(entry)
        if head.get("verb") == "decide":
            decided = log.recorded(entry.number)
            decisions[int(decided["decision"]["entry"])] = (
                str(decided["decision"]["decision"]),
                str(decided["at"])[:10],
            )
    return decisions


def _head(entry: AuditEntry) -> dict[str, Any]:
    content = json.loads(entry.path.read_bytes())
    return content if isinstance(content, dict) else {}


def _shop(entry: AuditEntry, head: Mapping[str, Any]) -> str | None:
    """The firm of a check; entries of the first version hold the memo themselves."""
    content = head if "document" in head else json.loads(entry.payload.read_bytes())
    return str(content["document"]["rows"][0]["shop"]["firm"])

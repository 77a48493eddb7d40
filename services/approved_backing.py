"""What the loans finance that were approved on earlier checks of a firm, by the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from supplyrisk.graph import Workspace
from supplyrisk.graph.credit import ApprovedBacking

APPROVE = "approve"
"""The decision by which a loan finances what its request names."""


def approved_backing(workspace: Workspace, firm: str, as_of: date) -> tuple[ApprovedBacking, ...]:
    """Return the orders, items, invoices and trades that approved loans of a firm finance.

    The last decision on a check counts, for the term of its loan from the day of its data.

    Parameters
    ----------
    firm: the borrower. as_of: the day of the new check.

    Raises
    ------
    DataError: the audit log is not intact.
    """
    checks: dict[int, Mapping[str, Any]] = {}
    decisions: dict[int, str] = {}
    for number, recorded in workspace.audit_log().all_recorded():
        if recorded.get("verb") == "check" and (recorded.get("request") or {}).get("backed_by"):
            checks[number] = recorded
        elif recorded.get("verb") == "decide":
            decided = recorded["decision"]
            decisions[decided["entry"]] = decided["decision"]
    approved = {number: check for number, check in checks.items() if decisions.get(number) == APPROVE}
    return tuple(
        ApprovedBacking(name, number, check["document"]["as_of"])
        for number, check in approved.items()
        if _runs(check, firm, as_of)
        for name in check["request"]["backed_by"]
    )


def _runs(check: Mapping[str, Any], firm: str, as_of: date) -> bool:
    """Return whether a recorded check is of the firm, and its loan is not due by the day."""
    document = check["document"]
    due = date.fromisoformat(document["as_of"]) + timedelta(days=check["request"]["days"])
    return bool(document["rows"][0]["shop"]["firm"] == firm and as_of < due)

"""The credit limits of a shop by its recorded checks and by the policy now, and what changed each: data or policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter

from supplyrisk.graph import DataError, Workspace
from supplyrisk.graph.credit import (
    DecisionEvidence,
    EvidenceStore,
    LoanDesk,
    LoanRequest,
    Policy,
    check_currency,
    parse_policy,
    read_policy,
)
from supplyrisk.graph.credit.alerts import DATA, UNSEPARATED
from supplyrisk.graph.schema import defaults

POLICY = "policy"
"""The cause of a change of limit that no data and no score explain."""
LIMIT_CAUSES = (DATA, POLICY, UNSEPARATED)
"""Causes of a change of limit: data and scores under the earlier policy; the policy, on the same data; or both at once,
where the limit under the earlier policy cannot be computed."""
RECORDED = "recorded"
NOW = "now"
"""Sources of a limit: an entry of the audit log, or the policy on the day of the graph."""


@dataclass(frozen=True)
class LimitChange:
    """The change of a limit since an earlier one of the same product, money; the parts add up to it."""

    since: date
    amount: float
    data: float
    policy: float
    unseparated: float


@dataclass(frozen=True)
class ShopLimit:
    """The limit of a shop on a day by the policy of `check`.

    Parameters
    ----------
    on: the day of the graph. source: RECORDED or NOW. entry: of the audit log, None for NOW.
    amount: of a new loan, money. binding: code of the rule that sets it. grade: of the score then.
    change: since the limit before it of the same product; None for the first.
    """

    on: date
    source: str
    entry: int | None
    product: str
    days: int
    amount: float
    binding: str
    grade: str | None
    change: LimitChange | None = None


@dataclass(frozen=True)
class _Check:
    """A limit with what it rests on. policy: the text of the policy, None where it is not kept."""

    limit: ShopLimit
    request: LoanRequest
    policy: str | None
    data: str


def shop_limits(
    workspace: Workspace, firm_id: str, lender: str, policy_file: Path | None = None
) -> tuple[ShopLimit, ...]:
    """Return the limits of a shop with a lender, oldest first: those of recorded checks, and that of the policy now.

    The limit now is that of the last recorded request, or else of a credit line over `TRAJECTORY_LIMIT_DAYS`.

    Parameters
    ----------
    lender: its concentration limits apply.
    policy_file: the policy now; None: the shipped one.

    Raises
    ------
    DataError: the audit log is not intact; scores, graph and data do not belong together.
    """
    checks = list(_recorded(workspace, firm_id, lender))
    request = LoanRequest(1.0, defaults.TRAJECTORY_LIMIT_DAYS, "credit", lender=lender)
    policy = read_policy(policy_file)
    with workspace.open_graph() as store:
        desk = LoanDesk(workspace, store)
        check_currency(desk.info, policy)
        present = _now(desk, firm_id, checks[-1].request if checks else request, policy)
        limits: list[ShopLimit] = []
        last: dict[str, _Check] = {}
        for check in [*checks, present]:
            limit = check.limit
            before = last.get(limit.product)
            if before is not None:
                limit = replace(limit, change=_change(desk, firm_id, before, check, policy))
            last[limit.product] = check
            limits.append(limit)
    return tuple(limits)


def _recorded(workspace: Workspace, firm_id: str, lender: str) -> Iterator[_Check]:
    """The recorded checks of a shop with a lender, in the order of the log."""
    kept = EvidenceStore(workspace.layout)
    for number, content in workspace.audit_log().all_recorded():
        if content.get("verb") != "check" or "evidence" not in content:
            continue
        memo = content["document"]["rows"][0]
        stored = memo["request"]
        if memo["shop"]["firm"] != firm_id or stored.get("lender") != lender:
            continue
        evidence = DecisionEvidence.from_json(content["evidence"])
        limit = ShopLimit(
            date.fromisoformat(content["document"]["as_of"]),
            RECORDED,
            number,
            stored["product"],
            int(stored["days"]),
            float(memo["limit"]["amount"]),
            memo["limit"]["binding"],
            memo["risk"]["grade"],
        )
        request = TypeAdapter(LoanRequest).validate_python(content["request"])
        yield _Check(limit, request, _text(kept, evidence.policy), evidence.content_hash)


def _text(kept: EvidenceStore, digest: str) -> str | None:
    try:
        kept.require({"policy": digest}, "the policy of a recorded check cannot be read")
    except DataError:
        return None
    return kept.text(digest)


def _now(desk: LoanDesk, firm_id: str, request: LoanRequest, policy: Policy) -> _Check:
    sections = desk.memo(firm_id, request, policy).sections
    limit = ShopLimit(
        desk.as_of,
        NOW,
        None,
        request.product,
        request.days,
        sections.limit.amount,
        sections.limit.binding,
        sections.risk.grade,
    )
    return _Check(limit, request, None, desk.info.content_hash)


def _change(desk: LoanDesk, firm_id: str, before: _Check, after: _Check, present: Policy) -> LimitChange:
    """The change between two limits: by data under the earlier policy, then by the policy on the same data."""
    change = after.limit.amount - before.limit.amount
    since = before.limit.on
    earlier = None if before.policy is None else parse_policy(before.policy, "the kept policy")
    later = present if after.limit.source == NOW else None
    if later is None and after.policy is not None:
        later = parse_policy(after.policy, "the kept policy")
    if earlier is not None and earlier == later:
        return LimitChange(since, change, change, 0.0, 0.0)
    shown = (after.limit.on, after.data) == (desk.as_of, desk.info.content_hash)
    if earlier is None or not shown:
        return LimitChange(since, change, 0.0, 0.0, change)
    under_earlier = desk.memo(firm_id, after.request, earlier).sections.limit.amount
    by_data = under_earlier - before.limit.amount
    return LimitChange(since, change, by_data, after.limit.amount - under_earlier, 0.0)

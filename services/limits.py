"""Limits that follow: the limit in force of each borrower of a lender, one step nearer to its target."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from supplyrisk.graph import UNLISTED, DataError, Workspace, document_json, to_json
from supplyrisk.graph.credit import (
    WEEK_DAYS,
    EvidenceStore,
    LimitBasis,
    LimitInForce,
    LimitSteps,
    LoanDesk,
    LoanRequest,
    Policy,
    StoredLimits,
    TargetLimit,
    as_measured,
    borrowers_of,
    bulk_targets,
    can_be_bulk,
    check_currency,
    day_of_limits,
    hash_of_shops,
    horizon_of,
    keep_evidence,
    limit_facts,
    limits_of_firm,
    policy_text,
    read_limits,
    read_policy,
    stored_scores,
    target_limit,
    write_limits,
)
from supplyrisk.graph.merchant.dips import temporary_dips
from supplyrisk.graph.workspace.file_hashes import sha256_of
from supplyrisk.graph.workspace.layout import day_files
from supplyrisk.services.check import find_shop
from supplyrisk.services.limits_document import LimitHistory, LimitRow, LimitsResult, limit_row
from supplyrisk.services.progress import JobProgress, silent

VERB = "limits"
"""Of entries of the audit log that hold a run."""
TARGETS = "computing targets"


@dataclass(frozen=True)
class _Run:
    """The limits of a day and the run before, by firm."""

    stored: StoredLimits
    path: Path
    before: Mapping[str, LimitInForce]
    weeks: float
    is_new: bool
    skipped: tuple[str, ...]


def limits(
    workspace: Workspace,
    lender: str,
    *,
    shops: Sequence[str] = (),
    policy: Path | None = None,
    record: bool = True,
    command: str | None = None,
    progress: JobProgress = silent,
) -> LimitsResult:
    """Move the limit in force of each borrower of a lender towards its target, and store and record the limits.

    The target is the total exposure that the policy of `check` allows a credit line over `[follow] term_days`. The same
    data, scores and policy on the same day give the same limits: a second run changes and records nothing. Weeks
    without a run are caught up.

    Parameters
    ----------
    lender: a lender_id of the table loans.
    shops: firm_ids or names of further shops that the lender gives limits to.
    policy: a policy file; None: the shipped policy.
    record: append the run to the audit log, with all limits and what they rest on.
    command: the command line that is recorded with it; None where the call came from Python.

    Raises
    ------
    RequestError: no firm, or several, of a name.
    WorkspaceError: no data, or the audit log cannot be written.
    DataError: scores, graph, data and policy do not belong together; the lender has no lines; limits of a later day are
        stored; the audit log is not intact.
    """
    rules = read_policy(policy)
    with workspace.open_graph() as store:
        desk = LoanDesk(workspace, store)
        check_currency(desk.info, rules)
        # One changed byte in the scores would change every limit.
        _ = desk.score_hashes
        further = {find_shop(store, shop) for shop in shops}
        run = _run(desk, lender, further, rules, progress)
        number = None
        if record:
            number = _recorded(workspace, run) or _record(desk, run, policy_text(policy), command)
        return _result(desk, run, rules, number)


def limit_history(
    workspace: Workspace, lender: str, shop: str, *, policy: Path | None = None
) -> LimitHistory:
    """Return the limits in force of a shop with a lender, oldest first, with their reasons.

    shop: a firm_id. Raises DataError where a file of limits cannot be read.
    """
    follow = read_policy(policy).follow
    rows: list[LimitRow] = []
    before = None
    for day, limit, _ in limits_of_firm(day_files(workspace.layout.limits_folder(lender)), shop):
        rows.append(limit_row(day, limit, before, follow))
        before = limit.limit
    return LimitHistory(lender, shop, tuple(rows))


def _run(desk: LoanDesk, lender: str, further: set[str], policy: Policy, progress: JobProgress) -> _Run:
    layout = desk.workspace.layout
    path = layout.limits_file(lender, desk.as_of)
    previous = _previous(layout.limits_folder(lender), desk.as_of)
    earlier = None if previous is None else read_limits(previous)
    before = {} if earlier is None else {limit.firm: limit for limit in earlier.limits}
    weeks = 0.0 if previous is None else (desk.as_of - day_of_limits(previous)).days / WEEK_DAYS
    basis = LimitBasis(
        lender=lender,
        day=desk.as_of.isoformat(),
        data=desk.info.content_hash,
        scores=desk.scores_digest,
        policy=policy.hash,
        previous=None if previous is None else sha256_of(previous),
        shops=hash_of_shops(further),
    )
    if path.is_file():
        stored = read_limits(path)
        if stored.basis == basis:
            return _Run(stored, path, before, weeks, is_new=False, skipped=())
    firms = sorted({row.firm for row in borrowers_of(desk.store, lender)} | further)
    targets, skipped = _targets(desk, lender, firms, policy, progress)
    steps = LimitSteps(desk.as_of, weeks, policy.follow, policy.amount)
    in_dip = _falling_in_dip(desk, targets, before)
    moved = {
        firm: steps.next_limit(before.get(firm), target, in_dip=firm in in_dip)
        for firm, target in targets.items()
    }
    left = {firm: steps.without_target(limit) for firm, limit in before.items() if firm not in moved}
    limits_now = {**moved, **left}
    stored = StoredLimits(basis, tuple(limits_now[firm] for firm in sorted(limits_now)))
    write_limits(path, stored)
    return _Run(
        stored, path, before, weeks, is_new=True, skipped=tuple(f for f in skipped if f not in before)
    )


def _falling_in_dip(
    desk: LoanDesk, targets: Mapping[str, TargetLimit], before: Mapping[str, LimitInForce]
) -> set[str]:
    """Return the firms in a temporary dip of sales, of those whose target is below their limit: it holds no others."""
    falling = [
        firm for firm, target in targets.items() if firm in before and target.total < before[firm].exact
    ]
    if not falling:
        return set()
    dips = temporary_dips(desk.workspace.tables(), desk.as_of, firms=falling)
    return set(dips["firm_id"].to_pylist())


def _previous(folder: Path, day: date) -> Path | None:
    """Return the last file of limits before a day.

    Raises
    ------
    DataError: there is one of a later day.
    """
    files = day_files(folder)
    later = [path for path in files if day_of_limits(path) > day]
    if later:
        raise DataError(
            f"limits of {day_of_limits(later[-1])} are stored, after {day}",
            "the graph of a day that is not before the last limits",
            "load the graph of a later day: scgraph store load",
        )
    earlier = [path for path in files if day_of_limits(path) < day]
    return earlier[-1] if earlier else None


def _targets(
    desk: LoanDesk, lender: str, firms: Sequence[str], policy: Policy, progress: JobProgress
) -> tuple[dict[str, TargetLimit], list[str]]:
    """Return the target of each firm that is scored, and the firms that are not."""
    if can_be_bulk(policy):
        progress(TARGETS)
        workspace = desk.workspace
        scores = workspace.scores(desk.as_of)
        computed = bulk_targets(workspace.tables(), scores, desk.as_of, policy, lender=lender, shops=firms)
        targets = {target.firm: target for target in computed}
    else:
        targets = dict(_one_by_one(desk, lender, firms, policy, progress))
    return targets, [firm for firm in firms if firm not in targets]


def _one_by_one(
    desk: LoanDesk, lender: str, firms: Sequence[str], policy: Policy, progress: JobProgress
) -> Iterator[tuple[str, TargetLimit]]:
    """Yield the target of each firm that is scored, from the graph as a check reads it."""
    scores = stored_scores(desk.workspace.layout.scores_file(desk.as_of), set(firms))
    scored = [firm for firm in firms if firm in scores and scores[firm].state != UNLISTED]
    # The amount does not change the limit.
    request = LoanRequest(policy.amount.minimum or 1.0, policy.follow.term_days, "credit", lender=lender)
    for done, firm in enumerate(scored):
        progress(TARGETS, done, len(scored))
        inputs = desk.limit_inputs(firm, request, policy)
        # Admissions do not count: their room is for the loans of a campaign.
        rules = inputs.scenarios.ruling(request).standing if inputs.scenarios else policy
        inputs = as_measured(inputs, rules)
        pd = inputs.scores.score.pd
        outside = pd is not None and pd >= rules.conclusion.outside_pd
        yield firm, target_limit(firm, limit_facts(inputs, rules), rules, pd_outside=outside)


def _recorded(workspace: Workspace, run: _Run) -> int | None:
    """Return the entry that holds these limits; None where there is none."""
    if run.is_new:
        return None
    digest = sha256_of(run.path)
    for number, content in workspace.audit_log().all_recorded():
        if content.get("verb") == VERB and content.get("file") == digest:
            return number
    return None


def _record(desk: LoanDesk, run: _Run, policy: str, command: str | None) -> int:
    """Append a run to the audit log, with the hash of its file, which is kept like all that it rests on."""
    kept = EvidenceStore(desk.workspace.layout)
    evidence = keep_evidence(desk, policy)
    digest = kept.keep(run.path)
    name = run.path.relative_to(desk.workspace.layout.root).as_posix()
    evidence = replace(evidence, scores={**evidence.scores, name: digest})
    rows = run.stored.limits
    changed = [limit.firm for limit in rows if _changed(limit, run.before.get(limit.firm))]
    payload = {
        "command": command,
        "file": digest,
        "basis": asdict(run.stored.basis),
        "limits": len(rows),
        "changed": len(changed),
        "total": sum(limit.limit for limit in rows),
        "evidence": evidence,
    }
    written = json.loads(to_json(document_json(payload)))
    return desk.workspace.audit_log().append(VERB, written).number


def _changed(limit: LimitInForce, before: LimitInForce | None) -> bool:
    return before is None or limit.limit != before.limit


def _result(desk: LoanDesk, run: _Run, policy: Policy, number: int | None) -> LimitsResult:
    rows = []
    for limit in run.stored.limits:
        earlier = run.before.get(limit.firm)
        before = None if earlier is None else earlier.limit
        rows.append(limit_row(desk.as_of, limit, before, policy.follow))
    scores = desk.workspace.scores(desk.as_of)
    pds = dict(zip(scores["firm_id"].to_pylist(), scores["pd"].to_pylist(), strict=True))
    lgd = policy.loss.lgd_of("credit")
    first = scores.slice(0, 1).select(["horizon_days", "model"]).to_pylist()[0]
    return LimitsResult(
        basis=run.stored.basis,
        as_of=desk.as_of,
        weeks=run.weeks,
        currency=policy.currency,
        rows=tuple(rows),
        el=lgd * sum((pds.get(row.limit.firm) or 0.0) * row.limit.limit for row in rows),
        target_el=lgd * sum((pds.get(row.limit.firm) or 0.0) * (row.limit.target or 0.0) for row in rows),
        horizon_days=horizon_of(first),
        skipped=run.skipped,
        model=first["model"],
        synthetic=desk.info.synthetic,
        record=number,
        is_new=run.is_new,
    )

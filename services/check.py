"""Check a loan request: the memo of one shop, from the stored scores and the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from supplyrisk.graph import DataError, RequestError, Store, Workspace, document_json, spare_pandas, to_json
from supplyrisk.graph.credit import (
    DecisionEvidence,
    LoanDesk,
    LoanMemo,
    LoanRequest,
    Memo,
    Policy,
    check_currency,
    keep_evidence,
    matching_firms,
    needs_documents,
    policy_text,
    read_policy,
    shipped_policy,
)
from supplyrisk.graph.workspace.score_source import SCORED_BY
from supplyrisk.services.approved_backing import approved_backing
from supplyrisk.services.documents import Document, about_scores, document
from supplyrisk.services.preparation import Preparation
from supplyrisk.services.progress import JobProgress, silent
from supplyrisk.services.query_line import query_line

ORDER = "order"
"""The product of a loan where none is named: it finances an order, and is drawn in full."""


@dataclass(frozen=True)
class CheckResult:
    """A memo, and the number of its entry in the audit log (None: not recorded).

    prepared: when and by whom; memos of earlier versions do not say.
    """

    memo: LoanMemo
    record: int | None = None
    prepared: Preparation | None = None

    def to_json(self) -> Document:
        """The memo as a JSON document with one row."""
        memo = self.memo
        about = about_scores(memo) | {SCORED_BY: memo.scored_by}
        if self.prepared:
            about["prepared"] = self.prepared
        checked = document("check", [memo.sections.to_json()], about=about, data=memo.data)
        return checked if self.record is None else checked | {"record": self.record}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> CheckResult:
        """Return the memo of a document of `to_json`, such as the `document` of an entry of the audit log.

        Raises
        ------
        DataError: the document lacks entries or sections of a memo.
        """
        try:
            sections = Memo.from_json(stored["rows"][0])
            # Documents from before synthetic_model was noted lack the entry.
            memo = {"synthetic_model": False, **stored, "sections": sections}
            prepared = TypeAdapter(Preparation | None).validate_python(stored.get("prepared"))
            return cls(TypeAdapter(LoanMemo).validate_python(memo), stored.get("record"), prepared)
        except (LookupError, ValidationError) as fault:
            raise DataError(f"the document is not a memo of this version: {fault}") from fault


def check(
    workspace: Workspace,
    shop: str,
    *,
    amount: float,
    days: int,
    product: str = ORDER,
    lgd: float | None = None,
    lender: str | None = None,
    repays: Sequence[str] = (),
    other_debt: float | None = None,
    rate: float | None = None,
    collateral: Sequence[str] = (),
    backed_by: Sequence[str] = (),
    policy: Path | None = None,
    prepared_by: str | None = None,
    record: bool = True,
    command: str | None = None,
    progress: JobProgress = silent,
) -> CheckResult:
    """Write the memo of a shop that asks for a loan.

    It says who the shop is, its PD, its supply chain, the expected loss, the credit limit and the policy's conclusion.

    It rests on the scores that `score` stored for the day of the graph, and on the graph. It imports neither torch nor
    DuckDB, and stops pyarrow from importing pandas: see `spare_pandas`.

    Parameters
    ----------
    shop: a firm_id, or a name, ignoring case.
    amount: the loan, in the currency of the policy. days: its term.
    product: order, credit (a revolving line), supply_chain or other.
    lgd: loss given default, 0 to 1; None: the policy's.
    lender: whose concentration limits apply too; None: no lender's.
    repays: loan_ids of the shop's lines that the new loan repays.
    other_debt: what the shop owes beside the lines in the data, money; None: not stated. Where the data have no loans,
        no limit is stated without it.
    rate: nominal interest rate, a share in a year; None: only the rate that meets the policy's hurdle is stated.
    collateral: collateral_ids of what secures the loan, credit insurance included.
    backed_by: what the loan finances: orders ("7"), order items ("7/10"), invoice numbers or row_ids of trades. What
        backs another loan, by the data or by an approval in the audit log, is refused.
    policy: a policy file; None: the shipped policy.
    prepared_by: who is named as the preparer of the memo; None: user@host of this process.
    record: append the memo to the audit log of the workspace.
    command: the command line that is recorded with it; None where the call came from Python.

    Raises
    ------
    RequestError: an amount, term, product, LGD or rate out of range; an order that the shop does not have; no firm, or
    several, of that name; collateral that is unknown or secures another loan; an empty name of a preparer.
    WorkspaceError: no data, or the audit log cannot be written.
    DataError: scores, graph, data and policy do not belong together; the shop has no score; the audit log is not intact
        since its last anchor.
    """
    spare_pandas()
    rules = read_policy(policy)
    request = LoanRequest(
        amount,
        days,
        product,
        lgd,
        lender,
        tuple(repays),
        other_debt,
        rate,
        tuple(collateral),
        tuple(backed_by),
    )
    faults = request.faults()
    if faults:
        raise RequestError("; ".join(faults))
    prepared = Preparation.now(prepared_by)
    progress("querying the graph")
    with workspace.open_graph() as store:
        desk = LoanDesk(workspace, store)
        if needs_documents(request, workspace.tables()):
            financed = approved_backing(workspace, find_shop(store, shop), desk.as_of)
            request = replace(request, also_financed=financed)
        result = replace(checked(desk, shop, request, rules), prepared=prepared)
        if not record:
            return result
        evidence = keep_evidence(desk, policy_text(policy))
    return record_check(workspace, result, request, evidence, command)


def checked(desk: LoanDesk, shop: str, request: LoanRequest, policy: Policy) -> CheckResult:
    """Return the memo of a valid request that is not recorded; parameters and errors as of `check`."""
    check_currency(desk.info, policy)
    # Cheap: an undated graph, or one of other data, is refused before any firm is searched in it.
    _ = desk.as_of
    return CheckResult(desk.memo(find_shop(desk.store, shop), request, policy))


def default_policy() -> str:
    """The text of the policy that applies where none is named, with its comments."""
    return shipped_policy()


def record_check(
    workspace: Workspace,
    result: CheckResult,
    request: LoanRequest,
    evidence: DecisionEvidence,
    command: str | None,
    **more: str,
) -> CheckResult:
    """Append the whole document, the request and the evidence to the audit log; the result with its entry's number.

    more: further values that the entry holds.
    """
    # Through text and back: the log holds JSON types only, and an entry repeats the document as it was printed.
    payload = {"document": result.to_json(), "request": request, "evidence": evidence}
    written = json.loads(to_json(document_json(payload)))
    at = result.prepared.time if result.prepared else None
    entry = workspace.audit_log().append("check", {"command": command, **written, **more}, at=at)
    return replace(result, record=entry.number)


def find_shop(store: Store, shop: str) -> str:
    """The id of the one firm that has this id or name.

    Raises
    ------
    RequestError: there is none, or several firms have that name (the message lists them).
    """
    firms = matching_firms(store, shop)
    if len(firms) == 1:
        return firms[0].firm
    if not firms:
        search = query_line("shop/named", {"firm": shop})
        raise RequestError(
            f"no firm {shop!r} in the graph",
            f"a firm_id or a complete name, ignoring case, as {search} finds",
            "scgraph explain FIRM lists similar names",
        )
    listed = ", ".join(f"{firm.firm} ({firm.region or 'no region'})" for firm in firms)
    raise RequestError(f"{len(firms)} firms are called {shop}: {listed}; name one by its firm_id")

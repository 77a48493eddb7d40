"""Backtest: what became of the firms that were scored and of the loans that were checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from supplyrisk.graph import DefaultDefinition, RequestError, Tables, Workspace, later_outcomes
from supplyrisk.graph.credit import Policy, check_currency, read_policy
from supplyrisk.graph.credit.backtest import (
    ApprovalComparison,
    ApprovalLine,
    BacktestRows,
    CutOff,
    DecisionOutcome,
    GradeOutcome,
    LaterOutcome,
    LoanHistory,
    OutcomeCounts,
    VintagePoint,
    checked_loans,
    compare_approvals,
    cut_off_at,
    cut_offs,
    decision_outcomes,
    grade_outcomes,
    loan_history,
    score_vintages,
)
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.few_failures import too_few_failures, too_few_text
from supplyrisk.graph.texts.figures import percent
from supplyrisk.services.backtest_book import BookTerms, ScoredPast, scored_past
from supplyrisk.services.documents import Document, document
from supplyrisk.services.gates import parse_gates
from supplyrisk.services.past_scores import PastScores
from supplyrisk.services.progress import JobProgress, silent

if TYPE_CHECKING:
    import pandas as pd

APPROVALS = (0.5, 0.7, 0.9)
"""Shares at which scores are compared, besides the share that the policy's PD approves."""
MONTHS = tuple(range(1, 37))
"""Ages of the vintages of scored days, in months."""
BACKTEST_GATES = ("bad_rate", "approval", "gain", "loss_ratio", "profit")
"""Numbers that a gate can limit, see `BacktestResult.gate_numbers`."""
_NO_DAYS = "the data are undated: what happened after a score is unknown"


@dataclass(frozen=True)
class BacktestResult:
    """Earlier scores and decisions against outcomes. Amounts are money, over the horizon of the scores.

    Parameters
    ----------
    source: whether scores are stored ones, or the tested model's. scorers: the models that scored.
    days: the scored days. horizon_days: over which PDs and outcomes are. firms: how many different ones are rows.
    counts: outcomes of all rows. failed_firms: different firms among the failed rows. has_exposures: whether EAD is
    known; else every firm counts as 1. policy, margin: as requested. at_policy: the cut-off from which the policy
    refers. grades, cut_offs, comparisons, approval_lines, vintages, loans, decisions: the tables and charts.
    breaches: of the gates, in words.
    """

    source: str
    scorers: tuple[str, ...]
    days: tuple[date, ...]
    horizon_days: int
    firms: int
    counts: OutcomeCounts
    failed_firms: int
    has_exposures: bool
    currency: str
    lender: str | None
    policy: str
    margin: float | None
    at_policy: CutOff
    grades: tuple[GradeOutcome, ...]
    cut_offs: tuple[CutOff, ...]
    comparisons: tuple[ApprovalComparison, ...]
    approval_lines: tuple[ApprovalLine, ...]
    vintages: tuple[VintagePoint, ...]
    loans: LoanHistory
    decisions: tuple[DecisionOutcome, ...]
    synthetic: bool
    breaches: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def gate_numbers(self) -> dict[str, float | None]:
        """The numbers that gates can limit, at the PD from which the policy refers.

        bad_rate, approval, profit: of the approved firms. loss_ratio: realised loss / EL. gain: the smallest gain in
        approval at equal bad rate, over all other scores and approvals.
        """
        return backtest_numbers(self.at_policy, self.comparisons)

    def to_frame(self) -> pd.DataFrame:
        """A row per cut-off."""
        frame: pd.DataFrame = self.table().to_pandas()
        return frame

    def table(self) -> pa.Table:
        """A row per cut-off, as it is written to files."""
        rows = [asdict(cut) for cut in self.cut_offs]
        return pa.Table.from_pylist([row | row.pop("counts") for row in rows])

    def head(self) -> Document:
        """The document without its rows."""
        about: Document = {
            "as_of": self.days[-1],
            "model": ", ".join(self.scorers),
            "synthetic": self.synthetic,
            "horizon_days": self.horizon_days,
        }
        placed = {"scorers", "synthetic", "horizon_days", "cut_offs"}
        more = {name: value for name, value in vars(self).items() if name not in placed}
        return document("backtest", [], about=about, **more)

    def to_json(self) -> Document:
        """The backtest as a JSON document, a row per cut-off."""
        return self.head() | {"rows": self.table().to_pylist()}


def backtest(
    workspace: Workspace,
    *,
    days: Sequence[date] = (),
    rescore: bool = False,
    model: str | Path | None = None,
    lender: str | None = None,
    policy: Path | None = None,
    margin: float | None = None,
    gates: Sequence[str] = (),
    default_definition: DefaultDefinition = defaults.DEFAULT_DEFINITION,
    grade_bounds: Sequence[float] = defaults.GRADE_BOUNDS,
    device: str = defaults.DEVICE,
    progress: JobProgress = silent,
) -> BacktestResult:
    """Compare earlier scores and decisions with what happened over the horizon afterwards.

    Only scores by a model that had not learned these outcomes count: stored scores of earlier days, or, where there
    are none, those of the tested model on the days that it has not learned.

    Parameters
    ----------
    days: scored days to use; empty: all whose outcomes are known.
    rescore: use the tested model's scores even where scores are stored.
    model: name or path; its tested version also gives the baselines. None: the promoted one or "default".
    lender: whose lines give exposures, vintages and book; None: all lenders'.
    policy: its PD for referral is a cut-off, its LGD and CCF give losses; None: the shipped policy.
    margin: annual, a share of the exposure, after funding and costs; None: each line's rate less the policy's funding
        rate and cost, and no profit where a rate is unknown.
    gates: conditions such as "bad_rate>.02" on one of BACKTEST_GATES; those that are met are in `breaches`.
    default_definition: for stored scores whose model was not kept.
    grade_bounds: of the tested model's grades.
    device: "cpu", "cuda" or "auto".

    Raises
    ------
    RequestError: undated data, a faulty gate or margin, or a day without scores. WorkspaceError: no data.
    ModelError: no such model. DataError: no outcomes are known that the scores did not know; stored scores were changed
    since `score` wrote them.
    """
    parsed_gates = parse_gates(gates, BACKTEST_GATES, "bad_rate>.02 or gain<0")
    if margin is not None and not -1 <= margin <= 1:
        raise RequestError(f"a margin of {margin:g}", "a share of the exposure a year, such as 0.04")
    tables = workspace.tables()
    if not tables.info.has_window:
        raise RequestError(_NO_DAYS, "defaults with days", "use scgraph evaluate, which tests out of fold")
    rules = read_policy(policy)
    check_currency(tables.info, rules)
    past_scores = PastScores(
        workspace, tables, model, device=device, definition=default_definition, grade_bounds=grade_bounds
    )
    terms = BookTerms(rules, lender, margin)
    past = scored_past(past_scores, days, terms, progress, rescore=rescore)
    progress("comparing with outcomes")
    rows = past.rows
    at_policy = cut_off_at(rows, rules.conclusion.refer_pd)
    comparable = rows.select(rows.known & rows.graded)
    comparisons = _comparisons(comparable, rules.conclusion.refer_pd)
    numbers = backtest_numbers(at_policy, comparisons)
    breaches = [breach for gate in parsed_gates if (breach := gate.breach(numbers))]
    loans = loan_history(tables, default_definition, past_scores.last_day, lender)
    known = rows.select(rows.known)
    failed_firms = len(np.unique(known.firm[known.failed == 1]))
    return BacktestResult(
        source=past.source,
        scorers=past.scorers,
        days=tuple(date.fromisoformat(day) for day in sorted(set(rows.day.tolist()))),
        horizon_days=past.horizon_days,
        firms=len(np.unique(rows.firm)),
        counts=OutcomeCounts.of(rows),
        failed_firms=failed_firms,
        has_exposures=past.has_exposures,
        currency=rules.currency,
        lender=lender,
        policy=f"{rules.name} {rules.hash[:12]}",
        margin=margin,
        at_policy=at_policy,
        grades=grade_outcomes(rows),
        cut_offs=cut_offs(rows, _named_cut_offs(rules, grade_bounds)),
        comparisons=comparisons,
        approval_lines=_approval_lines(comparable),
        vintages=score_vintages(rows, MONTHS),
        loans=loans,
        decisions=_decisions(workspace, tables, default_definition),
        synthetic=tables.info.synthetic,
        breaches=tuple(breaches),
        notes=_notes(past, failed_firms, loans),
    )


def backtest_numbers(at_policy: CutOff, comparisons: Sequence[ApprovalComparison]) -> dict[str, float | None]:
    """The numbers of BACKTEST_GATES; None where one is not known."""
    gains = [comparison.approval_gain.value for comparison in comparisons]
    return {
        "bad_rate": at_policy.counts.bad_rate,
        "approval": at_policy.approval,
        "gain": min(gains, default=None),
        "loss_ratio": at_policy.loss / at_policy.el if at_policy.el else None,
        "profit": at_policy.profit,
    }


def _named_cut_offs(policy: Policy, grade_bounds: Sequence[float]) -> Mapping[str, float]:
    thresholds = policy.conclusion
    named = {
        f"policy refers from {percent(thresholds.refer_pd)}": thresholds.refer_pd,
        f"outside policy from {percent(thresholds.outside_pd)}": thresholds.outside_pd,
    }
    return named | {
        f"up to grade {grade}": bound for grade, bound in zip("ABCDEF", grade_bounds, strict=True)
    }


def _comparisons(known: BacktestRows, policy_pd: float) -> tuple[ApprovalComparison, ...]:
    """The score against every other one, also at the share below the policy's PD; none where all outcomes are equal.

    known: rows with a grade and a known outcome.
    """
    if not len(known) or known.failed.min() == known.failed.max():
        return ()
    below = float((known.pd < policy_pd).mean())
    approvals = sorted({*APPROVALS, *([below] if below else [])})
    return tuple(
        comparison for name in known.others for comparison in compare_approvals(known, name, approvals)
    )


def _approval_lines(known: BacktestRows) -> tuple[ApprovalLine, ...]:
    """The score and all others on the rows whose outcome is known."""
    if not len(known):
        return ()
    scores = {"the score": known.pd, **known.others}
    return tuple(ApprovalLine.of(name, pds, known.failed) for name, pds in scores.items())


def _decisions(
    workspace: Workspace, tables: Tables, definition: DefaultDefinition
) -> tuple[DecisionOutcome, ...]:
    """Outcomes of the checks in the audit log."""
    loans = checked_loans(workspace.audit_log().all_recorded())
    outcomes: dict[tuple[str, date], LaterOutcome] = {}
    for day in sorted({loan.as_of for loan in loans}):
        for row in later_outcomes(tables, day, definition).to_pylist():
            outcomes[row["firm_id"], day] = LaterOutcome(row["failed_after"], row["observed_days"])
    return decision_outcomes(loans, outcomes)


def _notes(past: ScoredPast, failed_firms: int, loans: LoanHistory) -> tuple[str, ...]:
    notes = list(past.notes)
    counts = OutcomeCounts.of(past.rows)
    if counts.known < counts.rows:
        notes.append(
            f"outcomes are known for {counts.known:,} of {counts.rows:,} rows: scores are compared on these alone, and "
            "the others, such as rejected firms, have bounds and are never counted as sound"
        )
    insufficient = int((~past.rows.graded).sum())
    if insufficient:
        notes.append(
            f"of {insufficient:,} rows too little was known for a grade: no cut-off approves them, and scores are not "
            "compared on them"
        )
    if too_few_failures(failed_firms):
        notes.append(too_few_text(failed_firms))
    if not past.has_exposures:
        notes.append("no exposures are known: every firm counts as 1, so that amounts are per 1 lent to each")
    if loans.left_out:
        notes.append(
            f"{loans.left_out:,} lines were opened on or before the first day of the data and are in no vintage"
        )
    return tuple(notes)

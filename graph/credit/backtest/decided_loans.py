"""What became of the loans that were checked: outcomes by the person's decision and by the policy's conclusion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from supplyrisk.graph.credit.backtest.cut_offs import OutcomeCounts

NOT_DECIDED = "not decided"
"""What stands for the decision on a check on which no person's decision is recorded."""


@dataclass(frozen=True)
class CheckedLoan:
    """A check of the audit log with the last decision on it.

    Parameters
    ----------
    entry: number of the check. shop: firm_id. as_of: day of its scores, from which the term counts.
    amount: requested, money. days: the term. conclusion: of the policy. decision: of a person, or NOT_DECIDED.
    overrides: whether the decision goes against the conclusion.
    """

    entry: int
    shop: str
    as_of: date
    amount: float
    days: int
    conclusion: str
    decision: str
    overrides: bool


@dataclass(frozen=True)
class LaterOutcome:
    """What is known of a firm after a day: days to its first default, and days over which it is observed."""

    failed_after: int | None
    observed_days: int | None

    def failed_within(self, days: int) -> bool | None:
        """Return whether it defaulted within a term; None where that is unknown."""
        if self.failed_after is not None and self.failed_after <= days:
            return True
        observed = self.observed_days is not None and self.observed_days >= days
        return False if observed else None


@dataclass(frozen=True)
class DecisionOutcome:
    """The checked loans with one decision and conclusion: requested amount, money, and outcomes over their terms."""

    decision: str
    conclusion: str
    overrides: bool
    amount: float
    counts: OutcomeCounts


def checked_loans(entries: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[CheckedLoan, ...]:
    """Return the checks of dated scores in an audit log.

    Parameters
    ----------
    entries: number and recorded content of each entry, in order, read once; a later decision replaces an earlier one.
    """
    loans: dict[int, CheckedLoan] = {}
    for number, recorded in entries:
        if recorded["verb"] == "check" and recorded["document"].get("as_of") is not None:
            loans[number] = _checked_loan(number, recorded["document"])
        elif recorded["verb"] == "decide" and recorded["decision"]["entry"] in loans:
            decided = recorded["decision"]
            loan = loans[decided["entry"]]
            loans[loan.entry] = replace(loan, decision=decided["decision"], overrides=decided["overrides"])
    return tuple(loans.values())


def _checked_loan(number: int, document: Mapping[str, Any]) -> CheckedLoan:
    """Return a check on which no decision is recorded."""
    memo = document["rows"][0]
    return CheckedLoan(
        entry=number,
        shop=memo["shop"]["firm"],
        as_of=date.fromisoformat(document["as_of"]),
        amount=memo["request"]["amount"],
        days=memo["request"]["days"],
        conclusion=memo["conclusion"]["word"],
        decision=NOT_DECIDED,
        overrides=False,
    )


def decision_outcomes(
    loans: Sequence[CheckedLoan], outcomes: Mapping[tuple[str, date], LaterOutcome]
) -> tuple[DecisionOutcome, ...]:
    """Return the outcomes by decision and conclusion.

    Parameters
    ----------
    loans: the checks.
    outcomes: by firm and day of the scores; the outcome of a firm that is missing is unknown.
    """
    groups: dict[tuple[str, str, bool], list[CheckedLoan]] = {}
    for loan in loans:
        groups.setdefault((loan.decision, loan.conclusion, loan.overrides), []).append(loan)
    return tuple(
        DecisionOutcome(*group, sum(loan.amount for loan in members), _counts(members, outcomes))
        for group, members in sorted(groups.items())
    )


def _counts(loans: Sequence[CheckedLoan], outcomes: Mapping[tuple[str, date], LaterOutcome]) -> OutcomeCounts:
    failed = [
        outcomes[loan.shop, loan.as_of].failed_within(loan.days)
        if (loan.shop, loan.as_of) in outcomes
        else None
        for loan in loans
    ]
    known = [outcome for outcome in failed if outcome is not None]
    return OutcomeCounts.counted(len(failed), len(known), sum(known))

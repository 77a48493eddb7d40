"""Conditions that a lender could attach to a loan, each with its reason; a person decides on them.

A condition is a function in CONDITIONS with its texts under [condition.<CODE>] in `graph/texts/memo.toml`. An amount,
a term or a rate is suggested only where the policy, applied to it, says that it is within policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from supplyrisk.graph.credit.conclusion import Verdict
from supplyrisk.graph.credit.firm_names import with_name
from supplyrisk.graph.credit.loan_backing import FINANCED
from supplyrisk.graph.credit.memo_inputs import MemoInputs, SuggestedCondition
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.policy_result import PolicyResult, apply_policy
from supplyrisk.graph.credit.request_economics import request_economics
from supplyrisk.graph.texts.text_files import Words

TERMS = (30, 60, 90, 120, 180, 270, 360)
"""Terms in days that are tried, those nearest to the requested one first."""


@dataclass(frozen=True)
class ConditionCase:
    """What conditions are suggested from: the inputs, the policy, and what it concluded."""

    inputs: MemoInputs
    policy: Policy
    result: PolicyResult

    @property
    def codes(self) -> frozenset[str]:
        """Codes of the findings."""
        return frozenset(finding.code for finding in self.result.conclusion.findings)

    def is_within(self, **changes: float) -> bool:
        """Return whether the same loan with changed fields of the request is within policy."""
        request = replace(self.inputs.request, **changes)  # type: ignore[arg-type]
        word = apply_policy(replace(self.inputs, request=request), self.policy).conclusion.word
        return word is Verdict.WITHIN


def suggested_conditions(
    inputs: MemoInputs, policy: Policy, result: PolicyResult
) -> tuple[SuggestedCondition, ...]:
    """Return the conditions of a request, in the order of CONDITIONS.

    None for a firm in default or with insufficient evidence. Outside policy only another amount or term helps, where
    it is within policy.
    """
    word = result.conclusion.word
    case = ConditionCase(inputs, policy, result)
    if word is Verdict.INSUFFICIENT or "DEFAULTED" in case.codes:
        return ()
    functions = CHANGES if word is Verdict.OUTSIDE else (*CHANGES, *CONDITIONS)
    return tuple(condition for suggest in functions for condition in suggest(case))


def _condition(code: str, text: Words, why: Words) -> SuggestedCondition:
    return SuggestedCondition(code, text, why)


def _smaller_amount(case: ConditionCase) -> Iterator[SuggestedCondition]:
    request = case.inputs.request
    limit = case.result.limit.amount
    if 0 < limit < request.amount and case.is_within(amount=limit):
        text = memo_words("condition.AMOUNT.text", amount=limit)
        rule = memo_words(f"rule.{case.result.limit.binding}.name")
        yield _condition("AMOUNT", text, memo_words("condition.AMOUNT.why", rule=rule))


def _other_term(case: ConditionCase) -> Iterator[SuggestedCondition]:
    """Yield the nearest term at which the requested amount is within policy."""
    request = case.inputs.request
    # What is financed is due when it is due, whatever the term of the loan.
    if case.result.conclusion.word is Verdict.WITHIN or request.product in FINANCED:
        return
    longest = case.inputs.scores.score.terms.longest
    terms = [days for days in TERMS if days <= longest and days != request.days]
    for days in sorted(terms, key=lambda days: (abs(days - request.days), days)):
        if case.is_within(days=days):
            text = memo_words("condition.TERM.text", days=days)
            yield _condition("TERM", text, memo_words("condition.TERM.why"))
            return


def _higher_rate(case: ConditionCase) -> Iterator[SuggestedCondition]:
    """Yield the rate that meets the hurdle, where the rate that is asked for does not."""
    economics = request_economics(case.inputs, case.policy)
    low = economics.low_return if economics else None
    if low is None:
        return
    rate = low.quoted_rate
    if rate <= 1 and case.is_within(rate=rate):
        text = memo_words("condition.RATE.text", rate=rate)
        yield _condition("RATE", text, memo_words("condition.RATE.why", hurdle=low.hurdle))


def _assignment(case: ConditionCase) -> Iterator[SuggestedCondition]:
    backing = case.result.backing
    if backing and backing.eligible:
        financed = memo_words(f"rule.BACKING.{backing.product}")
        text = memo_words("condition.ASSIGNMENT.text", financed=financed)
        why = memo_words("condition.ASSIGNMENT.why", eligible=backing.eligible, financed=financed)
        yield _condition("ASSIGNMENT", text, why)


def _guarantor(case: ConditionCase) -> Iterator[SuggestedCondition]:
    text = memo_words("condition.GUARANTOR.text")
    group = case.inputs.exposure.group
    if "RING" in case.codes:
        yield _condition("GUARANTOR", text, memo_words("condition.GUARANTOR.ring"))
    elif group:
        yield _condition("GUARANTOR", text, memo_words("condition.GUARANTOR.group", amount=group))
    elif case.codes & {"PD_REFER", "CAUGHT", "STRESS"}:
        yield _condition("GUARANTOR", text, memo_words("condition.GUARANTOR.risk"))


def _reporting(case: ConditionCase) -> Iterator[SuggestedCondition]:
    text = memo_words("condition.REPORTING.text")
    days = case.policy.affordability.statement_days
    if "TURNOVER_UNKNOWN" in case.codes:
        yield _condition("REPORTING", text, memo_words("condition.REPORTING.turnover"))
    elif not case.inputs.shop.profile.has_fresh_statement(days):
        yield _condition("REPORTING", text, memo_words("condition.REPORTING.statement", days=days))
    elif "PD_REFER" in case.codes:
        yield _condition("REPORTING", text, memo_words("condition.REPORTING.risk"))


def _insurance(case: ConditionCase) -> Iterator[SuggestedCondition]:
    """Yield insurance on the debtor that most of what counts is owed by."""
    backing = case.result.backing
    counted = (
        [debtor for debtor in (backing.debtors or ()) if debtor.counted and debtor.status == "counts"]
        if backing
        else []
    )
    if not counted:
        return
    largest = max(counted, key=lambda debtor: debtor.amount)
    share = largest.amount / sum(debtor.amount for debtor in counted)
    if share > case.policy.dependence.free:
        text = memo_words("condition.INSURANCE.text", firm=with_name(largest.debtor, largest.name))
        yield _condition("INSURANCE", text, memo_words("condition.INSURANCE.why", share=share))


def _customer_share(case: ConditionCase) -> Iterator[SuggestedCondition]:
    """Yield a covenant on the share of the largest customer."""
    free = case.policy.dependence.free
    customers = case.inputs.shop.partners_on("customer")
    largest = max(customers, key=lambda partner: partner.share, default=None)
    # A share that cannot rise any more needs no covenant.
    if largest and free < largest.share < 1:
        firm = with_name(largest.other, largest.name)
        text = memo_words("condition.CUSTOMER_SHARE.text", firm=firm, share=largest.share)
        yield _condition("CUSTOMER_SHARE", text, memo_words("condition.CUSTOMER_SHARE.why", free=free))


def _second_supplier(case: ConditionCase) -> Iterator[SuggestedCondition]:
    free = case.policy.dependence.free
    suppliers = case.inputs.shop.partners_on("supplier")
    largest = max(suppliers, key=lambda partner: partner.share, default=None)
    if largest and largest.share > free and "SOLE" in case.codes:
        text = memo_words("condition.SECOND_SUPPLIER.text", firm=with_name(largest.other, largest.name))
        why = memo_words("condition.SECOND_SUPPLIER.why", share=largest.share)
        yield _condition("SECOND_SUPPLIER", text, why)


Suggestion = Callable[[ConditionCase], Iterator[SuggestedCondition]]
CHANGES: tuple[Suggestion, ...] = (_smaller_amount, _other_term, _higher_rate)
"""Changes of the request itself that the policy confirms."""
CONDITIONS: tuple[Suggestion, ...] = (
    _assignment,
    _guarantor,
    _reporting,
    _insurance,
    _customer_share,
    _second_supplier,
)
"""Conditions on the same request, in the order in which memos list them."""

"""What a policy concludes of a loan: within policy, refer, outside policy or insufficient evidence, and why.

A person decides; this only says what the policy says, and what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplyrisk.graph.credit.limit_rules import CreditLimit
from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.policy import Policy


class Verdict(StrEnum):
    """The four conclusions."""

    WITHIN = "within policy"
    REFER = "refer"
    OUTSIDE = "outside policy"
    INSUFFICIENT = "insufficient evidence"


@dataclass(frozen=True)
class Counterparty:
    """A supplier or customer that a firm hangs on: share of purchases or sales; pd None where it has none."""

    firm_id: str
    side: str
    share: float
    pd: float | None
    defaulted: bool = False


@dataclass(frozen=True)
class LoanCase:
    """What is concluded from: all PDs are over the model's horizon.

    caught: share of the hazard that is caught from others, None where a control scores. stressed: the PD under the
    worst of the stresses, None where none could be run. ring: firms of a guarantee ring that it is part of. turnover:
    whether the turnover is known. thin: the scorer itself says that the PD rests on next to nothing.
    """

    amount: float
    pd: float | None
    defaulted: bool
    coverage: float
    caught: float | None
    stressed: float | None
    counterparties: tuple[Counterparty, ...]
    ring: tuple[str, ...]
    turnover: bool
    thin: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing that speaks against: a stable code, what it leads to, in words, and what would change it."""

    code: str
    verdict: Verdict
    text: Sentence
    change: Sentence


@dataclass(frozen=True)
class PolicyConclusion:
    """The word of the gravest finding, and all findings, the gravest first."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def conclude(case: LoanCase, limit: CreditLimit, policy: Policy) -> PolicyConclusion:
    """What the policy says.

    A firm in default is outside policy whatever else is known. Below the least coverage it is insufficient evidence
    and nothing else is looked at. Otherwise the gravest finding decides: outside before refer; none is within.
    """
    if case.defaulted:
        return _single_finding(
            Finding(
                "DEFAULTED", Verdict.OUTSIDE, write_sentence("DEFAULTED"), write_sentence("DEFAULTED_CHANGE")
            )
        )
    minimum = policy.coverage.minimum
    if case.pd is None or case.thin or case.coverage < minimum:
        return _single_finding(
            Finding("THIN", Verdict.INSUFFICIENT, _thin(case, minimum), write_sentence("THIN_CHANGE"))
        )
    findings = [*_by_pd(case.pd, policy), *_by_links(case, policy), *_by_amount(case, limit)]
    findings.sort(key=lambda f: f.verdict is not Verdict.OUTSIDE)
    return PolicyConclusion(findings[0].verdict if findings else Verdict.WITHIN, tuple(findings))


def _thin(case: LoanCase, minimum: float) -> Sentence:
    if case.pd is None:
        return write_sentence("THIN_NO_PD")
    if case.coverage < minimum:
        return write_sentence("THIN_COVERAGE", coverage=case.coverage, least=minimum)
    return write_sentence("THIN_SCORE")


def _single_finding(finding: Finding) -> PolicyConclusion:
    return PolicyConclusion(finding.verdict, (finding,))


def _by_pd(pd: float, policy: Policy) -> list[Finding]:
    bounds = policy.conclusion
    if pd >= bounds.outside_pd:
        return [_pd("PD_OUTSIDE", Verdict.OUTSIDE, pd, bounds.outside_pd)]
    return [_pd("PD_REFER", Verdict.REFER, pd, bounds.refer_pd)] if pd >= bounds.refer_pd else []


def _pd(code: str, word: Verdict, pd: float, bound: float) -> Finding:
    return Finding(
        code, word, write_sentence("PD", pd=pd, bound=bound), write_sentence("PD_CHANGE", bound=bound)
    )


def _by_links(case: LoanCase, policy: Policy) -> list[Finding]:
    bounds = policy.conclusion
    weak = (other for other in case.counterparties if other.share > policy.dependence.free)
    findings = [
        _sole(other)
        for other in weak
        if other.defaulted or (other.pd is not None and other.pd >= bounds.refer_sole_pd)
    ]
    if case.ring:
        text = write_sentence("RING", firms=", ".join(case.ring))
        findings.append(Finding("RING", Verdict.REFER, text, write_sentence("RING_CHANGE")))
    if case.caught is not None and case.caught >= bounds.refer_caught:
        change = write_sentence("CAUGHT_CHANGE", bound=bounds.refer_caught)
        findings.append(
            Finding("CAUGHT", Verdict.REFER, write_sentence("CAUGHT", caught=case.caught), change)
        )
    if case.stressed is not None and case.stressed >= bounds.refer_stress:
        change = write_sentence("STRESS_CHANGE", bound=bounds.refer_stress)
        findings.append(Finding("STRESS", Verdict.REFER, write_sentence("STRESS", pd=case.stressed), change))
    return findings


def _sole(other: Counterparty) -> Finding:
    state = write_sentence("in_default") if other.defaulted else write_sentence("at_pd", pd=other.pd)
    text = write_sentence(
        "SOLE", share=other.share, side=write_sentence(other.side), firm=other.firm_id, state=state
    )
    change = write_sentence(
        "SOLE_CHANGE_SALES" if other.side == "sales" else "SOLE_CHANGE", firm=other.firm_id
    )
    return Finding("SOLE", Verdict.REFER, text, change)


def _by_amount(case: LoanCase, limit: CreditLimit) -> list[Finding]:
    findings, rule = [], write_sentence(f"rule.{limit.binding}")
    if not case.turnover:
        text, change = write_sentence("TURNOVER_UNKNOWN"), write_sentence("TURNOVER_UNKNOWN_CHANGE")
        findings.append(Finding("TURNOVER_UNKNOWN", Verdict.REFER, text, change))
    if limit.amount == 0:
        text, change = write_sentence("NO_LIMIT", rule=rule), write_sentence(f"LIFT_{limit.binding}")
        findings.append(Finding("NO_LIMIT", Verdict.OUTSIDE, text, change))
    elif case.amount > limit.amount:
        text = write_sentence("AMOUNT", amount=case.amount, limit=limit.amount, rule=rule)
        findings.append(
            Finding("AMOUNT", Verdict.REFER, text, write_sentence("AMOUNT_CHANGE", limit=limit.amount))
        )
    return findings

"""The conclusion of a policy on a loan: within policy, refer, outside policy or insufficient evidence, with findings.

The decision is a person's; the conclusion only states the result of the policy and what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplyrisk.graph.credit.limit_rules import CreditLimit
from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.policy import Policy


class Verdict(StrEnum):
    """The four conclusions; the values are stored in documents."""

    WITHIN = "within policy"
    REFER = "refer"
    OUTSIDE = "outside policy"
    INSUFFICIENT = "insufficient evidence"


@dataclass(frozen=True)
class Counterparty:
    """A supplier or customer of the firm.

    Parameters
    ----------
    firm_id: the counterparty.
    side: "purchases" for a supplier, "sales" for a customer.
    share: its share of the firm's purchases or sales.
    pd: over the horizon, None where it has none.
    defaulted: whether it is in default; False by default.
    """

    firm_id: str
    side: str
    share: float
    pd: float | None
    defaulted: bool = False


@dataclass(frozen=True)
class LoanCase:
    """The facts of a loan that a conclusion is based on. All PDs are over the model's horizon.

    Parameters
    ----------
    amount: requested amount, money.
    pd: PD of the firm, None where it has none.
    defaulted: whether it is in default.
    coverage: share of the applicable data sources with recent rows about it.
    caught: share of the hazard that is contagion received, None where a baseline scored the firm.
    stressed: PD in the most severe stress, None where no stress could be computed.
    counterparties: its suppliers and customers.
    ring: firms of a guarantee circle that it is part of.
    turnover: whether its turnover is known.
    thin: whether the scorer itself considers the data insufficient; False by default.
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
    """One point against the loan: a stable code, the verdict it leads to, its text, and what would change it."""

    code: str
    verdict: Verdict
    text: Sentence
    change: Sentence


@dataclass(frozen=True)
class PolicyConclusion:
    """The verdict of the most serious finding, and all findings, the most serious first."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def conclude(case: LoanCase, limit: CreditLimit, policy: Policy) -> PolicyConclusion:
    """Return the conclusion of the policy.

    A firm in default is outside policy, whatever else is known. Below the minimum coverage, without a PD or with
    insufficient data, the conclusion is insufficient evidence and nothing else is examined. Otherwise the most serious
    finding decides: outside policy before refer; without findings the loan is within policy.
    """
    if case.defaulted:
        return _single_finding(
            Finding(
                "DEFAULTED", Verdict.OUTSIDE, write_sentence("DEFAULTED"), write_sentence("DEFAULTED_CHANGE")
            )
        )
    # Without sufficient evidence every other finding would be arbitrary, so it is the only one.
    minimum = policy.coverage.minimum
    if case.pd is None or case.thin or case.coverage < minimum:
        return _single_finding(
            Finding("THIN", Verdict.INSUFFICIENT, _thin(case, minimum), write_sentence("THIN_CHANGE"))
        )
    findings = [*_by_pd(case.pd, policy), *_by_links(case, policy), *_by_amount(case, limit)]
    # False sorts before True: outside policy first; the stable sort keeps the order within each verdict.
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
    # One finding at most: a PD that is outside policy is above the threshold of a referral too.
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
    # Only a counterparty above the free share can bring the firm down.
    dominant = (other for other in case.counterparties if other.share > policy.dependence.free)
    findings = [
        _sole(other)
        for other in dominant
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
    findings = []
    rule = write_sentence(f"rule.{limit.binding}")
    if not case.turnover:
        text = write_sentence("TURNOVER_UNKNOWN")
        change = write_sentence("TURNOVER_UNKNOWN_CHANGE")
        findings.append(Finding("TURNOVER_UNKNOWN", Verdict.REFER, text, change))
    # A limit of 0 has a finding of its own: no smaller amount would be within policy.
    if limit.amount == 0:
        text = write_sentence("NO_LIMIT", rule=rule)
        change = write_sentence(f"LIFT_{limit.binding}")
        findings.append(Finding("NO_LIMIT", Verdict.OUTSIDE, text, change))
    elif case.amount > limit.amount:
        text = write_sentence("AMOUNT", amount=case.amount, limit=limit.amount, rule=rule)
        findings.append(
            Finding("AMOUNT", Verdict.REFER, text, write_sentence("AMOUNT_CHANGE", limit=limit.amount))
        )
    return findings

"""What a policy concludes of a loan: within policy, refer, outside policy or insufficient evidence, and why.

A person decides; this only says what the policy says, and what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplyrisk.graph.credit.limit import Limit
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.words import Said, said


class Word(StrEnum):
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
class Case:
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
    word: Word
    text: Said
    change: Said


@dataclass(frozen=True)
class Conclusion:
    """The word of the gravest finding, and all findings, the gravest first."""

    word: Word
    findings: tuple[Finding, ...]


def conclude(case: Case, limit: Limit, policy: Policy) -> Conclusion:
    """What the policy says.

    A firm in default is outside policy whatever else is known. Below the least coverage it is insufficient evidence
    and nothing else is looked at. Otherwise the gravest finding decides: outside before refer; none is within.
    """
    if case.defaulted:
        return _one(Finding("DEFAULTED", Word.OUTSIDE, said("DEFAULTED"), said("DEFAULTED_CHANGE")))
    least = policy.coverage.least
    if case.pd is None or case.thin or case.coverage < least:
        return _one(Finding("THIN", Word.INSUFFICIENT, _thin(case, least), said("THIN_CHANGE")))
    found = [*_by_pd(case.pd, policy), *_by_links(case, policy), *_by_amount(case, limit)]
    found.sort(key=lambda f: f.word is not Word.OUTSIDE)
    return Conclusion(found[0].word if found else Word.WITHIN, tuple(found))


def _thin(case: Case, least: float) -> Said:
    if case.pd is None:
        return said("THIN_NO_PD")
    if case.coverage < least:
        return said("THIN_COVERAGE", coverage=case.coverage, least=least)
    return said("THIN_SCORE")


def _one(finding: Finding) -> Conclusion:
    return Conclusion(finding.word, (finding,))


def _by_pd(pd: float, policy: Policy) -> list[Finding]:
    bounds = policy.conclusion
    if pd >= bounds.outside_pd:
        return [_pd("PD_OUTSIDE", Word.OUTSIDE, pd, bounds.outside_pd)]
    return [_pd("PD_REFER", Word.REFER, pd, bounds.refer_pd)] if pd >= bounds.refer_pd else []


def _pd(code: str, word: Word, pd: float, bound: float) -> Finding:
    return Finding(code, word, said("PD", pd=pd, bound=bound), said("PD_CHANGE", bound=bound))


def _by_links(case: Case, policy: Policy) -> list[Finding]:
    bounds = policy.conclusion
    weak = (other for other in case.counterparties if other.share > policy.dependence.free)
    found = [
        _sole(other)
        for other in weak
        if other.defaulted or (other.pd is not None and other.pd >= bounds.refer_sole_pd)
    ]
    if case.ring:
        text = said("RING", firms=", ".join(case.ring))
        found.append(Finding("RING", Word.REFER, text, said("RING_CHANGE")))
    if case.caught is not None and case.caught >= bounds.refer_caught:
        change = said("CAUGHT_CHANGE", bound=bounds.refer_caught)
        found.append(Finding("CAUGHT", Word.REFER, said("CAUGHT", caught=case.caught), change))
    if case.stressed is not None and case.stressed >= bounds.refer_stress:
        change = said("STRESS_CHANGE", bound=bounds.refer_stress)
        found.append(Finding("STRESS", Word.REFER, said("STRESS", pd=case.stressed), change))
    return found


def _sole(other: Counterparty) -> Finding:
    state = said("in_default") if other.defaulted else said("at_pd", pd=other.pd)
    text = said("SOLE", share=other.share, side=said(other.side), firm=other.firm_id, state=state)
    change = said("SOLE_CHANGE_SALES" if other.side == "sales" else "SOLE_CHANGE", firm=other.firm_id)
    return Finding("SOLE", Word.REFER, text, change)


def _by_amount(case: Case, limit: Limit) -> list[Finding]:
    found, rule = [], said(f"rule.{limit.binding}")
    if not case.turnover:
        text, change = said("TURNOVER_UNKNOWN"), said("TURNOVER_UNKNOWN_CHANGE")
        found.append(Finding("TURNOVER_UNKNOWN", Word.REFER, text, change))
    if limit.amount == 0:
        text, change = said("NO_LIMIT", rule=rule), said(f"LIFT_{limit.binding}")
        found.append(Finding("NO_LIMIT", Word.OUTSIDE, text, change))
    elif case.amount > limit.amount:
        text = said("AMOUNT", amount=case.amount, limit=limit.amount, rule=rule)
        found.append(Finding("AMOUNT", Word.REFER, text, said("AMOUNT_CHANGE", limit=limit.amount)))
    return found

"""What a policy concludes of a loan: within policy, refer, outside policy or insufficient evidence, and why.

A person decides; this only says what the policy says, and what would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplyrisk.graph.credit.limit import Limit
from supplyrisk.graph.credit.policy import Policy


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
    text: str
    change: str


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
        return _one(
            Finding("DEFAULTED", Word.OUTSIDE, "it is in default", "that it has been cured and joins anew")
        )
    least = policy.coverage.least
    if case.pd is None or case.thin or case.coverage < least:
        return _one(Finding("THIN", Word.INSUFFICIENT, _thin(case, least), "more sources, or fresher ones"))
    found = [*_by_pd(case.pd, policy), *_by_links(case, policy), *_by_amount(case, limit)]
    found.sort(key=lambda f: f.word is not Word.OUTSIDE)
    return Conclusion(found[0].word if found else Word.WITHIN, tuple(found))


def _thin(case: Case, least: float) -> str:
    if case.pd is None:
        return "it has no PD"
    if case.coverage < least:
        return f"coverage {case.coverage:.0%}, at least {least:.0%} is needed"
    return "too little is known of it for its PD to mean anything"


def _one(finding: Finding) -> Conclusion:
    return Conclusion(finding.word, (finding,))


def _by_pd(pd: float, policy: Policy) -> list[Finding]:
    bounds = policy.conclusion
    if pd >= bounds.outside_pd:
        return [_pd("PD_OUTSIDE", Word.OUTSIDE, pd, bounds.outside_pd)]
    return [_pd("PD_REFER", Word.REFER, pd, bounds.refer_pd)] if pd >= bounds.refer_pd else []


def _pd(code: str, word: Word, pd: float, bound: float) -> Finding:
    return Finding(
        code, word, f"PD {pd:.2%} over the horizon, the bound is {bound:.2%}", f"a PD below {bound:.2%}"
    )


def _by_links(case: Case, policy: Policy) -> list[Finding]:
    bounds, found = policy.conclusion, []
    for other in case.counterparties:
        weak = other.defaulted or (other.pd is not None and other.pd >= bounds.refer_sole_pd)
        if weak and other.share > policy.dependence.free:
            state = "in default" if other.defaulted else f"at PD {other.pd:.2%}"
            text = f"{other.share:.0%} of its {other.side} hang on {other.firm_id}, which is {state}"
            found.append(Finding("SOLE", Word.REFER, text, f"a second source beside {other.firm_id}"))
    if case.ring:
        text = f"it is part of a guarantee ring: {', '.join(case.ring)}"
        found.append(Finding("RING", Word.REFER, text, "a release from the guarantees of the ring"))
    if case.caught is not None and case.caught >= bounds.refer_caught:
        text = f"{case.caught:.0%} of its hazard is caught from others"
        found.append(Finding("CAUGHT", Word.REFER, text, f"a share below {bounds.refer_caught:.0%}"))
    if case.stressed is not None and case.stressed >= bounds.refer_stress:
        text = f"PD {case.stressed:.2%} over the horizon under the worst stress"
        found.append(Finding("STRESS", Word.REFER, text, f"a stressed PD below {bounds.refer_stress:.2%}"))
    return found


def _by_amount(case: Case, limit: Limit) -> list[Finding]:
    found = []
    if not case.turnover:
        text = "its turnover is not known, so the limit rests on its grade alone"
        found.append(Finding("TURNOVER_UNKNOWN", Word.REFER, text, "its sales of the last 180 days"))
    if limit.amount == 0:
        found.append(Finding("NO_LIMIT", Word.OUTSIDE, f"the limit is 0 by {limit.binding}", "see that rule"))
    elif case.amount > limit.amount:
        text = f"{case.amount:,.0f} is above the limit of {limit.amount:,.0f} by {limit.binding}"
        found.append(Finding("AMOUNT", Word.REFER, text, f"an amount of at most {limit.amount:,.0f}"))
    return found

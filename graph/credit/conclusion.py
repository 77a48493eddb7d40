"""The conclusion of a policy on a loan: within policy, refer, outside policy or insufficient evidence, with findings.

The decision is a person's; the conclusion only states the result of the policy and what would change it. A finding is
a function in FINDINGS with its thresholds, which are keys of the policy file (a new key has a default, so that older
files stay valid), and its texts under [finding.<CODE>] in `graph/texts/memo.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from supplyrisk.graph.credit.limit_rules import CreditLimit, LimitPolicy
from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_facts import ShopFacts
from supplyrisk.graph.schema.strict_toml import Share, StrictTable


class ConclusionThresholds(StrictTable):
    """Thresholds from which a loan is referred to a person, or is outside policy.

    Parameters
    ----------
    refer_pd, outside_pd: PD over the horizon.
    refer_caught: share of the hazard that is contagion received.
    refer_stress: PD over the horizon in the most severe stress.
    refer_sole_pd: PD of a dominant counterparty.
    """

    refer_pd: Share
    outside_pd: Share
    refer_caught: Share
    refer_stress: Share
    refer_sole_pd: Share

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.refer_pd > self.outside_pd:
            raise ValueError(
                f"conclusion.refer_pd {self.refer_pd:g} is above conclusion.outside_pd {self.outside_pd:g}"
            )
        return self


class ConclusionPolicy(LimitPolicy):
    """The part of a policy that the conclusion is based on."""

    conclusion: ConclusionThresholds


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

    @classmethod
    def of(cls, amount: float, shop: ShopFacts, scores: ScoreHistory, stressed: float | None) -> LoanCase:
        """Return the facts of a loan to a shop, from the graph, its stored scores and the most severe stress."""
        score = scores.score
        sides = {"supplier": "purchases", "customer": "sales"}
        return cls(
            amount=amount,
            pd=score.pd,
            defaulted=score.state == "defaulted",
            coverage=score.coverage,
            caught=score.caught_share,
            stressed=stressed,
            counterparties=tuple(
                Counterparty(other.other, sides[other.side], other.share, other.pd, other.defaulted)
                for other in shop.partners
            ),
            ring=shop.ring,
            turnover=shop.profile.turnover is not None,
            thin=score.state == "insufficient",
        )


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


def conclude(case: LoanCase, limit: CreditLimit, policy: ConclusionPolicy) -> PolicyConclusion:
    """Return the conclusion of the policy.

    A firm in default is outside policy, whatever else is known. Below the minimum coverage, without a PD or with
    insufficient data, the conclusion is insufficient evidence and nothing else is examined. Otherwise the most serious
    finding decides: outside policy before refer; without findings the loan is within policy.
    """
    # Without sufficient evidence every other finding would be arbitrary, so it is the only one.
    single = _defaulted(case) or _thin(case, policy.coverage.minimum)
    if single:
        return PolicyConclusion(single.verdict, (single,))
    findings = [finding for find in FINDINGS for finding in find(case, limit, policy)]
    # False sorts before True: outside policy first; the stable sort keeps the order within each verdict.
    findings.sort(key=lambda f: f.verdict is not Verdict.OUTSIDE)
    return PolicyConclusion(findings[0].verdict if findings else Verdict.WITHIN, tuple(findings))


def _defaulted(case: LoanCase) -> Finding | None:
    if not case.defaulted:
        return None
    text = write_sentence("finding.DEFAULTED.text")
    return Finding("DEFAULTED", Verdict.OUTSIDE, text, write_sentence("finding.DEFAULTED.change"))


def _thin(case: LoanCase, least: float) -> Finding | None:
    if case.pd is None:
        text = write_sentence("finding.THIN.no_pd")
    elif case.coverage < least:
        text = write_sentence("finding.THIN.coverage", coverage=case.coverage, least=least)
    elif case.thin:
        text = write_sentence("finding.THIN.score")
    else:
        return None
    return Finding("THIN", Verdict.INSUFFICIENT, text, write_sentence("finding.THIN.change"))


def _pd(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    pd = case.pd or 0.0
    bounds = policy.conclusion
    # One finding at most: a PD that is outside policy is above the threshold of a referral too.
    if pd >= bounds.outside_pd:
        code, verdict, bound = "PD_OUTSIDE", Verdict.OUTSIDE, bounds.outside_pd
    elif pd >= bounds.refer_pd:
        code, verdict, bound = "PD_REFER", Verdict.REFER, bounds.refer_pd
    else:
        return
    text = write_sentence("finding.PD.text", pd=pd, bound=bound)
    yield Finding(code, verdict, text, write_sentence("finding.PD.change", bound=bound))


def _sole(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    """Yield a finding per dominant counterparty that is in default or has a high PD."""
    for other in case.counterparties:
        # Only a counterparty above the free share can bring the firm down.
        risky = other.defaulted or (other.pd is not None and other.pd >= policy.conclusion.refer_sole_pd)
        if other.share > policy.dependence.free and risky:
            if other.defaulted:
                state = write_sentence("finding.SOLE.in_default")
            else:
                state = write_sentence("finding.SOLE.at_pd", pd=other.pd)
            side = write_sentence(f"finding.SOLE.{other.side}")
            text = write_sentence(
                "finding.SOLE.text", share=other.share, side=side, firm=other.firm_id, state=state
            )
            change = write_sentence(f"finding.SOLE.change_{other.side}", firm=other.firm_id)
            yield Finding("SOLE", Verdict.REFER, text, change)


def _ring(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    if case.ring:
        text = write_sentence("finding.RING.text", firms=", ".join(case.ring))
        yield Finding("RING", Verdict.REFER, text, write_sentence("finding.RING.change"))


def _caught(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    bound = policy.conclusion.refer_caught
    if case.caught is not None and case.caught >= bound:
        text = write_sentence("finding.CAUGHT.text", caught=case.caught)
        yield Finding("CAUGHT", Verdict.REFER, text, write_sentence("finding.CAUGHT.change", bound=bound))


def _stress(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    bound = policy.conclusion.refer_stress
    if case.stressed is not None and case.stressed >= bound:
        text = write_sentence("finding.STRESS.text", pd=case.stressed)
        yield Finding("STRESS", Verdict.REFER, text, write_sentence("finding.STRESS.change", bound=bound))


def _turnover_unknown(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    if not case.turnover:
        text = write_sentence("finding.TURNOVER_UNKNOWN.text")
        change = write_sentence("finding.TURNOVER_UNKNOWN.change")
        yield Finding("TURNOVER_UNKNOWN", Verdict.REFER, text, change)


def _amount(case: LoanCase, limit: CreditLimit, _: ConclusionPolicy) -> Iterator[Finding]:
    rule = write_sentence(f"rule.{limit.binding}.name")
    # A limit of 0 has a finding of its own: no smaller amount would be within policy.
    if limit.amount == 0:
        text = write_sentence("finding.NO_LIMIT.text", rule=rule)
        yield Finding("NO_LIMIT", Verdict.OUTSIDE, text, write_sentence(f"rule.{limit.binding}.lift"))
    elif case.amount > limit.amount:
        text = write_sentence("finding.AMOUNT.text", amount=case.amount, limit=limit.amount, rule=rule)
        change = write_sentence("finding.AMOUNT.change", limit=limit.amount)
        yield Finding("AMOUNT", Verdict.REFER, text, change)


FINDINGS: tuple[Callable[[LoanCase, CreditLimit, ConclusionPolicy], Iterator[Finding]], ...] = (
    _pd,
    _sole,
    _ring,
    _caught,
    _stress,
    _turnover_unknown,
    _amount,
)
"""The findings in the order in which memos list them; for firms in default or with thin data see `conclude`."""

"""The conclusion of a policy on a loan: within policy, refer, outside policy or insufficient evidence, with findings.

The decision is a person's; the conclusion only states the result of the policy and what would change it. A finding is
a function in FINDINGS with its thresholds, which are keys of the policy file (a new key has a default, so that older
files stay valid), and its texts under [finding.<CODE>] in `graph/texts/memo.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from supplyrisk.graph.credit.firm_names import listed_with_names, with_name
from supplyrisk.graph.credit.limit_rule import CreditLimit, binding_rule
from supplyrisk.graph.credit.limit_rules import LimitPolicy
from supplyrisk.graph.credit.loan_return import LowReturn
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_facts import Partner, ShopFacts
from supplyrisk.graph.credit.total_exposure import NO_EXPOSURE, TotalExposure
from supplyrisk.graph.schema import defaults
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.schema.strict_toml import Share, StrictTable
from supplyrisk.graph.texts.text_files import Words


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
class LoanCase:
    """The facts of a loan that a conclusion is based on. All PDs are over the model's horizon.

    Parameters
    ----------
    amount: requested amount, money.
    pd: PD of the firm, None where it has none.
    defaulted: whether it is in default.
    coverage: the lower of the model's coverage and that of the data, by the policy's list of sources.
    caught: share of the hazard that is contagion received, None where a baseline scored the firm.
    stressed: PD in the most severe stress, None where no stress could be computed.
    partners: its suppliers and customers.
    ring: firms of a guarantee circle that it is part of.
    turnover: whether its turnover is known.
    sales_age: days since its last sales, where these are too old for a turnover; None by default.
    trade: whether its purchases and its sales to firms are known; True by default.
    missing_trade: what is not recorded where they are not: "trade" (default), "purchases" or "sales".
    fabricated: trade of it that looks fabricated, a sentence each; none by default.
    double_financed: what the loan is to finance and another loan finances already, a sentence each; none by default.
    thin: whether the scorer itself considers the data insufficient; False by default.
    exposure: what the firm owes already; none by default.
    thin_file: whether the firm is not in the data, so that only what it states is known; False by default.
    names: names of firms and persons by id; empty by default.
    expert: whether the transmissions behind stresses are those of an expert scorecard; False by default.
    unstressed: PD by the network with no firm stopped, None (default) where there is none.
    horizon_days: days of all these PDs; 180 by default.
    low_return: return of the loan, where it is below the hurdle; None (default) where it is not, or is unknown.
    """

    amount: float
    pd: float | None
    defaulted: bool
    coverage: float
    caught: float | None
    stressed: float | None
    partners: tuple[Partner, ...]
    ring: tuple[str, ...]
    turnover: bool
    thin: bool = False
    exposure: TotalExposure = NO_EXPOSURE
    thin_file: bool = False
    low_return: LowReturn | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    expert: bool = False
    unstressed: float | None = None
    horizon_days: int = defaults.HORIZON_DAYS
    sales_age: float | None = None
    trade: bool = True
    missing_trade: str = "trade"
    double_financed: tuple[Words, ...] = ()
    fabricated: tuple[Words, ...] = ()

    @classmethod
    def of(
        cls,
        amount: float,
        shop: ShopFacts,
        scores: ScoreHistory,
        stressed: float | None,
        exposure: TotalExposure,
    ) -> LoanCase:
        """Return the facts of a loan to a shop, from the graph, its stored scores and the most severe stress."""
        score = scores.score
        return cls(
            amount=amount,
            pd=score.pd,
            defaulted=score.state == DEFAULTED,
            coverage=score.coverage,
            caught=score.caught_share,
            stressed=stressed,
            partners=shop.partners,
            ring=shop.ring,
            turnover=shop.profile.turnover is not None,
            thin=score.insufficient,
            exposure=exposure,
            horizon_days=score.terms.horizon_days,
            sales_age=shop.profile.turnover_age if shop.profile.turnover is None else None,
            trade=shop.dependence is not None,
            missing_trade=shop.missing_trade or "trade",
        )


@dataclass(frozen=True)
class Finding:
    """One point against the loan: a stable code, the conclusion it leads to, its text, and what would change it.

    The field names are keys of stored memos; the same holds for `PolicyConclusion`.
    """

    code: str
    word: Verdict
    text: str
    text_zh: str
    change: str
    change_zh: str


@dataclass(frozen=True)
class PolicyConclusion:
    """The conclusion of the most serious finding, and all findings, the most serious first."""

    word: Verdict
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
        return PolicyConclusion(single.word, (single,))
    findings = [finding for find in FINDINGS for finding in find(case, limit, policy)]
    # False sorts before True: outside policy first; the stable sort keeps the order within each verdict.
    findings.sort(key=lambda f: f.word is not Verdict.OUTSIDE)
    return PolicyConclusion(findings[0].word if findings else Verdict.WITHIN, tuple(findings))


def _finding(code: str, word: Verdict, text: Words, change: Words | None = None) -> Finding:
    """Return a finding with the text "finding.<code>.change", unless another change is given."""
    return Finding(code, word, *text, *(change or memo_words(f"finding.{code}.change")))


def _defaulted(case: LoanCase) -> Finding | None:
    if not case.defaulted:
        return None
    return _finding("DEFAULTED", Verdict.OUTSIDE, memo_words("finding.DEFAULTED.text"))


def _thin(case: LoanCase, minimum: float) -> Finding | None:
    if case.coverage < minimum:
        text = memo_words("finding.THIN.coverage", coverage=case.coverage, minimum=minimum)
    elif case.thin:
        text = memo_words("finding.THIN.score", coverage=case.coverage)
    elif case.pd is None:
        text = memo_words("finding.THIN.no_pd")
    else:
        return None
    return _finding("THIN", Verdict.INSUFFICIENT, text)


def _thin_file(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    if case.thin_file:
        yield _finding("THIN_FILE", Verdict.REFER, memo_words("finding.THIN_FILE.text"))


def _pd(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    pd = case.pd or 0.0
    bounds = policy.conclusion
    # One finding at most: a PD that is outside policy is above the threshold of a referral too.
    outside = pd >= bounds.outside_pd
    if outside or pd >= bounds.refer_pd:
        bound = bounds.outside_pd if outside else bounds.refer_pd
        text = memo_words("finding.PD.text", days=case.horizon_days, pd=pd, bound=bound)
        change = memo_words("finding.PD.change", days=case.horizon_days, bound=bound)
        code = "PD_OUTSIDE" if outside else "PD_REFER"
        yield _finding(code, Verdict.OUTSIDE if outside else Verdict.REFER, text, change)


def _sole(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    """Yield a finding per dominant counterparty that is in default, or whose PD is high or unknown."""
    for other in case.partners:
        # Only a counterparty above the free share can bring the firm down. One without a PD may be as bad as any.
        risky = other.defaulted or other.pd is None or other.pd >= policy.conclusion.refer_sole_pd
        if risky and other.share > policy.dependence.free:
            variant = "in_default" if other.defaulted else "no_pd" if other.pd is None else "at_pd"
            state = memo_words(f"finding.SOLE.{variant}", days=case.horizon_days, pd=other.pd)
            side = memo_words(f"finding.SOLE.{other.side}")
            firm = with_name(other.other, other.name)
            text = memo_words("finding.SOLE.text", share=other.share, side=side, firm=firm, state=state)
            change = memo_words(f"finding.SOLE.change_{other.side}", firm=firm)
            yield _finding("SOLE", Verdict.REFER, text, change)


def _ring(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    if case.ring:
        firms = listed_with_names(case.ring, case.names)
        yield _finding("RING", Verdict.REFER, memo_words("finding.RING.text", firms=firms))


def _caught(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    bound = policy.conclusion.refer_caught
    if case.caught is not None and case.caught >= bound:
        text = memo_words("finding.CAUGHT.text", caught=case.caught)
        yield _finding("CAUGHT", Verdict.REFER, text, memo_words("finding.CAUGHT.change", bound=bound))


def _stress(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    bound = policy.conclusion.refer_stress
    if case.stressed is not None and case.stressed >= bound:
        days = case.horizon_days
        scorer = memo_words(f"finding.STRESS.{'expert' if case.expert else 'network'}")
        text = memo_words(
            "finding.STRESS.text", days=days, scorer=scorer, pd=case.stressed, unstressed=case.unstressed
        )
        change = memo_words("finding.STRESS.change", days=days, bound=bound)
        yield _finding("STRESS", Verdict.REFER, text, change)


def _turnover_unknown(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    if not case.turnover:
        effect = memo_words(f"finding.effect.{'no_limit' if policy.turnover.required else 'left_out'}")
        variant = "text" if case.sales_age is None else "stale"
        text = memo_words(f"finding.TURNOVER_UNKNOWN.{variant}", age=case.sales_age, effect=effect)
        yield _finding("TURNOVER_UNKNOWN", Verdict.REFER, text)


def _trade_unknown(case: LoanCase, _: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    if not case.trade:
        effect = memo_words(f"finding.effect.{'no_limit' if policy.dependence.required else 'one_partner'}")
        missing = memo_words(f"rule.DEPENDENCE.missing_{case.missing_trade}")
        text = memo_words("finding.TRADE_UNKNOWN.text", missing=missing, effect=effect)
        yield _finding("TRADE_UNKNOWN", Verdict.REFER, text)


def _exposure_unknown(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    exposure = case.exposure
    if exposure.is_known:
        return
    # Without loans in the data nothing is known of its debt; otherwise single amounts are missing.
    variant = "no_lenders" if exposure.no_lenders else "items"
    text = memo_words(
        f"finding.EXPOSURE_UNKNOWN.{variant}", items=listed_with_names(exposure.unknown, case.names)
    )
    change = memo_words(f"finding.EXPOSURE_UNKNOWN.change_{variant}")
    yield _finding("EXPOSURE_UNKNOWN", Verdict.REFER, text, change)


def _repayment(case: LoanCase, limit: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    """Yield a finding per rule on repayment or dependence that leaves too little, or whose figures are unknown.

    Both lead to a referral, so that an unknown figure is never better than a bad one.
    """
    # Where turnover or trade is unknown, or another rule allows nothing either, another finding says so.
    alone = limit.amount == 0 and _refusing_rule(limit, policy) is None
    for code, applies in (
        ("TURNOVER", alone and case.turnover),
        ("AFFORDABILITY", True),
        ("BACKING", True),
        ("DEPENDENCE", alone and case.trade),
    ):
        rule = limit.rule(code)
        if applies and rule and rule.amount is not None and policy.amount.leaves_nothing(rule.amount):
            why = Words(rule.why, rule.why_zh)
            yield _finding(
                code, Verdict.REFER, memo_words(f"finding.{code}.text", why=why, exposure=case.exposure.total)
            )


REFERRED_RULES = ("EXPOSURE", "TURNOVER", "AFFORDABILITY", "BACKING", "DEPENDENCE")
"""Rules that have findings of their own where they leave no limit."""


def _refusing_rule(limit: CreditLimit, policy: ConclusionPolicy) -> str | None:
    """Return the rule to which a limit of 0 is due, None where only rules with findings of their own leave none."""
    if limit.binding not in REFERRED_RULES:
        return limit.binding
    # What is unknown about repayment must not hide that another rule allows nothing.
    rule = binding_rule(rule for rule in limit.rules if rule.code not in (*REFERRED_RULES, "LEAST"))
    if rule is None or rule.amount is None:
        return None
    return rule.code if policy.amount.leaves_nothing(rule.amount) else None


def _amount(case: LoanCase, limit: CreditLimit, policy: ConclusionPolicy) -> Iterator[Finding]:
    code = limit.binding if limit.amount else _refusing_rule(limit, policy)
    if code is None:
        return
    rule = memo_words(f"rule.{code}.name")
    binding = limit.rule(code)
    total = binding.total if binding else None
    exposure = case.exposure.total
    if limit.amount == 0 and total and exposure > 0:
        text = memo_words("finding.NO_ROOM.text", exposure=exposure, total=total, rule=rule)
        yield _finding("NO_ROOM", Verdict.OUTSIDE, text)
        return
    # A limit of 0 has a finding of its own: no smaller amount would be within policy.
    if limit.amount == 0:
        text = memo_words("finding.NO_LIMIT.text", rule=rule)
        yield _finding("NO_LIMIT", Verdict.OUTSIDE, text, memo_words(f"rule.{code}.lift"))
    elif case.amount > limit.amount:
        text = memo_words("finding.AMOUNT.text", amount=case.amount, limit=limit.amount, rule=rule)
        change = memo_words("finding.AMOUNT.change", limit=limit.amount)
        yield _finding("AMOUNT", Verdict.REFER, text, change)


def _double_financed(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    for why in case.double_financed:
        yield _finding(
            "DOUBLE_FINANCED", Verdict.OUTSIDE, memo_words("finding.DOUBLE_FINANCED.text", why=why)
        )


def _fabricated(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    for why in case.fabricated:
        yield _finding("FABRICATED", Verdict.REFER, memo_words("finding.FABRICATED.text", why=why))


def _hurdle(case: LoanCase, _: CreditLimit, __: ConclusionPolicy) -> Iterator[Finding]:
    low = case.low_return
    if low is not None:
        text = memo_words("finding.HURDLE.text", raroc=low.raroc, hurdle=low.hurdle)
        change = memo_words("finding.HURDLE.change", rate=low.quoted_rate)
        yield _finding("HURDLE", Verdict.REFER, text, change)


FINDINGS: tuple[Callable[[LoanCase, CreditLimit, ConclusionPolicy], Iterator[Finding]], ...] = (
    _thin_file,
    _double_financed,
    _pd,
    _sole,
    _ring,
    _fabricated,
    _caught,
    _stress,
    _turnover_unknown,
    _trade_unknown,
    _exposure_unknown,
    _repayment,
    _hurdle,
    _amount,
)
"""The findings in the order in which memos list them; for firms in default or with thin data see `conclude`."""

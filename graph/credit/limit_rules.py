"""The credit limit of a firm: each rule of the policy gives an amount, and the lowest amount is the limit.

Rules on the firm are about its total exposure after the loan (`TotalExposure`), others about a lender's book.
No rule's amount rises with risk or concentration, and so neither does the limit. A rule is a function in LIMIT_RULES
with its thresholds, which are keys of the policy file (a new key has a default, so that older files stay valid), and
its texts under [rule.<CODE>] in `graph/texts/memo.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from supplyrisk.graph.credit.admission.scenario_policy import Grade
from supplyrisk.graph.credit.affordability import RepaymentFacts, affordability_rule
from supplyrisk.graph.credit.firm_names import listed_with_names, with_name
from supplyrisk.graph.credit.limit_rule import CreditLimit, LimitRule, binding_rule, rounded_down
from supplyrisk.graph.credit.limit_rule import rule_of as _rule
from supplyrisk.graph.credit.loan_backing import LoanBacking, backing_rule
from supplyrisk.graph.credit.memo_sentences import memo_words
from supplyrisk.graph.credit.repayment_policy import AffordabilityLimit, FinancedLimit
from supplyrisk.graph.credit.score_history import ScoreHistory
from supplyrisk.graph.credit.shop_facts import TURNOVER_DAYS, ShopFacts
from supplyrisk.graph.credit.total_exposure import NO_EXPOSURE, TotalExposure
from supplyrisk.graph.schema.score_states import DEFAULTED
from supplyrisk.graph.schema.source_coverage import SourceList
from supplyrisk.graph.schema.strict_toml import Share, StrictTable

Money = Annotated[float, Field(ge=0)]


# Fields with an alias have other keys in the file; the keys are stable because the policy's hash covers them.
class AmountLimits(StrictTable):
    """The smallest loan, the largest total, and the step that limits are rounded down to (default: 1), money."""

    minimum: Money = Field(alias="least")
    maximum: Money = Field(alias="most")
    step: Annotated[float, Field(ge=1)] = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"amount.least {self.minimum:g} is above amount.most {self.maximum:g}")
        return self

    def leaves_nothing(self, amount: float) -> bool:
        """Return whether no loan is left of an amount, money: rounded down, it is 0 or below the minimum."""
        left = rounded_down(amount, self.step)
        return left == 0 or left < self.minimum


class GradeCaps(StrictTable):
    """The cap of each grade, money; caps must not rise from A to G."""

    A: Money
    B: Money
    C: Money
    D: Money
    E: Money
    F: Money
    G: Money

    @property
    def caps(self) -> dict[Grade, float]:
        """The cap of each grade, A to G."""
        return {"A": self.A, "B": self.B, "C": self.C, "D": self.D, "E": self.E, "F": self.F, "G": self.G}

    @model_validator(mode="after")
    def _falling(self) -> Self:
        # Fields are in the order of their declaration: A to G.
        caps = list(self.model_dump().items())
        for (better, high), (worse, low) in pairwise(caps):
            if low > high:
                raise ValueError(
                    f"by_grade.{worse} {low:g} is above by_grade.{better} {high:g}: riskier, yet more"
                )
        return self


class TurnoverLimit(StrictTable):
    """The largest share of the turnover over the term that a loan may have.

    Parameters
    ----------
    share: of the turnover over the term.
    days: age of the last sales from which the turnover is unknown; 90 by default, as activity in the coverage.
    required: whether there is no limit without a known turnover (default); the request is referred either way.
    """

    share: Share
    days: Annotated[int, Field(ge=1)] = 90
    required: bool = True


class DependenceLimit(StrictTable):
    """Reduction of the grade's cap by the share of the largest counterparty.

    Parameters
    ----------
    free: share up to which the cap is not reduced.
    left_at_whole: share of the cap that is left where one counterparty has all of the trade.
    required: whether there is no limit without known trade (default); if not, unknown trade counts as that with one
        counterparty alone. The request is referred either way.
    left_in_loop: share of the cap that is left of a grower whose largest counterparty is in a closed loop that its
        buyer has confirmed; None (default): left_at_whole.
    """

    free: Annotated[float, Field(ge=0, lt=1)]
    left_at_whole: Share
    required: bool = True
    left_in_loop: Share | None = None


class BookLimits(StrictTable):
    """Largest shares of a lender's book: of one borrower, and of all borrowers behind one counterparty."""

    single_name: Share
    chain: Share


class CoverageLimit(SourceList):
    """The coverage below which the evidence is insufficient, and the sources that it is measured by."""

    minimum: Share = Field(alias="least")


class LimitPolicy(StrictTable):
    """The part of a policy that the limit is based on."""

    amount: AmountLimits
    by_grade: GradeCaps
    turnover: TurnoverLimit
    dependence: DependenceLimit
    book: BookLimits
    coverage: CoverageLimit
    affordability: AffordabilityLimit = AffordabilityLimit()
    financed: FinancedLimit = FinancedLimit()

    def cap(self, grade: str | None) -> float:
        """Return the cap of a grade, money; without a grade there is no PD, and the cap is 0."""
        return float(getattr(self.by_grade, grade)) if grade else 0.0


@dataclass(frozen=True)
class BookUsage:
    """What a lender's borrowers owe, money: each line as in `committed`. The field names are keys of stored memos.

    Parameters
    ----------
    lent: owed by all borrowers.
    to_firm: owed by the firm.
    chain: owed by the other borrowers that depend on the same supplier or customer as the firm; the largest such sum.
    counterparty: that supplier or customer, None (default) where there is none.
    """

    lent: float
    to_firm: float
    chain: float
    counterparty: str | None = None


@dataclass(frozen=True)
class LimitFacts:
    """The facts that a limit is based on.

    Parameters
    ----------
    grade: grade of the PD over the horizon, None where there is no PD (the limit is then 0).
    coverage: the lower of the model's coverage and that of the data, by the policy's list of sources.
    turnover: sales of the last TURNOVER_DAYS days, money; None where unknown.
    dependence: largest share of one counterparty in purchases or sales, None where a side of its trade is not recorded.
    book: the lender's book, None (default) where no lender is given.
    term_days: term of the loan.
    exposure: what the firm owes already; none by default.
    backing: what the loan finances, None (default) where the product is repaid from earnings.
    repayment: what repayment from earnings rests on, None (default) where the product is repaid by what it finances.
    insufficient: whether the state of its score is `insufficient`; False by default.
    defaulted: whether it is in default; False by default.
    in_loop: whether its largest counterparty is in a closed loop that the buyer has confirmed; False by default.
    admitted: largest amount by the admission that applies, money; None (default) where none does.
    missing_trade: what of its trade is not recorded, where the dependence is unknown: "trade" (default), "purchases" or
        "sales".
    names: names of firms and persons by id; empty by default.
    """

    grade: str | None
    coverage: float
    turnover: float | None
    dependence: float | None
    book: BookUsage | None = None
    term_days: int = TURNOVER_DAYS
    exposure: TotalExposure = NO_EXPOSURE
    backing: LoanBacking | None = None
    repayment: RepaymentFacts | None = None
    insufficient: bool = False
    defaulted: bool = False
    in_loop: bool = False
    admitted: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    missing_trade: str = "trade"

    @property
    def term_turnover(self) -> float | None:
        """Turnover over the term at the rate of the last TURNOVER_DAYS days, money; None where unknown."""
        return None if self.turnover is None else self.turnover * self.term_days / TURNOVER_DAYS

    @classmethod
    def of(
        cls,
        term_days: int,
        shop: ShopFacts,
        scores: ScoreHistory,
        book: BookUsage | None,
        exposure: TotalExposure,
    ) -> LimitFacts:
        """Return the facts of a shop, from the graph, its stored scores and the lender's book; repayment is added."""
        score = scores.score
        turnover = shop.profile.turnover
        return cls(
            score.grade,
            score.coverage,
            turnover,
            shop.dependence,
            book,
            term_days,
            exposure,
            insufficient=score.insufficient,
            defaulted=score.state == DEFAULTED,
            missing_trade=shop.missing_trade or "trade",
        )


def credit_limit(facts: LimitFacts, policy: LimitPolicy) -> CreditLimit:
    """Return the lowest amount of all rules, rounded down; 0 where that is below the policy's minimum amount.

    A rule that needs a figure which is unknown allows nothing, unless the policy says that it is not required; such a
    rule cannot bind, and is listed with its reason. Of several rules with the lowest amount
    the first one is named as binding.
    """
    rules = tuple(rule(facts, policy) for rule in LIMIT_RULES)
    if facts.admitted is not None:
        # Not among LIMIT_RULES: memos without an admission do not list it.
        rules = (*rules, _rule("ADMISSION", facts.admitted))
    binding = binding_rule(rules)
    # The rule on the maximum amount always has one.
    assert binding is not None  # noqa: S101
    amount = rounded_down(binding.amount or 0.0, policy.amount.step)
    minimum = policy.amount.minimum
    # The binding rule stays the one that set the amount; LEAST is listed in addition.
    if 0 < amount < minimum:
        name = memo_words(f"rule.{binding.code}.name")
        too_little = _rule("LEAST", 0.0, rule=name, amount=amount, minimum=minimum)
        return CreditLimit(0.0, binding.code, (*rules, too_little))
    return CreditLimit(amount, binding.code, rules)


def _of_total(
    code: str, facts: LimitFacts, total: float, why: str = "why", /, **figures: object
) -> LimitRule:
    """Return a rule on the total after the loan: existing exposure is subtracted from what it allows."""
    rule = _rule(code, max(0.0, total - facts.exposure.total), why, **figures)
    return replace(rule, total=total)


def _maximum(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    return _of_total("MOST", facts, policy.amount.maximum)


def _grade(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    if facts.defaulted:
        # A total of 0 binds before whatever else is missing of a firm in default, such as coverage.
        return _of_total("GRADE", facts, 0.0, "defaulted")
    if facts.grade is None:
        return _rule("GRADE", 0.0, "no_grade")
    return _of_total("GRADE", facts, policy.cap(facts.grade), grade=facts.grade)


def _exposure(facts: LimitFacts, _: LimitPolicy) -> LimitRule:
    """Return the rule that the existing exposure must be known."""
    exposure = facts.exposure
    if exposure.no_lenders:
        return _rule("EXPOSURE", 0.0, "no_lenders")
    if exposure.unknown:
        return _rule("EXPOSURE", 0.0, "unknown", items=listed_with_names(exposure.unknown, facts.names))
    return _rule("EXPOSURE", None, "known", total=exposure.total)


def _coverage(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    """Return the rule that there must be evidence: without it no total is allowed."""
    minimum = policy.coverage.minimum
    if facts.coverage >= minimum and not facts.insufficient:
        return _rule("COVERAGE", None, "enough", coverage=facts.coverage)
    if facts.coverage < minimum:
        rule = _rule("COVERAGE", 0.0, "below", coverage=facts.coverage, minimum=minimum)
    else:
        rule = _rule("COVERAGE", 0.0, "insufficient", coverage=facts.coverage)
    # A total of 0 binds before a total that existing exposure takes up; of a firm in default the default binds.
    return rule if facts.defaulted else replace(rule, total=0.0)


def _turnover(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    turnover = facts.term_turnover
    if turnover is None:
        return _rule("TURNOVER", 0.0 if policy.turnover.required else None, "unknown")
    share = policy.turnover.share
    return _of_total("TURNOVER", facts, share * turnover, share=share, turnover=turnover)


def _affordability(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    return affordability_rule(facts.repayment, facts.term_turnover, policy.affordability)


def _backing(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    return backing_rule(facts.backing, policy.financed)


def _dependence(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    """Return the rule on dependence: the grade's cap, reduced by the share of the largest counterparty.

    cap x (1 - (1 - left_at_whole) x max(0, share - free) / (1 - free)), with left_in_loop in a confirmed closed loop
    """
    if facts.grade is None:
        return _rule("DEPENDENCE", None, "no_grade")
    bounds = policy.dependence
    missing = memo_words(f"rule.DEPENDENCE.missing_{facts.missing_trade}")
    if facts.dependence is None and bounds.required:
        return _rule("DEPENDENCE", 0.0, "unknown", missing=missing)
    # Unknown trade may be with one counterparty alone: it is never taken for spread trade.
    share = 1.0 if facts.dependence is None else facts.dependence
    beyond = max(0.0, share - bounds.free) / (1 - bounds.free)
    left = bounds.left_at_whole
    in_loop = facts.in_loop and bounds.left_in_loop is not None and facts.dependence is not None
    if in_loop:
        left = max(left, bounds.left_in_loop or 0.0)
    factor = 1 - beyond * (1 - left)
    total = factor * policy.cap(facts.grade)
    if facts.dependence is None:
        return _of_total("DEPENDENCE", facts, total, "assumed", factor=factor, missing=missing)
    if in_loop:
        return _of_total("DEPENDENCE", facts, total, "in_loop", share=share, factor=factor)
    return _of_total("DEPENDENCE", facts, total, share=share, factor=factor)


def _single_name(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    """Return the rule on the share of one borrower in the book."""
    book = facts.book
    if book is None:
        return _rule("SINGLE_NAME", None, "no_book")
    share = policy.book.single_name
    return _rule("SINGLE_NAME", _headroom(book.to_firm, book.lent, share), share=share)


def _counterparty(facts: LimitFacts, policy: LimitPolicy) -> LimitRule:
    """Return the rule on the share of all borrowers behind one counterparty in the book."""
    book = facts.book
    if book is None:
        return _rule("COUNTERPARTY", None, "no_book")
    share = policy.book.chain
    owed = book.chain + book.to_firm
    other = book.counterparty
    firm = with_name(other, facts.names.get(other)) if other else memo_words("rule.COUNTERPARTY.any_firm")
    return _rule("COUNTERPARTY", _headroom(owed, book.lent, share), firm=firm, owed=owed, share=share)


def _headroom(owed: float, lent: float, share: float) -> float | None:
    """Return the largest x with owed + x <= share x (lent + x), money; None where every x satisfies it.

    The new loan increases the book too, hence x on both sides.
    """
    # The inequality solved for x: x <= (share x lent - owed) / (1 - share).
    if share >= 1:
        return None
    return max(0.0, (share * lent - owed) / (1 - share))


LIMIT_RULES: tuple[Callable[[LimitFacts, LimitPolicy], LimitRule], ...] = (
    _maximum,
    _coverage,
    _grade,
    _exposure,
    _turnover,
    _affordability,
    _backing,
    _dependence,
    _single_name,
    _counterparty,
)
"""The rules of the limit, in the order in which memos list them."""

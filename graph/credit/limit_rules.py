"""How much may be lent: the rules of a policy, each with its own limit; the lowest one binds.

Every rule falls with risk and with concentration, or stays; so does their minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.policy import Policy

TURNOVER_DAYS = 180
"""Days of the turnover that a limit looks back on."""


@dataclass(frozen=True)
class BookUsage:
    """A lender's book as a limit sees it, money: all that is lent, to this firm, and behind its busiest chain.

    chain: what borrowers that hang on the same supplier or customer as the firm owe together, without the firm itself;
    the largest such sum. counterparty: who that is, None where there is none.
    """

    lent: float
    to_firm: float
    chain: float
    counterparty: str | None = None


@dataclass(frozen=True)
class LimitFacts:
    """What a limit rests on.

    grade: of the PD over the horizon, None where there is no PD (then nothing may be lent). turnover: sales of the
    last 180 days, money, None where unknown. dependence: the largest share of one counterparty in purchases or in
    sales, None where nothing is recorded. coverage: share of sources that show it freshly.
    """

    grade: str | None
    coverage: float
    turnover: float | None
    dependence: float | None
    book: BookUsage | None = None


@dataclass(frozen=True)
class LimitRule:
    """One rule: its stable code, the largest amount that it allows (None: it cannot be applied), and why."""

    code: str
    amount: float | None
    why: Sentence


@dataclass(frozen=True)
class CreditLimit:
    """The largest amount that the policy allows, money; binding is the code of the rule that sets it."""

    amount: float
    binding: str
    rules: tuple[LimitRule, ...]


def credit_limit(facts: LimitFacts, policy: Policy, term_days: int) -> CreditLimit:
    """The lowest amount of all rules; 0 where it would be less than the policy's least.

    A rule that cannot be applied, because the figure it needs is not known, does not bind; it is listed with its
    reason. Where several bind alike the first one is named.
    """
    rules = (
        LimitRule("MOST", policy.amount.maximum, write_sentence("MOST_WHY")),
        _by_grade(facts, policy),
        _coverage(facts, policy),
        _turnover(facts, policy, term_days),
        _dependence(facts, policy),
        *_book(facts.book, policy),
    )
    binding = min((r for r in rules if r.amount is not None), key=lambda r: r.amount or 0.0)
    amount = binding.amount or 0.0
    if 0 < amount < policy.amount.minimum:
        values = {
            "rule": write_sentence(f"rule.{binding.code}"),
            "amount": amount,
            "least": policy.amount.minimum,
        }
        return CreditLimit(
            0.0, binding.code, (*rules, LimitRule("LEAST", 0.0, Sentence("LEAST_WHY", values)))
        )
    return CreditLimit(amount, binding.code, rules)


def _cap(facts: LimitFacts, policy: Policy) -> float:
    return float(getattr(policy.by_grade, facts.grade)) if facts.grade else 0.0


def _by_grade(facts: LimitFacts, policy: Policy) -> LimitRule:
    why = write_sentence("GRADE_WHY", grade=facts.grade) if facts.grade else write_sentence("GRADE_NO_PD")
    return LimitRule("GRADE", _cap(facts, policy), why)


def _coverage(facts: LimitFacts, policy: Policy) -> LimitRule:
    minimum = policy.coverage.minimum
    if facts.coverage < minimum:
        return LimitRule(
            "COVERAGE", 0.0, write_sentence("COVERAGE_BELOW", coverage=facts.coverage, least=minimum)
        )
    return LimitRule("COVERAGE", None, write_sentence("COVERAGE_ENOUGH", coverage=facts.coverage))


def _turnover(facts: LimitFacts, policy: Policy, term_days: int) -> LimitRule:
    if facts.turnover is None:
        return LimitRule("TURNOVER", None, write_sentence("TURNOVER_NONE"))
    over_term = facts.turnover * term_days / TURNOVER_DAYS
    share = policy.turnover.share
    return LimitRule(
        "TURNOVER", share * over_term, write_sentence("TURNOVER_WHY", share=share, turnover=over_term)
    )


def _dependence(facts: LimitFacts, policy: Policy) -> LimitRule:
    """The grade's cap up to the free share, from there on falling in a straight line to what is left at 1."""
    if facts.dependence is None:
        return LimitRule("DEPENDENCE", None, write_sentence("DEPENDENCE_NONE"))
    free, left = policy.dependence.free, policy.dependence.left_at_whole
    beyond = max(0.0, facts.dependence - free) / (1 - free)
    factor = 1 - beyond * (1 - left)
    why = write_sentence("DEPENDENCE_WHY", share=facts.dependence, factor=factor)
    return LimitRule("DEPENDENCE", factor * _cap(facts, policy), why)


def _book(book: BookUsage | None, policy: Policy) -> tuple[LimitRule, LimitRule]:
    """Amounts x with (owed + x) / (lent + x) at most the allowed share."""
    if book is None:
        return LimitRule("SINGLE_NAME", None, write_sentence("NO_BOOK")), LimitRule(
            "COUNTERPARTY", None, write_sentence("NO_BOOK")
        )
    single, chain = policy.book.single_name, policy.book.chain
    counterparty = book.counterparty or write_sentence("nobody")
    return (
        LimitRule(
            "SINGLE_NAME",
            _headroom(book.to_firm, book.lent, single),
            write_sentence("SINGLE_NAME_WHY", share=single),
        ),
        LimitRule(
            "COUNTERPARTY",
            _headroom(book.chain + book.to_firm, book.lent, chain),
            write_sentence(
                "COUNTERPARTY_WHY", firm=counterparty, owed=book.chain + book.to_firm, share=chain
            ),
        ),
    )


def _headroom(owed: float, lent: float, share: float) -> float | None:
    """The largest x with owed + x <= share (lent + x); None where every x fits."""
    if share >= 1:
        return None
    return max(0.0, (share * lent - owed) / (1 - share))

"""How much may be lent: the rules of a policy, each with its own limit; the lowest one binds.

Every rule falls with risk and with concentration, or stays; so does their minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.words import Said, said

DAYS = 180
"""Days of the turnover that a limit looks back on."""


@dataclass(frozen=True)
class Book:
    """A lender's book as a limit sees it, money: all that is lent, to this firm, and behind its busiest chain.

    chain: what borrowers that hang on the same supplier or customer as the firm owe together, without the firm itself;
    the largest such sum. counterparty: who that is, None where there is none.
    """

    lent: float
    to_firm: float
    chain: float
    counterparty: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a limit rests on.

    grade: of the PD over the horizon, None where there is no PD (then nothing may be lent). turnover: sales of the
    last 180 days, money, None where unknown. dependence: the largest share of one counterparty in purchases or in
    sales, None where nothing is recorded. coverage: share of sources that show it freshly.
    """

    grade: str | None
    coverage: float
    turnover: float | None
    dependence: float | None
    book: Book | None = None


@dataclass(frozen=True)
class Rule:
    """One rule: its stable code, the largest amount that it allows (None: it cannot be applied), and why."""

    code: str
    amount: float | None
    why: Said


@dataclass(frozen=True)
class Limit:
    """The largest amount that the policy allows, money; binding is the code of the rule that sets it."""

    amount: float
    binding: str
    rules: tuple[Rule, ...]


def limit(facts: Facts, policy: Policy, term_days: int) -> Limit:
    """The lowest amount of all rules; 0 where it would be less than the policy's least.

    A rule that cannot be applied, because the figure it needs is not known, does not bind; it is listed with its
    reason. Where several bind alike the first one is named.
    """
    rules = (
        Rule("MOST", policy.amount.most, said("MOST_WHY")),
        _by_grade(facts, policy),
        _coverage(facts, policy),
        _turnover(facts, policy, term_days),
        _dependence(facts, policy),
        *_book(facts.book, policy),
    )
    binding = min((r for r in rules if r.amount is not None), key=lambda r: r.amount or 0.0)
    amount = binding.amount or 0.0
    if 0 < amount < policy.amount.least:
        values = {"rule": said(f"rule.{binding.code}"), "amount": amount, "least": policy.amount.least}
        return Limit(0.0, binding.code, (*rules, Rule("LEAST", 0.0, Said("LEAST_WHY", values))))
    return Limit(amount, binding.code, rules)


def _cap(facts: Facts, policy: Policy) -> float:
    return float(getattr(policy.by_grade, facts.grade)) if facts.grade else 0.0


def _by_grade(facts: Facts, policy: Policy) -> Rule:
    why = said("GRADE_WHY", grade=facts.grade) if facts.grade else said("GRADE_NO_PD")
    return Rule("GRADE", _cap(facts, policy), why)


def _coverage(facts: Facts, policy: Policy) -> Rule:
    least = policy.coverage.least
    if facts.coverage < least:
        return Rule("COVERAGE", 0.0, said("COVERAGE_BELOW", coverage=facts.coverage, least=least))
    return Rule("COVERAGE", None, said("COVERAGE_ENOUGH", coverage=facts.coverage))


def _turnover(facts: Facts, policy: Policy, term_days: int) -> Rule:
    if facts.turnover is None:
        return Rule("TURNOVER", None, said("TURNOVER_NONE"))
    over_term = facts.turnover * term_days / DAYS
    share = policy.turnover.share
    return Rule("TURNOVER", share * over_term, said("TURNOVER_WHY", share=share, turnover=over_term))


def _dependence(facts: Facts, policy: Policy) -> Rule:
    """The grade's cap up to the free share, from there on falling in a straight line to what is left at 1."""
    if facts.dependence is None:
        return Rule("DEPENDENCE", None, said("DEPENDENCE_NONE"))
    free, left = policy.dependence.free, policy.dependence.left_at_whole
    beyond = max(0.0, facts.dependence - free) / (1 - free)
    factor = 1 - beyond * (1 - left)
    why = said("DEPENDENCE_WHY", share=facts.dependence, factor=factor)
    return Rule("DEPENDENCE", factor * _cap(facts, policy), why)


def _book(book: Book | None, policy: Policy) -> tuple[Rule, Rule]:
    """Amounts x with (owed + x) / (lent + x) at most the allowed share."""
    if book is None:
        return Rule("SINGLE_NAME", None, said("NO_BOOK")), Rule("COUNTERPARTY", None, said("NO_BOOK"))
    single, chain = policy.book.single_name, policy.book.chain
    who = book.counterparty or said("nobody")
    return (
        Rule("SINGLE_NAME", _room(book.to_firm, book.lent, single), said("SINGLE_NAME_WHY", share=single)),
        Rule(
            "COUNTERPARTY",
            _room(book.chain + book.to_firm, book.lent, chain),
            said("COUNTERPARTY_WHY", firm=who, owed=book.chain + book.to_firm, share=chain),
        ),
    )


def _room(owed: float, lent: float, share: float) -> float | None:
    """The largest x with owed + x <= share (lent + x); None where every x fits."""
    if share >= 1:
        return None
    return max(0.0, (share * lent - owed) / (1 - share))

"""How much may be lent: the rules of a policy, each with its own limit; the lowest one binds.

Every rule falls with risk and with concentration, or stays; so does their minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.policy import Policy

DAYS = 180
"""Days of the turnover that a limit looks back on."""


@dataclass(frozen=True)
class Book:
    """A lender's book as a limit sees it, money: all that is lent, to this firm, and behind its busiest chain.

    chain: what borrowers that share a supplier or customer with the firm owe together, without the firm itself; the
    largest such sum. counterparty: who that is, None where there is none.
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
    why: str


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
        Rule("MOST", policy.amount.most, "the most that one decision may reach"),
        _by_grade(facts, policy),
        _coverage(facts, policy),
        _turnover(facts, policy, term_days),
        _dependence(facts, policy),
        *_book(facts.book, policy),
    )
    binding = min((r for r in rules if r.amount is not None), key=lambda r: r.amount or 0.0)
    amount = binding.amount or 0.0
    if 0 < amount < policy.amount.least:
        small = Rule(
            "LEAST", 0.0, f"{binding.code} leaves {amount:,.0f}, less than {policy.amount.least:,.0f}"
        )
        return Limit(0.0, binding.code, (*rules, small))
    return Limit(amount, binding.code, rules)


def _cap(facts: Facts, policy: Policy) -> float:
    return float(getattr(policy.by_grade, facts.grade)) if facts.grade else 0.0


def _by_grade(facts: Facts, policy: Policy) -> Rule:
    why = f"the cap of grade {facts.grade}" if facts.grade else "it has no PD"
    return Rule("GRADE", _cap(facts, policy), why)


def _coverage(facts: Facts, policy: Policy) -> Rule:
    least = policy.coverage.least
    if facts.coverage < least:
        return Rule("COVERAGE", 0.0, f"coverage {facts.coverage:.0%} is below {least:.0%}")
    return Rule("COVERAGE", None, f"coverage {facts.coverage:.0%} is enough")


def _turnover(facts: Facts, policy: Policy, term_days: int) -> Rule:
    if facts.turnover is None:
        return Rule("TURNOVER", None, "its turnover is not known")
    over_term = facts.turnover * term_days / DAYS
    share = policy.turnover.share
    return Rule("TURNOVER", share * over_term, f"{share:.0%} of {over_term:,.0f} turnover over the term")


def _dependence(facts: Facts, policy: Policy) -> Rule:
    """The grade's cap up to the free share, from there on falling in a straight line to what is left at 1."""
    if facts.dependence is None:
        return Rule("DEPENDENCE", None, "no trade is recorded")
    free, left = policy.dependence.free, policy.dependence.left_at_whole
    beyond = max(0.0, facts.dependence - free) / (1 - free)
    factor = 1 - beyond * (1 - left)
    why = f"one counterparty is {facts.dependence:.0%} of its trade: {factor:.0%} of the grade's cap"
    return Rule("DEPENDENCE", factor * _cap(facts, policy), why)


def _book(book: Book | None, policy: Policy) -> tuple[Rule, Rule]:
    """Amounts x with (owed + x) / (lent + x) at most the allowed share."""
    if book is None:
        return Rule("SINGLE_NAME", None, "no book was given"), Rule("CHAIN", None, "no book was given")
    single, chain = policy.book.single_name, policy.book.chain
    who = book.counterparty or "nobody"
    return (
        Rule("SINGLE_NAME", _room(book.to_firm, book.lent, single), f"at most {single:.0%} of the book"),
        Rule(
            "CHAIN",
            _room(book.chain + book.to_firm, book.lent, chain),
            f"borrowers that trade with {who} may owe at most {chain:.0%} of the book",
        ),
    )


def _room(owed: float, lent: float, share: float) -> float | None:
    """The largest x with owed + x <= share (lent + x); None where every x fits."""
    if share >= 1:
        return None
    return max(0.0, (share * lent - owed) / (1 - share))

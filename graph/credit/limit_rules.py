"""The credit limit of a firm: each rule of the policy gives an amount, and the lowest amount is the limit.

No rule's amount rises with risk or concentration, and so neither does the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.memo_sentences import Sentence, write_sentence
from supplyrisk.graph.credit.policy import Policy

TURNOVER_DAYS = 180
"""Days that the turnover of `LimitFacts` covers."""


@dataclass(frozen=True)
class BookUsage:
    """Drawn amounts in a lender's book, money. The field names are keys of stored memos.

    Parameters
    ----------
    lent: drawn by all borrowers.
    to_firm: drawn by the firm.
    chain: drawn by the other borrowers that depend on the same supplier or customer as the firm; the largest such sum.
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
    coverage: share of the applicable data sources with recent rows about the firm.
    turnover: sales of the last TURNOVER_DAYS days, money; None where unknown.
    dependence: largest share of one counterparty in purchases or sales, None where no trade is recorded.
    book: the lender's book, None (default) where no lender is given.
    """

    grade: str | None
    coverage: float
    turnover: float | None
    dependence: float | None
    book: BookUsage | None = None


@dataclass(frozen=True)
class LimitRule:
    """One rule: its stable code, the largest amount that it allows, and the reason in words.

    The amount is money; None where the rule cannot be applied because a figure is unknown.
    """

    code: str
    amount: float | None
    why: Sentence


@dataclass(frozen=True)
class CreditLimit:
    """The largest amount that the policy allows, money; the code of the rule that sets it; and all rules."""

    amount: float
    binding: str
    rules: tuple[LimitRule, ...]


def credit_limit(facts: LimitFacts, policy: Policy, term_days: int) -> CreditLimit:
    """Return the lowest amount of all rules; 0 where it is below the policy's minimum amount.

    A rule whose figure is unknown cannot bind; it is listed with its reason. Of several rules with the lowest amount
    the first one is named as binding.

    Parameters
    ----------
    term_days: term of the loan; the turnover rule depends on it.
    """
    rules = (
        LimitRule("MOST", policy.amount.maximum, write_sentence("MOST_WHY")),
        _by_grade(facts, policy),
        _coverage(facts, policy),
        _turnover(facts, policy, term_days),
        _dependence(facts, policy),
        *_book(facts.book, policy),
    )
    # min() returns the first of equal amounts, in the order above.
    binding = min((r for r in rules if r.amount is not None), key=lambda r: r.amount or 0.0)
    amount = binding.amount or 0.0
    # The binding rule stays the one that set the amount; LEAST is listed in addition.
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
    # Without a grade there is no PD, and the cap is 0.
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
    # Turnover over the term, at the rate of the last TURNOVER_DAYS days.
    over_term = facts.turnover * term_days / TURNOVER_DAYS
    share = policy.turnover.share
    return LimitRule(
        "TURNOVER", share * over_term, write_sentence("TURNOVER_WHY", share=share, turnover=over_term)
    )


def _dependence(facts: LimitFacts, policy: Policy) -> LimitRule:
    """Return the rule on dependence: the grade's cap, reduced by the share of the largest counterparty.

    cap x (1 - (1 - left_at_whole) x max(0, share - free) / (1 - free))
    """
    if facts.dependence is None:
        return LimitRule("DEPENDENCE", None, write_sentence("DEPENDENCE_NONE"))
    free = policy.dependence.free
    left = policy.dependence.left_at_whole
    beyond = max(0.0, facts.dependence - free) / (1 - free)
    factor = 1 - beyond * (1 - left)
    why = write_sentence("DEPENDENCE_WHY", share=facts.dependence, factor=factor)
    return LimitRule("DEPENDENCE", factor * _cap(facts, policy), why)


def _book(book: BookUsage | None, policy: Policy) -> tuple[LimitRule, LimitRule]:
    """Return the rules on the share of one borrower, and of all borrowers behind one counterparty, in the book."""
    if book is None:
        return (
            LimitRule("SINGLE_NAME", None, write_sentence("NO_BOOK")),
            LimitRule("COUNTERPARTY", None, write_sentence("NO_BOOK")),
        )
    single = policy.book.single_name
    chain = policy.book.chain
    counterparty = book.counterparty or write_sentence("any_firm")
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
    """Return the largest x with owed + x <= share x (lent + x), money; None where every x satisfies it.

    The new loan increases the book too, hence x on both sides.
    """
    # The inequality solved for x: x <= (share x lent - owed) / (1 - share).
    if share >= 1:
        return None
    return max(0.0, (share * lent - owed) / (1 - share))

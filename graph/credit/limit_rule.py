"""One rule of a credit limit and the limit of several rules, as memos store them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from supplyrisk.graph.credit.memo_sentences import memo_words


@dataclass(frozen=True)
class LimitRule:
    """One rule: its stable code, the largest amount that it allows, and the reason in both languages.

    The field names are keys of stored memos; the same holds for `CreditLimit`.

    Parameters
    ----------
    amount: of the new loan, money; None where the rule cannot be applied because a figure is unknown.
    total: largest total exposure after the loan, money; None (default) where the rule is not about it.
    """

    code: str
    amount: float | None
    why: str
    why_zh: str
    total: float | None = None


@dataclass(frozen=True)
class CreditLimit:
    """The largest amount that the policy allows, money; the code of the rule that sets it; and all rules."""

    amount: float
    binding: str
    rules: tuple[LimitRule, ...]

    def rule(self, code: str) -> LimitRule | None:
        """Return the rule with a code, None where there is none."""
        return next((rule for rule in self.rules if rule.code == code), None)


def rule_of(code: str, amount: float | None, why: str = "why", /, **figures: object) -> LimitRule:
    """Return a rule whose reason is the text "rule.<code>.<why>" with its figures."""
    return LimitRule(code, amount, *memo_words(f"rule.{code}.{why}", **figures))


def rounded_down(amount: float, step: float) -> float:
    """Return the largest multiple of a step that is not above an amount, money."""
    # 0.3 / 0.1 is a little below 3: what is within rounding of a multiple is that multiple.
    return step * math.floor(round(amount / step, 9))


def binding_rule(rules: Iterable[LimitRule]) -> LimitRule | None:
    """Return the rule with the lowest amount, None where none has an amount.

    Of several rules whose totals are all taken by existing exposure, the one with the smallest total binds; of equal
    ones the first.
    """
    return min(
        (rule for rule in rules if rule.amount is not None),
        key=lambda rule: (rule.amount, math.inf if rule.total is None else rule.total),
        default=None,
    )

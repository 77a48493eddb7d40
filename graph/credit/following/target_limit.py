"""The target of a limit: the total exposure that the policy of `check` allows a firm."""

from __future__ import annotations

from dataclasses import dataclass

from supplyrisk.graph.credit.limit_rule import LimitRule
from supplyrisk.graph.credit.limit_rules import LIMIT_RULES, LimitFacts, LimitPolicy


@dataclass(frozen=True)
class TargetLimit:
    """The target of one firm.

    Parameters
    ----------
    firm: its id.
    total: largest total exposure, money.
    binding: code of the rule that sets it.
    exposure: what it owes already, money.
    defaulted, insufficient: states of its score.
    outside: whether its PD is outside the policy.
    """

    firm: str
    total: float
    binding: str
    exposure: float = 0.0
    defaulted: bool = False
    insufficient: bool = False
    outside: bool = False

    @property
    def breach(self) -> bool:
        """Whether a rule, or the PD, allows no exposure at all."""
        return self.outside or self.total == 0


_HEADROOM = ("AFFORDABILITY", "SINGLE_NAME", "COUNTERPARTY")
"""Rules whose amount is what may be lent in addition to what is owed."""


def target_limit(firm: str, facts: LimitFacts, policy: LimitPolicy, *, pd_outside: bool) -> TargetLimit:
    """Return the target of a firm: the lowest total of all rules.

        total = min over rules of (total of the rule, or existing exposure + amount of the rule)

    The limit of `check` on a new loan is this total less the existing exposure, rounded down. A rule that needs a
    figure which is unknown makes the total 0. The total does not rise with risk, as no rule's amount does.

    Parameters
    ----------
    facts: of a credit line over `FollowPolicy.term_days`.
    pd_outside: whether the PD is outside the policy; the total is 0 then.
    """
    totals = {
        rule.code: _total(rule, facts, policy)
        for rule in (rule_of(facts, policy) for rule_of in LIMIT_RULES)
        if rule.amount is not None
    }
    binding = min(totals, key=lambda code: totals[code])
    total = totals[binding]
    if pd_outside or total < policy.amount.minimum:
        total = 0.0
    return TargetLimit(
        firm,
        total,
        binding,
        facts.exposure.total,
        defaulted=facts.defaulted,
        insufficient=facts.insufficient or facts.grade is None,
        outside=pd_outside,
    )


def _total(rule: LimitRule, facts: LimitFacts, policy: LimitPolicy) -> float:
    if rule.total is not None:
        return rule.total
    repayment = facts.repayment
    no_margin = repayment is not None and repayment.margin is None and not policy.affordability.assume_margin
    if rule.code not in _HEADROOM or (rule.code == "AFFORDABILITY" and no_margin):
        # Without a total only a figure that is unknown gives an amount: none.
        return rule.amount or 0.0
    return facts.exposure.total + (rule.amount or 0.0)
